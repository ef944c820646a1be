//! Users as rows and as states. The hash of a password is in neither.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use crate::apps::accounts::group::model::texts;
use crate::db::schema::{user_account, user_group_member, user_permission};
use crate::text;
use crate::zones::{self, Zone};

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

/// The columns of a user that are written.
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
#[diesel(table_name = user_permission, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct UserPermission {
    pub user_id: i64,
    pub permission: String,
}

/// A user's membership of a group.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = user_group_member, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct GroupMembership {
    pub user_id: i64,
    pub group_id: i64,
}

/// Everything of a user that a form changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserState {
    /// The user name; unique, letter case aside.
    pub username: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Email address, may be empty.
    pub email: String,
    /// Whether they may log in.
    pub is_active: bool,
    /// Whether they may use the admin.
    pub is_staff: bool,
    /// Whether they have every permission.
    pub is_superuser: bool,
    /// The zone in which times are shown; none: UTC.
    pub timezone: Option<Zone>,
    /// Keys of their groups.
    pub groups: BTreeSet<i64>,
    /// Their own permissions, as `sla.change_component`.
    pub permissions: BTreeSet<String>,
}

impl UserState {
    /// Returns an active user without permissions. The name becomes the one that is stored: see [`text::user_name`].
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

    /// Returns the state as the audit log keeps it, under the names of the form's fields; groups by the names that `group_names` has.
    #[must_use]
    pub fn to_json(&self, group_names: &BTreeMap<i64, String>) -> Map<String, Value> {
        let Self {
            username,
            first_name,
            last_name,
            email,
            is_active,
            is_staff,
            is_superuser,
            timezone,
            groups,
            permissions,
        } = self;
        let mut groups: Vec<&String> = groups.iter().filter_map(|id| group_names.get(id)).collect();
        groups.sort();
        let properties = [
            ("username", json!(username)),
            ("first_name", json!(first_name)),
            ("last_name", json!(last_name)),
            ("email", json!(email)),
            ("is_active", json!(is_active)),
            ("is_staff", json!(is_staff)),
            ("is_superuser", json!(is_superuser)),
            ("timezone", json!(timezone.map(Zone::name))),
            ("groups", json!(groups)),
            ("user_permissions", json!(permissions)),
        ];
        properties
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }

    /// Returns the state that the audit log keeps as `json`; nothing if it is none. Groups have the keys that `group_names` has for their
    /// names.
    #[must_use]
    pub fn from_json(json: &Map<String, Value>, group_names: &BTreeMap<i64, String>) -> Option<RestoredUser> {
        let text = |name: &str| Some(json.get(name)?.as_str()?.to_owned());
        let flag = |name: &str| json.get(name)?.as_bool();
        let zone_name = json.get("timezone")?.as_str();
        let timezone = zone_name.and_then(|name| zones::current().get(name));
        let mut names = texts(json.get("groups")?)?;
        let known = group_names.iter().filter(|(_, name)| names.remove(*name));
        Some(RestoredUser {
            state: Self {
                username: text("username")?,
                first_name: text("first_name")?,
                last_name: text("last_name")?,
                email: text("email")?,
                is_active: flag("is_active")?,
                is_staff: flag("is_staff")?,
                is_superuser: flag("is_superuser")?,
                timezone,
                groups: known.map(|(id, _)| *id).collect(),
                permissions: texts(json.get("user_permissions")?)?,
            },
            missing_zone: zone_name.filter(|_| timezone.is_none()).map(str::to_owned),
            missing_groups: names,
        })
    }
}

/// A state of the audit log, without what does not exist any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredUser {
    /// The state.
    pub state: UserState,
    /// A time zone that is none any more.
    pub missing_zone: Option<String>,
    /// Names of groups that there are no longer.
    pub missing_groups: BTreeSet<String>,
}

/// A user as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUser {
    /// The row's key.
    pub id: i64,
    /// The number of changes.
    pub version: i64,
    /// The state. A time zone that is none any more counts as none.
    pub state: UserState,
    /// When they logged in last.
    pub last_login: Option<NaiveDateTime>,
    /// When they were added.
    pub created_at: NaiveDateTime,
}
