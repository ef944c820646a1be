//! The queries of tokens that are used. Those that make and revoke tokens are with the accounts, because they are audited.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::scope::SHOWN_BY_METRICS;
use super::{ScrapeToken, TokenScope, TokenScopes};
use crate::auth::account::store::AccountRow;
use crate::db::schema::{api_token, user_account};
use crate::db::{Conn, Result, dialect};

/// A stored token with what decides on its validity.
pub(in crate::auth) struct TokenRow {
    pub(in crate::auth) id: i64,
    pub(in crate::auth) name: String,
    pub(in crate::auth) scopes: TokenScopes,
    pub(in crate::auth) expires_at: NaiveDateTime,
    pub(in crate::auth) revoked_at: Option<NaiveDateTime>,
    pub(in crate::auth) user: AccountRow,
}

type TokenColumns = (i64, String, String, NaiveDateTime, Option<NaiveDateTime>);

/// Reads a token with its user by a condition. A macro, because the conditions have types of their own.
macro_rules! token_where {
    ($conn:expr, $condition:expr) => {{
        let row: Option<(TokenColumns, AccountRow)> = api_token::table
            .inner_join(user_account::table)
            .filter($condition)
            .select((
                (
                    api_token::id,
                    api_token::name,
                    api_token::scopes,
                    api_token::expires_at,
                    api_token::revoked_at,
                ),
                AccountRow::as_select(),
            ))
            .first($conn)
            .optional()?;
        Ok(row.map(token_row))
    }};
}

fn token_row(((id, name, scopes, expires_at, revoked_at), user): (TokenColumns, AccountRow)) -> TokenRow {
    TokenRow {
        id,
        name,
        scopes: TokenScopes::stored(&scopes),
        expires_at,
        revoked_at,
        user,
    }
}

/// Returns the token whose secret has this hash, valid or not.
pub(in crate::auth) fn with_hash(conn: &mut Conn, hash: &str) -> Result<Option<TokenRow>> {
    token_where!(conn, api_token::hash.eq(hash))
}

/// Returns the token with this key, valid or not, and keeps its row from being deleted until the end of the transaction. No other transaction
/// revokes it meanwhile: that takes the lock under which changes are made.
pub(in crate::auth) fn locked(conn: &mut Conn, id: i64) -> Result<Option<TokenRow>> {
    dialect::lock_rows(conn, &format!("SELECT 1 FROM api_token WHERE id = {id} FOR KEY SHARE"))?;
    token_where!(conn, api_token::id.eq(id))
}

/// Returns the tokens that open the metrics unless they have expired, each with the hash of its secret: those that have the scope and are not
/// revoked, of active users with the permissions to view what the metrics show.
pub(super) fn of_scrapes(conn: &mut Conn) -> Result<Vec<(String, ScrapeToken)>> {
    let rows: Vec<((String, i64, String, NaiveDateTime), AccountRow)> = api_token::table
        .inner_join(user_account::table)
        .filter(api_token::revoked_at.is_null())
        .filter(user_account::is_active.eq(true))
        .filter(user_account::must_change.eq(false))
        .select((
            (api_token::hash, api_token::id, api_token::scopes, api_token::expires_at),
            AccountRow::as_select(),
        ))
        .load(conn)?;
    let mut tokens = Vec::new();
    for ((hash, id, scopes, expires_at), user) in rows {
        if !TokenScopes::stored(&scopes).has(TokenScope::Metrics) {
            continue;
        }
        let account = user.with_permissions(conn)?;
        if SHOWN_BY_METRICS.iter().all(|permission| account.may(*permission)) {
            let username = account.username;
            let token = ScrapeToken {
                id,
                username,
                expires_at,
            };
            tokens.push((hash, token));
        }
    }
    Ok(tokens)
}

/// Notes when and from where a token was used, unless a later use is noted.
pub(super) fn note_use(conn: &mut Conn, id: i64, at: NaiveDateTime, address: &str) -> Result<()> {
    let is_later = api_token::last_used_at.is_null().or(api_token::last_used_at.lt(at));
    diesel::update(api_token::table.filter(api_token::id.eq(id)).filter(is_later))
        .set((api_token::last_used_at.eq(at), api_token::last_used_address.eq(address)))
        .execute(conn)?;
    Ok(())
}
