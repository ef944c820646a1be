//! Which zone data is used, and what `check` says of it.

use serde_json::Value;
use sla_monitor::zones::Zones;

use super::{folder, put, text, tzif};
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{Ran, apply, run_on, run_with};
use crate::support::server::Server;

on_both_databases!(
    check_names_the_windows_that_other_data_changes,
    check_knows_data_that_is_too_old,
    metrics_say_which_data_is_in_use,
    explain_reads_local_times_by_the_data_in_use,
);

/// One second past midnight UTC of 2026-07-01, when Berlin's clock shows 02:00:01.
const SUMMER: i64 = 1_782_864_001;

/// When a daily 08:00 in Berlin next comes, in hours from [`SUMMER`]'s midnight UTC, with these arguments and variables.
#[track_caller]
fn berlin(arguments: &[&str], variables: &[(&str, &str)]) -> i64 {
    let question = format!(
        r#"{{"now": {SUMMER}, "windows": [{{"timezone": "Europe/Berlin", "rules": [{{"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "08:00", "duration_s": 60}}]}}]}}"#
    );
    let answer = run_with(&[&["evaluate"], arguments].concat(), &question, variables).ok();
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    (answer["next_start"].as_i64().expect("it comes again") - SUMMER + 1) / 3_600
}

/// Hours from midnight UTC at which it is 08:00 in summer in Berlin, and in Kolkata at half past.
const BUILT_IN: i64 = 6;
const KOLKATA: i64 = 2;

#[test]
fn the_newer_data_is_used_unless_a_folder_is_named() {
    let swapped = [("Europe/Berlin", "Asia/Kolkata")];
    for (release, hours) in [
        (Some("2999a"), KOLKATA),
        (Some("2999a-0+deb12u1"), KOLKATA),
        (Some("2019c"), BUILT_IN),
        (Some(Zones::built_in().version()), BUILT_IN),
        (Some("nonsense"), BUILT_IN),
        (None, BUILT_IN),
    ] {
        let system = folder(release, &swapped);
        assert_eq!(
            berlin(&[], &[("TZDIR", text(&system))]),
            hours,
            "the system's is {release:?}"
        );
        assert_eq!(berlin(&["--tzdata", text(&system)], &[]), KOLKATA, "named, {release:?}");
        assert_eq!(berlin(&[], &[("SLA_MONITOR_TZDATA", text(&system))]), KOLKATA);
    }
    let version_file = folder(None, &swapped);
    put(version_file.path(), "+VERSION", b"2999b\n");
    assert_eq!(berlin(&[], &[("TZDIR", text(&version_file))]), KOLKATA);
    // The one that is named wins over one that is newer.
    let (old, new) = (
        folder(Some("2019c"), &swapped),
        folder(Some("2999a"), &[("Europe/Berlin", "Europe/London")]),
    );
    assert_eq!(berlin(&["--tzdata", text(&old)], &[("TZDIR", text(&new))]), KOLKATA);
}

#[test]
fn a_folder_that_cannot_be_used_is_refused_or_passed_over() {
    let empty = folder(Some("2999a"), &[]);
    let file = empty.path().join("tzdata.zi");
    let file = file.to_str().expect("temporary paths are UTF-8");
    for (path, words) in [
        (text(&empty), "no compiled time zone"),
        (file, "is no folder"),
        ("/nonexistent", "cannot be read"),
    ] {
        let refused = run_with(&["evaluate", "--tzdata", path], "", &[]).refused();
        assert!(refused.contains(words) && refused.contains(path), "{refused}");
        assert_eq!(berlin(&[], &[("TZDIR", path)]), BUILT_IN, "the system's {path}");
    }
}

