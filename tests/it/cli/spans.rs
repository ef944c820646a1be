//! `spans`: the hours of components and windows in a range of time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run, run_on};
use crate::support::zone;

on_both_databases!(
    spans_are_json_lines_by_name_and_start,
    components_are_selected_by_labels,
    unknown_labels_and_values_are_named,
    windows_have_their_own_calendars_alone,
    sums_and_tables_are_for_every_format,
    events_are_an_icalendar_file,
    spans_are_those_of_the_calculus_in_five_zones,
    what_cannot_be_evaluated_is_named_and_the_rest_printed,
);

const DOCUMENT: &str = r#"
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
- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
- {name: Off, timezone: UTC, enabled: false, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}
- {name: Odd, timezone: UTC, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 61}]}
components:
- {name: shop, windows: [Office], calendars: [Freeze], labels: {team: blue, env: prod}}
- {name: batch, windows: [Office], labels: {team: blue}}
- {name: always, windows: [Always], labels: {team: red}}
- {name: idle, labels: {team: red}}
- {name: retired, enabled: false, windows: [Office], labels: {team: blue}}
- {name: "=sum(1;2), Größenänderungsüberwachungsdienst für Zahlungen — Überprüfung der Größen", windows: [Odd], labels: {team: odd}}
"#;

/// 21 December 2026, a Monday, 09:00 and 17:00 in Berlin.
const OPEN: i64 = 1_797_840_000;
const CLOSE: i64 = OPEN + 28_800;

fn lines(out: &str) -> Vec<Value> {
    let value = |line: &str| serde_json::from_str(line).expect("every line is a JSON object");
    out.lines().map(value).collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "one document, and what is printed of it: each command is compared with the whole of its output"
)]
fn spans_are_json_lines_by_name_and_start(database: &Database) {
    apply(database, DOCUMENT);
    let spans = |arguments: &[&str]| run_on(database, &[&["spans", "--format", "json"], arguments].concat());
    let whole = [
        "shop",
        "Batch",
        "--from",
        "2026-12-21",
        "--to",
        "2026-12-22",
        "--zone",
        "Europe/Berlin",
    ];
    let expected = [
        json!({"component": "batch", "start": OPEN, "end": CLOSE}),
        json!({"component": "shop", "start": OPEN, "end": CLOSE}),
    ];
    assert_eq!(lines(&spans(&whole).ok()), expected);
    // Clipped on both sides, in every form of an instant; a repeated name counts once.
    for (from, to) in [
        ("1797840060", "1797840120"),
        ("2026-12-21T09:01:00+01:00", "2026-12-21T08:02:00Z"),
        ("2026-12-21T08:01", "2026-12-21 08:02:00"),
    ] {
        let out = spans(&["shop", "shop", "--from", from, "--to", to]).ok();
        assert_eq!(
            lines(&out),
            [json!({"component": "shop", "start": OPEN + 60, "end": OPEN + 120})]
        );
    }
    // Nothing is there: neither outside, nor without windows, nor on days that calendars exclude.
    for (name, from, to) in [
        ("shop", "2026-12-23", "2026-12-24"),
        ("shop", "2026-12-25", "2026-12-28"),
        ("idle", "2026-01-01", "2027-01-01"),
    ] {
        assert_eq!(
            spans(&[name, "--from", from, "--to", to]).ok(),
            "",
            "{name} from {from}"
        );
    }
    let always = spans(&["always", "--from", "0", "--to", "4000000000"]).ok();
    assert_eq!(
        lines(&always),
        [json!({"component": "always", "start": 0, "end": 4_000_000_000_i64})]
    );
    // A disabled component has hours, and a note that there are no metrics of them.
    let ran = spans(&["retired", "--from", "2026-12-21", "--to", "2026-12-22"]);
    assert!(ran.err.contains("`retired` is disabled"), "{ran:?}");
    assert_eq!(lines(&ran.ok()).len(), 1);
    // A day begins where the clock has been put forward past its midnight.
    apply(
        database,
        "windows: [{name: Cairo, timezone: Africa/Cairo, rules: [{type: weekly, days: [FR], start: '00:00', duration_s: 86400}]}]\n\
         components: [{name: cairo, windows: [Cairo]}]",
    );
    let out = spans(&[
        "cairo",
        "--from",
        "2026-04-24",
        "--to",
        "2026-04-25",
        "--zone",
        "Africa/Cairo",
    ])
    .ok();
    let start = zone("Africa/Cairo").start_of_day("2026-04-24".parse().expect("a date"));
    assert_eq!(
        lines(&out),
        [json!({"component": "cairo", "start": start, "end": start + 23 * 3_600})]
    );
    assert_eq!(
        spans(&["Shopp", "--from", "0", "--to", "1"]).refused(),
        "sla-monitor: there is no component `Shopp`"
    );
    assert_eq!(
        spans(&["sho", "--from", "0", "--to", "1"]).refused(),
        "sla-monitor: there is no component `sho`; did you mean shop?"
    );
}

