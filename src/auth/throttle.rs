//! Slows down those who guess passwords: five failures for one user name and address within a quarter of an hour, and both together
//! have to wait for another one. Others, and the same user from elsewhere, notice nothing.
//!
//! The count lives in the database, so that all replicas share it. An attempt asks before the password is looked at, and a right
//! password has to ask once more: many attempts at the same moment get no more guesses than one after the other.

use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};

use super::{secret, store};
use crate::db::{Conn, Result, dialect};
use crate::text;

/// Failures that block.
pub const FAILURES_MAX: i32 = 5;
/// How long failures are counted from the first one.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// How long a block lasts.
pub const BLOCK: TimeDelta = TimeDelta::minutes(15);

/// Whether one may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Go,
    /// Not for so many seconds, at least one.
    Wait(u64),
}

/// The failures of one user name and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many there were.
    pub count: i32,
    /// When the first was.
    pub first_at: NaiveDateTime,
    /// When the last was.
    pub last_at: NaiveDateTime,
    /// Until when nothing is tried.
    pub blocked_until: Option<NaiveDateTime>,
}

/// What failures are counted under: a hash of the key of the user name, so that no spelling gains attempts, and of the address; because people type passwords into the field of the user name. The neighbours of an
/// IPv6 address count as one, since whoever has one has 2⁶⁴.
#[must_use]
pub fn key(username: &str, address: Option<IpAddr>) -> String {
    let address = match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => secret::hex(&address.octets()[..8]),
    };
    secret::digest(&format!("{}\n{address}", text::user_key(username)))
}

/// What past failures mean at `now`. A clock that went back makes nobody wait longer than a block.
#[must_use]
pub fn verdict(failures: Option<&Failures>, now: NaiveDateTime) -> Verdict {
    let left = failures
        .and_then(|failures| failures.blocked_until)
        .map(|until| until - now);
    match left {
        Some(left) if left > TimeDelta::zero() => {
            let left = left.min(BLOCK);
            let seconds = left.num_seconds() + i64::from(left.subsec_nanos() > 0);
            Verdict::Wait(seconds.unsigned_abs().max(1))
        }
        _ => Verdict::Go,
    }
}

/// The failures after another one at `now`. One that was under way when the block began changes nothing.
#[must_use]
pub fn after_failure(before: Option<&Failures>, now: NaiveDateTime) -> Failures {
    let counted = before.filter(|before| before.blocked_until.is_none() && now - before.first_at < WINDOW);
    if let Some(blocked) = before.filter(|_| verdict(before, now) != Verdict::Go) {
        return *blocked;
    }
    let count = counted.map_or(0, |before| before.count) + 1;
    Failures {
        count,
        first_at: counted.map_or(now, |before| before.first_at),
        last_at: now,
        blocked_until: (count >= FAILURES_MAX).then(|| now + BLOCK),
    }
}

/// Whether an attempt may be made.
///
/// # Errors
/// Those of the database.
pub fn check(conn: &mut Conn, key: &str, now: NaiveDateTime) -> Result<Verdict> {
    Ok(verdict(store::failures(conn, key)?.as_ref(), now))
}

/// Counts a failure, and says whether another attempt may follow.
///
/// # Errors
/// Those of the database.
pub fn fail(conn: &mut Conn, key: &str, now: NaiveDateTime) -> Result<Verdict> {
    dialect::keyed_transaction(conn, key, |conn| {
        let before = store::failures(conn, key)?;
        let after = after_failure(before.as_ref(), now);
        store::put_failures(conn, key, &after, before.is_some())?;
        Ok(verdict(Some(&after), now))
    })
}

/// Forgets the failures, unless enough of them came while this attempt was under way: then it does not count.
///
/// # Errors
/// Those of the database.
pub fn succeed(conn: &mut Conn, key: &str, now: NaiveDateTime) -> Result<Verdict> {
    // Most people sign in without having failed, and nothing needs to be written.
    if store::failures(conn, key)?.is_none() {
        return Ok(Verdict::Go);
    }
    dialect::keyed_transaction(conn, key, |conn| {
        let verdict = verdict(store::failures(conn, key)?.as_ref(), now);
        if verdict == Verdict::Go {
            store::delete_failures(conn, key)?;
        }
        Ok(verdict)
    })
}

/// Deletes what no longer blocks and no longer counts; returns how many.
///
/// # Errors
/// Those of the database.
pub fn clear_old(conn: &mut Conn, now: NaiveDateTime) -> Result<usize> {
    store::delete_failures_before(conn, now - WINDOW.max(BLOCK))
}
