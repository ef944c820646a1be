//! Rows of calendars.

use std::hash::Hash;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::calendar;

/// A stored calendar.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = calendar)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct CalendarRow {
    pub id: i64,
    pub name: String,
    pub description: String,
    pub timezone: Option<String>,
    pub enabled: bool,
    pub version: i64,
}

impl CalendarRow {
    /// Returns the columns that the metrics show: a row in which they are the same need not be read again.
    pub fn exposed(&self) -> impl Hash {
        let Self {
            name,
            timezone,
            enabled,
            // Not in the metrics.
            id: _,
            description: _,
            version: _,
        } = self;
        (name, timezone, enabled)
    }
}

/// A calendar to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = calendar, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct CalendarColumns {
    pub name: String,
    pub description: String,
    pub timezone: Option<String>,
    pub enabled: bool,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}
