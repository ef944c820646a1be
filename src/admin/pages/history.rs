//! What happened to an object.

use askama::Template;

use crate::admin::context::PageFrame;
use crate::admin::history::HistoryEntry;

/// What happened to an object.
#[derive(Template)]
#[template(path = "admin/history.html", whitespace = "minimize")]
pub struct HistoryPage {
    /// Around it.
    pub frame: PageFrame,
    /// Entries, oldest first.
    pub entries: Vec<HistoryEntry>,
    /// Pages, as in a list.
    pub pages: Vec<(String, Option<String>)>,
    /// Where to restore, if the user may; the entry's key is put behind it.
    pub restore_url: Option<String>,
}
