//! Rows of corrections.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::correction;

/// A stored correction.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = correction)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct CorrectionRow {
    pub id: i64,
    pub component_id: Option<i64>,
    pub selector: String,
    pub starts_at: i64,
    pub ends_at: i64,
    pub effect: String,
    pub reason: String,
    pub version: i64,
}

/// A correction to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = correction, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct CorrectionColumns {
    pub component_id: Option<i64>,
    pub selector: String,
    pub starts_at: i64,
    pub ends_at: i64,
    pub effect: String,
    pub reason: String,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}
