//! Objects by which programs act for users.

use chrono::NaiveDateTime;

use super::refusal::Refusal;
use crate::audit::Tx;
use crate::auth::token::{TokenScopes, TokenState};
use crate::db::{self, Conn};

/// A token, as the page of its user shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnToken {
    /// Its key.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// When it ends, UTC.
    pub expires_at: NaiveDateTime,
    /// When it was used last, UTC.
    pub last_used_at: Option<NaiveDateTime>,
    /// From which address; empty if unknown.
    pub last_used_address: String,
    /// Whether it is valid.
    pub state: TokenState,
}

/// A token that a user asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWish {
    /// Its name, as it was typed.
    pub name: String,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it ends, UTC.
    pub expires_at: NaiveDateTime,
    /// The hash of its secret.
    pub hash: String,
}

/// A model whose objects are tokens of users.
pub trait Tokens {
    /// Returns the tokens of a user as they are at `now`, the newest first.
    ///
    /// # Errors
    /// Those of [`db`].
    fn of_user(&self, conn: &mut Conn, user: i64, now: NaiveDateTime) -> db::Result<Vec<OwnToken>>;

    /// Makes a token of a user, and returns its name as it is stored.
    ///
    /// # Errors
    /// [`Refusal`], errors of the fields `name`, `scopes` and `expires` among them; the transaction is then rolled back.
    fn add(&self, tx: &mut Tx<'_>, user: i64, wish: &TokenWish) -> Result<String, Refusal>;

    /// Revokes a token of a user; returns its name, or nothing if the user has no such token or it was revoked before.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn revoke(&self, tx: &mut Tx<'_>, user: i64, id: i64) -> Result<Option<String>, Refusal>;
}
