//! What people type into forms, as scripts post it.

use crate::support::browser::Page;
use crate::support::database::Database;

/// Fields by name.
pub type Fields<'a> = Vec<(&'a str, &'a str)>;

/// The management fields of `total` new rules.
pub fn rules(total: &str) -> Fields<'_> {
    vec![
        ("rules-TOTAL_FORMS", total),
        ("rules-INITIAL_FORMS", "0"),
        ("rules-MIN_NUM_FORMS", "0"),
        ("rules-MAX_NUM_FORMS", "100"),
    ]
}

/// A window, enabled, in Berlin, with `total` new rules whose fields are `more`.
pub fn window<'a>(name: &'a str, total: &'a str, more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = rules(total);
    fields.extend([("name", name), ("timezone", "Europe/Berlin"), ("enabled", "on")]);
    fields.extend_from_slice(more);
    fields
}

/// A window with one weekly rule, on Mondays from nine to five.
pub fn office<'a>(name: &'a str, more: &[(&'a str, &'a str)]) -> Fields<'a> {
    let mut fields = window(
        name,
        "1",
        &[
            ("rules-0-kind", "weekly"),
            ("rules-0-weekdays", "MO"),
            ("rules-0-start_time", "09:00"),
            ("rules-0-end_time", "17:00"),
        ],
    );
    fields.extend_from_slice(more);
    fields
}

/// The errors beside a field.
#[track_caller]
pub fn errors_beside(page: &Page, field: &str) -> Vec<String> {
    page.texts(&format!("ul#id_{field}_error li"))
}

/// The key of the row of `table` with this name.
#[track_caller]
pub fn key(database: &Database, table: &str, name: &str) -> i64 {
    database.number(&format!("SELECT id AS value FROM {table} WHERE name = '{name}'"))
}

/// How many rows a table has.
#[track_caller]
pub fn count(database: &Database, table: &str) -> i64 {
    database.number(&format!("SELECT count(*) AS value FROM {table}"))
}
