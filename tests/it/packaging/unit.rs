//! The unit of systemd: systemd finds nothing wrong with it and little exposed, and the program starts as it says.

use std::path::Path;
use std::process::Command;

use super::{read, settings};
use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::program::{PROGRAM, command};
use crate::support::server::Server;

const UNIT: &str = "packaging/systemd/sla-monitor.service";
const SETTINGS: &str = "packaging/systemd/default";

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
    let found = settings(unit).into_iter().filter(|(key, _)| *key == name);
    found.map(|(_, value)| value).collect()
}

#[test]
fn the_unit_is_hardened() {
    let unit = read(UNIT);
    assert_eq!(
        values(&unit, "ProcSubset").len(),
        0,
        "the start time comes from /proc/stat"
    );
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("sla-monitor.service");
    std::fs::write(&path, unit.replace("/usr/bin/sla-monitor", PROGRAM)).expect("it can be written");
    analyze(&["verify", "--man=no"], &path);
    analyze(&["security", "--offline=true", "--no-pager", EXPOSURE_MAX], &path);
}

#[test]
fn the_unit_starts_the_program_with_its_settings() {
    let (unit, defaults) = (read(UNIT), read(SETTINGS));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let credentials = folder.path().to_str().expect("temporary paths are UTF-8");
    for credential in values(&unit, "LoadCredential") {
        let (name, from) = credential.split_once(':').expect("a credential has a name and a file");
        assert!(from.starts_with("/etc/sla-monitor/"), "{from}");
        std::fs::write(folder.path().join(name), "a-token\n").expect("it can be written");
    }
    let database = Database::sqlite();
    let mut program = command();
    let own = values(&unit, "Environment")
        .into_iter()
        .map(|setting| setting.split_once('='));
    let own = own.map(|setting| setting.expect("a variable has a value"));
    // What is in the file takes precedence over what is in the unit.
    for (name, value) in own.chain(settings(&defaults)) {
        assert!(name.starts_with("SLA_MONITOR_"), "{name}");
        let value = value.replace("sqlite:/var/lib/sla-monitor/db.sqlite3", &database.url);
        program.env(name, value.replace("%d", credentials));
    }
    let start = values(&unit, "ExecStart");
    program
        .args(start[0].split_whitespace().skip(1))
        .env("SLA_MONITOR_BIND", "127.0.0.1:0");
    let server = Server::spawn(program);
    let metrics = format!("{}/metrics", server.url);
    assert_eq!(get(&metrics).status, 401, "a token is required");
    assert_eq!(
        request("GET", &metrics, &[("authorization", "Bearer a-token")]).status,
        200
    );
    assert_eq!(
        get(&format!("{}/admin/login/", server.url)).status,
        200,
        "the host is allowed"
    );
}
