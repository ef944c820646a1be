//! A user's account, as the rest of the program sees it. The password is no part of it.

pub mod store;

use std::collections::BTreeSet;

use super::permission::{Action, Permission};
use super::token::TokenScopes;
use crate::db::{Conn, Result};
use crate::zones::Zone;

/// A user's account with all its permissions, as of when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The row's key.
    pub id: i64,
    /// The user name; unique, letter case aside.
    pub username: String,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Email address, may be empty.
    pub email: String,
    /// Whether the user may log in; without it no permission counts.
    pub is_active: bool,
    /// Whether the user may use the admin.
    pub is_staff: bool,
    /// Whether the user has every permission.
    pub is_superuser: bool,
    /// The zone in which times are shown; none: UTC. A name that is no zone any more counts as none.
    pub timezone: Option<Zone>,
    /// Whether the user has to choose another password before anything else.
    pub must_change: bool,
    /// The user's own permissions and those of their groups, as `sla.change_component`.
    pub permissions: BTreeSet<String>,
    /// The scopes of the token by which a program acts for the user, beyond which no permission counts; none for the user in person.
    pub scopes: Option<TokenScopes>,
}

impl Account {
    /// Returns the account with this key.
    ///
    /// # Errors
    /// [`crate::db::Error::NotFound`] when there is none, and the database's own.
    pub fn load(conn: &mut Conn, id: i64) -> Result<Self> {
        store::account(conn, id)
    }

    /// Returns whether the user has `permission`. Superusers have all permissions, users who are not active have none, and the permission
    /// to change includes the one to view. A token has what its scopes reach of it.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        if self.scopes.as_ref().is_some_and(|scopes| !scopes.allow(permission)) {
            return false;
        }
        let holds = |action| {
            self.permissions
                .contains(&Permission { action, ..permission }.to_string())
        };
        // Pages ask a thousand times, and the names of permissions are made for those users only who need them.
        let holds_it = || holds(permission.action) || (permission.action == Action::View && holds(Action::Change));
        self.is_active && (self.is_superuser || holds_it())
    }

    /// Returns first and last name, or the user name where both are empty.
    #[must_use]
    pub fn full_name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        match name.trim() {
            "" => self.username.clone(),
            name => name.to_owned(),
        }
    }
}
