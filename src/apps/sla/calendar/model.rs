//! Rows of calendars.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::calendar;

/// A stored calendar.
#[derive(Clone, Debug, Hash, Queryable, Selectable)]
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
