//! Every query of accounts as those who act, of sessions and of failures to sign in.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::account::Account;
use super::password::PasswordHash;
use super::session::Listed;
use super::throttle::Failures;
use crate::db::name_keys::{pick, with_key};
use crate::db::schema::{
    login_failure, login_place, login_session, user_account, user_group_member, user_group_permission, user_permission,
};
use crate::db::{Conn, Result, dialect, work};
use crate::text;
use crate::zones;

#[derive(Queryable, Selectable)]
#[diesel(table_name = user_account)]
struct AccountRow {
    id: i64,
    username: String,
    first_name: String,
    last_name: String,
    email: String,
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
    timezone: Option<String>,
    must_change: bool,
}

/// Returns the account with this key, with everything that it may do.
pub(super) fn account(conn: &mut Conn, id: i64) -> Result<Account> {
    let row: AccountRow = user_account::table
        .filter(user_account::id.eq(id))
        .select(AccountRow::as_select())
        .first(conn)?;
    Ok(Account {
        id: row.id,
        username: row.username,
        first_name: row.first_name,
        last_name: row.last_name,
        email: row.email,
        is_active: row.is_active,
        is_staff: row.is_staff,
        is_superuser: row.is_superuser,
        timezone: row.timezone.and_then(|name| zones::current().get(&name)),
        must_change: row.must_change,
        permissions: permissions(conn, id)?,
    })
}

/// Returns a user's own permissions and those of their groups.
fn permissions(conn: &mut Conn, user_id: i64) -> Result<BTreeSet<String>> {
    let own = user_permission::table.filter(user_permission::user_id.eq(user_id));
    let own: Vec<String> = own.select(user_permission::permission).load(conn)?;
    let groups = user_group_member::table.filter(user_group_member::user_id.eq(user_id));
    let of_groups = user_group_permission::table
        .filter(user_group_permission::group_id.eq_any(groups.select(user_group_member::group_id)));
    let of_groups: Vec<String> = of_groups.select(user_group_permission::permission).load(conn)?;
    Ok(own.into_iter().chain(of_groups).collect())
}

/// Locks a session for its end.
pub(super) fn lock_session(conn: &mut Conn, id_hash: &str) -> Result<()> {
    let key = key_of_session(id_hash);
    dialect::lock_rows(
        conn,
        &format!("SELECT 1 FROM login_session WHERE id_hash = '{key}' FOR UPDATE"),
    )
}

/// Returns keys of sessions are hexadecimal; of anything else what is left is the key of none.
fn key_of_session(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).collect()
}

/// Locks what decides on the rights of a user in a session until the end of the transaction: nothing of it can be changed or deleted
/// meanwhile. The session is locked against its end alone, so that the note of the last visit need not wait.
pub(super) fn lock_rights(conn: &mut Conn, user_id: i64, session: &str) -> Result<()> {
    let session = key_of_session(session);
    dialect::lock_rows(
        conn,
        &format!(
            "SELECT 1 FROM user_account WHERE id = {user_id} FOR SHARE; \
             SELECT 1 FROM user_permission WHERE user_id = {user_id} FOR SHARE; \
             SELECT 1 FROM user_group_member AS member JOIN user_group ON user_group.id = member.group_id \
             WHERE member.user_id = {user_id} FOR SHARE; \
             SELECT 1 FROM user_group_member AS member JOIN user_group_permission AS permission USING (group_id) \
             WHERE member.user_id = {user_id} FOR SHARE OF permission; \
             SELECT 1 FROM login_session WHERE id_hash = '{session}' FOR KEY SHARE"
        ),
    )
}

/// Returns the user whom `username` means: the one that is spelt so, else the one that differs by normalization alone, else the oldest
/// with the same key. White space around it does not matter.
pub fn id_of_username(conn: &mut Conn, username: &str) -> Result<Option<i64>> {
    let rows = with_key!(conn, user_account, username, username, text::user_key)?;
    Ok(pick(rows, username.trim()).map(|row| row.id))
}

/// Returns the stored name of the user whom `username` means, as [`id_of_username`] finds them.
pub(super) fn name_of_username(conn: &mut Conn, username: &str) -> Result<Option<String>> {
    let rows = with_key!(conn, user_account, username, username, text::user_key)?;
    Ok(pick(rows, username.trim()).map(|row| row.name))
}

/// Returns the hash of a user's password.
pub(super) fn password(conn: &mut Conn, user_id: i64) -> Result<PasswordHash> {
    let row = user_account::table.filter(user_account::id.eq(user_id));
    Ok(PasswordHash::stored(row.select(user_account::password).first(conn)?))
}

