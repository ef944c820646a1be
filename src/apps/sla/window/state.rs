//! An SLA window as a value, and how it is read.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::model::{WindowColumns, WindowRow};
use super::store;
use crate::apps::grouped::grouped;
use crate::apps::sla::calendar;
use crate::apps::sla::rule::{RuleDefinition, RuleRow};
use crate::apps::sla::stored::{Stored, named_links, noted, read_rules, sorted_links};
use crate::db::{Conn, Result};
use crate::zones::{self, Zone, Zones};

/// An SLA window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowState {
    /// Unique name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The zone of its rules.
    pub timezone: Zone,
    /// First start date.
    pub valid_from: Option<NaiveDate>,
    /// Last start date.
    pub valid_until: Option<NaiveDate>,
    /// Whether it grants anything.
    pub enabled: bool,
    /// Names of the calendars that exclude time from it, sorted.
    pub calendars: Vec<String>,
    /// What it includes.
    pub rules: Vec<RuleDefinition>,
    /// What it excludes.
    pub excludes: Vec<RuleDefinition>,
}

impl WindowState {
    /// Returns the columns that store the window, its rules and links aside.
    #[must_use]
    pub fn columns(&self, version: i64, updated_at: NaiveDateTime) -> WindowColumns {
        let Self {
            name,
            description,
            timezone,
            valid_from,
            valid_until,
            enabled,
            calendars: _,
            rules: _,
            excludes: _,
        } = self;
        WindowColumns {
            name: name.clone(),
            description: description.clone(),
            timezone: timezone.name().to_owned(),
            valid_from: *valid_from,
            valid_until: *valid_until,
            enabled: *enabled,
            version,
            updated_at,
        }
    }
}

/// Returns the windows of these keys; all without keys.
pub fn windows(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<WindowState>>> {
    let (rows, rules, mut calendars) = match ids {
        Some(ids) => (
            store::by_ids(conn, ids)?,
            store::rules_of(conn, ids)?,
            sorted_links(store::calendar_names_of(conn, ids)?.into_iter()),
        ),
        None => {
            let names: HashMap<i64, String> = calendar::store::names(conn)?.into_iter().collect();
            (
                store::all(conn)?,
                store::all_rules(conn)?,
                named_links(store::all_calendars(conn)?, &names),
            )
        }
    };
    let mut rules = grouped(rules.into_iter().map(|rule| (rule.window_id, rule)));
    let zones = zones::current();
    let mut windows = Vec::with_capacity(rows.len());
    for row in rows {
        let rules = rules.remove(&Some(row.id)).unwrap_or_default();
        let calendars = calendars.remove(&row.id).unwrap_or_default();
        windows.push(stored_window(&zones, row, &rules, calendars));
    }
    Ok(windows)
}

/// Returns the window of a row and its rules, its zone taken from `zones`; `calendars` are names, sorted.
#[must_use]
pub fn stored_window(zones: &Zones, row: WindowRow, rules: &[RuleRow], calendars: Vec<String>) -> Stored<WindowState> {
    let WindowRow {
        id,
        name,
        description,
        timezone,
        valid_from,
        valid_until,
        enabled,
        version,
    } = row;
    let mut unreadable = None;
    let (rules, excludes) = read_rules(rules, &mut unreadable);
    let zone = zones.parse(&timezone).map_err(|error| error.to_string());
    Stored {
        id,
        version,
        state: WindowState {
            name,
            description,
            timezone: noted(zone, &mut unreadable).unwrap_or_else(Zone::utc),
            valid_from,
            valid_until,
            enabled,
            calendars,
            rules,
            excludes,
        },
        unreadable,
    }
}
