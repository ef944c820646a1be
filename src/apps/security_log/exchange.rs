//! Security events as files: out only.

use serde_json::json;

use super::store::{self, StoredEvent};
use crate::admin::transfer::{ColumnKind, Exchange, FileColumn, FileRecord};
use crate::db::{Conn, Result};

/// The files of security events.
pub struct EventExchange;

const COLUMNS: [FileColumn; 7] = [
    FileColumn::new("event_time", ColumnKind::Text),
    FileColumn::new("kind", ColumnKind::Text),
    FileColumn::new("user", ColumnKind::Text),
    FileColumn::new("address", ColumnKind::Text),
    FileColumn::new("occurrences", ColumnKind::Number),
    FileColumn::new("request_id", ColumnKind::Text),
    FileColumn::new("detail", ColumnKind::Text),
];

impl Exchange for EventExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        Ok(store::by_ids(conn, ids)?.into_iter().map(record).collect())
    }
}

fn record(event: StoredEvent) -> (i64, FileRecord) {
    let StoredEvent {
        id,
        event_time,
        kind,
        username,
        address,
        request_id,
        detail,
        occurrences,
    } = event;
    let properties = [
        ("event_time", json!(event_time.format("%Y-%m-%dT%H:%M:%SZ").to_string())),
        ("kind", json!(kind)),
        ("user", json!(username)),
        ("address", json!(address)),
        ("occurrences", json!(occurrences)),
        ("request_id", json!(request_id)),
        ("detail", json!(detail)),
    ];
    let record = properties.into_iter().map(|(name, value)| (name.to_owned(), value));
    (id, record.collect())
}
