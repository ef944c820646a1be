//! Signing in: one door, one answer for every reason to keep it shut.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::account::Account;
use super::password::{self, PasswordHash};
use super::session::{self, Client, Token};
use super::store;
use super::throttle::{self, Verdict};
use crate::db::{Conn, Error, Result, dialect};

/// What somebody typed, and from where.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The user name; letter case does not matter.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// The address that attempts are counted under.
    pub address: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: &'a str,
    /// The token of the session that the browser had before, which ends.
    pub previous_token: Option<&'a str>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// They are in.
    In {
        /// Who.
        account: Arc<Account>,
        /// For the cookie.
        token: Token,
    },
    /// Unknown, not active, no staff or the wrong password: nobody is told which.
    Refused,
    /// Too many failures; not for so many seconds.
    Blocked(u64),
}

/// What stands behind a user name, before the password is looked at.
pub enum LookedUp {
    /// Too many failures; nothing is tried for so many seconds.
    Blocked(u64),
    /// Somebody or nobody, nobody is told which.
    Candidate(Candidate),
}

/// Somebody who may turn out to be who they say. Looking at a password takes its time, so it needs no connection.
pub struct Candidate {
    key: String,
    known: Option<(i64, PasswordHash)>,
}

/// A candidate whose password was looked at.
pub struct Verified {
    key: String,
    /// Who, and the hash that the password has; nothing if it was the wrong one.
    right: Option<(i64, PasswordHash)>,
    /// A hash made anew, where the stored one is weaker than those made today.
    stronger: Option<PasswordHash>,
}

/// The first of three steps of signing in: whether one may try, and what the password has to match.
///
/// # Errors
/// Those of the database.
pub fn look_up(conn: &mut Conn, attempt: &Attempt<'_>, now: NaiveDateTime) -> Result<LookedUp> {
    let key = throttle::key(attempt.username, attempt.address);
    if let Verdict::Wait(seconds) = throttle::check(conn, &key, now)? {
        return Ok(LookedUp::Blocked(seconds));
    }
    let known = match store::id_of_username(conn, attempt.username)? {
        Some(id) => found(store::password(conn, id))?.map(|hash| (id, hash)),
        None => None,
    };
    Ok(LookedUp::Candidate(Candidate { key, known }))
}

impl Candidate {
    /// The second step, the slow one: takes the time of a password's hash in any case.
    #[must_use]
    pub fn verify(self, password: &str) -> Verified {
        let Self { key, known } = self;
        let Some((id, hash)) = known else {
            password::verify_nobody(password);
            return Verified {
                key,
                right: None,
                stronger: None,
            };
        };
        let is_right = password::verify(password, &hash);
        Verified {
            key,
            stronger: (is_right && password::needs_rehash(&hash)).then(|| password::hash(password)),
            right: is_right.then_some((id, hash)),
        }
    }
}

/// The last step: lets active staff with the right password in, and counts the others.
///
/// # Errors
/// Those of the database.
pub fn admit(conn: &mut Conn, attempt: &Attempt<'_>, verified: Verified, now: NaiveDateTime) -> Result<Outcome> {
    let Verified { key, right, stronger } = verified;
    let Some((account, hash)) = admissible(conn, right)? else {
        throttle::fail(conn, &key, now)?;
        return Ok(Outcome::Refused);
    };
    if let Verdict::Wait(seconds) = throttle::succeed(conn, &key, now)? {
        return Ok(Outcome::Blocked(seconds));
    }
    if let Some(stronger) = stronger {
        store::replace_hash(conn, account.id, &hash, &stronger)?;
    }
    if let Some(previous) = attempt.previous_token {
        session::end_token(conn, previous)?;
    }
    // The session that follows brings it to the disk.
    dialect::without_sync(conn, |conn| store::set_last_login(conn, account.id, now))?;
    let client = Client {
        address: attempt.address.map(|address| address.to_string()).unwrap_or_default(),
        user_agent: attempt.user_agent.to_owned(),
    };
    let token = session::create(conn, account.id, &client, now)?;
    Ok(Outcome::In {
        account: Arc::new(account),
        token,
    })
}

/// The account of somebody with the right password, if it may come in and if the password is still that one.
fn admissible(conn: &mut Conn, right: Option<(i64, PasswordHash)>) -> Result<Option<(Account, PasswordHash)>> {
    let Some((id, hash)) = right else {
        return Ok(None);
    };
    if found(store::password(conn, id))?.as_ref() != Some(&hash) {
        return Ok(None);
    }
    let account = found(store::account(conn, id))?;
    Ok(account
        .filter(|account| account.is_active && account.is_staff)
        .map(|account| (account, hash)))
}

/// Somebody who was deleted meanwhile is nobody.
fn found<T>(row: Result<T>) -> Result<Option<T>> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether `password` is that of the user `user_id`, as pages ask that change it.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is no such user, and the database's own.
pub fn is_password_of(conn: &mut Conn, user_id: i64, password: &str) -> Result<bool> {
    Ok(password::verify(password, &store::password(conn, user_id)?))
}
