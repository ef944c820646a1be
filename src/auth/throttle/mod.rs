//! Slows down guesses of passwords, by three ceilings within a quarter of an hour:
//!
//! - five failures for one user name from one place: both together have to wait for another quarter of an hour;
//! - fifty failures from one place over any users: no login is tried from there for a quarter of an hour;
//! - from the twentieth failure of one user on, whose guesses come from many places: a wait of seconds after each, growing to a minute, for
//!   places from which this user never logged in.
//!
//! Nothing waits within a request: the answer to an early attempt says when to try again. The counts are in the database, so that all
//! replicas share them. An attempt asks before the password is verified, and a right password has to ask once more: many attempts at the
//! same moment get no more guesses than one after the other.

pub(in crate::auth) mod store;

use std::net::IpAddr;

use chrono::{NaiveDateTime, TimeDelta};

use super::secret;
use crate::db::{Conn, Result, dialect, request_writes};
use crate::text;

/// How long failures are counted from the first one.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// How long a block of a place, and of a user name at a place, lasts.
pub const BLOCK: TimeDelta = TimeDelta::minutes(15);
/// The longest wait of a user name, seconds.
const USER_WAIT_MAX: i64 = 60;
/// One lock for all counts: a failure counts under three keys at once.
const LOCK: &str = "login_failure";

/// What failures are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// One user name from one place.
    Pair,
    /// Any user name from one place.
    Place,
    /// One user name from any place.
    User,
}

impl Ceiling {
    /// Returns the failure from which on attempts have to wait.
    #[must_use]
    pub const fn failures_max(self) -> i32 {
        match self {
            Self::Pair => 5,
            Self::Place => 50,
            Self::User => 20,
        }
    }

    /// Returns how long to wait after the failure of this number.
    fn wait(self, count: i32) -> TimeDelta {
        match self {
            Self::Pair | Self::Place => BLOCK,
            Self::User => {
                let doublings = (count - self.failures_max()).clamp(0, 10);
                TimeDelta::seconds((1_i64 << doublings).min(USER_WAIT_MAX))
            }
        }
    }
}

/// The answer to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Go,
    /// Not for so many seconds, at least one.
    Wait(u64),
}

impl Verdict {
    /// Returns the longer wait.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Wait(one), Self::Wait(two)) => Self::Wait(one.max(two)),
            (Self::Go, other) => other,
            (wait @ Self::Wait(_), Self::Go) => wait,
        }
    }
}

/// The failures under one key.
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

/// The keys under which the attempts of a user name from an address are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptKeys {
    keys: [(Ceiling, String); 3],
    username_hash: String,
    place: String,
}

impl AttemptKeys {
    /// Returns the attempts for a user name from an address. Keys are hashes, of the key of the user name, so that no spelling gains
    /// attempts, and because people type passwords into the field of the user name.
    #[must_use]
    pub fn new(username: &str, address: Option<IpAddr>) -> Self {
        let place = place(address);
        let user_key = text::user_key(username);
        let username_hash = username_hash(&user_key);
        Self {
            keys: [
                (Ceiling::Pair, secret::digest(&format!("{user_key}\n{place}"))),
                (Ceiling::Place, secret::digest(&format!("place\n\n{place}"))),
                (Ceiling::User, username_hash.clone()),
            ],
            username_hash,
            place,
        }
    }

    /// Returns where the attempt comes from.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns the key of the count of a ceiling.
    #[must_use]
    pub fn key(&self, ceiling: Ceiling) -> &str {
        let found = self.keys.iter().find(|(of, _)| *of == ceiling);
        found.map_or("", |(_, key)| key)
    }

    /// Returns the failures so far, for each ceiling.
    fn failures(&self, conn: &mut Conn) -> Result<[Option<Failures>; 3]> {
        let keys: Vec<&str> = self.keys.iter().map(|(_, key)| key.as_str()).collect();
        let stored = store::failures(conn, &keys)?;
        let of = |key: &String| {
            stored
                .iter()
                .find(|(stored, _)| stored == key)
                .map(|(_, failures)| *failures)
        };
        Ok([of(&self.keys[0].1), of(&self.keys[1].1), of(&self.keys[2].1)])
    }
}

/// Returns what failures of a user are counted under, and found by to end them.
fn username_hash(user_key: &str) -> String {
    secret::digest(&format!("user\n\n{user_key}"))
}

