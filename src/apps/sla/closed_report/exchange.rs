//! Closed reports as files, with their figures: out only.

use serde_json::{Value, json};

use super::model::ClosedReport;
use super::store;
use crate::admin::transfer::{ColumnKind, Exchange, FileColumn, FileRecord};
use crate::apps::sla::{COMPONENT, LABEL};
use crate::auth::Model;
use crate::db::{Conn, Result};

/// The files of closed reports.
pub struct ClosedReportExchange;

const COLUMNS: [FileColumn; 11] = [
    FileColumn::new("period", ColumnKind::Text),
    FileColumn::new("first_day", ColumnKind::Date),
    FileColumn::new("timezone", ColumnKind::Text),
    FileColumn::new("definitions", ColumnKind::Text),
    FileColumn::new("component", ColumnKind::Optional),
    FileColumn::new("selector", ColumnKind::Optional),
    FileColumn::new("members", ColumnKind::Number),
    FileColumn::new("digest", ColumnKind::Text),
    FileColumn::new("closed_by", ColumnKind::Text),
    FileColumn::new("closed_at", ColumnKind::Text),
    FileColumn::new("figures", ColumnKind::Json),
];

impl Exchange for ClosedReportExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, FileRecord)>> {
        let mut records = Vec::with_capacity(ids.len());
        for closed in store::by_ids(conn, ids)? {
            let (_, lines) = store::figures(conn, closed.id)?.unwrap_or_default();
            records.push(record(closed, &lines));
        }
        Ok(records)
    }

    fn named(&self, column: &FileColumn) -> Option<Model> {
        match column.name {
            "component" | "figures" => Some(COMPONENT),
            "selector" => Some(LABEL),
            _ => None,
        }
    }
}

fn record(closed: ClosedReport, lines: &str) -> (i64, FileRecord) {
    let instant = closed.instant_text();
    // A line that is no JSON was not written by this program; it goes out as the text that it is.
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| Value::from(line));
    let figures: Vec<Value> = lines.lines().map(line).collect();
    let ClosedReport {
        id,
        period,
        first_day,
        timezone,
        definitions,
        component_id,
        component_name,
        selector,
        members,
        digest,
        closed_by,
        closed_at: _,
    } = closed;
    let properties = [
        ("period", json!(period)),
        ("first_day", json!(first_day.to_string())),
        ("timezone", json!(timezone)),
        ("definitions", json!(definitions)),
        ("component", json!((component_id != 0).then_some(component_name))),
        (
            "selector",
            json!(Some(selector).filter(|selector| !selector.is_empty())),
        ),
        ("members", json!(members)),
        ("digest", json!(digest)),
        ("closed_by", json!(closed_by)),
        ("closed_at", json!(instant)),
        ("figures", Value::from(figures)),
    ];
    let record = properties.into_iter().map(|(name, value)| (name.to_owned(), value));
    (id, record.collect())
}
