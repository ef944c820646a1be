//! Rows of SLA windows and of the calendars that exclude time from them.

use std::hash::Hash;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::db::schema::{sla_window, window_calendar};

/// A stored window.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sla_window)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct WindowRow {
    pub id: i64,
    pub name: String,
    pub description: String,
    pub timezone: String,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub enabled: bool,
    pub version: i64,
}

impl WindowRow {
    /// Returns the columns that the metrics show: a row in which they are the same need not be read again.
    pub fn exposed(&self) -> impl Hash {
        let Self {
            timezone,
            valid_from,
            valid_until,
            enabled,
            // Not in the metrics.
            id: _,
            name: _,
            description: _,
            version: _,
        } = self;
        (timezone, valid_from, valid_until, enabled)
    }
}

/// A window to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = sla_window, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct WindowColumns {
    pub name: String,
    pub description: String,
    pub timezone: String,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub enabled: bool,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}

/// A calendar of a window.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = window_calendar, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct WindowCalendar {
    pub window_id: i64,
    pub calendar_id: i64,
}
