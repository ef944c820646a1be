//! A component as a value, and how it is read and stored.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;

use super::model::{ComponentColumns, ComponentRow};
use super::store;
use crate::apps::grouped::grouped;
use crate::apps::sla::indicator;
use crate::apps::sla::stored::{Stored, all_names, named_links, sorted_links};
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
    /// The name of the indicator that measures it; none if one finds it by its selector.
    pub indicator: Option<String>,
    /// Label values by name.
    pub labels: BTreeMap<String, String>,
    /// Names of its windows, sorted.
    pub windows: Vec<String>,
    /// Names of the calendars that exclude time from all its windows, sorted.
    pub calendars: Vec<String>,
}

impl ComponentState {
    /// Returns whether it is linked to the same as `other`.
    #[must_use]
    pub fn has_links_of(&self, other: &Self) -> bool {
        (&self.labels, &self.windows, &self.calendars) == (&other.labels, &other.windows, &other.calendars)
    }

    /// Returns the columns that store the component, its links aside; `indicator_id` is the key of its indicator.
    #[must_use]
    pub fn columns(&self, indicator_id: Option<i64>, version: i64, updated_at: NaiveDateTime) -> ComponentColumns {
        let Self {
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            indicator: _,
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
            indicator_id,
            version,
            updated_at,
        }
    }
}

/// Returns the components of these keys; all without keys.
pub fn components(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<ComponentState>>> {
    let of_links = |links: Vec<store::NamedLink>| sorted_links(links.into_iter().map(|(id, _, name)| (id, name)));
    let (rows, labels, mut windows, mut calendars) = match ids {
        Some(ids) => (
            store::by_ids(conn, ids)?,
            store::labels_of(conn, ids)?,
            of_links(store::window_links_of(conn, ids)?),
            of_links(store::calendar_links_of(conn, ids)?),
        ),
        None => {
            let (window_names, calendar_names) = all_names(conn)?;
            (
                store::after(conn, i64::MIN, i64::MAX)?,
                store::labels_between(conn, i64::MIN, i64::MAX)?,
                named_links(store::windows_between(conn, i64::MIN, i64::MAX)?, &window_names),
                named_links(store::calendars_between(conn, i64::MIN, i64::MAX)?, &calendar_names),
            )
        }
    };
    let mut measured: Vec<i64> = rows.iter().filter_map(|row| row.indicator_id).collect();
    measured.sort_unstable();
    measured.dedup();
    let indicators: HashMap<i64, String> = indicator::store::names_by_keys(conn, &measured)?.into_iter().collect();
    let mut labels = grouped(labels.into_iter().map(|(id, _, name, value)| (id, (name, value))));
    let read = |row: ComponentRow| {
        let ComponentRow {
            id,
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            indicator_id,
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
            indicator: indicator_id.and_then(|id| indicators.get(&id).cloned()),
            labels: labels.remove(&id).unwrap_or_default().into_iter().collect(),
            windows: windows.remove(&id).unwrap_or_default(),
            calendars: calendars.remove(&id).unwrap_or_default(),
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
