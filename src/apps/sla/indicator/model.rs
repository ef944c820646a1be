//! Rows of indicators.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::indicator;

/// A stored indicator.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = indicator)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct IndicatorRow {
    pub id: i64,
    pub name: String,
    pub source: String,
    pub expression: String,
    pub kind: String,
    pub step_s: i64,
    pub threshold: Option<f64>,
    pub unknown_policy: String,
    pub selector: String,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}

/// An indicator to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = indicator, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct IndicatorColumns {
    pub name: String,
    pub source: String,
    pub expression: String,
    pub kind: String,
    pub step_s: i64,
    pub threshold: Option<f64>,
    pub unknown_policy: String,
    pub selector: String,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}
