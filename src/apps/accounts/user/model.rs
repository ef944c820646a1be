//! Users as rows and as states. The hash of a password is in neither.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use crate::db::schema::{user_account, user_group_member, user_permission};
use crate::text;
use crate::zones::Zone;

/// A stored user.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = user_account)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct UserRow {
    pub id: i64,
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub is_active: bool,
    pub is_staff: bool,
    pub is_superuser: bool,
    pub timezone: Option<String>,
    pub last_login: Option<NaiveDateTime>,
    pub version: i64,
    pub created_at: NaiveDateTime,
}

/// A user to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = user_account, treat_none_as_null = true)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct UserColumns {
    pub username: String,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub is_active: bool,
    pub is_staff: bool,
    pub is_superuser: bool,
    pub timezone: Option<String>,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}

/// A permission of a user.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = user_permission)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct UserPermission {
    pub user_id: i64,
    pub permission: String,
}

/// A user's place in a group.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = user_group_member)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct Member {
    pub user_id: i64,
    pub group_id: i64,
}

/// Everything about a user that a form changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserState {
    /// What they sign in with; unique, letter case aside.
    pub username: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Email address, may be empty.
    pub email: String,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Whether they may use the admin.
    pub is_staff: bool,
    /// Whether they may do everything.
    pub is_superuser: bool,
    /// In which zone they are shown times; none: UTC.
    pub timezone: Option<Zone>,
    /// Keys of their groups.
    pub groups: BTreeSet<i64>,
    /// Their own permissions, as `sla.change_component`.
    pub permissions: BTreeSet<String>,
}

impl UserState {
    /// Returns an active user who may do nothing yet. The name becomes the one that is stored: see [`text::user_name`].
    #[must_use]
    pub fn new(username: &str) -> Self {
        Self {
            username: text::user_name(username),
            first_name: String::new(),
            last_name: String::new(),
            email: String::new(),
            is_active: true,
            is_staff: false,
            is_superuser: false,
            timezone: None,
            groups: BTreeSet::new(),
            permissions: BTreeSet::new(),
        }
    }

    /// Returns the state as the audit trail keeps it, under the names of the form's fields; groups by the names that `group_names` has.
    #[must_use]
    pub fn to_json(&self, group_names: &BTreeMap<i64, String>) -> Map<String, Value> {
        let mut groups: Vec<&String> = self.groups.iter().filter_map(|id| group_names.get(id)).collect();
        groups.sort();
        let properties = [
            ("username", json!(self.username)),
            ("first_name", json!(self.first_name)),
            ("last_name", json!(self.last_name)),
            ("email", json!(self.email)),
            ("is_active", json!(self.is_active)),
            ("is_staff", json!(self.is_staff)),
            ("is_superuser", json!(self.is_superuser)),
            ("timezone", json!(self.timezone.map(Zone::name))),
            ("groups", json!(groups)),
            ("user_permissions", json!(self.permissions)),
        ];
        properties
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// A user as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUser {
    /// The row's key.
    pub id: i64,
    /// Counts the changes.
    pub version: i64,
    /// What it is. A time zone that is none any more counts as none.
    pub state: UserState,
    /// When they signed in last.
    pub last_login: Option<NaiveDateTime>,
    /// When they were added.
    pub created_at: NaiveDateTime,
}
