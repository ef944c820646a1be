//! The queries of sessions and of the messages that wait in them.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::ListedSession;
use crate::auth::Account;
use crate::auth::account::store::AccountRow;
use crate::auth::password::PasswordHash;
use crate::db::dialect::prepared;
use crate::db::schema::{login_session, user_account};
use crate::db::{Conn, Result, dialect};

/// Locks a session for its end.
pub(in crate::auth) fn lock_session(conn: &mut Conn, id_hash: &str) -> Result<()> {
    let key = key_of_session(id_hash);
    dialect::lock_rows(
        conn,
        &format!("SELECT 1 FROM login_session WHERE id_hash = '{key}' FOR UPDATE"),
    )
}

/// Returns `text` as the key of a session. Keys are hexadecimal; what is left of anything else is the key of no session.
pub(in crate::auth) fn key_of_session(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).collect()
}

#[derive(Insertable)]
#[diesel(table_name = login_session)]
pub(in crate::auth) struct NewSession {
    pub(in crate::auth) id_hash: String,
    pub(in crate::auth) user_id: i64,
    pub(in crate::auth) password_stamp: String,
    pub(in crate::auth) created_at: NaiveDateTime,
    pub(in crate::auth) last_seen_at: NaiveDateTime,
    pub(in crate::auth) expires_at: NaiveDateTime,
    pub(in crate::auth) address: String,
    pub(in crate::auth) user_agent: String,
}

/// A stored session with what decides on its validity.
pub(in crate::auth) struct SessionRow {
    pub(in crate::auth) user: AccountRow,
    pub(in crate::auth) password_stamp: String,
    pub(in crate::auth) created_at: NaiveDateTime,
    pub(in crate::auth) last_seen_at: NaiveDateTime,
    pub(in crate::auth) expires_at: NaiveDateTime,
    pub(in crate::auth) messages: String,
    pub(in crate::auth) password: PasswordHash,
}

impl SessionRow {
    /// Returns the user of the session with their permissions.
    pub(in crate::auth) fn account(self, conn: &mut Conn) -> Result<Account> {
        self.user.with_permissions(conn)
    }

    /// Returns whether the session goes on at `now`, idle time aside.
    pub(in crate::auth) fn is_valid_at(&self, now: NaiveDateTime) -> bool {
        self.expires_at > now && self.user.is_active && self.password_stamp == self.password.stamp()
    }
}

/// Stores a session.
pub(in crate::auth) fn insert_session(conn: &mut Conn, session: NewSession) -> Result<()> {
    diesel::insert_into(login_session::table)
        .values(session)
        .execute(conn)?;
    Ok(())
}

/// Returns the session with this key, valid or not.
pub(in crate::auth) fn session(conn: &mut Conn, id_hash: &str) -> Result<Option<SessionRow>> {
    type SessionColumns = (String, NaiveDateTime, NaiveDateTime, NaiveDateTime, String);
    let row: Option<(SessionColumns, AccountRow, String)> = login_session::table
        .inner_join(user_account::table)
        .filter(login_session::id_hash.eq(id_hash))
        .select((
            (
                login_session::password_stamp,
                login_session::created_at,
                login_session::last_seen_at,
                login_session::expires_at,
                login_session::messages,
            ),
            AccountRow::as_select(),
            user_account::password,
        ))
        .first(conn)
        .optional()?;
    let row = row.map(|(columns, user, password)| {
        let (password_stamp, created_at, last_seen_at, expires_at, messages) = columns;
        SessionRow {
            user,
            password_stamp,
            created_at,
            last_seen_at,
            expires_at,
            messages,
            password: PasswordHash::stored(password),
        }
    });
    Ok(row)
}

/// Notes a visit.
pub(in crate::auth) fn touch_session(conn: &mut Conn, id_hash: &str, now: NaiveDateTime) -> Result<()> {
    let session = login_session::table.filter(login_session::id_hash.eq(id_hash));
    prepared(diesel::update(session).set(login_session::last_seen_at.eq(now))).execute(conn)?;
    Ok(())
}

