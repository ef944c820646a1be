//! What happened to an object.

use askama::Template;

use crate::admin::context::{PageFrame, capitalised};
use crate::admin::history::HistoryEntry;

/// What happened to an object.
#[derive(Template)]
#[template(path = "admin/history.html", whitespace = "minimize")]
pub struct HistoryPage {
    /// Around it.
    pub frame: PageFrame,
    /// Entries, newest first.
    pub entries: Vec<ShownEntry>,
    /// How many more there are that the reader may not view, in words.
    pub hidden: Vec<String>,
    /// Other objects of the same name, before or after this one: words, and their histories.
    pub namesakes: Vec<(String, String)>,
    /// Pages, as in a list.
    pub pages: Vec<(String, Option<String>)>,
    /// Where to restore, if the user may; the entry's key is put behind it.
    pub restore_url: Option<String>,
}

/// An entry of a history.
pub struct ShownEntry {
    /// What happened.
    pub entry: HistoryEntry,
    /// To which other object, if it is not the page's own: what it is called, and its history.
    pub of: Option<(&'static str, String)>,
}

impl HistoryPage {
    /// Returns whether some entry says what it did to hours.
    fn has_outcomes(&self) -> bool {
        self.entries.iter().any(|shown| shown.entry.outcome.is_some())
    }
}
