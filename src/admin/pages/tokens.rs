//! The user's own tokens for programs.

use askama::Template;

use crate::admin::context::{Instant, PageFrame, capitalised};

/// The tokens of a user, the form for a new one, and the secret of one that was made.
#[derive(Template)]
#[template(path = "admin/tokens.html", whitespace = "minimize")]
pub struct TokensPage {
    /// Around it.
    pub frame: PageFrame,
    /// The tokens, the newest first.
    pub tokens: Vec<ShownToken>,
    /// The name and the secret of the one that was made by this request.
    pub made: Option<(String, String)>,
    /// What the form for another one holds.
    pub form: TokenForm,
}

/// A token.
pub struct ShownToken {
    /// Its key.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: String,
    /// When it was made.
    pub created: Instant,
    /// When it ends.
    pub expires: Instant,
    /// When it was used last.
    pub used: Option<Instant>,
    /// From which address.
    pub address: String,
    /// `active`, `expired` or `revoked`.
    pub state: &'static str,
    /// Whether it is valid, and can be revoked.
    pub is_active: bool,
}

/// The form for a new token. What is typed as a password never comes back.
pub struct TokenForm {
    /// The name.
    pub name: String,
    /// The scopes: name, meaning, and whether it is ticked.
    pub scopes: Vec<(&'static str, &'static str, bool)>,
    /// How many days it is valid.
    pub days: String,
    /// The most days.
    pub days_max: i64,
    /// What is wrong with each field: `name`, `scopes`, `expires`, `old_password`.
    pub errors: Vec<(&'static str, String)>,
}

impl TokenForm {
    /// Returns what is wrong with a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Vec<String> {
        let errors = self.errors.iter().filter(|(of, _)| *of == field);
        errors.map(|(_, error)| capitalised(error)).collect()
    }
}