/// Puts another hash of the same password in the place of `before`, and the stamps of the sessions that stand on it with it.
pub(super) fn replace_hash(conn: &mut Conn, user_id: i64, before: &PasswordHash, after: &PasswordHash) -> Result<()> {
    work::bookkeeping(|| {
        dialect::keyed_transaction(conn, "replace_hash", |conn| {
            let same = user_account::table
                .filter(user_account::id.eq(user_id))
                .filter(user_account::password.eq(before.as_str()));
            let replaced = diesel::update(same)
                .set(user_account::password.eq(after.as_str()))
                .execute(conn)?;
            if replaced > 0 {
                let stamped = login_session::table
                    .filter(login_session::user_id.eq(user_id))
                    .filter(login_session::password_stamp.eq(before.stamp()));
                diesel::update(stamped)
                    .set(login_session::password_stamp.eq(after.stamp()))
                    .execute(conn)?;
            }
            Ok(())
        })
    })
}

/// Notes when a user signed in.
pub(super) fn set_last_login(conn: &mut Conn, user_id: i64, now: NaiveDateTime) -> Result<()> {
    diesel::update(user_account::table.filter(user_account::id.eq(user_id)))
        .set(user_account::last_login.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Locks a user until the end of the transaction, so that nobody disables them meanwhile.
pub(super) fn lock_user(conn: &mut Conn, user_id: i64) -> Result<()> {
    dialect::lock_rows(
        conn,
        &format!("SELECT 1 FROM user_account WHERE id = {user_id} FOR SHARE"),
    )
}

#[derive(Insertable)]
#[diesel(table_name = login_session)]
pub(super) struct NewSession {
    pub(super) id_hash: String,
    pub(super) user_id: i64,
    pub(super) password_stamp: String,
    pub(super) created_at: NaiveDateTime,
    pub(super) last_seen_at: NaiveDateTime,
    pub(super) expires_at: NaiveDateTime,
    pub(super) address: String,
    pub(super) user_agent: String,
}

/// A stored session with what decides on its validity.
pub(super) struct SessionRow {
    pub(super) user_id: i64,
    pub(super) password_stamp: String,
    pub(super) created_at: NaiveDateTime,
    pub(super) last_seen_at: NaiveDateTime,
    pub(super) expires_at: NaiveDateTime,
    pub(super) messages: String,
    pub(super) is_active: bool,
    pub(super) password: PasswordHash,
}

impl SessionRow {
    /// Returns whether the session goes on at `now`, idle time aside.
    pub(super) fn is_valid_at(&self, now: NaiveDateTime) -> bool {
        self.expires_at > now && self.is_active && self.password_stamp == self.password.stamp()
    }
}

/// Stores a session.
pub(super) fn insert_session(conn: &mut Conn, session: NewSession) -> Result<()> {
    diesel::insert_into(login_session::table)
        .values(session)
        .execute(conn)?;
    Ok(())
}

/// Returns the session with this key, valid or not.
pub(super) fn session(conn: &mut Conn, id_hash: &str) -> Result<Option<SessionRow>> {
    type Columns = (
        i64,
        String,
        NaiveDateTime,
        NaiveDateTime,
        NaiveDateTime,
        String,
        bool,
        String,
    );
    let row: Option<Columns> = login_session::table
        .inner_join(user_account::table)
        .filter(login_session::id_hash.eq(id_hash))
        .select((
            login_session::user_id,
            login_session::password_stamp,
            login_session::created_at,
            login_session::last_seen_at,
            login_session::expires_at,
            login_session::messages,
            user_account::is_active,
            user_account::password,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(
        |(user_id, password_stamp, created_at, last_seen_at, expires_at, messages, is_active, password)| SessionRow {
            user_id,
            password_stamp,
            created_at,
            last_seen_at,
            expires_at,
            messages,
            is_active,
            password: PasswordHash::stored(password),
        },
    ))
}

/// Notes a visit.
pub(super) fn touch_session(conn: &mut Conn, id_hash: &str, now: NaiveDateTime) -> Result<()> {
    diesel::update(login_session::table.filter(login_session::id_hash.eq(id_hash)))
        .set(login_session::last_seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Deletes a session if it is that user's.
pub(super) fn delete_session(conn: &mut Conn, user_id: i64, id_hash: &str) -> Result<usize> {
    let session = login_session::table
        .filter(login_session::user_id.eq(user_id))
        .filter(login_session::id_hash.eq(id_hash));
    Ok(diesel::delete(session).execute(conn)?)
}

/// Deletes a session whoever's it is.
pub(super) fn delete_session_of_token(conn: &mut Conn, id_hash: &str) -> Result<()> {
    diesel::delete(login_session::table.filter(login_session::id_hash.eq(id_hash))).execute(conn)?;
    Ok(())
}

/// Deletes the sessions of a user but one.
pub(super) fn delete_sessions_but(conn: &mut Conn, user_id: i64, kept: &str) -> Result<usize> {
    let others = login_session::table
        .filter(login_session::user_id.eq(user_id))
        .filter(login_session::id_hash.ne(kept));
    Ok(diesel::delete(others).execute(conn)?)
}

/// Deletes at most `limit` sessions that ended by themselves: their time is over, or the last visit was before `idle_since`.
pub(super) fn delete_expired_sessions(
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
pub(super) fn sessions_of(conn: &mut Conn, user_id: i64, stamp: &str, now: NaiveDateTime) -> Result<Vec<Listed>> {
    type Columns = (String, NaiveDateTime, NaiveDateTime, NaiveDateTime, String, String);
    let rows: Vec<Columns> = login_session::table
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
    let listed = rows.into_iter().map(
        |(id_hash, created_at, last_seen_at, expires_at, address, user_agent)| Listed {
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
pub(super) fn count_sessions_by_user(conn: &mut Conn, user_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let sessions = login_session::table
        .filter(login_session::user_id.eq_any(user_ids.to_vec()))
        .group_by(login_session::user_id);
    Ok(sessions
        .select((login_session::user_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Returns the messages of a session as they are stored.
pub(super) fn messages(conn: &mut Conn, id_hash: &str) -> Result<Option<String>> {
    let session = login_session::table.filter(login_session::id_hash.eq(id_hash));
    Ok(session.select(login_session::messages).first(conn).optional()?)
}

/// Puts messages in the place of `before`; says whether they were still there.
pub(super) fn replace_messages(conn: &mut Conn, id_hash: &str, before: &str, after: &str) -> Result<bool> {
    let unchanged = login_session::table
        .filter(login_session::id_hash.eq(id_hash))
        .filter(login_session::messages.eq(before));
    let replaced = diesel::update(unchanged)
        .set(login_session::messages.eq(after))
        .execute(conn)?;
    Ok(replaced > 0)
}

/// Returns the failures under these keys.
pub(super) fn failures(conn: &mut Conn, keys: &[&str]) -> Result<Vec<(String, Failures)>> {
    type Columns = (String, i32, NaiveDateTime, NaiveDateTime, Option<NaiveDateTime>);
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    let rows: Vec<Columns> = login_failure::table
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
pub(super) fn put_failures(
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
pub(super) fn delete_failures(conn: &mut Conn, key: &str) -> Result<()> {
    diesel::delete(login_failure::table.filter(login_failure::key.eq(key))).execute(conn)?;
    Ok(())
}

/// Forgets the failures of a user name.
pub(super) fn delete_failures_of_username(conn: &mut Conn, username_hash: &str) -> Result<usize> {
    let of_username = login_failure::table.filter(login_failure::username_hash.eq(username_hash.to_owned()));
    Ok(diesel::delete(of_username).execute(conn)?)
}

/// Forgets at most `limit` counts whose last failure was before `instant`.
pub(super) fn delete_failures_before(conn: &mut Conn, instant: NaiveDateTime, limit: i64) -> Result<usize> {
    let old = login_failure::table.filter(login_failure::last_at.lt(instant));
    let keys: Vec<String> = old.select(login_failure::key).limit(limit).load(conn)?;
    let old = login_failure::table
        .filter(login_failure::key.eq_any(keys))
        .filter(login_failure::last_at.lt(instant));
    Ok(diesel::delete(old).execute(conn)?)
}

/// Returns whether a user has logged in from a place.
pub(super) fn is_place_of(conn: &mut Conn, user_id: i64, place: &str) -> Result<bool> {
    let found: Option<i64> = login_place::table
        .filter(login_place::user_id.eq(user_id))
        .filter(login_place::place.eq(place.to_owned()))
        .select(login_place::user_id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// Notes that a user logged in from a place, and keeps the newest places.
pub(super) fn note_place(conn: &mut Conn, user_id: i64, place: &str, now: NaiveDateTime) -> Result<()> {
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
