//! Tokens by which programs act for a user. A token is a row; its holder has a secret of 256 random bits, the row its hash.
//!
//! A token is valid until it expires or is revoked, while its user is active. What it permits are the user's permissions at the time of its use, as
//! far as its scopes go. Here tokens are read, and their last use is noted; they are made and revoked by the changes of accounts, which are audited.

mod scope;
mod scrape;
mod secret;
pub(in crate::auth) mod store;
mod uses;

use std::sync::Arc;

use chrono::NaiveDateTime;

pub use self::scope::{TokenScope, TokenScopes};
pub use self::scrape::{ScrapeToken, ScrapeTokens};
pub use self::secret::TokenSecret;
pub use self::uses::{TokenUse, TokenUseReceiver, TokenUses};

use self::store::TokenRow;
use super::actor::{Actor, Request};
use super::{Account, Model};
use crate::db::{Conn, Result};

/// Tokens, as the audit log and permissions name them.
pub const TOKEN: Model = Model {
    app: "auth",
    name: "token",
    title: "token",
};

/// How many days a token is valid if nothing else is said.
pub const EXPIRY_DAYS: i64 = 90;

/// How many days a token is valid at most: one that never ends is forgotten.
pub const EXPIRY_DAYS_MAX: i64 = 366;

/// Whether a token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenState {
    /// It is.
    Active,
    /// Its time is over.
    Expired,
    /// It was revoked, before its time was over or after.
    Revoked,
}

impl TokenState {
    /// Every state, in the order in which lists offer them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Expired, Self::Revoked];

    /// Returns the state of a token at `now`.
    #[must_use]
    pub fn of(expires_at: NaiveDateTime, revoked_at: Option<NaiveDateTime>, now: NaiveDateTime) -> Self {
        match revoked_at {
            Some(_) => Self::Revoked,
            None if expires_at <= now => Self::Expired,
            None => Self::Active,
        }
    }

    /// Returns `active`, `expired` or `revoked`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// Returns how the audit log, the security log and messages name a token: `token deploy of ada`.
#[must_use]
pub fn title(name: &str, username: &str) -> String {
    format!("token {name} of {username}")
}

/// The program behind a valid token.
#[derive(Clone, Debug)]
pub struct ApiCaller {
    /// The key of the token.
    pub token: i64,
    /// The name of the token.
    pub name: String,
    /// The user of the token, whose permissions are limited to its scopes.
    pub account: Arc<Account>,
}

impl ApiCaller {
    /// Returns the caller of a change, with the request that asks for it. It permits nothing: user and token are read again in the transaction
    /// that writes.
    #[must_use]
    pub fn actor(&self, request: Request) -> Actor {
        Actor::Token {
            user: self.account.id,
            token: self.token,
            request,
        }
    }

    /// Returns whether the token has a scope.
    #[must_use]
    pub fn has(&self, scope: TokenScope) -> bool {
        self.account.scopes.as_ref().is_some_and(|scopes| scopes.has(scope))
    }

    /// Returns `token deploy of ada`.
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.name, &self.account.username)
    }
}

/// Why a token opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// There is no such token.
    #[error("no such token")]
    Unknown,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It was revoked.
    #[error("the token was revoked")]
    Revoked,
    /// Its user may not log in.
    #[error("the user of the token is not active")]
    UserInactive,
}

/// A token that opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedToken {
    /// Why.
    pub fault: TokenFault,
    /// The names of the token and its user, if there is one.
    pub of: Option<(String, String)>,
}

impl TokenRow {
    /// Returns why the token of this row is not valid at `now`, if it is not.
    pub(in crate::auth) fn fault(&self, now: NaiveDateTime) -> Option<TokenFault> {
        match TokenState::of(self.expires_at, self.revoked_at, now) {
            TokenState::Expired => Some(TokenFault::Expired),
            TokenState::Revoked => Some(TokenFault::Revoked),
            TokenState::Active if !self.user.is_active => Some(TokenFault::UserInactive),
            TokenState::Active => None,
        }
    }

    /// Returns the user of the token, limited to its scopes.
    pub(in crate::auth) fn account(self, conn: &mut Conn) -> Result<Account> {
        Ok(Account {
            scopes: Some(self.scopes),
            ..self.user.with_permissions(conn)?
        })
    }
}

/// Returns the caller of a secret, or why it opens nothing at `now`.
///
/// # Errors
/// Those of [`crate::db`].
pub fn find(
    conn: &mut Conn,
    secret: &TokenSecret,
    now: NaiveDateTime,
) -> Result<std::result::Result<ApiCaller, RefusedToken>> {
    let Some(row) = store::with_hash(conn, &secret.hash())? else {
        let fault = TokenFault::Unknown;
        return Ok(Err(RefusedToken { fault, of: None }));
    };
    let (token, name) = (row.id, row.name.clone());
    if let Some(fault) = row.fault(now) {
        let of = Some((name, row.user.username().to_owned()));
        return Ok(Err(RefusedToken { fault, of }));
    }
    let account = Arc::new(row.account(conn)?);
    Ok(Ok(ApiCaller { token, name, account }))
}
