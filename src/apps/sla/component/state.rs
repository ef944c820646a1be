//! A component as a value, and how it is read and stored.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;

use super::model::{ComponentColumns, ComponentRow};
use super::store;
use crate::apps::grouped::grouped;
use crate::apps::sla::stored::{Stored, names_of};
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

impl ComponentState {
    /// Returns the columns that store the component, its links aside.
    #[must_use]
    pub fn columns(&self, version: i64, updated_at: NaiveDateTime) -> ComponentColumns {
        let Self {
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            labels: _,
            windows: _,
            calendars: _,
        } = self;
        ComponentColumns {
            name: name.clone(),
            display_name: display_name.clone(),
            description: description.clone(),
            enabled: *enabled,
            slo_millipercent: *slo_millipercent,
            version,
            updated_at,
        }
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
    let mut labels = grouped(labels.into_iter().map(|(id, _, name, value)| (id, (name, value))));
    let mut windows = grouped(windows.into_iter());
    let mut calendars = grouped(calendars.into_iter());
    let read = |row: ComponentRow| {
        let ComponentRow {
            id,
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            version,
            created_at: _,
            updated_at: _,
        } = row;
        let state = ComponentState {
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            labels: labels.remove(&id).unwrap_or_default().into_iter().collect(),
            windows: names_of(windows.remove(&id), window_names),
            calendars: names_of(calendars.remove(&id), calendar_names),
        };
        Stored {
            id,
            version,
            state,
            unreadable: None,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}
