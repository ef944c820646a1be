//! How a file comes in.

use askama::Template;

use super::impact::ShownImpact;
use crate::admin::context::{PageFrame, capitalised};
use crate::admin::model::PropertyChange;
use crate::admin::transfer::ImportCounts;

/// Takes a file in: the form, and what the file would do.
#[derive(Template)]
#[template(path = "admin/import.html", whitespace = "minimize")]
pub struct ImportPage {
    /// Around it.
    pub frame: PageFrame,
    /// Where the form is sent.
    pub action: String,
    /// The list.
    pub list_url: String,
    /// What is taken in.
    pub plural: String,
    /// Known columns and what each holds.
    pub columns: Vec<(&'static str, &'static str)>,
    /// What is wrong.
    pub errors: Vec<String>,
    /// The text as pasted.
    pub text: String,
    /// The form as chosen; empty to find it out.
    pub format: String,
    /// Whether rows may rename objects.
    pub renames: bool,
    /// What would be done.
    pub preview: Option<ImportPreview>,
    /// The most rows that are shown.
    pub shown_max: usize,
}

/// What a file would do.
pub struct ImportPreview {
    /// In numbers.
    pub counts: ImportCounts,
    /// What else.
    pub notes: Vec<String>,
    /// Row by row.
    pub rows: Vec<ImportRow>,
    /// How many rows there are.
    pub total: usize,
    /// The key of what is kept and the plan's digest, if it can be carried out.
    pub confirm: Option<(i64, String)>,
    /// The key of what is kept and how many objects it could rename, if some rows are refused until that is asked for: `3 components`.
    pub rename: Option<(i64, String)>,
    /// What the button says.
    pub button: String,
    /// What it does to other objects.
    pub impact: Option<ShownImpact>,
}

/// What a row would do.
pub struct ImportRow {
    /// Its number in the file.
    pub number: usize,
    /// The object.
    pub title: String,
    /// Where the object is.
    pub link: Option<String>,
    /// `new`, `changed`, `unchanged` or `refused`.
    pub class: &'static str,
    /// The same for people.
    pub words: &'static str,
    /// Whether there is no old value.
    pub is_new: bool,
    /// What would change, property by property.
    pub changes: Vec<PropertyChange>,
    /// Property and what is wrong with it.
    pub faults: Vec<(String, String)>,
}
