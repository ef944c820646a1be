//! The one on whose behalf something happens.

use std::sync::Arc;

use super::account::Account;
use super::permission::{Denied, Permission, Permit};

/// Who makes a change. The audit trail keeps the name, and the key of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A command run by somebody with access to the database itself; may do everything.
    Command(&'static str),
    /// Somebody who signed in, by this request.
    User(Arc<Account>, Request),
}

/// The request by which somebody acts, as the audit trail keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Its id, which the log has too.
    pub id: Option<String>,
    /// The address of the client.
    pub client_address: Option<String>,
}

impl Actor {
    /// The name that the audit trail keeps.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Command(command) => format!("command {command}"),
            Self::User(account, _) => account.username.clone(),
        }
    }

    /// The key of the user who acts, if it is one.
    #[must_use]
    pub fn user_id(&self) -> Option<i64> {
        match self {
            Self::Command(_) => None,
            Self::User(account, _) => Some(account.id),
        }
    }

    /// The request by which a user acts.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match self {
            Self::Command(_) => None,
            Self::User(_, request) => Some(request),
        }
    }

    /// Whether this actor stands above the permissions.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        match self {
            Self::Command(_) => true,
            Self::User(account, _) => account.is_active && account.is_superuser,
        }
    }

    /// Whether this actor may do `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        match self {
            Self::Command(_) => true,
            Self::User(account, _) => account.may(permission),
        }
    }

    /// The proof that this actor may do `permission`.
    ///
    /// # Errors
    /// [`Denied`] when they may not.
    pub fn permit(&self, permission: Permission) -> Result<Permit, Denied> {
        if self.may(permission) {
            return Ok(Permit::new(permission));
        }
        Err(self.denied(permission))
    }

    /// The proof that this actor may set what users set on their own accounts, a password or a time zone, on the account of the user
    /// `user_id`: on their own, or with `permission` on that of another.
    ///
    /// # Errors
    /// [`Denied`] when they may not.
    pub fn permit_on_account_of(&self, user_id: i64, permission: Permission) -> Result<Permit, Denied> {
        match self {
            Self::User(account, _) if account.id == user_id && account.is_active => Ok(Permit::new(permission)),
            _ => self.permit(permission),
        }
    }

    fn denied(&self, permission: Permission) -> Denied {
        Denied {
            actor: self.name(),
            permission,
        }
    }
}
