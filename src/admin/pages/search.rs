//! What was found all over the admin.

use askama::Template;

use crate::admin::context::PageFrame;
use crate::admin::views::palette::FoundGroup;

/// What was found all over the admin.
#[derive(Template)]
#[template(path = "admin/search.html", whitespace = "minimize")]
pub struct SearchPage {
    /// Around it.
    pub frame: PageFrame,
    /// The search as typed.
    pub search: String,
    /// What to say about it; may be empty.
    pub note: String,
    /// What was found.
    pub groups: Vec<FoundGroup>,
}
