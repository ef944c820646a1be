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
    /// What it does not hold, because the user may not view what is named there.
    pub left_out: Vec<&'static str>,
    /// What is empty in the rows that speak of objects which the user may not view.
    pub covered: Vec<&'static str>,
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
