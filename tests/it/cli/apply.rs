//! `apply`: what a file says becomes true, once, with audit entries, and no more than the file says.

use serde_json::{Value, json};

use super::{EXAMPLE, counts, folder, text, write};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_on_input};

on_both_databases!(
    the_documented_example_applies_once,
    a_file_and_standard_input_are_the_same,
    a_key_that_is_left_out_stays_and_an_explicit_one_sets,
    a_name_in_another_case_is_the_same_object,
    links_survive_a_name_that_is_spelt_anew,
    prune_deletes_what_the_file_does_not_name,
    prune_refuses_to_take_what_is_still_used,
    a_dry_run_prints_the_difference_and_changes_nothing,
    every_change_has_one_entry_in_the_audit_log,
    an_empty_file_changes_nothing,
    prune_takes_no_empty_file_for_a_wish,
);

/// A window that needs no thought.
const ALWAYS: &str =
    "{name: Always, timezone: UTC, rules: [{type: weekly, days: [MO], start: '00:00', duration_s: 60}]}";

fn export(database: &Database) -> Value {
    let out = run_on(database, &["export", "--format", "json"]).ok();
    serde_json::from_str(&out).expect("the export is JSON")
}

/// The names of the objects in one section of an export.
fn names(database: &Database, section: &str) -> Vec<String> {
    let export = export(database);
    let objects = export[section].as_array().expect("a section is a list");
    let name = |object: &Value| match &object["value"] {
        Value::String(value) => format!("{}={value}", object["name"].as_str().expect("a name is a text")),
        _ => object["name"].as_str().expect("a name is a text").to_owned(),
    };
    objects.iter().map(name).collect()
}

/// The entries of the audit log after the first `skipped`: who did what to which object.
fn audit_log(database: &Database, skipped: usize) -> Vec<String> {
    let query = "SELECT actor || ': ' || action || ' ' || content_type || ' ' || object_repr AS value FROM log_entry ORDER BY id";
    let ordered = format!("{query} LIMIT 1000000");
    database.texts(&ordered).split_off(skipped)
}

fn the_documented_example_applies_once(database: &Database) {
    assert_eq!(apply(database, EXAMPLE), "5 added, 0 changed, 0 deleted\n");
    let state = export(database);
    assert_eq!(
        state["components"],
        json!([{
            "name": "payments-api", "display_name": "Payments API", "description": "", "enabled": true, "slo": 99.9,
            "labels": {"env": "prod", "team": "payments"}, "windows": ["Business hours DE"], "calendars": [], "indicator": null,
        }])
    );
    assert_eq!(
        state["labels"],
        json!([
            {"name": "env", "value": "prod", "description": ""},
            {"name": "team", "value": "payments", "description": "Payments squad"},
        ]),
        "labels of a component are created with it"
    );
    assert_eq!(
        state["windows"],
        json!([{
            "name": "Business hours DE", "description": "", "timezone": "Europe/Berlin", "valid_from": "2026-01-01",
            "valid_until": null, "enabled": true, "calendars": ["Holidays DE"],
            "rules": [{"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR"], "start": "08:00", "duration_s": 36000}],
            "excludes": [{"type": "weekly", "days": ["FR"], "start": "12:00", "duration_s": 3600, "note": "team lunch"}],
        }])
    );
    let applied = counts(database);
    assert_eq!(apply(database, EXAMPLE), "0 added, 0 changed, 0 deleted\n");
    assert_eq!(
        counts(database),
        applied,
        "the data version and the audit log stand still"
    );
}

fn a_file_and_standard_input_are_the_same(database: &Database) {
    let folder = folder();
    let path = write(folder.path(), "services.yaml", EXAMPLE);
    assert_eq!(
        run_on(database, &["apply", text(&path)]).ok(),
        "5 added, 0 changed, 0 deleted\n"
    );
    assert_eq!(
        run_on_input(database, &["apply", "-"], EXAMPLE).ok(),
        "0 added, 0 changed, 0 deleted\n"
    );
    let state = export(database).to_string();
    assert_eq!(
        apply(database, &state),
        "0 added, 0 changed, 0 deleted\n",
        "JSON is read as well"
    );
    let with_mark = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
    assert_eq!(
        apply(database, &with_mark),
        "0 added, 0 changed, 0 deleted\n",
        "so are files from Windows"
    );
}

