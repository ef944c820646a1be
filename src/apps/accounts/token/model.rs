//! Tokens as values.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Map, Value, json};

use crate::apps::accounts::FieldError;
use crate::auth::token::{EXPIRY_DAYS_MAX, TokenScopes, TokenState};
use crate::text;

/// Characters of a name at most.
const NAME_MAX: usize = 100;

/// A token that is to be stored. The secret itself is no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// The name, by which its user recognises it.
    pub name: String,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it ends, UTC.
    pub expires_at: NaiveDateTime,
    /// The hash of the secret.
    pub hash: String,
}

impl NewToken {
    /// Returns everything that is wrong with it at `now`; `others` are the names of the user's active tokens.
    #[must_use]
    pub fn errors(&self, others: &[String], now: NaiveDateTime) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut complain = |field, message: String| errors.push(FieldError { field, message });
        let key = text::key(&self.name);
        if self.name.is_empty() {
            complain("name", "This field is required.".to_owned());
        } else if let Err(message) = text::check_name(&self.name, NAME_MAX) {
            complain("name", message);
        } else if others.iter().any(|other| text::key(other) == key) {
            complain(
                "name",
                "An active token of this user has that name. Choose another one, or revoke that token first."
                    .to_owned(),
            );
        }
        if self.scopes.is_empty() {
            complain("scopes", "Choose at least one scope.".to_owned());
        }
        if self.expires_at <= now {
            complain("expires", "This instant is over. Choose a later one.".to_owned());
        } else if self.expires_at > now + TimeDelta::days(EXPIRY_DAYS_MAX) {
            complain(
                "expires",
                format!("A token is valid for at most {EXPIRY_DAYS_MAX} days."),
            );
        }
        errors
    }

    /// Returns the state that the audit log keeps.
    #[must_use]
    pub fn to_json(&self, username: &str) -> Map<String, Value> {
        state_json(username, &self.name, &self.scopes, self.expires_at, false)
    }
}

/// A token as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// The row's key.
    pub id: i64,
    /// The key of its user.
    pub user_id: i64,
    /// The name of its user.
    pub username: String,
    /// Its name.
    pub name: String,
    /// What it may be used for.
    pub scopes: TokenScopes,
    /// When it was made, UTC.
    pub created_at: NaiveDateTime,
    /// When it ends, UTC.
    pub expires_at: NaiveDateTime,
    /// When it was revoked, UTC.
    pub revoked_at: Option<NaiveDateTime>,
    /// When it was used last, UTC, to the minute.
    pub last_used_at: Option<NaiveDateTime>,
    /// From which address; empty if unknown.
    pub last_used_address: String,
    /// The number of changes.
    pub version: i64,
}

impl StoredToken {
    /// Returns `deploy of ada`.
    #[must_use]
    pub fn title(&self) -> String {
        title(&self.name, &self.username)
    }

    /// Returns whether it is valid at `now`.
    #[must_use]
    pub fn state(&self, now: NaiveDateTime) -> TokenState {
        TokenState::of(self.expires_at, self.revoked_at, now)
    }

    /// Returns the state that the audit log keeps.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let is_revoked = self.revoked_at.is_some();
        state_json(&self.username, &self.name, &self.scopes, self.expires_at, is_revoked)
    }
}

/// Returns the title of a token: `deploy of ada`.
#[must_use]
pub fn title(name: &str, username: &str) -> String {
    format!("{name} of {username}")
}

fn state_json(
    username: &str,
    name: &str,
    scopes: &TokenScopes,
    expires_at: NaiveDateTime,
    is_revoked: bool,
) -> Map<String, Value> {
    let properties = [
        ("name", json!(name)),
        ("user", json!(username)),
        ("scopes", json!(scopes.names().collect::<Vec<_>>())),
        ("expires_at", json!(expires_at.format("%Y-%m-%dT%H:%M:%SZ").to_string())),
        ("revoked", json!(is_revoked)),
    ];
    properties
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::auth::token::TokenScope;

    #[test]
    fn an_end_in_the_past_and_one_that_is_too_far_off_differ() {
        let now = DateTime::UNIX_EPOCH.naive_utc();
        let said = |expires_in: TimeDelta| {
            let token = NewToken {
                name: "ci".to_owned(),
                scopes: [TokenScope::Read].into_iter().collect(),
                expires_at: now + expires_in,
                hash: String::new(),
            };
            let errors = token.errors(&[], now).into_iter();
            errors.map(|error| error.message).collect::<Vec<_>>().join(" ")
        };
        for past in [TimeDelta::zero(), TimeDelta::days(-1)] {
            assert!(said(past).contains("is over"), "{past}");
        }
        assert_eq!(said(TimeDelta::seconds(1)), "");
        assert_eq!(said(TimeDelta::days(EXPIRY_DAYS_MAX)), "");
        assert!(said(TimeDelta::days(EXPIRY_DAYS_MAX + 1)).contains("at most 366 days"));
    }
}