/// Damaged, huge, endless and foreign files leave the built-in data of that zone in use.
#[test]
fn a_zone_that_cannot_be_read_comes_from_the_built_in_data() {
    let swapped = folder(Some("2999a"), &[("Europe/London", "Asia/Kolkata")]);
    let path = swapped.path();
    let right_seconds = {
        // A version 1 file with one leap second.
        let mut tzif = b"TZif\0".to_vec();
        tzif.extend([0; 15]);
        tzif.extend([0, 0, 1, 0, 1, 4].iter().flat_map(|count: &u32| count.to_be_bytes()));
        tzif.extend([0; 6]);
        tzif.extend(b"UTC\0");
        tzif.extend([0; 8]);
        tzif
    };
    for content in [
        &b"not a zone"[..],
        b"",
        b"TZif",
        &tzif("Asia/Kolkata")[..60],
        &vec![b'T'; 1 << 20],
        &right_seconds,
    ] {
        put(path, "Europe/Berlin", content);
        assert_eq!(
            berlin(&["--tzdata", text(&swapped)], &[]),
            BUILT_IN,
            "{} bytes",
            content.len()
        );
        let database = Database::sqlite();
        let ran = run_on(&database, &["check", "--tzdata", text(&swapped)]);
        let line = ran
            .out
            .lines()
            .find(|line| line.starts_with("tzdata.W002"))
            .unwrap_or_default();
        assert!(line.contains("time zones are taken from the built-in data"), "{ran:?}");
    }
    // Names match exactly, and what stands beside the zones of a folder is none of them.
    put(path, "europe/berlin", tzif("Asia/Kolkata"));
    put(path, "right/Europe/Berlin", tzif("Asia/Kolkata"));
    put(path, "localtime", tzif("Asia/Kolkata"));
    std::fs::remove_file(path.join("Europe/Berlin")).expect("it was there");
    assert_eq!(berlin(&["--tzdata", text(&swapped)], &[]), BUILT_IN);
    for name in ["right/Europe/Berlin", "localtime", "Factory", "EUROPE/berlin"] {
        let question = format!(r#"{{"now": 0, "windows": [{{"timezone": "{name}", "rules": []}}]}}"#);
        let ran = run_with(&["evaluate", "--tzdata", text(&swapped)], &question, &[]);
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
    }
}

/// Links in a circle and out of the folder are not followed, and what cannot be read hides no other zone.
#[cfg(unix)]
#[test]
fn links_to_folders_are_not_followed() {
    use std::os::unix::fs::symlink;
    let swapped = folder(Some("2999a"), &[("Europe/Berlin", "Asia/Kolkata")]);
    for index in 0..9 {
        symlink(".", swapped.path().join(format!("A{index}"))).expect("the link can be made");
    }
    symlink("/", swapped.path().join("root")).expect("the link can be made");
    symlink("Berlin", swapped.path().join("Europe/Linked")).expect("the link can be made");
    assert_eq!(berlin(&["--tzdata", text(&swapped)], &[]), KOLKATA);
    let refused = run_with(
        &["explain", "x", "--zone", "A1/Europe/Berlin", "--tzdata", text(&swapped)],
        "",
        &[],
    );
    assert!(refused.err.contains("unknown"), "{refused:?}");
    let linked = run_with(
        &["explain", "x", "--zone", "Europe/Linked", "--tzdata", text(&swapped)],
        "",
        &[],
    );
    assert!(
        !linked.err.contains("unknown"),
        "a link to a file is a zone: {linked:?}"
    );
}

/// A folder whose times all count leap seconds is refused with that reason.
#[test]
fn a_folder_of_leap_seconds_is_refused() {
    let folder = folder(Some("2999a"), &[]);
    let mut tzif = b"TZif\0".to_vec();
    tzif.extend([0; 15]);
    tzif.extend([0, 0, 1, 0, 1, 4].iter().flat_map(|count: &u32| count.to_be_bytes()));
    tzif.extend([0; 6]);
    tzif.extend(b"UTC\0");
    tzif.extend([0; 8]);
    put(folder.path(), "Europe/Berlin", &tzif);
    let refused = run_with(&["evaluate", "--tzdata", text(&folder)], "", &[]).refused();
    assert!(refused.contains("leap seconds"), "{refused}");
}

/// Reading a pipe would block until something is written into it.
#[cfg(unix)]
#[test]
fn a_pipe_in_the_folder_is_no_zone() {
    let swapped = folder(Some("2999a"), &[("Europe/London", "Asia/Kolkata")]);
    for name in ["Europe/Berlin", "+VERSION"] {
        let path = swapped.path().join(name);
        let status = std::process::Command::new("mkfifo")
            .arg(&path)
            .status()
            .expect("mkfifo runs");
        assert!(status.success());
    }
    assert_eq!(berlin(&["--tzdata", text(&swapped)], &[]), BUILT_IN);
}

const OFFICES: &str = "windows:
- {name: Berlin, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 3600}]}
- {name: London, timezone: Europe/London, rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 3600}]}
- {name: Once, timezone: Europe/Berlin, rules: [{type: once, start_local: '2019-01-01T00:00', end_local: '2019-01-02T00:00'}]}
components: [{name: web, windows: [Berlin, London, Once]}]
";

/// The findings about zone data, by id.
fn findings(ran: &Ran) -> Vec<&str> {
    ran.out.lines().filter(|line| line.starts_with("tzdata.")).collect()
}

