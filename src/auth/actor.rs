//! The one on whose behalf something happens: who asks ([`Actor`]), and what they may do at the moment of the write ([`Acting`]).

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::account::{self, Account};
use super::permission::{Denied, Permission, Permit};
use super::session::{self, Session};
use crate::db::{self, Conn, dialect};

/// Who asks for a change. It proves nothing and permits nothing: what a user may do is read in the transaction that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A command run by somebody with access to the database itself; may do everything.
    Command(&'static str),
    /// Somebody who signed in.
    User {
        /// The user's key.
        id: i64,
        /// The key of the session in which they ask.
        session: String,
        /// The request by which they ask.
        request: Request,
    },
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
    /// Returns the user of a session, by a request.
    #[must_use]
    pub fn of(session: &Session, request: Request) -> Self {
        Self::User {
            id: session.account.id,
            session: session.id_hash.clone(),
            request,
        }
    }
}

/// Why an actor may not write.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The session has ended, or its user may not use the admin any more.
    #[error("the session of the user with the key {0} has ended, or this user may not use the admin any more")]
    SignedOut(i64),
    /// They lack a permission.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// Who acts in a transaction, as of when it began: only [`Acting::confirm`] makes one, which reads it under locks that hold until the end
/// of the transaction. So no right that was read before a wait outlives that wait.
#[derive(Debug)]
pub struct Acting(Who);

#[derive(Debug)]
enum Who {
    Command(&'static str),
    User(Arc<Account>, Request),
}

impl Acting {
    /// Reads what `actor` may do at `now`, and locks user, groups and session against changes until the transaction of `conn` ends. To be
    /// called first in a transaction; the lock of the data version comes before it.
    ///
    /// # Errors
    /// [`Refused`]
    pub fn confirm(conn: &mut Conn, actor: &Actor, now: NaiveDateTime) -> Result<Self, Refused> {
        let (id, session, request) = match actor {
            Actor::Command(command) => return Ok(Self(Who::Command(command))),
            Actor::User { id, session, request } => (*id, session, request.clone()),
        };
        let signed_out = || Refused::SignedOut(id);
        account::store::lock_rights(conn, id, session)?;
        let row = session::store::session(conn, session)?.ok_or_else(signed_out)?;
        if row.user_id != id || !row.is_valid_at(now) {
            return Err(signed_out());
        }
        let account = account::store::account(conn, id)?;
        if !account.is_active || !account.is_staff {
            return Err(signed_out());
        }
        Ok(Self(Who::User(Arc::new(account), request)))
    }

    /// Returns the name that the audit trail keeps.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.0 {
            Who::Command(command) => format!("command {command}"),
            Who::User(account, _) => account.username.clone(),
        }
    }

    /// Returns the user who acts, if it is one.
    #[must_use]
    pub fn account(&self) -> Option<&Arc<Account>> {
        match &self.0 {
            Who::Command(_) => None,
            Who::User(account, _) => Some(account),
        }
    }

    /// Returns the request by which a user acts.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.0 {
            Who::Command(_) => None,
            Who::User(_, request) => Some(request),
        }
    }

    /// Returns the key of the user who acts, if it is one.
    #[must_use]
    pub fn user_id(&self) -> Option<i64> {
        self.account().map(|account| account.id)
    }

    /// Returns whether this actor stands above the permissions.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.account()
            .is_none_or(|account| account.is_active && account.is_superuser)
    }

    /// Returns whether this actor may do `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.account()
            .is_none_or(|account| !account.must_change && account.may(permission))
    }

    /// Returns the proof that this actor may do `permission`.
    ///
    /// # Errors
    /// [`Denied`] when they may not.
    pub fn permit(&self, permission: Permission) -> Result<Permit, Denied> {
        if self.may(permission) {
            return Ok(Permit::new(permission));
        }
        Err(self.denied(permission))
    }

    /// Returns the proof that this actor may set what users set on their own accounts, a password or a time zone, on the account of the
    /// user `user_id`: on their own, or with `permission` on that of another.
    ///
    /// # Errors
    /// [`Denied`] when they may not.
    pub fn permit_on_account_of(&self, user_id: i64, permission: Permission) -> Result<Permit, Denied> {
        match self.account() {
            Some(account) if account.id == user_id && account.is_active => Ok(Permit::new(permission)),
            _ => self.permit(permission),
        }
    }

    /// Returns the refusal of `permission`.
    #[must_use]
    pub fn denied(&self, permission: Permission) -> Denied {
        Denied {
            actor: self.name(),
            permission,
        }
    }
}

/// Runs `work`, which writes what is the actor's own and the audit trail does not record, in a transaction that comes one after the other
/// with those of the same `key` only.
///
/// # Errors
/// Those of `work` after everything was rolled back, and [`Refused`] before it ran.
pub fn own_transaction<T, E: From<Refused> + From<db::Error>>(
    conn: &mut Conn,
    actor: &Actor,
    key: &str,
    now: NaiveDateTime,
    work: impl FnOnce(&mut Conn, &Acting) -> Result<T, E>,
) -> Result<T, E> {
    dialect::keyed_transaction(conn, key, |conn| {
        let acting = Acting::confirm(conn, actor, now)?;
        work(conn, &acting)
    })
}