fn unknown_labels_and_values_are_named(database: &Database) {
    apply(database, DOCUMENT);
    for (selector, said) in [
        (
            "team=bleu",
            "no enabled component matches {team=\"bleu\"}: the label `team` has no value `bleu`",
        ),
        ("teem=blue", "there is no label `teem`; did you mean team?"),
        (
            "component=shpo",
            "there is no enabled component `shpo`; did you mean shop?",
        ),
    ] {
        let ran = run_on(database, &["spans", "--from", "0", "--to", "1", "--match", selector]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.err.contains(said), "{selector}: {ran:?}");
    }
    // What is long is shortened, whether it is understood or not.
    let long = "x".repeat(5_000);
    for selector in [
        format!("team={long}"),
        format!("{long}=blue"),
        format!("team=blue,{long}"),
        format!("{{team={long}}}"),
        long,
    ] {
        let ran = run_on(database, &["spans", "--from", "0", "--to", "1", "--match", &selector]);
        assert!(
            !ran.err.is_empty() && ran.err.len() < 1_500,
            "{} characters",
            ran.err.len()
        );
    }
}

fn components_are_selected_by_labels(database: &Database) {
    apply(database, DOCUMENT);
    let selected = |selectors: &[&str]| {
        let mut arguments = vec![
            "spans",
            "--from",
            "2026-12-21",
            "--to",
            "2026-12-22",
            "--format",
            "json",
            "--total",
        ];
        arguments.extend(selectors.iter().flat_map(|selector| ["--match", selector]));
        let ran = run_on(database, &arguments);
        let names = |line: &Value| line["component"].as_str().expect("a name").to_owned();
        assert_eq!(ran.code, 0, "{ran:?}");
        let found: Vec<String> = lines(&ran.out).iter().map(names).collect();
        (found, ran.err)
    };
    let cases: &[(&[&str], &[&str])] = &[
        (&[r#"{team="blue"}"#], &["batch", "shop"]),
        (&[r#"team="blue""#], &["batch", "shop"]),
        (&["team=blue"], &["batch", "shop"]),
        (&["team=blue, env=prod"], &["shop"]),
        (&[r#"{team="blue",env="prod"}"#], &["shop"]),
        (&[r#"{team="blue",env=""}"#], &["batch"]),
        (&["team=blue,env="], &["batch"]),
        (&[r#"team=blue,env="""#], &["batch"]),
        (&["team=blue,"], &["batch", "shop"]),
        (&[r#"{component="always"}"#, r#"{team="red"}"#], &["always", "idle"]),
        (&[r#"{component="retired"}"#], &[]),
    ];
    for (selectors, expected) in cases {
        let (found, notes) = selected(selectors);
        assert_eq!(&found, expected, "{selectors:?}");
        assert_eq!(
            notes.contains("no enabled component matches"),
            expected.is_empty(),
            "{notes}"
        );
    }
}

#[test]
fn selectors_without_braces_or_quotes_say_what_is_wrong() {
    let cases: &[(&[&str], &str)] = &[
        (
            &["--match", "team="],
            "this would match everything; give a label a value",
        ),
        (
            &["--match", r#"team="""#],
            "this would match everything; give a label a value",
        ),
        (
            &["--match", "team=a,,env=b"],
            "character 8: `,` was found where the name of a label",
        ),
        (
            &["--match", "team=a,env"],
            "character 11: `=` and a value are expected behind `env`",
        ),
        (
            &["--match", r#"team="a",env"#],
            "character 13: the end was found where `=` is expected",
        ),
        (
            &["--match", "team!=blue"],
            "character 5: `!=` is not supported, only `=` is; repeat --match",
        ),
        (&["--match", "team=a, env!=b"], "character 12: `!=` is not supported"),
        (
            &["--match", "{team=blue}"],
            "put single quotes around the whole selector",
        ),
    ];
    for (arguments, words) in cases {
        let ran = run(&[&["spans"], *arguments, &["--from", "0", "--to", "1"]].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
        assert!(
            ran.err.contains("team=blue") || ran.err.contains("{team=\"blue\"}"),
            "an example: {}",
            ran.err
        );
    }
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    let range = ["--from", "2026-12-21", "--to", "2026-12-22"];
    let cases: &[(&[&str], &str)] = &[
        (
            &["--match", r#"{team=~"b.*"}"#],
            "`=~` is not supported, only `=` is; repeat --match",
        ),
        (&["--match", r#"up{team="blue"}"#], "leave the name of the metric out"),
        (&["--match", "{team=blue}"], "a value stands in quotes"),
        (&["--match", "{}"], "would match everything"),
        (&["--match", "team=~blue"], "--match"),
        (&["--match", "blue"], "leave the name of the metric out"),
        (&[], "<COMPONENT|--window <NAME>|--match <SELECTOR>>"),
        (&["shop", "--window", "Office"], "cannot be used with"),
        (&["shop", "--total", "--format", "ics"], "--total and --format ics"),
        (&["shop", "--format", "xml"], "use table, json, csv or ics"),
        (&["shop", "--zone", "Berlin"], "Europe/Berlin"),
    ];
    for (arguments, words) in cases {
        let ran = run(&[&["spans"], *arguments, &range].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(ran.err.contains(words), "{arguments:?}: {}", ran.err);
    }
    for (from, to) in [("2026-12-22", "2026-12-21"), ("5", "5")] {
        let ran = run(&["spans", "shop", "--from", from, "--to", to]);
        assert_eq!(
            (ran.code, ran.err.contains("--to must be later than --from")),
            (2, true),
            "{ran:?}"
        );
    }
}

fn windows_have_their_own_calendars_alone(database: &Database) {
    apply(database, DOCUMENT);
    let range = ["--from", "2026-12-23", "--to", "2026-12-26", "--format", "json"];
    let out = run_on(database, &[&["spans", "--window", "office"], &range[..]].concat()).ok();
    let (day, open) = (86_400, OPEN);
    let expected = [
        json!({"window": "Office", "start": open + 2 * day, "end": open + 2 * day + 28_800}),
        json!({"window": "Office", "start": open + 3 * day, "end": open + 3 * day + 28_800}),
    ];
    assert_eq!(lines(&out), expected);
    let ran = run_on(
        database,
        &[&["spans", "--window", "Off", "--window", "Always"], &range[..]].concat(),
    );
    assert!(ran.err.contains("`Off` is disabled: it covers nothing"), "{ran:?}");
    assert_eq!(lines(&ran.ok()).len(), 1);
    let refused = run_on(database, &[&["spans", "--window", "Offices"], &range[..]].concat()).refused();
    assert_eq!(refused, "sla-monitor: there is no window `Offices`");
}

fn sums_and_tables_are_for_every_format(database: &Database) {
    apply(database, DOCUMENT);
    let print = |format: &str, total: &[&str]| {
        let arguments = ["spans", "shop", "idle", "--from", "2026-12-21", "--to", "2026-12-26"];
        let zone = ["--zone", "Europe/Berlin", "--format", format];
        run_on(database, &[&arguments[..], &zone, total].concat()).ok()
    };
    assert_eq!(
        lines(&print("json", &["--total"])),
        [
            json!({"component": "idle", "seconds": 0, "spans": 0}),
            json!({"component": "shop", "seconds": 3 * 28_800, "spans": 3})
        ]
    );
    assert_eq!(
        print("csv", &["--total"]),
        "component,seconds,spans\r\nidle,0,0\r\nshop,86400,3\r\n"
    );
    let csv = print("csv", &[]);
    let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 4, "{csv}");
    assert_eq!(rows[0], "component,start,end,seconds,start_local,end_local");
    assert_eq!(
        rows[1],
        format!("shop,{OPEN},{CLOSE},28800,2026-12-21T09:00:00+01:00,2026-12-21T17:00:00+01:00")
    );
    // The calendar of the component excludes the 23rd.
    assert!(rows[3].starts_with(&format!("shop,{}", OPEN + 3 * 86_400)), "{csv}");
    let table = print("table", &[]);
    assert!(table.starts_with("idle\n  no hours in this range\n\nshop\n"), "{table}");
    assert!(
        table.contains("  Mon 2026-12-21 09:00 CET    Mon 2026-12-21 17:00 CET    8 h\n"),
        "{table}"
    );
    let sums = format!("idle  {:>12}  0 spans\nshop  {:>12}  3 spans\n", "0 h", "24 h");
    assert_eq!(print("table", &["--total"]), sums);
}

#[expect(
    clippy::too_many_lines,
    reason = "one document, and what is printed of it: each command is compared with the whole of its output"
)]
fn events_are_an_icalendar_file(database: &Database) {
    apply(database, DOCUMENT);
    let export = |selection: &[&str], from: &str, to: &str| {
        run_on(
            database,
            &[&["spans", "--format", "ics", "--from", from, "--to", to], selection].concat(),
        )
        .ok()
    };
    let file = export(&["--match", r#"{team="odd"}"#], "2026-12-20", "2027-01-01");
    assert!(file.ends_with("END:VCALENDAR\r\n"), "{file}");
    assert_eq!(
        file.matches('\n').count(),
        file.matches("\r\n").count(),
        "every line ends with CRLF"
    );
    assert!(
        file.split("\r\n").all(|line| line.len() <= 75),
        "no line is longer: {file}"
    );
    let unfolded = file.replace("\r\n ", "");
    let properties: Vec<&str> = unfolded.lines().collect();
    assert_eq!(
        &properties[..5],
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//SLA Monitor//Hours//EN",
            "CALSCALE:GREGORIAN",
            "BEGIN:VEVENT"
        ]
    );
    for line in [
        r"SUMMARY:=sum(1\;2)\, Größenänderungsüberwachungsdienst für Zahlungen — Überprüfung der Größen",
        "DTSTART:20261221T000000Z",
        "DTEND:20261221T000101Z",
    ] {
        assert!(properties.contains(&line), "{line} in {unfolded}");
    }
    let stamps = properties
        .iter()
        .filter(|line| line.starts_with("DTSTAMP:2") && line.ends_with('Z'));
    assert_eq!(stamps.count(), 2, "one for each event");
    // The same hours have the same identifier in every file, even where the range cuts them off.
    let uids = |file: &str| -> Vec<String> {
        file.lines()
            .filter(|line| line.starts_with("UID:"))
            .map(str::to_owned)
            .collect()
    };
    let whole = uids(&export(&["shop", "batch"], "2026-12-21", "2026-12-23"));
    assert_eq!(whole.len(), 4, "{whole:?}");
    let mut distinct = whole.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 4, "no two events share one: {whole:?}");
    assert_eq!(
        uids(&export(&["shop", "batch"], "2026-12-21T09:00", "2026-12-23")),
        whole
    );
    assert_ne!(
        uids(&export(&["--window", "Office"], "2026-12-21", "2026-12-23")),
        whole[..2]
    );
    // A calendar has something in it although there is no event.
    let empty = export(&["idle"], "2026-12-21", "2026-12-23");
    assert!(
        empty.contains("BEGIN:VTIMEZONE\r\nTZID:UTC\r\n") && !empty.contains("VEVENT"),
        "{empty}"
    );
}

const VECTORS: &str = include_str!("../../data/windows.json");

const ZONES: [&str; 5] = [
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "Europe/Berlin",
    "America/New_York",
];

/// A component of each vector and zone, and what the calculus evaluates for it.
pub fn vectors_in_zones() -> (Value, BTreeMap<String, (Value, i64)>) {
    let all: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let (mut windows, mut components, mut definitions) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut calendars = Vec::new();
    for vector in all["vectors"].as_array().expect("a list") {
        let now = vector["now"].as_i64().expect("an instant");
        for zone in ZONES {
            let name = format!("{} {zone}", vector["id"].as_str().expect("an id"));
            let mut own = vector["windows"].clone();
            let mut names = Vec::new();
            for (index, window) in own.as_array_mut().expect("a list").iter_mut().enumerate() {
                window["timezone"] = json!(zone);
                let mut stored = window.clone();
                stored["name"] = json!(format!("{name} {index}"));
                calendars.extend(calendars_of(&mut stored));
                names.push(stored["name"].clone());
                windows.push(stored);
            }
            components.push(json!({
                "name": name,
                "windows": names,
                "labels": {"all": "yes", "quarter": (now / QUARTER).to_string()},
            }));
            definitions.insert(name, (own, now / QUARTER));
        }
    }
    let document = json!({"calendars": calendars, "windows": windows, "components": components});
    (document, definitions)
}

/// Moves the exclude rules of a window that have a zone of their own to calendars, of which it returns the definitions.
fn calendars_of(window: &mut Value) -> Vec<Value> {
    let name = window["name"].as_str().expect("a name").to_owned();
    let Some(excludes) = window.get_mut("excludes").and_then(Value::as_array_mut) else {
        return Vec::new();
    };
    let (foreign, own): (Vec<Value>, Vec<Value>) = excludes.drain(..).partition(|rule| rule.get("timezone").is_some());
    *excludes = own;
    let calendar = |(index, mut rule): (usize, Value)| {
        let zone = rule.as_object_mut().and_then(|rule| rule.remove("timezone"));
        json!({"name": format!("{name} {index}"), "timezone": zone, "rules": [rule]})
    };
    let calendars: Vec<Value> = foreign.into_iter().enumerate().map(calendar).collect();
    window["calendars"] = calendars.iter().map(|calendar| calendar["name"].clone()).collect();
    calendars
}

/// The seconds of a quarter, about.
const QUARTER: i64 = 91 * 86_400;

fn spans_are_those_of_the_calculus_in_five_zones(database: &Database) {
    let (document, definitions) = vectors_in_zones();
    apply(database, &document.to_string());
    let compare = |selector: &str, from: i64, to: i64, quarter: Option<i64>| {
        let (from_text, to_text) = (from.to_string(), to.to_string());
        let arguments = [
            "spans", "--match", selector, "--from", &from_text, "--to", &to_text, "--format", "json",
        ];
        let printed = lines(&run_on(database, &arguments).ok());
        let mut expected = Vec::new();
        let meant = definitions
            .iter()
            .filter(|(_, (_, own))| quarter.is_none_or(|quarter| *own == quarter));
        for (name, (windows, _)) in meant {
            let question = json!({"windows": windows, "from": from, "to": to}).to_string();
            let coverage = Evaluation::read(&question).expect("accepted").coverage;
            let spans = coverage.spans(from, to).into_iter();
            expected.extend(spans.map(|span| json!({"component": name, "start": span.start, "end": span.end})));
        }
        assert_eq!(printed, expected, "{selector} from {from} to {to}");
        printed.len()
    };
    let mut quarters: Vec<i64> = definitions.values().map(|(_, quarter)| *quarter).collect();
    quarters.sort_unstable();
    quarters.dedup();
    for quarter in quarters {
        let selector = format!("{{quarter=\"{quarter}\"}}");
        compare(&selector, quarter * QUARTER, (quarter + 1) * QUARTER, Some(quarter));
    }
    // The weeks in which the clocks of Berlin, Lord Howe and Cairo are changed.
    let day = |date: &str| zone("UTC").start_of_day(date.parse().expect("a date"));
    let printed = compare(r#"{all="yes"}"#, day("2026-03-26"), day("2026-04-27"), None);
    assert!(printed > 1_000, "{printed} spans");
}

fn what_cannot_be_evaluated_is_named_and_the_rest_printed(database: &Database) {
    apply(database, DOCUMENT);
    database.execute("UPDATE rule SET start_time = 'noon' WHERE note = 'lunch'");
    let arguments = [
        "spans", "shop", "always", "--from", "0", "--to", "9", "--format", "json",
    ];
    let ran = run_on(database, &arguments);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.err.contains("`shop` cannot be evaluated") && ran.err.contains("noon"),
        "{ran:?}"
    );
    assert_eq!(lines(&ran.out), [json!({"component": "always", "start": 0, "end": 9})]);
}
