//! The queries of failed logins and of the places from which users logged in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Failures;
use crate::db::schema::{login_failure, login_place};
use crate::db::{Conn, Result};

/// Returns the failures under these keys.
pub(in crate::auth) fn failures(conn: &mut Conn, keys: &[&str]) -> Result<Vec<(String, Failures)>> {
    type FailureColumns = (String, i32, NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>);
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let rows: Vec<FailureColumns> = login_failure::table
        .filter(login_failure::key.eq_any(keys))
        .select((
            login_failure::key,
            login_failure::failures,
            login_failure::first_at,
            login_failure::last_at,
            login_failure::blocked_until,
        ))
        .load(conn)?;
    let failures = |(key, count, first_at, last_at, blocked_until)| {
        let failures = Failures {
            count,
            first_at,
            last_at,
            blocked_until,
        };
        (key, failures)
    };
    Ok(rows.into_iter().map(failures).collect())
}

/// Keeps failures under a key and the hash of a user name, in a row that is there already or in a row of their own. To be called under
/// the lock of the counts.
pub(in crate::auth) fn put_failures(
    conn: &mut Conn,
    (key, username_hash): (&str, Option<&str>),
    failures: &Failures,
    is_there: bool,
) -> Result<()> {
    let values = (
        login_failure::failures.eq(failures.count),
        login_failure::first_at.eq(failures.first_at),
        login_failure::last_at.eq(failures.last_at),
        login_failure::blocked_until.eq(failures.blocked_until),
        login_failure::username_hash.eq(username_hash),
    );
    if is_there {
        diesel::update(login_failure::table.filter(login_failure::key.eq(key)))
            .set(values)
            .execute(conn)?;
    } else {
        diesel::insert_into(login_failure::table)
            .values((login_failure::key.eq(key), values))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets the failures under a key.
pub(in crate::auth) fn delete_failures(conn: &mut Conn, key: &str) -> Result<()> {
    diesel::delete(login_failure::table.filter(login_failure::key.eq(key))).execute(conn)?;
    Ok(())
}

/// Forgets the failures of a user name.
pub(in crate::auth) fn delete_failures_of_username(conn: &mut Conn, username_hash: &str) -> Result<usize> {
    let of_username = login_failure::table.filter(login_failure::username_hash.eq(username_hash.to_owned()));
    Ok(diesel::delete(of_username).execute(conn)?)
}

/// Forgets at most `limit` counts whose last failure was before `instant`.
pub(in crate::auth) fn delete_failures_before(conn: &mut Conn, instant: NaiveDateTime, limit: i64) -> Result<usize> {
    let old = login_failure::table.filter(login_failure::last_at.lt(instant));
    let keys: Vec<String> = old.select(login_failure::key).limit(limit).load(conn)?;
    let old = login_failure::table
        .filter(login_failure::key.eq_any(keys))
        .filter(login_failure::last_at.lt(instant));
    Ok(diesel::delete(old).execute(conn)?)
}

/// Returns whether a user has logged in from a place.
pub(in crate::auth) fn is_place_of(conn: &mut Conn, user_id: i64, place: &str) -> Result<bool> {
    let found: Option<i64> = login_place::table
        .filter(login_place::user_id.eq(user_id))
        .filter(login_place::place.eq(place.to_owned()))
        .select(login_place::user_id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Notes that a user logged in from a place, and keeps the newest places.
pub(in crate::auth) fn note_place(conn: &mut Conn, user_id: i64, place: &str, now: NaiveDateTime) -> Result<()> {
    /// Places of one user that are kept.
    const PLACES_MAX: i64 = 100;
    let this = login_place::table
        .filter(login_place::user_id.eq(user_id))
        .filter(login_place::place.eq(place.to_owned()));
    let updated = diesel::update(this).set(login_place::last_at.eq(now)).execute(conn)?;
    if updated > 0 {
        return Ok(());
    }
    diesel::insert_into(login_place::table)
        .values((
            login_place::user_id.eq(user_id),
            login_place::place.eq(place.to_owned()),
            login_place::last_at.eq(now),
        ))
        .execute(conn)?;
    let older = login_place::table
        .filter(login_place::user_id.eq(user_id))
        .order((login_place::last_at.desc(), login_place::place))
        .offset(PLACES_MAX)
        .limit(PLACES_MAX)
        .select(login_place::place);
    let older: Vec<String> = older.load(conn)?;
    let older = login_place::table
        .filter(login_place::user_id.eq(user_id))
        .filter(login_place::place.eq_any(older));
    diesel::delete(older).execute(conn)?;
    Ok(())
}
