//! The views of a list that a user keeps.

use askama::Template;

use crate::admin::context::PageFrame;

/// A view that the user keeps.
pub struct ShownView {
    /// Its key.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub link: String,
    /// Whether the list shows it.
    pub is_current: bool,
    /// Whether the list begins with it.
    pub is_default: bool,
}

/// The views that a user keeps of a list.
#[derive(Template)]
#[template(path = "admin/saved_views.html", whitespace = "minimize")]
pub struct SavedViewsPage {
    /// Around it.
    pub frame: PageFrame,
    /// The list's address.
    pub url: String,
    /// What is listed.
    pub plural: &'static str,
    /// The views.
    pub views: Vec<ShownView>,
    /// Why something was refused.
    pub errors: Vec<String>,
    /// A view that was not kept: its name, its query, and whether it was to be the default.
    pub refused: Option<(String, String, bool)>,
    /// A view that was not renamed: its key and the name.
    pub renamed: Option<(String, String)>,
}

impl SavedViewsPage {
    fn is_renamed(&self, view: &ShownView) -> bool {
        self.renamed.as_ref().is_some_and(|(id, _)| *id == view.id.to_string())
    }

    fn new_name(&self) -> &str {
        self.renamed.as_ref().map_or("", |(_, name)| name)
    }
}
