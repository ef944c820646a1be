//! The user or command on whose behalf something is written: the caller ([`Actor`]), and their rights at the moment of the write
//! ([`Acting`]).

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::account::Account;
use super::permission::{Denied, Permission, Permit};
use super::session::{self, Message, Session};
use super::token;
use crate::db::{self, Conn, dialect};

/// The caller of a change. It proves nothing and permits nothing: a user's permissions are read in the transaction that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A command, whose user has access to the database itself; has every permission.
    Command(&'static str),
    /// A user who is logged in.
    User {
        /// The user's key.
        id: i64,
        /// The key of the session.
        session: String,
        /// The request.
        request: Request,
    },
    /// A program with a token of a user.
    Token {
        /// The user's key.
        user: i64,
        /// The key of the token.
        token: i64,
        /// The request.
        request: Request,
    },
}

/// The request by which a user acts, as the audit log keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Its id, which the log has too.
    pub id: Option<String>,
    /// The address of the client.
    pub client_address: Option<String>,
}

impl Actor {
    /// Returns the user of a session, with a request.
    #[must_use]
    pub fn of(session: &Session, request: Request) -> Self {
        Self::User {
            id: session.account.id,
            session: session.id_hash.clone(),
            request,
        }
    }
}

/// The reason why an actor may not write.
#[derive(Debug, thiserror::Error)]
pub enum ActorError {
    /// The session has ended, or its user may not use the admin any more.
    #[error("the session of the user with the key {0} has ended, or this user may not use the admin any more")]
    SignedOut(i64),
    /// The token has expired, was revoked, or its user is not active any more; its key.
    #[error("the token with the key {0} has expired or was revoked, or its user is not active any more")]
    TokenEnded(i64),
    /// The actor lacks a permission.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The actor of a transaction, with the rights that it had when the transaction began: only [`Acting::confirm`] makes one, which reads
/// them under locks that hold until the end of the transaction. So no right that was read before a wait outlives that wait.
#[derive(Debug)]
pub struct Acting(ActingSubject);

#[derive(Debug)]
enum ActingSubject {
    Command(&'static str),
    User {
        account: Arc<Account>,
        request: Request,
        session: ActingSession,
    },
    Token {
        account: Arc<Account>,
        name: String,
        request: Request,
    },
}

/// The session in which a user acts.
#[derive(Debug)]
struct ActingSession {
    /// Its key.
    id_hash: String,
    /// The messages that waited in it when the transaction began, as they are stored.
    messages: String,
}

impl Acting {
    /// Reads the rights of `actor` at `now`, and locks user, groups and session or token against changes until the transaction of `conn` ends. To be
    /// called first in a transaction; the lock of the data version comes before it.
    ///
    /// # Errors
    /// [`ActorError`]
    pub fn confirm(conn: &mut Conn, actor: &Actor, now: NaiveDateTime) -> Result<Self, ActorError> {
        let (id, session, request) = match actor {
            Actor::Command(command) => return Ok(Self(ActingSubject::Command(command))),
            Actor::User { id, session, request } => (*id, session, request.clone()),
            Actor::Token { user, token, request } => return Self::confirm_token(conn, (*user, *token), request, now),
        };
        let signed_out = || ActorError::SignedOut(id);
        dialect::lock_rights(conn, id, session)?;
        let row = session::store::session(conn, session)?.ok_or_else(signed_out)?;
        if row.user.id != id || !row.is_valid_at(now) {
            return Err(signed_out());
        }
        let messages = row.messages.clone();
        let account = row.account(conn)?;
        if !account.is_active || !account.is_staff {
            return Err(signed_out());
        }
        Ok(Self(ActingSubject::User {
            account: Arc::new(account),
            request,
            session: ActingSession {
                id_hash: session.clone(),
                messages,
            },
        }))
    }

    /// Reads the rights of the token `token` of the user `user`.
    fn confirm_token(
        conn: &mut Conn,
        (user, token): (i64, i64),
        request: &Request,
        now: NaiveDateTime,
    ) -> Result<Self, ActorError> {
        let no_session = "";
        dialect::lock_rights(conn, user, no_session)?;
        let row = token::store::locked(conn, token)?;
        let row = row.filter(|row| row.user.id == user && row.fault(now).is_none());
        let row = row.ok_or(ActorError::TokenEnded(token))?;
        Ok(Self(ActingSubject::Token {
            name: row.name.clone(),
            account: Arc::new(row.account(conn)?),
            request: request.clone(),
        }))
    }

    /// Returns the name that the audit log keeps.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.0 {
            ActingSubject::Command(command) => format!("command {command}"),
            ActingSubject::User { account, .. } => account.username.clone(),
            ActingSubject::Token { account, name, .. } => token::title(name, &account.username),
        }
    }

    /// Returns the user who acts, in person or by a token, if it is one.
    #[must_use]
    pub fn account(&self) -> Option<&Arc<Account>> {
        match &self.0 {
            ActingSubject::Command(_) => None,
            ActingSubject::User { account, .. } | ActingSubject::Token { account, .. } => Some(account),
        }
    }

    /// Returns the request by which a user acts.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.0 {
            ActingSubject::Command(_) => None,
            ActingSubject::User { request, .. } | ActingSubject::Token { request, .. } => Some(request),
        }
    }

    /// Leaves messages for the next page of the session in which a user acts; a token has none.
    ///
    /// # Errors
    /// Those of [`db`].
    pub fn leave_messages(&self, conn: &mut Conn, new: &[Message]) -> db::Result<()> {
        match &self.0 {
            ActingSubject::Command(_) | ActingSubject::Token { .. } => Ok(()),
            ActingSubject::User { session, .. } => {
                session::push_messages_to(conn, &session.id_hash, &session.messages, new)
            }
        }
    }

    /// Returns the key of the user who acts, if it is one.
    #[must_use]
    pub fn user_id(&self) -> Option<i64> {
        self.account().map(|account| account.id)
    }

    /// Returns whether this actor has every permission; no token has.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.account()
            .is_none_or(|account| account.is_active && account.is_superuser && account.scopes.is_none())
    }

    /// Returns whether this actor has `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.account()
            .is_none_or(|account| !account.must_change && account.may(permission))
    }

    /// Returns the proof that this actor has `permission`.
    ///
    /// # Errors
    /// [`Denied`] when it has not.
    pub fn permit(&self, permission: Permission) -> Result<Permit, Denied> {
        if self.may(permission) {
            return Ok(Permit::new(permission));
        }
        Err(self.denied(permission))
    }

    /// Returns the proof that this actor may set what users set on their own accounts, a password or a time zone, on the account of the
    /// user `user_id`: on their own in person, or with `permission` on that of another.
    ///
    /// # Errors
    /// [`Denied`] when it has not.
    pub fn permit_on_account_of(&self, user_id: i64, permission: Permission) -> Result<Permit, Denied> {
        match self.account() {
            Some(account) if account.id == user_id && account.is_active && account.scopes.is_none() => {
                Ok(Permit::new(permission))
            }
            _ => self.permit(permission),
        }
    }

    /// Returns the proof that this actor may do what follows from a change that is permitted: with the permission to disable users comes
    /// the one to revoke their tokens.
    #[must_use]
    pub fn permit_consequence(&self, _of: &Permit, permission: Permission) -> Permit {
        Permit::new(permission)
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

/// Runs `work`, which writes the actor's own rows that the audit log does not record, in a transaction that waits for others of the same
/// `key` only.
///
/// # Errors
/// Those of `work` after everything was rolled back, and [`ActorError`] before it ran.
pub fn own_transaction<T, E: From<ActorError> + From<db::Error>>(
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
