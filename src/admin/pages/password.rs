//! The form that sets a password.

use askama::Template;

use crate::admin::context::PageFrame;

/// The form for a user's own password, or for that of another user.
#[derive(Template)]
#[template(path = "admin/password.html", whitespace = "minimize")]
pub struct PasswordPage {
    /// Around it.
    pub frame: PageFrame,
    /// Where it is sent.
    pub action: String,
    /// Its fields.
    pub fields: Vec<PasswordField>,
    /// The name and the words of its button.
    pub button: (&'static str, &'static str),
    /// Whether the box that asks for another password is there, and ticked.
    pub must_change: Option<bool>,
    /// Characters of a password at least.
    pub length_min: usize,
    /// The name and the words of another button, for which nothing is typed.
    pub other: Option<(&'static str, &'static str)>,
}

/// A field in which a password is typed.
pub struct PasswordField {
    /// Its name in the form.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What is wrong with it.
    pub errors: Vec<String>,
}
