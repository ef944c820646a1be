//! The states in `log_entry` are a stored format: rows that an earlier version wrote are read, compared and restored.

use serde_json::Value;

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::server::Server;

/// Rows of `log_entry` as version 0.1.0 wrote them, a JSON object a line, each with the words that its history page shows: of every
/// model and kind of rule, added, changed twice, deleted.
const ROWS: &str = include_str!("stored_history.jsonl");

/// Lists the rows of the fixture.
fn rows() -> Vec<Value> {
    ROWS.lines()
        .map(|line| serde_json::from_str(line).expect("a line of the fixture is JSON"))
        .collect()
}

/// Returns a text of a row; empty for null.
fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or("")
}

/// Returns a value of a row as SQL.
fn sql(row: &Value, key: &str) -> String {
    match &row[key] {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

/// Stores the rows under the keys that they had.
fn insert(database: &Database, rows: &[Value]) {
    for row in rows {
        database.execute(&format!(
            "INSERT INTO log_entry (id, action_time, actor, action, content_type, object_id, object_repr, object_version, before, after) \
             VALUES ({}, '2026-01-02 03:04:05', 'command apply', {}, {}, {}, {}, {}, {}, {})",
            1_000_000 + row["id"].as_i64().expect("a row has a key"),
            sql(row, "action"),
            sql(row, "content_type"),
            row["object_id"].as_i64().expect("a row has an object") + 5_000,
            sql(row, "object_repr"),
            row["object_version"],
            sql(row, "before"),
            sql(row, "after"),
        ));
    }
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

fn histories_show_the_same_changes(database: &Database) {
    let rows = rows();
    insert(database, &rows);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for row in &rows {
        let (app, model) = text(row, "content_type").split_once('.').expect("app and model");
        let object = row["object_id"].as_i64().expect("a key") + 5_000;
        let page = root.get(&format!("/admin/{app}/{model}/{object}/history/")).expect(200);
        let words = page.texts("#change-history tbody tr > :nth-child(4)");
        let expected = without_spaces(text(row, "words"));
        assert!(
            words.iter().any(|words| without_spaces(words) == expected),
            "{app}.{model} {object}: “{}” is missing in {words:?}",
            text(row, "words")
        );
    }
}

/// Returns a state as it is kept today: with the properties that the model has had since.
fn restored(content_type: &str, state: &str) -> String {
    match content_type {
        "sla.component" => format!("{},\"indicator\":null}}", state.trim_end_matches('}')),
        _ => state.to_owned(),
    }
}

fn deleted_objects_are_restored_to_the_same_states(database: &Database) {
    let rows = rows();
    insert(database, &rows);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for content_type in [
        "auth.group",
        "auth.user",
        "sla.label",
        "sla.calendar",
        "sla.slawindow",
        "sla.component",
    ] {
        let (app, model) = content_type.split_once('.').expect("app and model");
        let deleted = |row: &&Value| text(row, "content_type") == content_type && text(row, "action") == "delete";
        for row in rows.iter().filter(deleted) {
            let entry = 1_000_000 + row["id"].as_i64().expect("a key");
            let page = root
                .get(&format!("/admin/{app}/{model}/add/?restore={entry}"))
                .expect(200);
            let form = page.form(&format!("#{model}_form"));
            if content_type == "auth.user" {
                // The form of a new user asks for a password; the rest of the state is set on the page that follows.
                assert_eq!(form.values("username"), ["ada"]);
                assert_eq!(
                    page.texts("#not-restored li"),
                    ["Staff: Yes. Set it on the page that follows."]
                );
                continue;
            }
            assert!(!page.has("#not-restored"), "{}", text(row, "object_repr"));
            root.submit(&form, ("_save", "")).expect(302);
            let stored = database.texts(&format!(
                "SELECT after AS value FROM log_entry WHERE object_id < 5000 AND content_type = '{content_type}' \
                 ORDER BY id DESC LIMIT 1"
            ));
            assert_eq!(stored, [restored(content_type, text(row, "before"))], "{content_type}");
        }
    }
}

on_both_databases!(
    histories_show_the_same_changes,
    deleted_objects_are_restored_to_the_same_states,
);
