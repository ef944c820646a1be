//! Files that `apply` refuses: each with file, line and path, and nothing is written.

mod files;
mod rules;

use super::{counts, folder, text, write};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on};

on_both_databases!(files_that_are_no_text_are_refused);

/// What the database holds before a broken file comes.
const BEFORE: &str = "
calendars: [{name: Holidays, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400}]}]
windows: [{name: Always, timezone: UTC, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}]
components: [{name: api, labels: {team: x}, windows: [Always], calendars: [Holidays]}]
";

/// Applies `content`, which is refused at `place` (line and path) for `reason`, and changes nothing.
#[track_caller]
fn check(database: &Database, content: &[u8], place: &str, reason: &str) {
    let folder = folder();
    let path = write(folder.path(), "services.yaml", content);
    let before = counts(database);
    for arguments in [&["apply"][..], &["apply", "--prune"], &["apply", "--dry-run"]] {
        let message = run_on(database, &[arguments, &[text(&path)]].concat()).refused();
        let start = format!("sla-monitor: {}{place} ", path.display());
        let shown = String::from_utf8_lossy(content);
        assert!(message.starts_with(&start), "{place} was expected: {message}\n{shown}");
        assert!(message.contains(reason), "{reason} was expected: {message}\n{shown}");
    }
    assert_eq!(counts(database), before, "a refused file changes nothing");
}

fn files_that_are_no_text_are_refused(database: &Database) {
    apply(database, BEFORE);
    check(database, b"components:\n- name: M\xfcller\n", ":2:", "not UTF-8");
    check(database, b"\xff\xfe{\0}\0", ":1:", "not UTF-8");
    let folder = folder();
    let missing = folder.path().join("missing.yaml");
    for path in [missing.as_path(), folder.path()] {
        let message = run_on(database, &["apply", text(path)]).refused();
        assert!(
            message.starts_with(&format!("sla-monitor: {}: ", path.display())),
            "{message}"
        );
    }
}
