//! Rows of labels.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::label;

/// A stored label.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = label)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct LabelRow {
    pub id: i64,
    pub name: String,
    pub value: String,
    pub description: String,
    pub version: i64,
}

/// A label to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = label, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct LabelColumns {
    pub name: String,
    pub value: String,
    pub description: String,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}
