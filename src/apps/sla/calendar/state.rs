//! A calendar as a value, and how it is read.

use chrono::NaiveDateTime;

use super::model::{CalendarColumns, CalendarRow};
use super::store;
use crate::apps::grouped::grouped;
use crate::apps::sla::rule::{RuleDefinition, RuleRow};
use crate::apps::sla::stored::{Stored, noted, read_rules};
use crate::db::{Conn, Result};
use crate::zones::{self, Zone, Zones};

/// A calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarState {
    /// Unique name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The zone of its rules; none: each user's own.
    pub timezone: Option<Zone>,
    /// Whether it excludes anything.
    pub enabled: bool,
    /// What it excludes.
    pub rules: Vec<RuleDefinition>,
}

impl CalendarState {
    /// Returns the columns that store the calendar, its rules aside.
    #[must_use]
    pub fn columns(&self, version: i64, updated_at: NaiveDateTime) -> CalendarColumns {
        let Self {
            name,
            description,
            timezone,
            enabled,
            rules: _,
        } = self;
        CalendarColumns {
            name: name.clone(),
            description: description.clone(),
            timezone: timezone.map(|zone| zone.name().to_owned()),
            enabled: *enabled,
            version,
            updated_at,
        }
    }
}

/// Returns the calendars of these keys; all without keys.
pub fn calendars(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<CalendarState>>> {
    let (rows, rules) = match ids {
        Some(ids) => (store::by_ids(conn, ids)?, store::rules_of(conn, ids)?),
        None => (store::all(conn)?, store::all_rules(conn)?),
    };
    let mut rules = grouped(rules.into_iter().map(|rule| (rule.calendar_id, rule)));
    let zones = zones::current();
    let mut calendars = Vec::with_capacity(rows.len());
    for row in rows {
        let rules = rules.remove(&Some(row.id)).unwrap_or_default();
        calendars.push(stored_calendar(&zones, row, &rules));
    }
    Ok(calendars)
}

/// Returns the calendar of a row and its rules, its zone taken from `zones`.
#[must_use]
pub fn stored_calendar(zones: &Zones, row: CalendarRow, rules: &[RuleRow]) -> Stored<CalendarState> {
    let CalendarRow {
        id,
        name,
        description,
        timezone,
        enabled,
        version,
    } = row;
    let mut unreadable = None;
    let (_, rules) = read_rules(rules, &mut unreadable);
    let timezone = timezone.and_then(|name| {
        let zone = zones.parse(&name).map_err(|error| error.to_string());
        noted(zone, &mut unreadable)
    });
    Stored {
        id,
        version,
        state: CalendarState {
            name,
            description,
            timezone,
            enabled,
            rules,
        },
        unreadable,
    }
}
