//! `export`: what it writes, `apply` reads back without a change, whatever names and texts hold.

use serde_json::{Value, json};
use sla_monitor::text;

use super::{EXAMPLE, counts};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_on_input};

on_both_databases!(
    an_export_applies_without_a_change,
    an_export_rebuilds_an_empty_database,
    an_empty_database_has_an_export,
    the_export_is_in_the_documented_form,
    what_cannot_be_read_is_reported_and_not_lost,
);

/// A database compares texts as its locale does; a file under version control must not change with it.
#[test]
fn labels_are_in_one_order_whatever_the_locale_of_the_database() {
    let document = "components: [{name: a1, labels: {team: b}}, {name: a2, labels: {team: B}}, {name: a3, labels: {team: _a}}, \
                    {name: a4, labels: {team: ä}}, {name: a5, labels: {Env: c}}, {name: a6, labels: {env: a}}]";
    let here = Database::sqlite();
    apply(&here, document);
    let beside = Database::unmigrated_postgres();
    let name = beside.url.rsplit('/').next().expect("the URL ends with a database");
    beside.execute(&format!(
        "CREATE DATABASE {name}_de TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'"
    ));
    let german = Database::at(&format!("{}_de", beside.url));
    german.migrate();
    apply(&german, document);
    let exports = [&here, &german].map(|database| run_on(database, &["export"]).ok());
    assert_eq!(exports[0], exports[1]);
    beside.execute(&format!("DROP DATABASE {name}_de WITH (FORCE)"));
}

/// Texts that YAML readers like to take for something else.
const TEXTS: &[&str] = &[
    "plain",
    "two words",
    "yes",
    "No",
    "null",
    "~",
    "true",
    "off",
    "y",
    "1",
    "1.0",
    "-1",
    "0x10",
    "1e3",
    ".inf",
    ".5",
    "2026-01-01",
    "09:00",
    "a: b",
    "a:b",
    ":",
    "- a",
    "-",
    "a #b",
    "#a",
    "it's",
    "'",
    "\"",
    "a\"b\"",
    "\\",
    "a\\n",
    "{a}",
    "[a]",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "a, b",
    "?",
    "? a",
    "=",
    "<<",
    "Größe Ähre",
    "日本",
    "🚀 rocket",
    "e\u{301}",
    "\u{200b}zero width",
    "a\u{a0}b",
    "a/b_c.d",
];

/// Texts that only descriptions may hold.
const LONG_TEXTS: &[&str] = &[
    "",
    " ",
    "trailing ",
    " leading",
    "two\nlines",
    "ends with\n",
    "\n",
    "tab\there",
    "a\r\nb",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}mark",
    "---\n...",
    "  indented\n    more\n",
    "\u{10ffff}",
    "NULL",
    "True",
];

/// Names and values of labels have nothing that cannot be seen.
fn visible(text: &str) -> String {
    text.replace('\u{200b}', "")
}

/// Everything that has a name or a text, with each of the texts.
fn nasty() -> String {
    let names = TEXTS.iter().enumerate();
    let of = |text: &str| {
        LONG_TEXTS
            .get(text.len() % LONG_TEXTS.len())
            .copied()
            .unwrap_or_default()
    };
    let labels: Vec<Value> = TEXTS
        .iter()
        .map(|text| json!({"name": "text", "value": visible(text), "description": of(text)}))
        .collect();
    let calendars: Vec<Value> = names
        .clone()
        .map(|(index, text)| {
            let named = json!([{"date": "2026-01-01", "name": text}, "2026-01-02"]);
            let timezone = (index % 2 == 0).then_some("Europe/Berlin");
            json!({"name": visible(text), "description": of(text), "timezone": timezone, "enabled": index % 3 > 0, "rules": [
                {"type": "dates", "dates": named, "start": "00:00:01", "duration_s": 86400, "note": text}
            ]})
        })
        .collect();
    let windows: Vec<Value> = names
        .clone()
        .map(|(_, text)| {
            json!({"name": visible(text), "description": text, "timezone": "America/New_York", "valid_until": "2099-12-31", "calendars": [visible(text)],
                "rules": [
                    {"type": "once", "start_local": "2026-01-01T00:00", "end_local": "2026-01-01T00:00:30", "note": text},
                    {"type": "weekly", "days": ["SU", "MO"], "start": "22:00", "duration_s": 28800, "duration_mode": "elapsed"},
                ],
                "excludes": [{"type": "rrule", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "anchor": "2026-01-05", "start": "10:00", "duration_s": 60}]})
        })
        .collect();
    let components: Vec<Value> = names
        .map(|(index, text)| {
            let slo = [None, Some(0.0), Some(99.999), Some(100.0)];
            let name = visible(&format!("c{index} {text}"));
            json!({"name": name, "display_name": text, "description": LONG_TEXTS[index % LONG_TEXTS.len()],
                "enabled": index % 2 == 0, "slo": slo[index % 4],
                "labels": {"text": visible(text)}, "windows": [visible(text)], "calendars": [visible(text)]})
        })
        .collect();
    json!({"labels": labels, "calendars": calendars, "windows": windows, "components": components}).to_string()
}

