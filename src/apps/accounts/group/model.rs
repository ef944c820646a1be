//! Groups as rows and as states.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

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

/// The columns of a group that are written.
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
#[diesel(table_name = user_group_permission, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct GroupPermission {
    pub group_id: i64,
    pub permission: String,
}

/// Everything of a group that can be changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// Unique name, letter case aside.
    pub name: String,
    /// The permissions of its members, as `sla.change_component`.
    pub permissions: BTreeSet<String>,
}

impl GroupState {
    /// Returns the state as the audit log keeps it, under the names of the form's fields.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let Self { name, permissions } = self;
        let properties = [("name", json!(name)), ("permissions", json!(permissions))];
        properties
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// Returns the state that the audit log keeps as `json`; nothing if it is none.
    #[must_use]
    pub fn from_json(json: &Map<String, Value>) -> Option<Self> {
        Some(Self {
            name: json.get("name")?.as_str()?.to_owned(),
            permissions: texts(json.get("permissions")?)?,
        })
    }
}

/// Returns the texts of a list; nothing if it is none.
pub fn texts(value: &Value) -> Option<BTreeSet<String>> {
    value
        .as_array()?
        .iter()
        .map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// A group as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGroup {
    /// The row's key.
    pub id: i64,
    /// The number of its changes.
    pub version: i64,
    /// Its state.
    pub state: GroupState,
}
