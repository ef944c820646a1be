//! How rows go out.

use askama::Template;

use crate::admin::context::PageFrame;

/// Asks in which form rows go out.
#[derive(Template)]
#[template(path = "admin/export.html", whitespace = "minimize")]
pub struct ExportPage {
    /// Around it.
    pub frame: PageFrame,
    /// `12 components`.
    pub what: String,
    /// Whether they are not all that there are.
    pub is_some: bool,
    /// What a row holds.
    pub columns: Vec<&'static str>,
    /// Whether such a file can be taken in again.
    pub taken: bool,
    /// How the choice is sent.
    pub method: &'static str,
    /// Where.
    pub action: String,
    /// What goes along.
    pub hidden: Vec<(String, String)>,
    /// Where not to go on.
    pub cancel_url: String,
}
