//! Log entries as files, with the states before and after.

use serde_json::{Value, json};

use super::named::LoggedModels;
use super::store;
use crate::admin::history;
use crate::admin::model::StoredState;
use crate::admin::transfer::{ColumnKind, Exchange, FileColumn, FileRecord};
use crate::audit::store::LogEntry;
use crate::auth::Model;
use crate::db::{Conn, Result};

/// The files of log entries.
pub struct LogEntryExchange {
    /// The models whose objects they speak of.
    pub(super) models: LoggedModels,
}

/// What names objects.
const COVERED: [&str; 3] = ["object", "before", "after"];

const COLUMNS: [FileColumn; 11] = [
    FileColumn::new("action_time", ColumnKind::Text),
    FileColumn::new("user", ColumnKind::Text),
    FileColumn::new("action", ColumnKind::Text),
    FileColumn::new("content_type", ColumnKind::Text),
    FileColumn::new("object_id", ColumnKind::Number),
    FileColumn::new("object", ColumnKind::Text),
    FileColumn::new("object_version", ColumnKind::Number),
    FileColumn::new("before", ColumnKind::Json),
    FileColumn::new("after", ColumnKind::Json),
    FileColumn::new("request_id", ColumnKind::Optional),
    FileColumn::new("client_address", ColumnKind::Optional),
];

impl Exchange for LogEntryExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        Ok(store::by_ids(conn, ids)?.into_iter().map(record).collect())
    }

    fn cover(&self, record: &mut FileRecord, hidden: &[Model]) {
        let state = |name: &str| match record.get(name) {
            Some(Value::Object(state)) => Some(state.clone()),
            Some(Value::Null) | None => Some(StoredState::new()),
            Some(_) => None,
        };
        let states = [state("before"), state("after")];
        let content_type = record.get("content_type").and_then(Value::as_str).unwrap_or_default();
        let is_hidden = |model: &Model| hidden.contains(model);
        if self.models.of_entry(content_type, &states).iter().any(is_hidden) {
            for name in COVERED {
                record.insert(name.to_owned(), Value::Null);
            }
        }
    }

    fn covered(&self) -> &'static [&'static str] {
        &COVERED
    }
}

fn record(entry: LogEntry) -> (i64, FileRecord) {
    // What is no state was not written by this program; it goes out as the text that it is.
    let state = |text: Option<String>| match text {
        None => Value::Null,
        Some(text) => history::read_state(&text).map_or(Value::String(text), Value::Object),
    };
    let properties = [
        (
            "action_time",
            json!(entry.action_time.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ),
        ("user", json!(entry.actor)),
        ("action", json!(entry.action)),
        ("content_type", json!(entry.content_type)),
        ("object_id", json!(entry.object_id)),
        ("object", json!(entry.object_repr)),
        ("object_version", json!(entry.object_version)),
        ("before", state(entry.before)),
        ("after", state(entry.after)),
        ("request_id", json!(entry.request_id)),
        ("client_address", json!(entry.client_address)),
    ];
    let record = properties.into_iter().map(|(name, value)| (name.to_owned(), value));
    (entry.id, record.collect())
}