/// Deletes a session if it is that user's.
pub(in crate::auth) fn delete_session(conn: &mut Conn, user_id: i64, id_hash: &str) -> Result<usize> {
    let session = login_session::table
        .filter(login_session::user_id.eq(user_id))
        .filter(login_session::id_hash.eq(id_hash));
    Ok(diesel::delete(session).execute(conn)?)
}

/// Deletes a session of any user.
pub(in crate::auth) fn delete_session_of_token(conn: &mut Conn, id_hash: &str) -> Result<()> {
    diesel::delete(login_session::table.filter(login_session::id_hash.eq(id_hash))).execute(conn)?;
    Ok(())
}

/// Deletes the sessions of a user.
pub(in crate::auth) fn delete_sessions_of(conn: &mut Conn, user_id: i64) -> Result<usize> {
    let sessions = login_session::table.filter(login_session::user_id.eq(user_id));
    Ok(diesel::delete(sessions).execute(conn)?)
}

/// Deletes at most `limit` sessions that ended by themselves: their time is over, or the last visit was before `idle_since`.
pub(in crate::auth) fn delete_expired_sessions(
    conn: &mut Conn,
    now: NaiveDateTime,
    idle_since: Option<NaiveDateTime>,
    limit: i64,
) -> Result<usize> {
    // No session is older than that.
    let idle_since = idle_since.unwrap_or(chrono::DateTime::UNIX_EPOCH.naive_utc());
    let is_over = || {
        login_session::expires_at
            .le(now)
            .or(login_session::last_seen_at.lt(idle_since))
    };
    let over = login_session::table.filter(is_over());
    let keys: Vec<String> = over.select(login_session::id_hash).limit(limit).load(conn)?;
    let over = login_session::table
        .filter(login_session::id_hash.eq_any(keys))
        .filter(is_over());
    Ok(diesel::delete(over).execute(conn)?)
}

/// Returns the sessions of a user that have this stamp and go on, the one that was used last first.
pub(in crate::auth) fn sessions_of(
    conn: &mut Conn,
    user_id: i64,
    stamp: &str,
    now: NaiveDateTime,
) -> Result<Vec<ListedSession>> {
    type ListedSessionColumns = (String, NaiveDateTime, NaiveDateTime, NaiveDateTime, String, String);
    let rows: Vec<ListedSessionColumns> = login_session::table
        .filter(login_session::user_id.eq(user_id))
        .filter(login_session::password_stamp.eq(stamp))
        .filter(login_session::expires_at.gt(now))
        .order((login_session::last_seen_at.desc(), login_session::id_hash))
        .select((
            login_session::id_hash,
            login_session::created_at,
            login_session::last_seen_at,
            login_session::expires_at,
            login_session::address,
            login_session::user_agent,
        ))
        .load(conn)?;
    let listed =
        rows.into_iter().map(
            |(id_hash, created_at, last_seen_at, expires_at, address, user_agent)| ListedSession {
                id_hash,
                created_at,
                last_seen_at,
                expires_at,
                address,
                user_agent,
            },
        );
    Ok(listed.collect())
}

/// Returns how many sessions each of these users has; one without any is left out.
pub(in crate::auth) fn count_sessions_by_user(conn: &mut Conn, user_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let sessions = login_session::table
        .filter(login_session::user_id.eq_any(user_ids.to_vec()))
        .group_by(login_session::user_id);
    Ok(sessions
        .select((login_session::user_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Returns the messages of a session as they are stored.
pub(in crate::auth) fn messages(conn: &mut Conn, id_hash: &str) -> Result<Option<String>> {
    let session = login_session::table.filter(login_session::id_hash.eq(id_hash));
    Ok(session.select(login_session::messages).first(conn).optional()?)
}

/// Replaces the messages `before`; returns whether they were still there.
pub(in crate::auth) fn replace_messages(conn: &mut Conn, id_hash: &str, before: &str, after: &str) -> Result<bool> {
    let unchanged = login_session::table
        .filter(login_session::id_hash.eq(id_hash))
        .filter(login_session::messages.eq(before));
    let replaced = prepared(diesel::update(unchanged).set(login_session::messages.eq(after))).execute(conn)?;
    Ok(replaced > 0)
}
