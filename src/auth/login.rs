//! Signing in: one door, one answer for every reason to keep it shut.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::account::{self, Account};
use super::password::{self, PasswordHash};
use super::secret;
use super::session::{self, Client, Token};
use super::throttle::{self, Subject, Verdict};
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
    /// Whether the browser came by https.
    pub secure: bool,
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
    subject: Subject,
    known: Option<(i64, PasswordHash)>,
}

/// A candidate whose password was looked at.
pub struct Verified {
    subject: Subject,
    /// Who, and the hash that the password has; nothing if it was the wrong one.
    right: Option<(i64, PasswordHash)>,
    /// A hash made anew, where the stored one is weaker than those made today.
    stronger: Option<PasswordHash>,
}

/// Returns the first of three steps of signing in: whether one may try, and what the password has to match.
pub fn look_up(conn: &mut Conn, attempt: &Attempt<'_>, now: NaiveDateTime) -> Result<LookedUp> {
    let subject = Subject::new(attempt.username, attempt.address);
    let user_id = account::store::id_of_username(conn, attempt.username)?;
    if let Verdict::Wait(seconds) = throttle::check(conn, &subject, user_id, now)? {
        return Ok(LookedUp::Blocked(seconds));
    }
    let known = match user_id {
        Some(id) => found(account::store::password(conn, id))?.map(|hash| (id, hash)),
        None => None,
    };
    Ok(LookedUp::Candidate(Candidate { subject, known }))
}

impl Candidate {
    /// Returns the second step, the slow one: takes the time of a password's hash in any case.
    #[must_use]
    pub fn verify(self, password: &str) -> Verified {
        let Self { subject, known } = self;
        let Some((id, hash)) = known else {
            password::verify_nobody(password);
            return Verified {
                subject,
                right: None,
                stronger: None,
            };
        };
        let is_right = password::verify(password, &hash);
        Verified {
            subject,
            stronger: (is_right && password::needs_rehash(&hash)).then(|| password::hash(password)),
            right: is_right.then_some((id, hash)),
        }
    }
}

/// Returns the last step: lets active staff with the right password in, and counts the others.
pub fn admit(conn: &mut Conn, attempt: &Attempt<'_>, verified: Verified, now: NaiveDateTime) -> Result<Outcome> {
    let Verified {
        subject,
        right,
        stronger,
    } = verified;
    let Some((account, hash)) = admissible(conn, right)? else {
        throttle::fail(conn, &subject, now)?;
        return Ok(Outcome::Refused);
    };
    if let Verdict::Wait(seconds) = throttle::succeed(conn, &subject, account.id, now)? {
        return Ok(Outcome::Blocked(seconds));
    }
    let hash = match stronger {
        Some(stronger) => {
            account::store::replace_hash(conn, account.id, &hash, &stronger)?;
            stronger
        }
        None => hash,
    };
    let Some((account, token)) = begin(conn, attempt, &subject, (account.id, hash), now)? else {
        return Ok(Outcome::Refused);
    };
    // A long change by the same user holds their row; a login does not wait for it, nor fail.
    let noted = dialect::without_sync(conn, |conn| {
        dialect::briefly(conn, |conn| account::store::set_last_login(conn, account.id, now))
    });
    if let Err(error) = noted {
        tracing::warn!(%error, user = account.username, "the time of a login was not noted");
    }
    Ok(Outcome::In {
        account: Arc::new(account),
        token,
    })
}

/// Begins the session of somebody with this password, unless they were disabled or given another password by now.
fn begin(
    conn: &mut Conn,
    attempt: &Attempt<'_>,
    subject: &Subject,
    (id, hash): (i64, PasswordHash),
    now: NaiveDateTime,
) -> Result<Option<(Account, Token)>> {
    let client = Client {
        address: attempt.address.map(|address| address.to_string()).unwrap_or_default(),
        user_agent: attempt.user_agent.to_owned(),
        secure: attempt.secure,
    };
    dialect::keyed_transaction(conn, &format!("login {id}"), |conn| {
        // In the order in which every change locks them.
        if let Some(previous) = attempt.previous_token {
            session::store::lock_session(conn, &secret::digest(previous))?;
        }
        account::store::lock_user(conn, id)?;
        let Some((account, _)) = admissible(conn, Some((id, hash)))? else {
            return Ok(None);
        };
        if let Some(previous) = attempt.previous_token {
            session::end_token(conn, previous)?;
        }
        throttle::store::note_place(conn, id, subject.place(), now)?;
        let token = session::create(conn, id, &client, now)?;
        Ok(Some((account, token)))
    })
}

/// Returns the account of somebody with the right password, if it may come in and if the password is still that one.
fn admissible(conn: &mut Conn, right: Option<(i64, PasswordHash)>) -> Result<Option<(Account, PasswordHash)>> {
    let Some((id, hash)) = right else {
        return Ok(None);
    };
    if found(account::store::password(conn, id))?.as_ref() != Some(&hash) {
        return Ok(None);
    }
    let account = found(account::store::account(conn, id))?;
    Ok(account
        .filter(|account| account.is_active && account.is_staff)
        .map(|account| (account, hash)))
}

/// Returns the name of the user whom a typed name means, as it is stored; nothing if there is no such user.
pub fn known_name(conn: &mut Conn, typed: &str) -> Result<Option<String>> {
    account::store::name_of_username(conn, typed)
}

/// Somebody who was deleted meanwhile is nobody.
fn found<T>(row: Result<T>) -> Result<Option<T>> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What became of a password that somebody who is logged in typed once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retyped {
    /// It is theirs.
    Right,
    /// It is another one; the failure counts as one to log in.
    Wrong,
    /// Too many failures; not for so many seconds.
    Blocked(u64),
}

/// Returns whether `password` is that of the user of an account, as pages ask that change it, under the ceilings of logging in.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is no such user, and the database's own.
pub fn retype(
    conn: &mut Conn,
    account: &Account,
    address: Option<IpAddr>,
    password: &str,
    now: NaiveDateTime,
) -> Result<Retyped> {
    let subject = Subject::new(&account.username, address);
    if let Verdict::Wait(seconds) = throttle::check(conn, &subject, Some(account.id), now)? {
        return Ok(Retyped::Blocked(seconds));
    }
    if !password::verify(password, &account::store::password(conn, account.id)?) {
        throttle::fail(conn, &subject, now)?;
        return Ok(Retyped::Wrong);
    }
    Ok(match throttle::succeed(conn, &subject, account.id, now)? {
        Verdict::Go => Retyped::Right,
        Verdict::Wait(seconds) => Retyped::Blocked(seconds),
    })
}
