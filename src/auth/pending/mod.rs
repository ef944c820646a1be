//! Files that a user looked at and may still confirm. The text waits in the database, so that any replica can go on with it; it is
//! of no use to anybody but its user, and goes after an hour.

mod store;

use chrono::{NaiveDateTime, TimeDelta};

use crate::db::{Conn, Result, dialect};

/// How long a text waits.
pub const LIFETIME: TimeDelta = TimeDelta::hours(1);
/// The most texts of one user; older ones go.
pub const KEPT_MAX: usize = 3;

/// Whose text it is, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's key.
    pub user_id: i64,
    /// The model whose objects it holds: `sla.component`.
    pub model: String,
}

/// A text that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `csv` or `json`.
    pub format: String,
    /// The text.
    pub body: String,
}

/// Keeps a text and returns its key.
///
/// # Errors
/// Those of the database.
pub fn keep(conn: &mut Conn, owner: &Owner, format: &str, body: &str, now: NaiveDateTime) -> Result<i64> {
    dialect::keyed_transaction(conn, &format!("pending_import {}", owner.user_id), |conn| {
        store::delete_expired(conn, now)?;
        let kept = store::keys_of(conn, owner.user_id)?;
        let room = KEPT_MAX - 1;
        store::delete(conn, kept.into_iter().skip(room).collect())?;
        store::insert(
            conn,
            store::NewPending {
                user_id: owner.user_id,
                model: &owner.model,
                format,
                body,
                created_at: now,
                expires_at: now + LIFETIME,
            },
        )
    })
}

/// The text of a key, if it is its user's and for the same model.
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut Conn, owner: &Owner, key: i64, now: NaiveDateTime) -> Result<Option<Kept>> {
    store::find(conn, owner, key, now)
}

/// Forgets a text.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut Conn, owner: &Owner, key: i64) -> Result<()> {
    store::forget(conn, owner, key)
}

/// Deletes the texts that waited too long; returns how many.
///
/// # Errors
/// Those of the database.
pub fn clear_expired(conn: &mut Conn, now: NaiveDateTime) -> Result<usize> {
    store::delete_expired(conn, now)
}
