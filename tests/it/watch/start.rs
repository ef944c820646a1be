//! What fails at the start.

use serde_json::Value;

use crate::support::program::{Ran, run, run_with};

/// The only line on standard error, which is JSON.
#[track_caller]
fn complaint(ran: &Ran, code: i32) -> Value {
    assert_eq!(ran.code, code, "{ran:?}");
    assert_eq!(ran.err.trim_end().lines().count(), 1, "{}", ran.err);
    let line: Value = serde_json::from_str(&ran.err).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
    assert_eq!(line["level"], "ERROR", "{line}");
    assert!(line["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{line}");
    line
}

#[test]
fn what_fails_at_the_start_is_json_if_json_is_asked_for() {
    let nowhere = [
        "serve",
        "--database-url",
        "/nowhere/at/all.sqlite3",
        "--log-format",
        "json",
    ];
    let refused = complaint(&run(&nowhere), 1);
    let message = refused["message"].as_str().expect("there is a message");
    assert!(
        message.starts_with("sla-monitor: the database file /nowhere"),
        "{message}"
    );
    let usage = complaint(&run(&["serve", "--log-format=json", "--bind", "nonsense"]), 2);
    assert!(
        usage["message"]
            .as_str()
            .is_some_and(|message| message.contains("nonsense")),
        "{usage}"
    );
    let by_variable = run_with(
        &["serve", "--no-such-option"],
        "",
        &[("SLA_MONITOR_LOG_FORMAT", "json")],
    );
    complaint(&by_variable, 2);
    let help = run(&["serve", "--help", "--log-format", "json"]);
    assert!(help.code == 0 && help.out.contains("Usage:"), "help is for people");
}
