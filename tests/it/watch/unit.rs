//! The unit of docs/operations.md: systemd finds nothing wrong with it and little exposed, and the program starts as it says.

use std::path::Path;
use std::process::Command;

use super::block_with;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::program::{PROGRAM, command};
use crate::support::server::Server;

/// The most that `systemd-analyze security` may find exposed, in tenths.
const EXPOSURE_MAX: &str = "--threshold=20";

fn analyze(arguments: &[&str], unit: &Path) {
    let output = Command::new("systemd-analyze").args(arguments).arg(unit).output();
    let output = output.expect("systemd-analyze is there; scripts/test installs it");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
}

/// The values of a setting.
fn values<'a>(unit: &'a str, name: &str) -> Vec<&'a str> {
    let lines = unit.lines().filter_map(|line| line.split_once('='));
    lines.filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
}

#[test]
fn the_unit_is_hardened_and_starts_the_program() {
    let unit = block_with("ini", "ExecStart=");
    assert!(
        !unit.contains("ProcSubset"),
        "the start time of the process comes from /proc/stat"
    );
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("sla-monitor.service");
    let installed = unit.replace("/usr/local/bin/sla-monitor", PROGRAM);
    std::fs::write(&path, &installed).expect("it can be written");
    analyze(&["verify", "--man=no"], &path);
    analyze(&["security", "--offline=true", "--no-pager", EXPOSURE_MAX], &path);

    let database = Database::sqlite();
    let token = folder.path().join("metrics-token");
    std::fs::write(&token, "a-token\n").expect("it can be written");
    let replaced = |text: &str| {
        text.replace("sqlite:/var/lib/sla-monitor/db.sqlite3", &database.url)
            .replace("/etc/sla-monitor/metrics-token", &token.display().to_string())
    };
    let mut program = command();
    for setting in values(&unit, "Environment") {
        let (name, value) = setting.split_once('=').expect("a variable has a value");
        assert!(name.starts_with("SLA_MONITOR_"), "{name}");
        program.env(name, replaced(value));
    }
    let start = values(&unit, "ExecStart");
    let words: Vec<&str> = start[0].split_whitespace().skip(1).collect();
    program.args(words).env("SLA_MONITOR_BIND", "127.0.0.1:0");
    let server = Server::spawn(program);
    assert_eq!(
        get(&format!("{}/metrics", server.url)).status,
        401,
        "a token is asked for"
    );
}