fn check_names_the_windows_that_other_data_changes(database: &Database) {
    apply(database, OFFICES);
    let swapped = folder(Some("2999a"), &[("Europe/Berlin", "Asia/Kolkata")]);
    let found = |arguments: &[&str], variables: &[(&str, &str)]| {
        let arguments = [&["check", "--database-url", &database.url], arguments].concat();
        let ran = run_with(&arguments, "", variables);
        findings(&ran).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for found in [
        found(&["--tzdata", text(&swapped)], &[]),
        found(&[], &[("TZDIR", text(&swapped))]),
    ] {
        let line = found
            .iter()
            .find(|line| line.starts_with("tzdata.W003"))
            .expect("windows differ");
        assert!(
            line.contains("of 1 windows") && line.contains("`Berlin` (Europe/Berlin, first at "),
            "{line}"
        );
        assert!(!line.contains("London") && !line.contains("Once"), "{line}");
    }
    // The same data once more changes nothing.
    let same = folder(Some("2999a"), &[("Europe/Berlin", "Europe/Berlin")]);
    let found = found(&["--tzdata", text(&same)], &[]);
    assert!(!found.iter().any(|line| line.starts_with("tzdata.W003")), "{found:?}");
}

fn check_knows_data_that_is_too_old(database: &Database) {
    let (old, new) = (
        folder(Some("2022a"), &[("Europe/Berlin", "Europe/Berlin")]),
        folder(Some("2999a"), &[("Europe/Berlin", "Europe/Berlin")]),
    );
    let unknown = folder(None, &[("Europe/Berlin", "Europe/Berlin")]);
    let check = |directory: &str, system: &str| {
        let arguments = ["check", "--database-url", &database.url, "--tzdata", directory];
        let ran = run_with(&arguments, "", &[("TZDIR", system)]);
        let ids: Vec<String> = findings(&ran).iter().map(|line| line[..11].to_owned()).collect();
        (ran.code, ids)
    };
    // W002: neither folder has any other zone.
    let expected = |code: i32, ids: &[&str]| (code, ids.iter().map(|id| format!("tzdata.{id}")).collect::<Vec<_>>());
    assert_eq!(check(text(&old), text(&new)), expected(1, &["E001", "W001", "W002"]));
    assert_eq!(check(text(&old), text(&old)), expected(0, &["W001", "W002"]));
    assert_eq!(check(text(&new), text(&old)), expected(0, &["W002"]));
    assert_eq!(check(text(&unknown), text(&new)), expected(0, &["W004", "W002"]));
}

fn explain_reads_local_times_by_the_data_in_use(database: &Database) {
    apply(database, OFFICES);
    let swapped = folder(
        Some("2999a"),
        &[("Europe/Berlin", "Asia/Kolkata"), ("Mars/Base", "Asia/Kolkata")],
    );
    for zone in ["Europe/Berlin", "Mars/Base"] {
        let at = [
            "explain",
            "web",
            "--at",
            "2026-07-01 12:00",
            "--zone",
            zone,
            "--tzdata",
            text(&swapped),
        ];
        let explained = run_on(database, &at).ok();
        assert!(explained.contains("2026-07-01 06:30:00 UTC"), "{zone}: {explained}");
    }
    let ran = run_on(database, &["explain", "web", "--zone", "Mars/Base"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("--zone") && ran.err.contains("Mars/Base"), "{ran:?}");
}

fn metrics_say_which_data_is_in_use(database: &Database) {
    let (system, directory) = (
        folder(Some("2999a"), &[("Europe/Berlin", "Europe/Berlin")]),
        folder(None, &[("Europe/Berlin", "Europe/Berlin")]),
    );
    let line = |variables: &[(&str, &str)]| {
        let ran = run_with(&["metrics", "--database-url", &database.url], "", variables).ok();
        ran.lines()
            .find(|line| line.starts_with("sla_monitor_tzdata_info"))
            .map(str::to_owned)
    };
    let expected = |origin: &str, version: &str| {
        Some(format!(
            r#"sla_monitor_tzdata_info{{origin="{origin}",version="{version}"}} 1"#
        ))
    };
    assert_eq!(line(&[("TZDIR", text(&system))]), expected("system", "2999a"));
    assert_eq!(
        line(&[("SLA_MONITOR_TZDATA", text(&directory))]),
        expected("directory", "unknown")
    );
    assert_eq!(
        line(&[("TZDIR", text(&directory))]),
        expected("built-in", Zones::built_in().version())
    );
    let server = Server::start(database, &[]);
    let page = client::get(&format!("{}/metrics", server.url)).text();
    assert!(page.contains("sla_monitor_tzdata_info{origin="), "{page}");
}
