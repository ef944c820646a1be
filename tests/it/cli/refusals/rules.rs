//! Rules that are refused, in windows, among their exclusions and in calendars.

use super::{BEFORE, check};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;

on_both_databases!(broken_rules_are_refused_with_line_and_path);

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn broken_rules_are_refused_with_line_and_path(database: &Database) {
    apply(database, BEFORE);
    let cases: &[(&str, &str, &str)] = &[
        ("weekly", "", "a mapping is needed here"),
        ("{}", "", "`type` is missing"),
        ("{type: daily}", ".type", "use weekly, rrule, dates or once"),
        ("{type: [weekly]}", ".type", "not a list"),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 1, timezone: UTC}",
            ".timezone",
            "calendar with that `timezone`",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 1, rrule: FREQ=DAILY}",
            ".rrule",
            "is unknown",
        ),
        ("{type: weekly, start: '09:00', duration_s: 1}", "", "`days` is missing"),
        (
            "{type: weekly, days: MO, start: '09:00', duration_s: 1}",
            ".days",
            "a list is needed here",
        ),
        (
            "{type: weekly, days: [], start: '09:00', duration_s: 1}",
            ".days",
            "at least one weekday",
        ),
        (
            "{type: weekly, days: [MO, XX], start: '09:00', duration_s: 1}",
            ".days[1]",
            "“XX” is not a weekday",
        ),
        ("{type: weekly, days: [MO], duration_s: 1}", "", "`start` is missing"),
        (
            "{type: weekly, days: [MO], start: '24:00', duration_s: 1}",
            ".start",
            "“24:00” is not a time of day",
        ),
        (
            "{type: weekly, days: [MO], start: '9:0', duration_s: 1}",
            ".start",
            "“9:0” is not a time of day",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', end: '24:01'}",
            ".end",
            "from 00:00 to 24:00",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', end: '17:00', duration_s: 28800}",
            ".end",
            "not both",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00'}",
            "",
            "`duration_s` is missing; give the length in seconds, or an `end`",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 0}",
            ".duration_s",
            "zero",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: -1}",
            ".duration_s",
            "-1",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 2678401}",
            ".duration_s",
            "31 days",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 8h}",
            ".duration_s",
            "not a whole number",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 1, duration_mode: x}",
            ".duration_mode",
            "wall",
        ),
        (
            "{type: weekly, days: [MO], start: '09:00', duration_s: 1, note: \"a\\0b\"}",
            ".note",
            "NUL",
        ),
        ("{type: rrule, start: '09:00', duration_s: 1}", "", "`rrule` is missing"),
        (
            "{type: rrule, rrule: FREQ=HOURLY, start: '09:00', duration_s: 1}",
            ".rrule",
            "HOURLY",
        ),
        (
            "{type: rrule, rrule: FREQ=DAILY;COUNT=3, start: '09:00', duration_s: 1}",
            ".rrule",
            "COUNT",
        ),
        (
            "{type: rrule, rrule: FREQ=DAILY;INTERVAL=2, start: '09:00', duration_s: 1}",
            ".rrule",
            "anchor",
        ),
        (
            "{type: rrule, rrule: FREQ=DAILY, anchor: x, start: '09:00', duration_s: 1}",
            ".anchor",
            "x",
        ),
        ("{type: dates, start: '09:00', duration_s: 1}", "", "`dates` is missing"),
        (
            "{type: dates, dates: [], start: '09:00', duration_s: 1}",
            ".dates",
            "at least one date",
        ),
        (
            "{type: dates, dates: [2026-13-01], start: '09:00', duration_s: 1}",
            ".dates[0]",
            "2026-13-01",
        ),
        (
            "{type: dates, dates: [2026-01-01, 2026-07-30 – 2026-09-13], start: '09:00', duration_s: 1}",
            ".dates[1]",
            "{from: …, to: …}",
        ),
        (
            "{type: dates, dates: [{from: 2026-09-13, to: 2026-07-30}], start: '09:00', duration_s: 1}",
            ".dates[0].to",
            "before it begins",
        ),
        (
            "{type: dates, dates: [{from: 2026-09-13}], start: '09:00', duration_s: 1}",
            ".dates[0]",
            "`to` is missing",
        ),
        (
            "{type: dates, dates: [{to: 2026-09-13}], start: '09:00', duration_s: 1}",
            ".dates[0]",
            "`from` is missing",
        ),
        (
            "{type: dates, dates: [{from: 2026-09-13, to: 2026-09-14, date: 2026-09-13}], start: '09:00', duration_s: 1}",
            ".dates[0].date",
            "known here: from, to, name",
        ),
        (
            "{type: dates, dates: [{from: 2026-01-01, to: 9999-12-31}], start: '09:00', duration_s: 1}",
            ".dates",
            "too many for one rule",
        ),
        (
            "{type: dates, dates: [{day: 1}], start: '09:00', duration_s: 1}",
            ".dates[0].day",
            "is unknown",
        ),
        (
            "{type: dates, dates: [{date: 2026-01-01, name: \"a\\0b\"}], start: '09:00', duration_s: 1}",
            ".dates[0].name",
            "NUL",
        ),
        (
            "{type: once, end_local: 2026-01-01T00:00}",
            "",
            "`start_local` is missing",
        ),
        (
            "{type: once, start_local: 2026-01-01, end_local: 2026-01-02T00:00}",
            ".start_local",
            "2026-01-01",
        ),
        (
            "{type: once, start_local: 2026-01-01T00:00, end_local: 2026-01-01T00:00}",
            ".end_local",
            "after the start",
        ),
        (
            "{type: once, start_local: 2026-01-01T00:00, end_local: 2026-01-02T00:00, start: '09:00'}",
            ".start",
            "is unknown",
        ),
    ];
    let owners = [("windows", "rules"), ("windows", "excludes"), ("calendars", "rules")];
    for ((rule, path, reason), (section, list)) in cases.iter().zip(owners.iter().cycle()) {
        let good = "{type: weekly, days: [MO], start: '09:00', duration_s: 1}";
        let file = format!("{section}:\n- name: w\n  timezone: UTC\n  {list}:\n  - {good}\n  - {rule}\n");
        check(
            database,
            file.as_bytes(),
            &format!(":6: {section}[0].{list}[1]{path}:"),
            reason,
        );
    }
}
