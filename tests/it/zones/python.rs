//! Local times of every built-in zone beside Python's `zoneinfo`, which reads the same bytes with code of its own.

use std::collections::BTreeMap;
use std::process::Command;

use chrono::DateTime;
use sla_monitor::zones::Zones;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/zones/transitions.py");

/// Five local times around each transition from 1970 to 2150: one second before it, its first, its middle, its last and the one after.
#[test]
fn every_zone_resolves_local_times_as_python_does() {
    let zones = Zones::built_in();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    // Many names have the same content; Python looks at each content once.
    let mut names: BTreeMap<&[u8], Vec<&str>> = BTreeMap::new();
    for name in zones.names() {
        names.entry(super::tzif(name)).or_default().push(name);
    }
    let contents: Vec<(&[u8], Vec<&str>)> = names.into_iter().collect();
    for (index, (content, _)) in contents.iter().enumerate() {
        super::put(folder.path(), &index.to_string(), content);
    }
    let output = Command::new("python3")
        .arg(SCRIPT)
        .arg(folder.path())
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases = String::from_utf8(output.stdout).expect("numbers are text");
    let (mut compared, mut differences) = (0_u64, Vec::new());
    for line in cases.lines() {
        let numbers: Vec<i64> = line
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        let [index, local, instant, offset] = numbers[..] else {
            panic!("four numbers: {line}")
        };
        let (_, names) = &contents[usize::try_from(index).expect("an index")];
        let civil = DateTime::from_timestamp(local, 0).expect("a local time").naive_utc();
        for name in names {
            let zone = zones.get(name).expect("it has a name");
            compared += 1;
            if zone.resolve(civil) != instant || zone.offset_at(instant) != offset {
                differences.push(format!("{name}: {civil} is {} and not {instant}", zone.resolve(civil)));
            }
        }
    }
    println!(
        "{compared} local times of {} zones, {} differences",
        zones.names().len(),
        differences.len()
    );
    assert!(compared > 300_000, "{compared} local times were compared");
    assert!(
        differences.is_empty(),
        "{} differences: {:?}",
        differences.len(),
        &differences[..differences.len().min(20)]
    );
}
