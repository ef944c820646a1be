//! Changing many objects at once: what to set, and what would become of them.

use askama::Template;

use super::field::{ShownField, zones};
use super::impact::ShownImpact;
use crate::admin::context::{PageFrame, capitalised};

/// Asks what to set on many objects.
#[derive(Template)]
#[template(path = "admin/bulk.html", whitespace = "minimize")]
pub struct BulkPage {
    /// Around it.
    pub frame: PageFrame,
    /// `12 components`.
    pub what: String,
    /// Where the form is posted.
    pub action: String,
    /// The chosen rows.
    pub rows: String,
    /// What can be set.
    pub fields: Vec<BulkField>,
    /// Whether one of them is a time zone.
    pub has_zone: bool,
    /// Errors of the whole form.
    pub errors: Vec<String>,
}

impl BulkPage {
    fn error_count(&self) -> usize {
        self.errors.len() + self.fields.iter().map(|bulk| bulk.field.errors.len()).sum::<usize>()
    }

    /// Returns whether there is a search among what a field offers, with a button of its own.
    fn finds_options(&self) -> bool {
        self.fields.iter().any(|bulk| bulk.field.finds_options())
    }
}

/// A field that can be set on many objects.
pub struct BulkField {
    /// The field, with what it is set to.
    pub field: ShownField,
    /// What can be done to it: value, words, chosen.
    pub ways: Vec<(&'static str, &'static str, bool)>,
}

/// What would become of many objects.
#[derive(Template)]
#[template(path = "admin/bulk_preview.html", whitespace = "minimize")]
pub struct BulkPreviewPage {
    /// Around it.
    pub frame: PageFrame,
    /// Where the form is posted.
    pub action: String,
    /// The chosen rows with their versions.
    pub rows: String,
    /// Those of them that are not refused.
    pub other_rows: String,
    /// What the form says about fields: names and values.
    pub fields: Vec<(String, String)>,
    /// The same in words: fields and what is done to them.
    pub orders: Vec<(&'static str, String)>,
    /// How many would change.
    pub changed: usize,
    /// The same with their name.
    pub what: String,
    /// How many were chosen, with their name.
    pub all: String,
    /// How many are so already.
    pub unchanged: usize,
    /// How many are no longer there.
    pub deleted: usize,
    /// Rows that are not what the preview saw.
    pub conflicts: Vec<String>,
    /// Refused ones: address, title, errors.
    pub refused: Vec<(String, String, Vec<String>)>,
    /// How many are refused.
    pub refused_count: usize,
    /// Some that would change.
    pub sample: Vec<ShownBulkChange>,
    /// How many more would.
    pub more: usize,
    /// What to mind.
    pub warnings: Vec<String>,
    /// What it does to others.
    pub impact: Option<ShownImpact>,
}

/// What would become of one of many objects.
pub struct ShownBulkChange {
    /// Its address.
    pub url: String,
    /// How it is called.
    pub title: String,
    /// Field by field.
    pub changes: Vec<ShownFieldChange>,
}

/// What becomes of a field, in words. What stays is of lists alone.
pub struct ShownFieldChange {
    /// The field.
    pub label: &'static str,
    /// What stays.
    pub kept: String,
    /// What goes.
    pub removed: String,
    /// What comes.
    pub added: String,
}
