//! Groups as rows and as states.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::db::schema::{user_group, user_group_permission};

/// A stored group.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = user_group)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct GroupRow {
    pub id: i64,
    pub name: String,
    pub version: i64,
}

/// A group to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = user_group)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct GroupColumns {
    pub name: String,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}

/// A permission of a group.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = user_group_permission)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct GroupPermission {
    pub group_id: i64,
    pub permission: String,
}

/// Everything about a group that can be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// Unique name, letter case aside.
    pub name: String,
    /// What its members may do, as `sla.change_component`.
    pub permissions: BTreeSet<String>,
}

impl GroupState {
    /// Returns the state as the audit trail keeps it, under the names of the form's fields.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"name": self.name, "permissions": self.permissions})
    }
}

/// A group as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGroup {
    /// The row's key.
    pub id: i64,
    /// Counts the changes.
    pub version: i64,
    /// What it is.
    pub state: GroupState,
}