fn an_empty_file_changes_nothing(database: &Database) {
    apply(database, EXAMPLE);
    let before = counts(database);
    for nothing in [
        "",
        "\n",
        "# nothing\n",
        "{}",
        "---\n",
        "components: []\n",
        "components:\nwindows: null\n",
    ] {
        assert_eq!(
            apply(database, nothing),
            "0 added, 0 changed, 0 deleted\n",
            "{nothing:?}"
        );
    }
    assert_eq!(counts(database), before);
}

/// Applies a change of one property to an object that has all, and tells what the property is then.
#[track_caller]
fn set(database: &Database, section: &str, key: &str, value: &str) -> Value {
    let full = format!(
        "
calendars: [{{name: Holidays}}, {{name: Other}}]
windows:
- {ALWAYS}
- name: Full
  description: words
  timezone: Europe/Berlin
  valid_from: 2026-01-01
  valid_until: 2026-12-31
  enabled: false
  calendars: [Holidays, Other]
  rules: [{{type: weekly, days: [MO], start: '09:00', duration_s: 60}}]
  excludes: [{{type: weekly, days: [TU], start: '09:00', duration_s: 60}}]
components:
- name: Full
  display_name: Full
  description: words
  enabled: false
  slo: 99.9
  labels: {{team: a, env: b}}
  windows: [Full, Always]
  calendars: [Holidays]
"
    );
    apply(database, &full);
    let before = export(database)[section].clone();
    let document = if value.is_empty() {
        format!("{section}: [{{name: Full}}]")
    } else {
        format!("{section}: [{{name: Full, {key}: {value}}}]")
    };
    apply(database, &document);
    let of = |list: &Value| {
        let objects = list.as_array().expect("a section is a list");
        let found = objects.iter().find(|object| object["name"] == "Full");
        found.expect("the object is there").clone()
    };
    let (mut before, mut after) = (of(&before), of(&export(database)[section]));
    let value = after[key].take();
    before[key].take();
    assert_eq!(after, before, "nothing but `{key}` may be set");
    value
}

fn a_key_that_is_left_out_stays_and_an_explicit_one_sets(database: &Database) {
    let cases: &[(&str, &str, &str, Value)] = &[
        ("components", "display_name", "", json!("Full")),
        ("components", "display_name", "null", json!("")),
        ("components", "display_name", "Short", json!("Short")),
        ("components", "description", "''", json!("")),
        ("components", "enabled", "", json!(false)),
        ("components", "enabled", "true", json!(true)),
        ("components", "slo", "", json!(99.9)),
        ("components", "slo", "null", json!(null)),
        ("components", "slo", "0", json!(0.0)),
        ("components", "slo", "'100.000'", json!(100.0)),
        ("components", "slo", "99.999", json!(99.999)),
        ("components", "labels", "", json!({"team": "a", "env": "b"})),
        ("components", "labels", "{}", json!({})),
        ("components", "labels", "null", json!({})),
        ("components", "labels", "{team: c}", json!({"team": "c"})),
        ("components", "windows", "", json!(["Always", "Full"])),
        ("components", "windows", "[]", json!([])),
        ("components", "windows", "null", json!([])),
        ("components", "windows", "[full, Full, FULL]", json!(["Full"])),
        ("components", "calendars", "", json!(["Holidays"])),
        ("components", "calendars", "[]", json!([])),
        ("windows", "description", "null", json!("")),
        ("windows", "timezone", "", json!("Europe/Berlin")),
        ("windows", "timezone", "UTC", json!("UTC")),
        ("windows", "valid_from", "", json!("2026-01-01")),
        ("windows", "valid_from", "null", json!(null)),
        ("windows", "valid_until", "2027-06-30", json!("2027-06-30")),
        ("windows", "enabled", "true", json!(true)),
        ("windows", "calendars", "", json!(["Holidays", "Other"])),
        ("windows", "calendars", "[]", json!([])),
        ("windows", "calendars", "[other]", json!(["Other"])),
        ("windows", "rules", "[]", json!([])),
        ("windows", "excludes", "[]", json!([])),
    ];
    for (section, key, value, expected) in cases {
        assert_eq!(
            set(database, section, key, value),
            *expected,
            "{section} {key}: {value}"
        );
    }
}

