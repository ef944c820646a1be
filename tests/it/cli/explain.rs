//! `explain`: inside or outside, and because of what.

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run, run_on};

on_both_databases!(
    an_instant_is_explained_by_what_includes_and_excludes_it,
    an_instant_is_taken_in_every_form,
    without_an_instant_it_is_now,
    a_component_that_nothing_has_is_refused_with_a_hint,
    a_window_that_cannot_be_read_is_reported,
);

const DOCUMENT: &str = "
calendars:
- name: Holidays
  rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400, note: Christmas}]
- {name: Freeze, timezone: UTC, rules: [{type: once, start_local: 2026-12-23T00:00, end_local: 2026-12-24T00:00}]}
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Holidays]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '09:00', duration_s: 28800}]
  excludes: [{type: weekly, days: [FR], start: '12:00', duration_s: 3600, note: lunch}]
- {name: Night, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:30', duration_s: 7200}]}
- {name: Early, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:00', duration_s: 3600}]}
- {name: Doubled, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '02:00', duration_s: 1800}]}
- name: Halves
  timezone: Europe/Berlin
  rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 14400}, {type: weekly, days: [MO], start: '12:00', duration_s: 18000}]
- {name: Evening, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: '16:00', duration_s: 14400}]}
- {name: Tokyo, timezone: Asia/Tokyo, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}
- {name: Off, timezone: UTC, enabled: false, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}
components:
- {name: shop, windows: [Office], calendars: [Freeze]}
- {name: Batch-Job, windows: [Night, Office]}
- {name: retired, enabled: false, windows: [Office]}
- {name: idle, windows: [Off]}
- {name: early, windows: [Early]}
- {name: doubled, windows: [Doubled]}
- {name: shifts, windows: [Halves, Evening]}
- {name: worldwide, windows: [Office, Tokyo, Night]}
";

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn an_instant_is_explained_by_what_includes_and_excludes_it(database: &Database) {
    apply(database, DOCUMENT);
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "shop",
            "2026-12-21T10:00:00+01:00",
            &[
                "shop is INSIDE its service windows at Mon 2026-12-21 10:00:00 CET (Europe/Berlin, 2026-12-21 09:00:00 UTC)",
                "last start Mon 2026-12-21 09:00:00 CET (Europe/Berlin, 2026-12-21 08:00:00 UTC)  = 1797840000",
                "next end   Mon 2026-12-21 17:00:00 CET",
                "Window `Office` (Europe/Berlin): included",
                "included by rule 1: Mon–Fri 09:00–17:00",
            ],
        ),
        (
            "shop",
            "2026-12-21T17:00:00+01:00",
            &[
                "OUTSIDE",
                "Window `Office` (Europe/Berlin): no rule includes this instant",
            ],
        ),
        (
            "shop",
            "2026-12-18T11:30:00Z",
            &[
                "OUTSIDE",
                "included, and excluded again",
                "excluded by rule 1 of the window's exclusions: Fri 12:00–13:00 (lunch)",
            ],
        ),
        (
            "shop",
            "2026-12-25T10:00:00Z",
            &[
                "OUTSIDE",
                "excluded by rule 1 of calendar `Holidays`: 2026-12-25, all day (Christmas)",
            ],
        ),
        (
            "shop",
            "2026-12-23T10:00:00Z",
            &["OUTSIDE", "excluded by rule 1 of calendar `Freeze`: 2026-12-23"],
        ),
        (
            "batch-job",
            "2026-03-29T04:00:00+02:00",
            &[
                "Batch-Job is INSIDE",
                "2026-03-29 02:30:00 does not exist there: the clocks skip it",
            ],
        ),
        (
            "Batch-Job",
            "2026-10-25T02:45:00+02:00",
            &["INSIDE", "2026-10-25 02:30:00 exists twice there: the first one counts"],
        ),
        (
            "retired",
            "2026-12-21T10:00:00+01:00",
            &["INSIDE", "The component is disabled: it has no metrics"],
        ),
        (
            "early",
            "2026-03-29T03:30:00+02:00",
            &[
                "OUTSIDE",
                "no rule includes this instant rule 1 would start at 02:00, which the clocks skip: it does not take place on 2026-03-29 Sun 02:00–03:00",
            ],
        ),
        (
            "batch-job",
            "2026-03-29T03:10:00+02:00",
            &[
                "OUTSIDE",
                "rule 1 would start at 02:30, which the clocks skip: it starts at 03:30 and is 1 h shorter",
            ],
        ),
        (
            "doubled",
            "2026-10-25T02:15:00+02:00",
            &["INSIDE", "2026-10-25 02:00:00 exists twice"],
        ),
        (
            "doubled",
            "2026-10-25T02:15:00+01:00",
            &[
                "OUTSIDE",
                "the clock shows 02:15 twice, and this is the second time; rule 1 means the first",
            ],
        ),
        (
            "shifts",
            "2026-12-21T09:00:00+01:00",
            &[
                "INSIDE",
                "carried on by rule 2, until Mon 2026-12-21 17:00:00 CET (Europe/Berlin, 2026-12-21 16:00:00 UTC): Mon 12:00–17:00",
                "next end Mon 2026-12-21 20:00:00 CET",
            ],
        ),
        (
            "shifts",
            "2026-12-21T13:00:00+01:00",
            &["carried on by rule 1 of window `Evening`, until Mon 2026-12-21 20:00:00 CET"],
        ),
        (
            "idle",
            "2026-12-21T10:00:00Z",
            &[
                "idle has no hours at 2026-12-21 10:00:00 UTC",
                "next start none",
                "It has no enabled window, so it is never in service.",
            ],
        ),
    ];
    for (component, at, expected) in cases {
        let out = run_on(database, &["explain", component, "--at", at]).ok();
        // The columns and lines are for eyes, not for tests.
        let squeezed = out.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in *expected {
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                squeezed.contains(&words),
                "{component} at {at}: `{words}` was expected:\n{out}"
            );
        }
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn an_instant_is_taken_in_every_form(database: &Database) {
    apply(database, DOCUMENT);
    let explain = |arguments: &[&str]| run_on(database, &[&["explain"], arguments].concat());
    let monday = "shop is INSIDE its service windows at Mon 2026-12-21 10:00:00 CET";
    let midnight = "shop is OUTSIDE its service windows at Mon 2026-12-21 00:00:00 CET";
    for (arguments, said) in [
        (&["shop", "--at", "2026-12-21T10:00"][..], monday),
        (&["shop", "--at", "2026-12-21 10:00:00"], monday),
        (&["shop", "--at", "1797843600"], monday),
        (&["shop", "--at", "2026-12-21T09:00", "--zone", "UTC"], monday),
        (&["shop", "--at", "2026-12-21T18:00", "--zone", "Asia/Tokyo"], monday),
        (&["shop", "--at", "2026-12-21"], midnight),
        (
            &["shop", "--at", "-1"],
            "shop is OUTSIDE its service windows at Thu 1970-01-01 00:59:59 CET",
        ),
        (
            &["worldwide", "--at", "2026-12-21T10:00", "--zone", "Europe/Berlin"],
            "worldwide is INSIDE",
        ),
        (&["idle", "--at", "2026-12-21", "--zone", "UTC"], "idle has no hours"),
        (
            &["batch-job", "--at", "2026-12-21T10:00"],
            "Batch-Job is INSIDE its service windows at Mon 2026-12-21 10:00:00 CET",
        ),
    ] {
        let out = explain(arguments).ok();
        assert!(out.starts_with(said), "{arguments:?}: {out}");
        assert!(
            !out.contains("--at"),
            "nothing is to be said of an ordinary time: {out}"
        );
    }
    // A time that the clocks skip, and one that they show twice.
    let out = explain(&["early", "--at", "2026-03-29T02:15"]).ok();
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].contains("at Sun 2026-03-29 03:15:00 CEST"), "{out}");
    assert_eq!(
        lines[1],
        "The clock of Europe/Berlin skips 02:15 on 2026-03-29: this is 03:15 there."
    );
    let out = explain(&["doubled", "--at", "2026-10-25T02:15"]).ok();
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[0].contains("doubled is INSIDE") && lines[0].contains("02:15:00 CEST"),
        "{out}"
    );
    assert_eq!(
        lines[1],
        "The clock of Europe/Berlin shows 02:15 twice on 2026-10-25: this is the first time. RFC 3339 with an offset names the other."
    );
    // In several zones or in none, a local time says nothing.
    let message = explain(&["worldwide", "--at", "2026-12-21T10:00"]).refused();
    assert!(
        message.contains("--zone") && message.ends_with("meant in: Asia/Tokyo, Europe/Berlin"),
        "{message}"
    );
    let message = explain(&["idle", "--at", "2026-12-21"]).refused();
    assert!(
        message.contains("no enabled window") && message.contains("--zone"),
        "{message}"
    );
    let ran = explain(&["shop", "--at", "2026-12-21", "--zone", "Berlin"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.err.contains("--zone") && ran.err.contains("Europe/Berlin"),
        "{ran:?}"
    );
}

