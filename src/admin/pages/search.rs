//! What was found all over the admin.

use askama::Template;

use crate::admin::context::PageFrame;

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

/// What was found of one kind.
pub struct FoundGroup {
    /// What kind.
    pub title: String,
    /// What was found.
    pub items: Vec<FoundItem>,
}

/// Something found.
pub struct FoundItem {
    /// What it is called.
    pub title: String,
    /// What kind of object it is; empty for pages.
    pub kind: String,
    /// Its address.
    pub url: String,
}
