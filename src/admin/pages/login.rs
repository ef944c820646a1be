//! The page for logging in, and the page for a form that outlived its session and cannot be kept until the login.

use askama::Template;

use crate::admin::context::PageFrame;

/// The form for logging in.
#[derive(Template)]
#[template(path = "admin/login.html", whitespace = "minimize")]
pub struct LoginPage {
    /// Around it.
    pub frame: PageFrame,
    /// Why a login failed; empty before it is tried.
    pub error: String,
    /// The name that was typed.
    pub username: String,
    /// The address that the login leads to.
    pub next: String,
    /// Whether the page is the answer to a form that was sent without a session.
    pub is_returned: bool,
    /// The fields of that form.
    pub kept: Vec<(String, String)>,
}

/// The page for a form that was sent without a session and cannot be kept.
#[derive(Template)]
#[template(path = "admin/not_kept.html", whitespace = "minimize")]
pub struct NotKeptPage {
    /// Around it.
    pub frame: PageFrame,
    /// The address to which the form was sent.
    pub next: String,
    /// The page for logging in.
    pub login: String,
    /// Whether it was too large to keep; otherwise it holds a file.
    pub is_large: bool,
}