fn a_name_in_another_case_is_the_same_object(database: &Database) {
    apply(database, EXAMPLE);
    let renamed = EXAMPLE.replace("name: payments-api", "name: Payments-API");
    assert_eq!(apply(database, &renamed), "0 added, 1 changed, 0 deleted\n");
    assert_eq!(names(database, "components"), ["Payments-API"]);
}

fn links_survive_a_name_that_is_spelt_anew(database: &Database) {
    apply(database, EXAMPLE);
    let log_before = audit_log(database, 0).len();
    let renamed = EXAMPLE
        .replace("Business hours DE", "BUSINESS hours de")
        .replace("Holidays DE", "HOLIDAYS DE");
    assert_eq!(apply(database, &renamed), "0 added, 2 changed, 0 deleted\n");
    assert_eq!(
        audit_log(database, log_before),
        [
            "command apply: change sla.calendar HOLIDAYS DE",
            "command apply: change sla.slawindow BUSINESS hours de"
        ],
        "what only links to them has not changed"
    );
    let state = export(database);
    assert_eq!(state["components"][0]["windows"], json!(["BUSINESS hours de"]));
    assert_eq!(state["windows"][0]["calendars"], json!(["HOLIDAYS DE"]));
    assert_eq!(apply(database, &renamed), "0 added, 0 changed, 0 deleted\n");
}

fn prune_deletes_what_the_file_does_not_name(database: &Database) {
    apply(database, EXAMPLE);
    apply(
        database,
        &format!(
            "
labels: [{{name: unused, value: kept}}, {{name: unused, value: gone}}]
calendars: [{{name: Old calendar}}]
windows: [{ALWAYS}]
components: [{{name: old, labels: {{team: old}}, windows: [Always], calendars: [Old calendar]}}]
"
        ),
    );
    let before = audit_log(database, 0).len();
    let file = EXAMPLE.replace("labels:    ", "labels:\n  - {name: unused, value: kept}\n#");
    assert_eq!(
        run_on_input(database, &["apply", "--prune", "-"], &file).ok(),
        "0 added, 0 changed, 5 deleted\n"
    );
    assert_eq!(names(database, "components"), ["payments-api"]);
    assert_eq!(names(database, "windows"), ["Business hours DE"]);
    assert_eq!(names(database, "calendars"), ["Holidays DE"]);
    assert_eq!(names(database, "labels"), ["env=prod", "team=payments", "unused=kept"]);
    let mut entries = audit_log(database, before);
    entries.sort();
    assert_eq!(
        entries,
        [
            "command apply: delete sla.calendar Old calendar",
            "command apply: delete sla.component old",
            "command apply: delete sla.label team=old",
            "command apply: delete sla.label unused=gone",
            "command apply: delete sla.slawindow Always",
        ]
    );
    assert_eq!(
        run_on_input(database, &["apply", "--prune", "-"], "{}").ok(),
        "0 added, 0 changed, 6 deleted\n",
        "a file that names nothing leaves nothing"
    );
    assert_eq!(database.number("SELECT count(*) AS value FROM rule"), 0);
}

fn prune_refuses_to_take_what_is_still_used(database: &Database) {
    apply(database, EXAMPLE);
    let before = counts(database);
    let cases = [
        (
            "components: [{name: payments-api}]",
            "1: components[0]: the window `Business hours DE` would be pruned",
        ),
        (
            "windows: [{name: Business hours DE}]",
            "1: windows[0]: the calendar `Holidays DE` would be pruned",
        ),
        (
            "components: [{name: payments-api, windows: [Business hours DE]}]",
            "1: components[0].windows[0]: there is no window `Business hours DE` in the file, and --prune",
        ),
    ];
    for (file, expected) in cases {
        let message = run_on_input(database, &["apply", "--prune", "-"], file).refused();
        assert!(
            message.starts_with(&format!("sla-monitor: <stdin>:{expected}")),
            "{file}: {message}"
        );
    }
    assert_eq!(counts(database), before);
    let let_go = "components: [{name: payments-api, windows: []}]";
    assert_eq!(
        run_on_input(database, &["apply", "--prune", "-"], let_go).ok(),
        "0 added, 1 changed, 2 deleted\n",
        "links that the file gives up keep nothing"
    );
}

