//! The command line: what people type, scripts read and other programs pipe.

mod apply;
mod check;
mod check_levels;
mod completions;
mod evaluate;
mod explain;
mod explain_json;
mod export;
mod healthcheck;
mod impact;
mod large;
mod metrics;
mod migrate;
mod names;
mod refusals;
mod report;
mod rules;
pub mod spans;
mod usage;

use std::path::{Path, PathBuf};

use crate::support::database::Database;

/// The example of the file form that the documentation shows.
const EXAMPLE: &str = r#"
labels:                                      # optional: only for descriptions, or labels that nothing uses yet
  - {name: team, value: payments, description: Payments squad}
calendars:
  - name: Holidays DE
    timezone: null                       # floating
    rules:
      - {type: rrule, rrule: "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", start: "00:00", duration_s: 86400, note: Christmas}
      - {type: dates, dates: ["2027-03-26", "2027-03-29"], start: "00:00", duration_s: 86400}
windows:
  - name: Business hours DE
    timezone: Europe/Berlin
    valid_from: 2026-01-01
    calendars: [Holidays DE]
    rules:
      - {type: weekly, days: [MO, TU, WE, TH, FR], start: "08:00", duration_s: 36000}
    excludes:
      - {type: weekly, days: [FR], start: "12:00", duration_s: 3600, note: team lunch}
components:
  - name: payments-api
    display_name: Payments API
    labels: {team: payments, env: prod}
    windows: [Business hours DE]
    calendars: []
    slo: 99.9
"#;

/// What every change moves: the data version, the length of the audit log, and the rows of each table.
fn counts(database: &Database) -> Vec<String> {
    let tables = [
        "component",
        "label",
        "sla_window",
        "calendar",
        "rule",
        "component_label",
        "component_window",
        "component_calendar",
        "window_calendar",
        "tombstone",
        "log_entry",
    ];
    let version = "SELECT 'version ' || version AS value FROM data_version".to_owned();
    let counts = tables
        .iter()
        .map(|table| format!("SELECT '{table} ' || count(*) FROM {table}"));
    let queries: Vec<String> = std::iter::once(version).chain(counts).collect();
    database.texts(&queries.join(" UNION ALL "))
}

/// A file in `folder`.
fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a temporary folder can be written to");
    path
}

/// A path as an argument.
fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}