fn without_an_instant_it_is_now(database: &Database) {
    apply(
        database,
        "windows: [{name: W, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}]\n\
         components: [{name: a, windows: [W]}]",
    );
    let out = run_on(database, &["explain", "a"]).ok();
    assert!(out.starts_with("a is INSIDE its service windows at 20"), "{out}");
}

fn a_component_that_nothing_has_is_refused_with_a_hint(database: &Database) {
    apply(database, DOCUMENT);
    let cases = [
        (
            "batch",
            "sla-monitor: there is no component `batch`; did you mean Batch-Job?",
        ),
        (
            "e",
            "sla-monitor: there is no component `e`; did you mean retired, idle, early, doubled, worldwide?",
        ),
        ("zzz", "sla-monitor: there is no component `zzz`"),
    ];
    for (name, message) in cases {
        assert_eq!(run_on(database, &["explain", name]).refused(), message);
    }
}

fn a_window_that_cannot_be_read_is_reported(database: &Database) {
    apply(database, DOCUMENT);
    database.execute("UPDATE rule SET start_time = 'noon' WHERE note = 'lunch'");
    let message = run_on(database, &["explain", "shop"]).refused();
    assert!(
        message.contains("`shop` cannot be evaluated") && message.contains("noon"),
        "{message}"
    );
}

