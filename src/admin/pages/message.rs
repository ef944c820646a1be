//! A page that only says something.

use askama::Template;

use crate::admin::context::PageFrame;

/// A page that only says something.
#[derive(Template)]
#[template(path = "admin/message.html", whitespace = "minimize")]
pub struct MessagePage {
    /// Around it.
    pub frame: PageFrame,
    /// What it says.
    pub text: String,
    /// Where to go: words and address.
    pub link: (String, String),
}