fn a_dry_run_prints_the_difference_and_changes_nothing(database: &Database) {
    apply(database, EXAMPLE);
    let before = counts(database);
    let file = format!(
        "
labels: [{{name: team, value: payments, description: Payers}}]
windows:
- name: Business hours DE
  timezone: Europe/London
  excludes: []
- {ALWAYS}
components:
- name: payments-api
  slo: null
- name: new
  labels: {{tier: gold}}
"
    );
    let expected = r#"~ label team=payments
    description: "Payments squad" -> "Payers"
+ label tier=gold
~ window Business hours DE
    timezone: "Europe/Berlin" -> "Europe/London"
    excludes: - Fri 12:00–13:00 (team lunch)
+ window Always
~ component payments-api
    slo: 99.9 -> null
+ component new
3 would be added, 3 would be changed, 0 would be deleted
"#;
    assert_eq!(
        run_on_input(database, &["apply", "--dry-run", "-"], &file).ok(),
        expected
    );
    let pruned = run_on_input(
        database,
        &["apply", "--dry-run", "--prune", "-"],
        "components: [{name: new}]",
    )
    .ok();
    assert_eq!(
        pruned,
        "- label env=prod\n- label team=payments\n- calendar Holidays DE\n- window Business hours DE\n+ component new\n\
         - component payments-api\n1 would be added, 0 would be changed, 5 would be deleted\n"
    );
    assert_eq!(counts(database), before);
    assert_eq!(
        apply(database, &file),
        "3 added, 3 changed, 0 deleted\n",
        "the real run does what was announced"
    );
}

fn every_change_has_one_entry_in_the_audit_log(database: &Database) {
    apply(database, EXAMPLE);
    let mut added = audit_log(database, 0);
    added.sort();
    assert_eq!(
        added,
        [
            "command apply: add sla.calendar Holidays DE",
            "command apply: add sla.component payments-api",
            "command apply: add sla.label env=prod",
            "command apply: add sla.label team=payments",
            "command apply: add sla.slawindow Business hours DE",
        ]
    );
    let before = export(database);
    apply(database, &EXAMPLE.replace("99.9", "99.5").replace("36000", "28800"));
    assert_eq!(
        audit_log(database, 5),
        [
            "command apply: change sla.slawindow Business hours DE",
            "command apply: change sla.component payments-api"
        ]
    );
    let after = export(database);
    run_on_input(database, &["apply", "--prune", "-"], "{}").ok();

    for (content_type, section) in [("sla.component", "components"), ("sla.slawindow", "windows")] {
        let column = |column: &str| -> Vec<Value> {
            let query = format!(
                "SELECT coalesce({column}, 'null') AS value FROM log_entry WHERE content_type = '{content_type}' ORDER BY id LIMIT 9"
            );
            let texts = database.texts(&query);
            texts
                .iter()
                .map(|text| serde_json::from_str(text).expect("states are JSON"))
                .collect()
        };
        let (old, new) = (before[section][0].clone(), after[section][0].clone());
        assert_eq!(column("before"), [Value::Null, old.clone(), new.clone()]);
        assert_eq!(column("after"), [old, new, Value::Null]);
        let versions = format!(
            "SELECT object_version AS value FROM log_entry WHERE content_type = '{content_type}' ORDER BY id LIMIT 9"
        );
        assert_eq!(database.texts(&versions), ["1", "2", "2"]);
    }
}

fn prune_takes_no_empty_file_for_a_wish(database: &Database) {
    apply(database, EXAMPLE);
    for input in [
        "",
        " \n\n",
        "# nothing\n",
        "---\n",
        "null",
        "~",
        "...\n",
        "\u{feff}",
        "\u{feff}\n",
    ] {
        let refused = run_on_input(database, &["apply", "--prune", "-"], input).refused();
        assert!(refused.contains("<stdin>: the file is empty"), "{refused}");
    }
    assert_ne!(export(database)["components"], json!([]));
    run_on_input(database, &["apply", "--prune", "-"], "{}").ok();
    assert_eq!(export(database)["components"], json!([]));
}
