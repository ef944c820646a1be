//! Signing in: one door, one answer for every reason to keep it shut.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::account::Account;
use super::password;
use super::session::{self, Client, Token};
use super::store;
use super::throttle::{self, Verdict};
use crate::db::{Conn, Result};

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

/// Lets active staff with the right password in, and counts the others. Takes the time of a password's hash in any case.
///
/// # Errors
/// Those of the database.
pub fn login(conn: &mut Conn, attempt: &Attempt<'_>, now: NaiveDateTime) -> Result<Outcome> {
    let key = throttle::key(attempt.username, attempt.address);
    if let Verdict::Wait(seconds) = throttle::check(conn, &key, now)? {
        return Ok(Outcome::Blocked(seconds));
    }
    let known = store::id_of_username(conn, attempt.username)?;
    let Some(account) = verified(conn, known, attempt.password)? else {
        throttle::fail(conn, &key, now)?;
        return Ok(Outcome::Refused);
    };
    if let Verdict::Wait(seconds) = throttle::succeed(conn, &key, now)? {
        return Ok(Outcome::Blocked(seconds));
    }
    if let Some(previous) = attempt.previous_token {
        session::end_token(conn, previous)?;
    }
    store::set_last_login(conn, account.id, now)?;
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

/// Whether `password` is that of the user `user_id`, as pages ask that change it.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is no such user, and the database's own.
pub fn is_password_of(conn: &mut Conn, user_id: i64, password: &str) -> Result<bool> {
    Ok(password::verify(password, &store::password(conn, user_id)?))
}

/// The account, if it may come in with this password. A hash that is weaker than those made today is made anew on the way.
fn verified(conn: &mut Conn, user_id: Option<i64>, password: &str) -> Result<Option<Account>> {
    let Some(user_id) = user_id else {
        password::verify_nobody(password);
        return Ok(None);
    };
    let hash = store::password(conn, user_id)?;
    if !password::verify(password, &hash) {
        return Ok(None);
    }
    let account = store::account(conn, user_id)?;
    if !account.is_active || !account.is_staff {
        return Ok(None);
    }
    if password::needs_rehash(&hash) {
        store::replace_hash(conn, user_id, &hash, &password::hash(password))?;
    }
    Ok(Some(account))
}