#[test]
fn numbers_that_are_no_timestamps_are_refused() {
    for (number, words) in [
        ("20270328", "write 2027-03-28"),
        ("1806192000000", "milliseconds"),
        ("9223372036854775807", "the year must be from 1 to 9999"),
    ] {
        let ran = run(&["explain", "shop", "--at", number]);
        assert_eq!(ran.code, 2, "{number}: {ran:?}");
        assert!(ran.err.contains(number) && ran.err.contains(words), "{ran:?}");
    }
}

#[test]
fn what_is_no_instant_is_refused_with_the_forms_that_are() {
    for rubbish in [
        "rubbish",
        "2026-12-32",
        "25.12.2026",
        "2026-12-25T9:5",
        "2026-12-25T09:00+01",
        "1798189200.5",
        "99999999999999999999",
        "2026-13-01T00:00:00Z",
        "",
    ] {
        let ran = run(&["explain", "shop", "--at", rubbish]);
        assert_eq!(ran.code, 2, "{rubbish}: {ran:?}");
        assert!(
            ran.err.contains("--at") && ran.err.contains("2026-12-25T08:00:00Z"),
            "{ran:?}"
        );
        for form in ["a Unix timestamp", "2026-12-25T09:00)", "a date (2026-12-25)"] {
            assert!(ran.err.contains(form), "{ran:?}");
        }
    }
}
