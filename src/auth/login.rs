//! Logging in: three steps, and one answer for every reason to refuse.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::account::{self, Account};
use super::password::{self, PasswordHash};
use super::secret;
use super::session::{self, SessionClient, Token};
use super::throttle::{self, AttemptKeys, Verdict};
use crate::db::{Conn, Error, Result, dialect};

/// A login form, and where it came from.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The user name; letter case does not matter.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// The address that attempts are counted under.
    pub address: Option<IpAddr>,
    /// The browser's name of itself.
    pub user_agent: &'a str,
    /// Whether the browser came by https.
    pub secure: bool,
    /// The token of the session that the browser had before, which ends.
    pub previous_token: Option<&'a str>,
}

/// The result of an attempt.
#[derive(Clone, Debug)]
pub enum LoginOutcome {
    /// The user is logged in.
    In {
        /// The user's account.
        account: Arc<Account>,
        /// The token for the cookie.
        token: Token,
    },
    /// Unknown, not active, no staff or the wrong password; the answer does not say which.
    Refused,
    /// Too many failures; not for so many seconds.
    Blocked(u64),
}

/// The user behind a user name, before the password is verified.
pub enum LookedUp {
    /// Too many failures; nothing is tried for so many seconds.
    Blocked(u64),
    /// A user or none; the answer does not say which.
    Candidate(Candidate),
}

/// A user whose password is still to be verified. That takes its time, so it needs no connection.
pub struct Candidate {
    subject: AttemptKeys,
    known: Option<(i64, PasswordHash)>,
}

/// A candidate whose password was verified.
pub struct Verified {
    subject: AttemptKeys,
    /// The user's key, and the hash of the password; nothing if the password was wrong.
    right: Option<(i64, PasswordHash)>,
    /// A new hash, where the stored one is weaker than the ones that are made now.
    stronger: Option<PasswordHash>,
}

/// Takes the first of three steps: returns whether an attempt may be made, and what the password has to match.
pub fn look_up(conn: &mut Conn, attempt: &Attempt<'_>, now: NaiveDateTime) -> Result<LookedUp> {
    let subject = AttemptKeys::new(attempt.username, attempt.address);
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
    /// Takes the second step, the slow one, which takes the time of a password's hash in any case.
    #[must_use]
    pub fn verify(self, password: &str) -> Verified {
        let Self { subject, known } = self;
        let Some((id, hash)) = known else {
            password::verify_none(password);
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

/// Takes the last step: begins a session for active staff with the right password, and counts every other attempt.
pub fn admit(conn: &mut Conn, attempt: &Attempt<'_>, verified: Verified, now: NaiveDateTime) -> Result<LoginOutcome> {
    let Verified {
        subject,
        right,
        stronger,
    } = verified;
    let Some((account, hash)) = admissible(conn, right)? else {
        throttle::fail(conn, &subject, now)?;
        return Ok(LoginOutcome::Refused);
    };
    if let Verdict::Wait(seconds) = throttle::succeed(conn, &subject, account.id, now)? {
        return Ok(LoginOutcome::Blocked(seconds));
    }
    let hash = match stronger {
        Some(stronger) => {
            account::store::replace_hash(conn, account.id, &hash, &stronger)?;
            stronger
        }
        None => hash,
    };
    let Some((account, token)) = begin(conn, attempt, &subject, (account.id, hash), now)? else {
        return Ok(LoginOutcome::Refused);
    };
    // A long change by the same user holds their row; a login does not wait for it, nor fail.
    let noted = dialect::without_sync(conn, |conn| {
        dialect::briefly(conn, |conn| account::store::set_last_login(conn, account.id, now))
    });
    if let Err(error) = noted {
        tracing::warn!(%error, user = account.username, "the time of a login was not noted");
    }
    Ok(LoginOutcome::In {
        account: Arc::new(account),
        token,
    })
}

/// Begins the session of a user with this password, unless they were disabled or given another password meanwhile.
fn begin(
    conn: &mut Conn,
    attempt: &Attempt<'_>,
    subject: &AttemptKeys,
    (id, hash): (i64, PasswordHash),
    now: NaiveDateTime,
) -> Result<Option<(Account, Token)>> {
    let client = SessionClient {
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

/// Returns the account of a user with the right password, if it may log in and if the password is still that one.
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

/// Returns the row, or nothing if the user was deleted meanwhile.
fn found<T>(row: Result<T>) -> Result<Option<T>> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The result of a password that a user who is logged in typed once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retyped {
    /// It is the user's.
    Right,
    /// It is another one; the failure counts as a failed login.
    Wrong,
    /// Too many failures; not for so many seconds.
    Blocked(u64),
}

/// Returns whether `password` is that of an account, as the pages that change it ask, under the ceilings of logging in.
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
    let subject = AttemptKeys::new(&account.username, address);
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
