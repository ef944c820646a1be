//! Every query of answers that are kept.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::api_answer;
use crate::db::{Conn, Result};

/// Returns fingerprint and answer of a key, if it is not older than `since`.
pub(super) fn find(
    conn: &mut Conn,
    token: i64,
    key_hash: &str,
    since: NaiveDateTime,
) -> Result<Option<(String, String)>> {
    Ok(api_answer::table
        .filter(api_answer::token_id.eq(token))
        .filter(api_answer::key_hash.eq(key_hash))
        .filter(api_answer::created_at.gt(since))
        .select((api_answer::fingerprint, api_answer::answer))
        .first(conn)
        .optional()?)
}

/// Stores the answer of a key in the place of an older one.
pub(super) fn put(
    conn: &mut Conn,
    (token, key_hash): (i64, &str),
    fingerprint: &str,
    answer: &str,
    now: NaiveDateTime,
) -> Result<()> {
    let older = api_answer::table
        .filter(api_answer::token_id.eq(token))
        .filter(api_answer::key_hash.eq(key_hash));
    diesel::delete(older).execute(conn)?;
    diesel::insert_into(api_answer::table)
        .values((
            api_answer::token_id.eq(token),
            api_answer::key_hash.eq(key_hash),
            api_answer::fingerprint.eq(fingerprint),
            api_answer::answer.eq(answer),
            api_answer::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` answers from before `until`.
pub(super) fn clear_old(conn: &mut Conn, until: NaiveDateTime, limit: i64) -> Result<usize> {
    let old = api_answer::table.filter(api_answer::created_at.le(until));
    let keys: Vec<i64> = old.select(api_answer::id).limit(limit).load(conn)?;
    Ok(diesel::delete(api_answer::table.filter(api_answer::id.eq_any(keys))).execute(conn)?)
}
