//! The queries of tokens as objects.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::model::{NewToken, StoredToken};
use crate::audit::Writer;
use crate::auth::token::TokenScopes;
use crate::db::schema::{api_token, user_account};
use crate::db::{Conn, Result};

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_token)]
struct StoredTokenRow {
    id: i64,
    user_id: i64,
    name: String,
    scopes: String,
    created_at: NaiveDateTime,
    expires_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
    last_used_at: Option<NaiveDateTime>,
    last_used_address: String,
    version: i64,
}

fn stored((row, username): (StoredTokenRow, String)) -> StoredToken {
    let StoredTokenRow {
        id,
        user_id,
        name,
        scopes,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        last_used_address,
        version,
    } = row;
    StoredToken {
        id,
        user_id,
        username,
        name,
        scopes: TokenScopes::stored(&scopes),
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        last_used_address,
        version,
    }
}

/// Returns the token with this key.
///
/// # Errors
/// [`crate::db::Error::NotFound`] when there is none, and the database's own.
pub fn get(conn: &mut Conn, id: i64) -> Result<StoredToken> {
    let rows = api_token::table.inner_join(user_account::table);
    let row = rows.filter(api_token::id.eq(id));
    let row = row.select((StoredTokenRow::as_select(), user_account::username));
    Ok(stored(row.first(conn)?))
}

/// Returns the tokens of all users.
pub fn all(conn: &mut Conn) -> Result<Vec<StoredToken>> {
    let rows = api_token::table.inner_join(user_account::table);
    let rows = rows.select((StoredTokenRow::as_select(), user_account::username));
    Ok(rows.load(conn)?.into_iter().map(stored).collect())
}

/// Returns all tokens of a user, the newest first.
pub fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<StoredToken>> {
    let rows = api_token::table.inner_join(user_account::table);
    let rows = rows.filter(api_token::user_id.eq(user_id)).order(api_token::id.desc());
    let rows = rows.select((StoredTokenRow::as_select(), user_account::username));
    Ok(rows.load(conn)?.into_iter().map(stored).collect())
}

/// Returns the tokens of a user that are valid at `now`, the newest first.
pub fn active_of(conn: &mut Conn, user_id: i64, now: NaiveDateTime) -> Result<Vec<StoredToken>> {
    let rows = api_token::table.inner_join(user_account::table);
    let active = rows
        .filter(api_token::user_id.eq(user_id))
        .filter(api_token::revoked_at.is_null())
        .filter(api_token::expires_at.gt(now))
        .order(api_token::id.desc());
    let active = active.select((StoredTokenRow::as_select(), user_account::username));
    Ok(active.load(conn)?.into_iter().map(stored).collect())
}

/// Returns the tokens of active users that are valid at `from` and end until `to`, the first to end first: name, user and end.
pub fn ending_between(
    conn: &mut Conn,
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Result<Vec<(String, String, NaiveDateTime)>> {
    let ending = api_token::table
        .inner_join(user_account::table)
        .filter(api_token::revoked_at.is_null())
        .filter(user_account::is_active.eq(true))
        .filter(api_token::expires_at.gt(from))
        .filter(api_token::expires_at.le(to))
        .order((api_token::expires_at, api_token::id));
    let ending = ending.select((api_token::name, user_account::username, api_token::expires_at));
    Ok(ending.load(conn)?)
}

/// Returns how many tokens each of these users has; one without any is left out.
pub fn count_by_user(conn: &mut Conn, user_ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let tokens = api_token::table
        .filter(api_token::user_id.eq_any(user_ids.to_vec()))
        .group_by(api_token::user_id);
    Ok(tokens
        .select((api_token::user_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Stores a token and returns the key.
pub fn insert(writer: &mut Writer<'_>, user_id: i64, token: &NewToken) -> Result<i64> {
    let NewToken {
        name,
        scopes,
        expires_at,
        hash,
    } = token;
    let now = writer.now();
    let id = diesel::insert_into(api_token::table)
        .values((
            api_token::user_id.eq(user_id),
            api_token::name.eq(name),
            api_token::hash.eq(hash),
            api_token::scopes.eq(scopes.to_string()),
            api_token::created_at.eq(now),
            api_token::expires_at.eq(expires_at),
        ))
        .returning(api_token::id)
        .get_result(writer.conn())?;
    Ok(id)
}

/// Revokes a token.
pub fn revoke(writer: &mut Writer<'_>, id: i64, version: i64) -> Result<()> {
    let now = writer.now();
    diesel::update(api_token::table.filter(api_token::id.eq(id)))
        .set((api_token::revoked_at.eq(now), api_token::version.eq(version)))
        .execute(writer.conn())?;
    Ok(())
}
