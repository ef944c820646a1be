//! Every query of texts that wait.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{PendingFile, PendingOwner};
use crate::db::schema::pending_import;
use crate::db::{Conn, Result};

#[derive(Insertable)]
#[diesel(table_name = pending_import)]
pub(super) struct NewPending<'a> {
    pub(super) user_id: i64,
    pub(super) model: &'a str,
    pub(super) format: &'a str,
    pub(super) body: &'a str,
    pub(super) created_at: NaiveDateTime,
    pub(super) expires_at: NaiveDateTime,
}

/// Stores a text and returns its key.
pub(super) fn insert(conn: &mut Conn, new: NewPending<'_>) -> Result<i64> {
    Ok(diesel::insert_into(pending_import::table)
        .values(new)
        .returning(pending_import::id)
        .get_result(conn)?)
}

/// Returns the keys of a user's texts, the newest first.
pub(super) fn keys_of(conn: &mut Conn, user_id: i64) -> Result<Vec<i64>> {
    let query = pending_import::table.filter(pending_import::user_id.eq(user_id));
    Ok(query
        .order(pending_import::id.desc())
        .select(pending_import::id)
        .load(conn)?)
}

/// Deletes texts.
pub(super) fn delete(conn: &mut Conn, keys: Vec<i64>) -> Result<()> {
    diesel::delete(pending_import::table.filter(pending_import::id.eq_any(keys))).execute(conn)?;
    Ok(())
}

/// Returns the text of a key, if it goes on.
pub(super) fn find(conn: &mut Conn, owner: &PendingOwner, key: i64, now: NaiveDateTime) -> Result<Option<PendingFile>> {
    let row: Option<(String, String)> = pending_import::table
        .filter(pending_import::id.eq(key))
        .filter(pending_import::user_id.eq(owner.user_id))
        .filter(pending_import::model.eq(&owner.model))
        .filter(pending_import::expires_at.gt(now))
        .select((pending_import::format, pending_import::body))
        .first(conn)
        .optional()?;
    Ok(row.map(|(format, body)| PendingFile { format, body }))
}

/// Deletes the text of a key.
pub(super) fn forget(conn: &mut Conn, owner: &PendingOwner, key: i64) -> Result<()> {
    let text = pending_import::table
        .filter(pending_import::id.eq(key))
        .filter(pending_import::user_id.eq(owner.user_id));
    diesel::delete(text).execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` texts that waited until `now`.
pub(super) fn delete_expired(conn: &mut Conn, now: NaiveDateTime, limit: i64) -> Result<usize> {
    let expired = pending_import::table.filter(pending_import::expires_at.le(now));
    let keys: Vec<i64> = expired.select(pending_import::id).limit(limit).load(conn)?;
    Ok(diesel::delete(pending_import::table.filter(pending_import::id.eq_any(keys))).execute(conn)?)
}
