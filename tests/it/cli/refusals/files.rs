//! Everything in a file that can be wrong but its rules.

use super::{BEFORE, check};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;

on_both_databases!(broken_files_are_refused_with_line_and_path);

/// `count` items, by number, separated by commas.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(", ")
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn broken_files_are_refused_with_line_and_path(database: &Database) {
    apply(database, BEFORE);
    let long = "x".repeat(201);
    let window = |more: &str| format!("windows:\n- name: w\n  timezone: UTC\n{more}");
    let component = |more: &str| format!("components:\n- name: good\n- name: c\n{more}");
    let cases: &[(String, &str, &str)] = &[
        // The text itself.
        (
            "components:\n- {name: a\n".into(),
            ":3:",
            "did not find expected ',' or '}'",
        ),
        ("components:\n\t- name: a\n".into(), ":2:", "tab"),
        ("components:\n- name: *a\n".into(), ":2:", "anchor"),
        (
            "components: []\n---\ncomponents: []\n".into(),
            ":2:",
            "a second document starts here",
        ),
        (
            "{\"components\": [\n{\"name\": \"a\"}\n".into(),
            ":3:",
            "this is not JSON",
        ),
        (
            "{\"components\": [\n{\"name\": \"a\",\n\"name\": \"b\"}]}".into(),
            ":3: components[0].name:",
            "a second time",
        ),
        (
            "{\"components\": [\n{\"name\": \"a\",\n\"colour\": 1}]}".into(),
            ":3: components[0].colour:",
            "is unknown",
        ),
        ("{\"components\": []}\n{}".into(), ":2:", "this is not JSON"),
        (
            format!("components: {}{}", "[".repeat(40), "]".repeat(40)),
            ":1:",
            "nested deeper than 32 levels",
        ),
        // Shapes.
        (
            "- name: a\n".into(),
            ":1:",
            "put the list below `calendars:` or `windows:` or `indicators:` or `components:`",
        ),
        (
            "[{\"name\": \"a\", \"value\": \"b\", \"slo\": 1}]".into(),
            ":1:",
            "no kind of object has the keys of this list (`name`, `slo`, `value`)",
        ),
        ("[{\"name\": \"a\"}, 7]".into(), ":1: [1]:", "a mapping is needed here"),
        ("just words\n".into(), ":1:", "a mapping is needed here"),
        (
            "component: []\n".into(),
            ":1: component:",
            "known here: labels, calendars, windows, indicators, components, corrections",
        ),
        ("components: {}\n".into(), ":1: components:", "a list is needed here"),
        (
            "components:\n- a\n".into(),
            ":2: components[0]:",
            "a mapping is needed here",
        ),
        (
            "components:\n- []\n".into(),
            ":2: components[0]:",
            "a mapping is needed here",
        ),
        ("components:\n- ? [a]\n  : b\n".into(), ":2:", "a key must be a text"),
        (
            component("  colour:\n  - red\n"),
            ":4: components[1].colour:",
            "the key `colour` is unknown",
        ),
        (
            component("  name: d\n"),
            ":4: components[1].name:",
            "the key `name` stands here a second time",
        ),
        (
            component("  labels: {team: a, team: b}\n"),
            ":4: components[1].labels.team:",
            "a second time",
        ),
        (
            component("  labels: [team]\n"),
            ":4: components[1].labels:",
            "a mapping is needed here",
        ),
        (
            component("  windows: Always\n"),
            ":4: components[1].windows:",
            "a list is needed here",
        ),
        (
            component("  windows: [[Always]]\n"),
            ":4: components[1].windows[0]:",
            "not a list",
        ),
        (
            component("  enabled: yes\n"),
            ":4: components[1].enabled:",
            "`yes` is neither true nor false",
        ),
        (component("  enabled: null\n"), ":4: components[1].enabled:", "not null"),
        (
            component("  display_name: {a: b}\n"),
            ":4: components[1].display_name:",
            "not a mapping",
        ),
        (
            component("  description: \"a\\0b\"\n"),
            ":4: components[1].description:",
            "NUL",
        ),
        (
            component(&format!("  description: {}\n", "x".repeat(10_001))),
            ":4: components[1].description:",
            "10000",
        ),
        // Names.
        ("components:\n- {}\n".into(), ":2: components[0]:", "`name` is missing"),
        ("components:\n- name:\n".into(), ":2: components[0].name:", "not null"),
        (
            "components:\n- name: ''\n".into(),
            ":2: components[0].name:",
            "must not be empty",
        ),
        (
            "components:\n- name: \"a\\u200Bb\"\n".into(),
            ":2: components[0].name:",
            "U+200B",
        ),
        (
            "components:\n- name: a\n  display_name: \"a\\nb\"\n".into(),
            ":3: components[0].display_name:",
            "U+000A (number 2)",
        ),
        (
            "components:\n- name: a\n  labels:\n    team: \"r\\u202Eed\"\n".into(),
            ":4: components[0].labels.team:",
            "U+202E",
        ),
        (
            "components:\n- name: ÄÖÜ\n".into(),
            ":2: components[0].name:",
            "no letter from A to Z",
        ),
        (
            "components:\n- name: \"a\\u0007\"\n".into(),
            ":2: components[0].name:",
            "cannot be printed",
        ),
        (
            format!("components:\n- name: {long}\n"),
            ":2: components[0].name:",
            "201 characters",
        ),
        (
            "components:\n- name: a\n\n- name: A\n".into(),
            ":4: components[1]:",
            "stands in line 2 already",
        ),
        (
            "windows:\n- timezone: UTC\n".into(),
            ":2: windows[0]:",
            "`name` is missing",
        ),
        (
            "windows:\n- name: ''\n".into(),
            ":2: windows[0].name:",
            "must not be empty",
        ),
        (
            "windows:\n- name: \"w\\nx\"\n  timezone: UTC\n".into(),
            ":2: windows[0].name:",
            "a line break or a control character",
        ),
        (
            "windows:\n- name: \"Of\\u200Bfice\"\n  timezone: UTC\n".into(),
            ":2: windows[0].name:",
            "cannot be seen",
        ),
        (
            window("  rules:\n  - {type: weekly, days: [MO], start: '09:00', duration_s: 60, note: \"a\\nb\"}\n"),
            ":2: windows[0].rules[0]:",
            "U+000A",
        ),
        (
            "calendars:\n- name: Bu\u{308}ro\n- name: BÜRO\n".into(),
            ":3: calendars[1]:",
            "stands in line 2 already",
        ),
        (
            "labels:\n- {name: a, value: \"b\\u00ADc\"}\n".into(),
            ":2: labels[0].value:",
            "U+00AD",
        ),
        (format!("windows:\n- name: {long}\n"), ":2: windows[0].name:", "not 201"),
        (
            "windows:\n- {name: W, timezone: UTC}\n- {name: w}\n".into(),
            ":3: windows[1]:",
            "stands in line 2 already",
        ),
        (
            format!("calendars:\n- name: {long}\n"),
            ":2: calendars[0].name:",
            "not 201",
        ),
        (
            "calendars:\n- name: C\n- name: c\n".into(),
            ":3: calendars[1]:",
            "stands in line 2 already",
        ),
        // Labels.
        (
            component("  labels: {job: x}\n"),
            ":4: components[1].labels.job:",
            "set by Prometheus",
        ),
        (
            component("  labels: {component: x}\n"),
            ":4: components[1].labels.component:",
            "set by Prometheus",
        ),
        (
            component("  labels: {a-b: x}\n"),
            ":4: components[1].labels.a-b:",
            "cannot contain “-”",
        ),
        (
            component("  labels: {__a: x}\n"),
            ":4: components[1].labels.__a:",
            "two underscores",
        ),
        (
            component("  labels: {1a: x}\n"),
            ":4: components[1].labels.1a:",
            "digit",
        ),
        (
            component("  labels: {team: ''}\n"),
            ":4: components[1].labels.team:",
            "must not be empty",
        ),
        (
            component("  labels: {team: }\n"),
            ":4: components[1].labels.team:",
            "not null",
        ),
        (
            component("  labels:\n    team: \"a\\tb\"\n"),
            ":5: components[1].labels.team:",
            "cannot be printed",
        ),
        (
            component(&format!("  labels: {{team: {long}}}\n")),
            ":4: components[1].labels.team:",
            "201 characters",
        ),
        (
            component(&format!("  labels: {{{}}}\n", list(31, |n| format!("l{n}: v")))),
            ":4: components[1].labels:",
            "the limit is 30",
        ),
        (
            "labels:\n- {name: le, value: x}\n".into(),
            ":2: labels[0].name:",
            "set by Prometheus",
        ),
        (
            "labels:\n- {name: a, value: ''}\n".into(),
            ":2: labels[0].value:",
            "must not be empty",
        ),
        ("labels:\n- {name: a}\n".into(), ":2: labels[0]:", "`value` is missing"),
        (
            "labels:\n- {name: a, value: b}\n- {name: a, value: b}\n".into(),
            ":3: labels[1]:",
            "stands in line 2 already",
        ),
        // Objectives.
        (component("  slo: 101\n"), ":4: components[1].slo:", "0 to 100"),
        (component("  slo: 100.001\n"), ":4: components[1].slo:", "0 to 100"),
        (
            component("  slo: 99.9999\n"),
            ":4: components[1].slo:",
            "at most three decimals",
        ),
        (component("  slo: -1\n"), ":4: components[1].slo:", "no percentage"),
        (component("  slo: abc\n"), ":4: components[1].slo:", "no percentage"),
        (component("  slo: 99,9\n"), ":4: components[1].slo:", "no percentage"),
        (component("  slo: 1e1\n"), ":4: components[1].slo:", "no percentage"),
        (component("  slo: ''\n"), ":4: components[1].slo:", "no percentage"),
        (component("  slo: [99.9]\n"), ":4: components[1].slo:", "not a list"),
        // References.
        (
            window("components:\n- name: c\n  windows:\n  - W\n  - Nope\n"),
            ":8: components[0].windows[1]:",
            "there is no window `Nope`",
        ),
        (
            component("  windows: [Holidays]\n"),
            ":4: components[1].windows[0]:",
            "`Holidays` is a calendar; put it under calendars:",
        ),
        (
            component("  calendars: [Always]\n"),
            ":4: components[1].calendars[0]:",
            "`Always` is a window; put it under windows:",
        ),
        (
            window("  calendars: [Nope]\n"),
            ":4: windows[0].calendars[0]:",
            "there is no calendar `Nope`",
        ),
        (
            component(&format!("  windows: [{}]\n", list(51, |n| format!("w{n}")))),
            ":4: components[1].windows:",
            "the limit is 50",
        ),
        (
            component(&format!("  calendars: [{}]\n", list(51, |n| format!("w{n}")))),
            ":4: components[1].calendars:",
            "the limit is 50",
        ),
        // Zones and validity.
        ("windows:\n- name: w\n".into(), ":2: windows[0]:", "needs a `timezone`"),
        (
            "windows:\n- {name: w, timezone: null}\n".into(),
            ":2: windows[0].timezone:",
            "not null",
        ),
        (
            "windows:\n- {name: w, timezone: Mars/Base}\n".into(),
            ":2: windows[0].timezone:",
            "unknown",
        ),
        (
            "windows:\n- {name: w, timezone: europe/berlin}\n".into(),
            ":2: windows[0].timezone:",
            "Europe/Berlin",
        ),
        (
            "windows:\n- {name: w, timezone: '+02:00'}\n".into(),
            ":2: windows[0].timezone:",
            "IANA",
        ),
        (
            "windows:\n- {name: w, timezone: ''}\n".into(),
            ":2: windows[0].timezone:",
            "missing",
        ),
        (
            "calendars:\n- {name: c, timezone: Local}\n".into(),
            ":2: calendars[0].timezone:",
            "depend on the server",
        ),
        (
            window("  valid_from: 2026-02-30\n"),
            ":4: windows[0].valid_from:",
            "2026-02-30",
        ),
        (
            window("  valid_until: tomorrow\n"),
            ":4: windows[0].valid_until:",
            "tomorrow",
        ),
        (
            window("  valid_from: 2026-01-02\n  valid_until: 2026-01-01\n"),
            ":2: windows[0]:",
            "is before valid_from",
        ),
        // Lists of rules.
        (
            window("  rules: null\n"),
            ":4: windows[0].rules:",
            "a list is needed here",
        ),
        (
            window("  rules: {type: weekly}\n"),
            ":4: windows[0].rules:",
            "a list is needed here",
        ),
        (
            window(&format!(
                "  rules:\n  - {}\n",
                vec!["{type: weekly, days: [MO], start: '09:00', duration_s: 1}"; 101].join("\n  - ")
            )),
            ":4: windows[0].rules:",
            "the limit is 100",
        ),
        (
            format!(
                "calendars:\n- name: c\n  rules: [{}]\n",
                list(101, |_| "{type: weekly, days: [MO], start: '09:00', duration_s: 1}"
                    .into())
            ),
            ":3: calendars[0].rules:",
            "the limit is 100",
        ),
    ];
    for (content, place, reason) in cases {
        check(database, content.as_bytes(), place, reason);
    }
}
