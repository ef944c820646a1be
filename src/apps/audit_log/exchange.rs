//! Log entries as files, with the states before and after.

use serde_json::{Value, json};

use super::store;
use crate::admin::transfer::{Column, Exchange, Kind, Record};
use crate::audit::store::LogEntry;
use crate::db::{Conn, Result};

/// The files of log entries.
pub struct LogEntryExchange;

const COLUMNS: [Column; 11] = [
    Column::new("action_time", Kind::Text),
    Column::new("user", Kind::Text),
    Column::new("action", Kind::Text),
    Column::new("content_type", Kind::Text),
    Column::new("object_id", Kind::Number),
    Column::new("object", Kind::Text),
    Column::new("object_version", Kind::Number),
    Column::new("before", Kind::Json),
    Column::new("after", Kind::Json),
    Column::new("request_id", Kind::Optional),
    Column::new("client_address", Kind::Optional),
];

impl Exchange for LogEntryExchange {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, Record)>> {
        Ok(store::by_ids(conn, ids)?.into_iter().map(record).collect())
    }
}

fn record(entry: LogEntry) -> (i64, Record) {
    // A state that is no JSON was not written by this program; it goes out as the text that it is.
    let state = |text: Option<String>| match text {
        None => Value::Null,
        Some(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
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
