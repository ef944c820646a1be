//! The audit log, and the only way to a connection that may change audited tables.
//!
//! [`transaction()`] opens a [`Tx`]; [`Tx::write`] takes a [`Permit`](crate::auth::Permit) and lends a [`Writer`] to a closure that must
//! return the entries for what it did. Functions that write take `&mut Writer`, which only this module makes: a change without a
//! permission check, outside of a transaction or without an entry does not compile or does not commit. `tests/it/house/layers.rs` checks that
//! writing functions take a `Writer` and not the connection that reading ones take.
//!
//! [`record()`] lends a [`Writer`] for rows that are records themselves and that no user makes: measurements.

pub mod store;
mod transaction;

pub use transaction::{Decision, Tx, Writer, attempt, preview, record, transaction};

use crate::auth::actor::ActorError;
use crate::auth::permission::Denied;
use crate::auth::{Model, Permission};
use crate::db;

/// The entries of the audit log, which can be viewed and exported only.
pub const LOG_ENTRY: Model = Model {
    app: "audit",
    name: "logentry",
    title: "log entry",
};

/// A change of one object, as the audit log records it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// The object's key.
    pub object_id: i64,
    /// The object's title.
    pub object_repr: String,
    /// Its version after the change.
    pub object_version: i64,
    /// Its state before; nothing when it was added.
    pub before: Option<serde_json::Value>,
    /// Its state after; nothing when it was deleted.
    pub after: Option<serde_json::Value>,
}

/// The reason why a change was rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The actor lacks a permission.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The actor's session has ended, or they may not use the admin any more: the user's key.
    #[error("{}", ActorError::SignedOut(*.0))]
    SignedOut(i64),
    /// The actor's token has ended: its key.
    #[error("{}", ActorError::TokenEnded(*.0))]
    TokenEnded(i64),
    /// What is stored does not allow the change: why, in words.
    #[error("{0}")]
    Refused(String),
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A write returned no entry for the audit log: a fault of the program.
    #[error("a change with the permission {0} left no audit entry and was rolled back")]
    Unaudited(Permission),
    /// A write returned an entry for another action than the one that was permitted: a fault of the program.
    #[error("a change with the permission {0} left an audit entry of another action and was rolled back")]
    Mismatched(Permission),
}

impl From<ActorError> for Error {
    fn from(refused: ActorError) -> Self {
        match refused {
            ActorError::SignedOut(user_id) => Self::SignedOut(user_id),
            ActorError::TokenEnded(token) => Self::TokenEnded(token),
            ActorError::Denied(denied) => Self::Denied(denied),
            ActorError::Database(error) => Self::Database(error),
        }
    }
}
