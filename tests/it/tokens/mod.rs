//! Tokens by which programs act for users.

mod admin;
mod command;
mod gate;
mod rights;
mod scraping;

use chrono::{NaiveDateTime, TimeDelta};
use sla_monitor::apps::accounts::token::model::NewToken;
use sla_monitor::apps::accounts::{self, AccountChange, Refusal, token, user};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::auth::token::{TokenScope, TokenSecret};
use sla_monitor::db::Conn;

/// Adds a token as a command would, and returns its key and secret.
pub fn add_token(
    conn: &mut Conn,
    user_id: i64,
    (name, scopes): (&str, &[TokenScope]),
    (now, days): (NaiveDateTime, i64),
) -> Result<(i64, TokenSecret), Refusal> {
    let secret = TokenSecret::random();
    let token = NewToken {
        name: name.to_owned(),
        scopes: scopes.iter().copied().collect(),
        expires_at: now + TimeDelta::days(days),
        hash: secret.hash(),
    };
    let id = apply(conn, &Actor::Command("test"), now, |conn| AccountChange::AddToken {
        user: user::store::get(conn, user_id).expect("the user is there"),
        token: token.clone(),
    })?;
    Ok((id, secret))
}

/// Revokes a token as `actor`.
pub fn revoke(conn: &mut Conn, actor: &Actor, id: i64, now: NaiveDateTime) -> Result<i64, Refusal> {
    apply(conn, actor, now, |conn| {
        AccountChange::RevokeToken(token::store::get(conn, id).expect("the token is there"))
    })
}

/// Carries out a change of accounts as `actor`.
fn apply(
    conn: &mut Conn,
    actor: &Actor,
    now: NaiveDateTime,
    change: impl FnOnce(&mut Conn) -> AccountChange,
) -> Result<i64, Refusal> {
    audit::transaction(conn, actor, now, |tx| {
        let change = change(tx.reader());
        accounts::apply(tx, &change)
    })
}
