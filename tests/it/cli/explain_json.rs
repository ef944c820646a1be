//! `explain --format json`: what scripts read.

use serde_json::{Value, json};

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on};

on_both_databases!(
    an_explanation_names_every_window_once,
    what_cannot_be_known_is_null_and_the_run_fails,
    reasons_are_in_words,
);

const DOCUMENT: &str = "
calendars:
- name: Holidays
  rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400, note: Christmas}]
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Holidays]
  rules:
  - {type: weekly, days: [SA], start: '10:00', duration_s: 3600}
  - {type: weekly, days: [MO, TU, WE, TH, FR], start: '09:00', duration_s: 28800}
  excludes: [{type: weekly, days: [FR], start: '12:00', duration_s: 3600, note: lunch}]
- {name: Night, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:30', duration_s: 7200}]}
- {name: Off, timezone: UTC, enabled: false, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}
- {name: Later, timezone: UTC, valid_from: 2030-01-01, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}
- {name: Earlier, timezone: UTC, valid_until: 2020-01-01, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}
- {name: Empty, timezone: UTC}
components:
- {name: shop, windows: [Office, Off]}
- {name: retired, enabled: false, windows: [Off]}
- {name: idle}
- {name: all, windows: [Office, Night, Off, Later, Earlier, Empty]}
";

/// 25 December 2026, a Friday, 09:00 in Berlin.
const CHRISTMAS: i64 = 1_798_185_600;

fn explained(database: &Database, component: &str, at: &str) -> Value {
    let out = run_on(
        database,
        &[
            "explain",
            component,
            "--at",
            at,
            "--zone",
            "Europe/Berlin",
            "--format",
            "json",
        ],
    )
    .ok();
    assert_eq!(out.lines().count(), 1, "{out}");
    serde_json::from_str(&out).expect("a line of JSON")
}

fn an_explanation_names_every_window_once(database: &Database) {
    apply(database, DOCUMENT);
    let (day, open) = (86_400, CHRISTMAS - 4 * 86_400);
    assert_eq!(
        explained(database, "shop", "2026-12-21T10:00"),
        json!({
            "component": "shop", "enabled": true, "at": open + 3_600, "in_window": 1,
            "because": [{"window": "Office", "rule": 2, "words": "Mon–Fri 09:00–17:00", "start": open, "end": open + 28_800}],
            "cut_by": [],
            "not": [{"window": "Off", "reason": "it is disabled"}],
            "last_start": open, "last_end": open - 2 * day + 7_200,
            "next_start": open + day, "next_end": open + 28_800,
        })
    );
    let christmas = explained(database, "shop", "2026-12-25T12:30");
    assert_eq!(christmas["in_window"], 0);
    assert_eq!(christmas["because"], json!([]));
    let midnight = CHRISTMAS - 9 * 3_600;
    assert_eq!(
        christmas["cut_by"],
        json!([
            {"window": "Office", "rule": 1, "words": "Fri 12:00–13:00 (lunch)",
             "start": CHRISTMAS + 3 * 3_600, "end": CHRISTMAS + 4 * 3_600, "cuts": "Office"},
            {"calendar": "Holidays", "rule": 1, "words": "2026-12-25, all day (Christmas)",
             "start": midnight, "end": midnight + day, "cuts": "Office"},
        ])
    );
    assert_eq!(christmas["not"][0]["window"], "Office");
    assert_eq!(
        christmas["not"][0]["reason"],
        "its own exclusions exclude it: Fri 12:00–13:00 (lunch)"
    );
    let retired = explained(database, "retired", "2026-12-21");
    assert_eq!((&retired["enabled"], &retired["in_window"]), (&json!(false), &json!(0)));
    assert_eq!(retired["not"], json!([{"window": "Off", "reason": "it is disabled"}]));
    let idle = explained(database, "idle", "2026-12-21");
    assert_eq!(idle["next_start"], Value::Null);
    assert_eq!((&idle["not"], &idle["because"]), (&json!([]), &json!([])));
}

fn reasons_are_in_words(database: &Database) {
    apply(database, DOCUMENT);
    let reasons = |at: &str| -> Vec<(String, String)> {
        let explained = explained(database, "all", at);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let not = explained["not"].as_array().expect("a list").iter();
        not.map(|not| (text(&not["window"]), text(&not["reason"]))).collect()
    };
    let reason = |at: &str, window: &str| {
        let found = reasons(at).into_iter().find(|(name, _)| name == window);
        found.map(|(_, reason)| reason)
    };
    let monday = reasons("2026-12-21T08:00");
    let names: Vec<&str> = monday.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Office", "Night", "Off", "Later", "Earlier", "Empty"]);
    let expected = [
        "its hours on Mon 21 Dec 2026 are 09:00–17:00",
        "none of its rules has hours on Mon 21 Dec 2026",
        "it is disabled",
        "it is not valid yet, only from 2030-01-01 on",
        "it is no longer valid, only until 2020-01-01",
        "it has no rules",
    ];
    let words: Vec<&str> = monday.iter().map(|(_, reason)| reason.as_str()).collect();
    assert_eq!(words, expected);
    assert_eq!(reason("2026-12-21T09:00", "Office"), None);
    assert_eq!(
        reason("2026-12-25T10:00", "Office").as_deref(),
        Some("the calendar `Holidays` excludes it: 2026-12-25, all day (Christmas)")
    );
    assert_eq!(
        reason("2026-03-29T03:10", "Night").as_deref(),
        Some("rule 1 would start at 02:30, which the clocks skip: it starts at 03:30 and is 1 h shorter")
    );
    // People read of the change of the clocks in that night, of disabled windows, and of reasons.
    let out = run_on(database, &["explain", "all", "--at", "2026-10-24T23:00:00+02:00"]).ok();
    for words in [
        "that night the clocks in Europe/Berlin go back 1 h at 03:00 on Sun 25 Oct 2026",
        "Window `Off` (UTC): it is disabled",
        "its hours on Sat 24 Oct 2026 are 10:00–11:00",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
}

fn what_cannot_be_known_is_null_and_the_run_fails(database: &Database) {
    apply(database, DOCUMENT);
    database.execute("UPDATE rule SET start_time = 'noon' WHERE note = 'lunch'");
    let ran = run_on(
        database,
        &[
            "explain",
            "all",
            "--at",
            "2026-12-20T02:45:00+01:00",
            "--format",
            "json",
        ],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.err.contains("`all` cannot be evaluated") && ran.err.contains("noon"),
        "{ran:?}"
    );
    let explained: Value = serde_json::from_str(&ran.out).expect("a line of JSON");
    assert_eq!(explained["in_window"], Value::Null);
    assert!(
        explained["error"].as_str().is_some_and(|error| error.contains("noon")),
        "{explained}"
    );
    assert_eq!(
        explained["because"][0]["window"], "Night",
        "what can be read is explained: {explained}"
    );
    let office = &explained["not"][0];
    assert_eq!(office["window"], "Office");
    assert!(
        office["reason"].as_str().is_some_and(|reason| reason.contains("noon")),
        "{explained}"
    );
}