/// Returns a place: an address. The neighbours of an IPv6 address count as one, since its owner has 2⁶⁴.
#[must_use]
pub fn place(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => secret::hex(&address.octets()[..8]),
    }
}

/// Returns what past failures mean at `now`. A clock that went back makes no wait longer than a block.
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

/// Returns the failures after another one at `now`. One that was under way when the block of a place began changes nothing.
#[must_use]
pub fn after_failure(ceiling: Ceiling, before: Option<&Failures>, now: NaiveDateTime) -> Failures {
    let goes_on = |before: &&Failures| {
        now - before.first_at < WINDOW && (ceiling == Ceiling::User || before.blocked_until.is_none())
    };
    let blocked = before.filter(|_| ceiling != Ceiling::User && verdict(before, now) != Verdict::Go);
    if let Some(blocked) = blocked {
        return *blocked;
    }
    let counted = before.filter(goes_on);
    let count = counted.map_or(0, |before| before.count).saturating_add(1);
    Failures {
        count,
        first_at: counted.map_or(now, |before| before.first_at),
        last_at: now,
        blocked_until: (count >= ceiling.failures_max()).then(|| now + ceiling.wait(count)),
    }
}

/// Returns whether an attempt may be made for the user of a key, if there is one.
pub fn check(conn: &mut Conn, subject: &AttemptKeys, user_id: Option<i64>, now: NaiveDateTime) -> Result<Verdict> {
    let failures = subject.failures(conn)?;
    judged(conn, subject, user_id, &failures, now)
}

fn judged(
    conn: &mut Conn,
    subject: &AttemptKeys,
    user_id: Option<i64>,
    [pair, place, user]: &[Option<Failures>; 3],
    now: NaiveDateTime,
) -> Result<Verdict> {
    let here = verdict(pair.as_ref(), now).or(verdict(place.as_ref(), now));
    let anywhere = verdict(user.as_ref(), now);
    let is_known = match user_id {
        Some(user_id) if anywhere != Verdict::Go => store::is_place_of(conn, user_id, &subject.place)?,
        _ => false,
    };
    Ok(if is_known { here } else { here.or(anywhere) })
}

/// Counts a failure, and says whether another attempt for this user name may follow from this place.
pub fn fail(conn: &mut Conn, subject: &AttemptKeys, now: NaiveDateTime) -> Result<Verdict> {
    let fail = |conn: &mut Conn| {
        let before = subject.failures(conn)?;
        let mut verdicts = Verdict::Go;
        for ((ceiling, key), before) in subject.keys.iter().zip(before) {
            let after = after_failure(*ceiling, before.as_ref(), now);
            let username_hash = (*ceiling != Ceiling::Place).then_some(subject.username_hash.as_str());
            store::put_failures(conn, (key, username_hash), &after, before.is_some())?;
            if *ceiling != Ceiling::User {
                verdicts = verdicts.or(verdict(Some(&after), now));
            }
        }
        Ok(verdicts)
    };
    request_writes::bookkeeping(|| dialect::keyed_transaction(conn, LOCK, fail))
}

/// Forgets the failures of the user name from this place, unless enough of them came while this attempt was under way: then it does not count.
pub fn succeed(conn: &mut Conn, subject: &AttemptKeys, user_id: i64, now: NaiveDateTime) -> Result<Verdict> {
    // Most people sign in without having failed, and nothing needs to be written.
    if subject.failures(conn)?.iter().all(Option::is_none) {
        return Ok(Verdict::Go);
    }
    let succeed = |conn: &mut Conn| {
        let failures = subject.failures(conn)?;
        let verdict = judged(conn, subject, Some(user_id), &failures, now)?;
        if verdict == Verdict::Go && failures[0].is_some() {
            store::delete_failures(conn, subject.key(Ceiling::Pair))?;
        }
        Ok(verdict)
    };
    request_writes::bookkeeping(|| dialect::keyed_transaction(conn, LOCK, succeed))
}

/// Forgets all failures of a user name, from wherever; returns how many counts there were.
pub fn unlock(conn: &mut Conn, username: &str) -> Result<usize> {
    store::delete_failures_of_username(conn, &username_hash(&text::user_key(username)))
}

/// Deletes at most `limit` counts that no longer block and no longer count; returns how many.
pub fn clear_old(conn: &mut Conn, now: NaiveDateTime, limit: i64) -> Result<usize> {
    store::delete_failures_before(conn, now - WINDOW.max(BLOCK), limit)
}