fn export(database: &Database, form: &str) -> String {
    run_on(database, &["export", "--format", form]).ok()
}

fn an_export_applies_without_a_change(database: &Database) {
    apply(database, &nasty());
    let state = counts(database);
    let all: Value = serde_json::from_str(&export(database, "json")).expect("the export is JSON");
    for (index, text) in TEXTS.iter().enumerate() {
        assert_eq!(all["components"][index]["display_name"], text::line(text));
    }
    for form in ["yaml", "json"] {
        let text = export(database, form);
        assert_eq!(
            run_on_input(database, &["apply", "-"], &text).ok(),
            "0 added, 0 changed, 0 deleted\n",
            "{form}"
        );
        assert_eq!(
            run_on_input(database, &["apply", "--prune", "-"], &text).ok(),
            "0 added, 0 changed, 0 deleted\n"
        );
        assert_eq!(export(database, form), text, "{form}");
    }
    assert_eq!(counts(database), state);
}

fn an_export_rebuilds_an_empty_database(database: &Database) {
    apply(database, &nasty());
    let (yaml, json) = (export(database, "yaml"), export(database, "json"));
    for text in [&yaml, &json] {
        run_on_input(database, &["apply", "--prune", "-"], "{}").ok();
        assert_eq!(database.number("SELECT count(*) AS value FROM component"), 0);
        apply(database, text);
        assert_eq!(export(database, "yaml"), yaml);
        assert_eq!(export(database, "json"), json);
    }
    let other = Database::sqlite();
    apply(&other, &yaml);
    assert_eq!(
        export(&other, "yaml"),
        yaml,
        "a database can move from one kind to the other"
    );
}

fn an_empty_database_has_an_export(database: &Database) {
    let yaml = export(database, "yaml");
    assert_eq!(
        yaml,
        "labels: []\ncalendars: []\nwindows: []\nindicators: []\ncomponents: []\ncorrections: []\n"
    );
    assert_eq!(apply(database, &yaml), "0 added, 0 changed, 0 deleted\n");
    assert_eq!(
        apply(database, &export(database, "json")),
        "0 added, 0 changed, 0 deleted\n"
    );
}

fn the_export_is_in_the_documented_form(database: &Database) {
    apply(database, EXAMPLE);
    let expected = r#"labels:
  - name: env
    value: prod
    description: ""
  - name: team
    value: payments
    description: Payments squad
calendars:
  - name: Holidays DE
    description: ""
    timezone: null
    enabled: true
    rules:
      - {type: rrule, rrule: "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", start: "00:00", duration_s: 86400, note: Christmas}
      - {type: dates, dates: ["2027-03-26", "2027-03-29"], start: "00:00", duration_s: 86400}
windows:
  - name: Business hours DE
    description: ""
    timezone: Europe/Berlin
    valid_from: "2026-01-01"
    valid_until: null
    enabled: true
    calendars: [Holidays DE]
    rules:
      - {type: weekly, days: [MO, TU, WE, TH, FR], start: "08:00", duration_s: 36000}
    excludes:
      - {type: weekly, days: [FR], start: "12:00", duration_s: 3600, note: team lunch}
indicators: []
components:
  - name: payments-api
    display_name: Payments API
    description: ""
    enabled: true
    slo: 99.9
    labels: {env: prod, team: payments}
    windows: [Business hours DE]
    calendars: []
    indicator: null
corrections: []
"#;
    assert_eq!(run_on(database, &["export"]).ok(), expected);
}

fn what_cannot_be_read_is_reported_and_not_lost(database: &Database) {
    apply(database, EXAMPLE);
    database.execute("UPDATE rule SET start_time = 'noon' WHERE note = 'team lunch'");
    let message = run_on(database, &["export"]).refused();
    assert!(
        message.contains("window `Business hours DE` in the database cannot be read"),
        "{message}"
    );
    assert!(message.contains("noon"), "{message}");
    let dry = run_on_input(database, &["apply", "--dry-run", "-"], EXAMPLE).ok();
    assert!(dry.contains("~ window Business hours DE\n"), "{dry}");
    assert_eq!(
        apply(database, EXAMPLE),
        "0 added, 1 changed, 0 deleted\n",
        "the file puts it right"
    );
    assert!(run_on(database, &["export"]).ok().contains("note: team lunch"));
}
