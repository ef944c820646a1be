//! Sessions of users who are logged in. A session is a row; the browser has a token of 256 random bits, the row its hash.
//!
//! A session is valid until some days after the login, while it is used, its user is active and their password is the one of the login:
//! it has a stamp of the password's hash, so that every change of the password ends it, also one made by hand.

pub(in crate::auth) mod store;

use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::account::{self, Account};
use super::actor::{Acting, Actor, ActorError};
use super::{policy, secret};
use crate::db::{Conn, Result, dialect};

/// How old the note of the last visit may be before it is written again; less where sessions end soon without one.
const SEEN_STEP: TimeDelta = TimeDelta::minutes(1);

/// What tokens of sessions begin with that began over https; the others are hexadecimal.
const SECURE_MARK: &str = "s";

/// Characters of a browser's name that are kept.
const USER_AGENT_MAX: usize = 200;

/// Messages that wait for the next page at most; older ones go.
const MESSAGES_MAX: usize = 20;

/// How often another request may come between reading and writing the messages.
const ATTEMPTS_MAX: usize = 10;

/// What the browser keeps in its cookie. Does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Returns the token, for the cookie alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a text can be the token of a session that began over https, or over http. A session goes on in the way in which it
    /// began: what went over the wire in the clear opens nothing over https, and the other way round.
    #[must_use]
    pub fn is_for(text: &str, secure: bool) -> bool {
        text.starts_with(SECURE_MARK) == secure
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Where a session comes from, for its user to recognise.
#[derive(Clone, Debug, Default)]
pub struct SessionClient {
    /// The address; empty if unknown.
    pub address: String,
    /// What the browser calls itself; empty if it does not say.
    pub user_agent: String,
    /// Whether the browser came by https.
    pub secure: bool,
}

/// A valid session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The row's key: the hash of the token.
    pub id_hash: String,
    /// Whose it is, read anew for every request.
    pub account: Arc<Account>,
    /// Messages for the next page, oldest first; [`take_messages`] takes them.
    pub messages: Vec<Message>,
    /// When they signed in.
    pub created_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
}

/// A session in its user's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedSession {
    /// The row's key, which opens nothing.
    pub id_hash: String,
    /// When they signed in.
    pub created_at: NaiveDateTime,
    /// When it was last used, to the minute.
    pub last_seen_at: NaiveDateTime,
    /// When it ends.
    pub expires_at: NaiveDateTime,
    /// From which address.
    pub address: String,
    /// With which browser.
    pub user_agent: String,
}

/// A message for the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// How it went.
    pub level: Level,
    /// What is said.
    pub text: String,
    /// Where the object of it is, and its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<(String, String)>,
    /// What is said behind the object's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
}

impl Message {
    /// Returns a message that leads nowhere.
    #[must_use]
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        Self {
            level,
            text: text.into(),
            link: None,
            after: String::new(),
        }
    }
}

/// How something went; the class of the message on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// For those who look into the program.
    Debug,
    /// Neither good nor bad.
    Info,
    /// As wished.
    Success,
    /// As wished, but look at this.
    Warning,
    /// Not as wished.
    Error,
}

