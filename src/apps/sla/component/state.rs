//! A component as a value, and how it is read.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::model::ComponentRow;
use super::store;
use crate::apps::sla::grouped::grouped;
use crate::apps::sla::stored::{State, Stored, names_of, object};
use crate::db::{Conn, Result};

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentState {
    /// Unique name; the value of the label `component`.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// For people.
    pub description: String,
    /// Whether there are metrics of it.
    pub enabled: bool,
    /// Promised share in thousandths of a percent.
    pub slo_millipercent: Option<i32>,
    /// Label values by name.
    pub labels: BTreeMap<String, String>,
    /// Names of its windows, sorted.
    pub windows: Vec<String>,
    /// Names of the calendars that exclude time from all its windows, sorted.
    pub calendars: Vec<String>,
}

impl State for ComponentState {
    const MODEL: &'static str = "component";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn to_json(&self) -> Map<String, Value> {
        object([
            ("name", json!(self.name)),
            ("display_name", json!(self.display_name)),
            ("description", json!(self.description)),
            ("enabled", json!(self.enabled)),
            ("slo", json!(self.slo_millipercent.map(|slo| f64::from(slo) / 1000.0))),
            ("labels", json!(self.labels)),
            ("windows", json!(self.windows)),
            ("calendars", json!(self.calendars)),
        ])
    }
}

/// Returns the components of these keys; all without keys.
pub fn components(
    conn: &mut Conn,
    ids: Option<&[i64]>,
    window_names: &HashMap<i64, String>,
    calendar_names: &HashMap<i64, String>,
) -> Result<Vec<Stored<ComponentState>>> {
    let (rows, labels, windows, calendars) = match ids {
        Some(ids) => (
            store::by_ids(conn, ids)?,
            store::labels_of(conn, ids)?,
            store::windows_of(conn, ids)?,
            store::calendars_of(conn, ids)?,
        ),
        None => (
            store::after(conn, i64::MIN, i64::MAX)?,
            store::labels_between(conn, i64::MIN, i64::MAX)?,
            store::windows_between(conn, i64::MIN, i64::MAX)?,
            store::calendars_between(conn, i64::MIN, i64::MAX)?,
        ),
    };
    let mut labels = grouped(labels.into_iter().map(|(id, name, value)| (id, (name, value))));
    let mut windows = grouped(windows.into_iter());
    let mut calendars = grouped(calendars.into_iter());
    let read = |row: ComponentRow| {
        let state = ComponentState {
            name: row.name,
            display_name: row.display_name,
            description: row.description,
            enabled: row.enabled,
            slo_millipercent: row.slo_millipercent,
            labels: labels.remove(&row.id).unwrap_or_default().into_iter().collect(),
            windows: names_of(windows.remove(&row.id), window_names),
            calendars: names_of(calendars.remove(&row.id), calendar_names),
        };
        Stored {
            id: row.id,
            version: row.version,
            state,
            unreadable: None,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}
