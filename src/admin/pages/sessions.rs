//! The user's own sessions.

use askama::Template;

use crate::admin::context::{Instant, PageFrame};

/// The sessions of a user, each with a button that ends it.
#[derive(Template)]
#[template(path = "admin/sessions.html", whitespace = "minimize")]
pub struct SessionsPage {
    /// Around it.
    pub frame: PageFrame,
    /// The sessions.
    pub sessions: Vec<ShownSession>,
}

/// A session.
pub struct ShownSession {
    /// Its key.
    pub id: String,
    /// When it began.
    pub created: Instant,
    /// When it was last used.
    pub seen: Instant,
    /// Where it began.
    pub address: String,
    /// The browser, as people call it.
    pub browser: String,
    /// What the browser called itself.
    pub user_agent: String,
    /// Whether it is the session of this page.
    pub current: bool,
}