impl Level {
    /// Returns `success`: the class of the message on the page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Starts a session of `user_id`, always with a token of its own.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is no such user, and the database's own.
pub fn create(conn: &mut Conn, user_id: i64, client: &SessionClient, now: NaiveDateTime) -> Result<Token> {
    let mark = if client.secure { SECURE_MARK } else { "" };
    let token = Token(format!("{mark}{}", secret::hex(&secret::bytes::<32>())));
    let stamp = account::store::password(conn, user_id)?.stamp();
    let session = store::NewSession {
        id_hash: secret::digest(&token.0),
        user_id,
        password_stamp: stamp,
        created_at: now,
        last_seen_at: now,
        expires_at: now + policy::current().session_max,
        address: client.address.clone(),
        user_agent: client.user_agent.chars().take(USER_AGENT_MAX).collect(),
    };
    dialect::write_statement(conn, |conn| store::insert_session(conn, session))?;
    Ok(token)
}

/// Returns the session of a token, if it is valid.
pub fn find(conn: &mut Conn, token: &str, now: NaiveDateTime) -> Result<Option<Session>> {
    let id_hash = secret::digest(token);
    let Some(row) = store::session(conn, &id_hash)? else {
        return Ok(None);
    };
    let policy = policy::current();
    let is_over = now - row.last_seen_at >= policy.session_idle || now - row.created_at >= policy.session_max;
    if is_over || !row.is_valid_at(now) {
        return Ok(None);
    }
    if now - row.last_seen_at >= SEEN_STEP.min(policy.session_idle / 4) {
        let seen = dialect::without_waiting(conn, |conn| {
            dialect::without_sync(conn, |conn| store::touch_session(conn, &id_hash, now))
        });
        // The time is for the user's list of sessions; no page should wait or fail for it.
        if let Err(error) = seen {
            tracing::debug!(%error, "the last visit of a session was not noted");
        }
    }
    Ok(Some(Session {
        id_hash,
        messages: messages(&row.messages),
        created_at: row.created_at,
        expires_at: row.expires_at,
        account: Arc::new(row.account(conn)?),
    }))
}

/// Ends one session of a user; says whether it was there.
pub fn end(conn: &mut Conn, user_id: i64, id_hash: &str) -> Result<bool> {
    let deleted = dialect::write_statement(conn, |conn| store::delete_session(conn, user_id, id_hash))?;
    Ok(deleted > 0)
}

/// Ends a session of the user who acts, who has to be logged in themselves; says whether it was there.
///
/// # Errors
/// [`ActorError`]
pub fn end_own(
    conn: &mut Conn,
    actor: &Actor,
    id_hash: &str,
    now: NaiveDateTime,
) -> std::result::Result<bool, ActorError> {
    dialect::keyed_transaction(conn, &format!("login_session {id_hash}"), |conn| {
        // Before the locks on the user: a change that goes on in the session may want those for itself.
        store::lock_session(conn, id_hash)?;
        let acting = Acting::confirm(conn, actor, now)?;
        Ok(acting
            .user_id()
            .map_or(Ok(false), |user_id| end(conn, user_id, id_hash))?)
    })
}

/// Ends the session of a token, of any user and whether it is valid or not.
pub fn end_token(conn: &mut Conn, token: &str) -> Result<()> {
    dialect::write_statement(conn, |conn| {
        store::delete_session_of_token(conn, &secret::digest(token))
    })
}

/// Ends all sessions of a user; returns how many.
pub fn end_all_of(conn: &mut Conn, user_id: i64) -> Result<usize> {
    store::delete_sessions_of(conn, user_id)
}

/// Returns the valid sessions of a user, the one that was used last first.
pub fn list_of(conn: &mut Conn, user_id: i64, now: NaiveDateTime) -> Result<Vec<ListedSession>> {
    let stamp = account::store::password(conn, user_id)?.stamp();
    store::sessions_of(conn, user_id, &stamp, now)
}

/// Counts the stored sessions of each of these users; one without any is left out.
pub fn count_by_user(conn: &mut Conn, user_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    store::count_sessions_by_user(conn, user_ids)
}

/// Deletes at most `limit` sessions that have ended by themselves; returns how many. Those that were not used for too long are among
/// them with `idle`, which processes that serve know.
pub fn clear_expired(conn: &mut Conn, now: NaiveDateTime, idle: Option<TimeDelta>, limit: i64) -> Result<usize> {
    store::delete_expired_sessions(conn, now, idle.map(|idle| now - idle), limit)
}

/// Leaves messages for the next page of a session. One that has ended has no next page.
pub fn push_messages(conn: &mut Conn, id_hash: &str, new: &[Message]) -> Result<()> {
    replace_messages(conn, id_hash, None, |messages| with_new(messages, new))?;
    Ok(())
}

/// Leaves messages for the next page beside `stored`, those that were read in the same transaction.
pub(in crate::auth) fn push_messages_to(conn: &mut Conn, id_hash: &str, stored: &str, new: &[Message]) -> Result<()> {
    replace_messages(conn, id_hash, Some(stored), |messages| with_new(messages, new))?;
    Ok(())
}

fn with_new(mut messages: Vec<Message>, new: &[Message]) -> Vec<Message> {
    messages.extend_from_slice(new);
    let too_many = messages.len().saturating_sub(MESSAGES_MAX);
    messages.split_off(too_many)
}

/// Takes the messages that wait: each is shown once, also when two pages are drawn at the same time.
pub fn take_messages(conn: &mut Conn, id_hash: &str) -> Result<Vec<Message>> {
    replace_messages(conn, id_hash, None, |_| Vec::new())
}

/// Puts other messages in the place of those that were read, or reads again if another request was faster. Returns what was there. `known`
/// is what is most likely stored.
fn replace_messages(
    conn: &mut Conn,
    id_hash: &str,
    known: Option<&str>,
    change: impl Fn(Vec<Message>) -> Vec<Message>,
) -> Result<Vec<Message>> {
    let mut known = known.map(str::to_owned);
    for _ in 0..ATTEMPTS_MAX {
        let stored = match known.take() {
            Some(known) => known,
            None => match store::messages(conn, id_hash)? {
                Some(stored) => stored,
                None => return Ok(Vec::new()),
            },
        };
        let before = messages(&stored);
        let after = serde_json::json!(change(before.clone())).to_string();
        if after == stored {
            return Ok(before);
        }
        // A message is not worth a wait for the disk.
        let is_replaced = dialect::without_sync(conn, |conn| store::replace_messages(conn, id_hash, &stored, &after))?;
        if is_replaced {
            return Ok(before);
        }
    }
    Err(crate::db::Error::Unavailable(
        "other requests of this session kept changing its messages".to_owned(),
    ))
}

/// Reads what [`replace_messages`] wrote; anything else is not worth a failing page.
fn messages(stored: &str) -> Vec<Message> {
    serde_json::from_str(stored).unwrap_or_else(|error| {
        tracing::warn!(%error, "the messages of a session cannot be read");
        Vec::new()
    })
}
