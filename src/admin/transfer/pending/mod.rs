//! Files that a user looked at and may still confirm. The text waits in the database, so that any replica can go on with it; it is
//! of use to its user alone, and deleted after an hour.

mod store;

use chrono::{NaiveDateTime, TimeDelta};

use crate::auth::actor::{Acting, Actor, ActorError, own_transaction};
use crate::auth::permission::Denied;
use crate::db::{Conn, Result, request_writes};

/// How long a text waits.
pub const LIFETIME: TimeDelta = TimeDelta::hours(1);
/// The most texts of one user; older ones go.
pub const KEPT_MAX: usize = 3;

/// Texts that are deleted beside keeping another one.
const EXPIRED_MAX: i64 = 100;

/// Whose text it is, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingOwner {
    /// The user's key.
    pub user_id: i64,
    /// The model whose objects it holds: `sla.component`.
    pub model: String,
}

/// A text that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingFile {
    /// `csv` or `json`.
    pub format: String,
    /// The text.
    pub body: String,
}

/// Keeps a text for its user, who is `actor`, and returns its key. `check` says whether they may still take such a file in.
///
/// # Errors
/// [`ActorError`]
pub fn keep(
    conn: &mut Conn,
    actor: &Actor,
    owner: &PendingOwner,
    kept: &PendingFile,
    now: NaiveDateTime,
    check: impl FnOnce(&Acting) -> std::result::Result<(), Denied>,
) -> std::result::Result<i64, ActorError> {
    // Kept to be looked at and confirmed: nothing is imported yet.
    request_writes::bookkeeping(|| {
        own_transaction(
            conn,
            actor,
            &format!("pending_import {}", owner.user_id),
            now,
            |conn, acting| {
                check(acting)?;
                store::delete_expired(conn, now, EXPIRED_MAX)?;
                let others = store::keys_of(conn, owner.user_id)?;
                let room = KEPT_MAX - 1;
                store::delete(conn, others.into_iter().skip(room).collect())?;
                let key = store::insert(
                    conn,
                    store::NewPending {
                        user_id: owner.user_id,
                        model: &owner.model,
                        format: &kept.format,
                        body: &kept.body,
                        created_at: now,
                        expires_at: now + LIFETIME,
                    },
                )?;
                Ok(key)
            },
        )
    })
}

/// Returns the text of a key, if it is its user's and for the same model.
pub fn find(conn: &mut Conn, owner: &PendingOwner, key: i64, now: NaiveDateTime) -> Result<Option<PendingFile>> {
    store::find(conn, owner, key, now)
}

/// Forgets a text.
pub fn forget(conn: &mut Conn, owner: &PendingOwner, key: i64) -> Result<()> {
    store::forget(conn, owner, key)
}

/// Deletes at most `limit` texts that waited too long; returns how many.
pub fn clear_expired(conn: &mut Conn, now: NaiveDateTime, limit: i64) -> Result<usize> {
    store::delete_expired(conn, now, limit)
}
