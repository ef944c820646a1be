//! A form, its rows, and what was changed meanwhile.

use askama::Template;

use super::field::{ShownField, zones};
use super::field_drawn::drawn_row;
use super::impact::ShownImpact;
use crate::admin::context::{Instant, PageFrame, capitalised};
use crate::admin::history::HistoryEntry;
use crate::admin::model::{SavePreview, SidePanel};
use crate::admin::spec::RowSplit;

/// The button that saves a copy.
pub const SAVE_AS_NEW: &str = "_saveasnew";

/// What can be done to one object by actions of its list.
pub struct ActsOfOne {
    /// The key of the object.
    pub id: i64,
    /// The list that they are sent to.
    pub url: String,
    /// Their names and words.
    pub buttons: Vec<(&'static str, &'static str)>,
}

/// A form: to add, to change, or to look at.
#[derive(Template)]
#[template(path = "admin/form.html", whitespace = "minimize")]
pub struct FormPage {
    /// Around it.
    pub frame: PageFrame,
    /// `component_form`.
    pub form_id: String,
    /// What is added or changed.
    pub singular: String,
    /// How the object is called; empty for a new one.
    pub object: String,
    /// Where the form is posted.
    pub action: String,
    /// The version that it was drawn from; nothing for a new object.
    pub version: Option<i64>,
    /// Why the form is drawn with what was posted although nothing is wrong with it; empty if it is not.
    pub note: String,
    /// Errors of the whole form.
    pub errors: Vec<String>,
    /// How many errors there are.
    pub error_count: usize,
    /// The errors beside fields: element, label and what is wrong.
    pub summary: Vec<(String, String, String)>,
    /// Whether it is shown in a dialog of another page.
    pub is_in_dialog: bool,
    /// What was changed meanwhile.
    pub conflict: Option<Conflict>,
    /// What the earlier state that the form shows had, and cannot have again.
    pub missing: Vec<ShownMissing>,
    /// Groups of fields.
    pub groups: Vec<ShownGroup>,
    /// Rows inside.
    pub inline: Option<ShownInline>,
    /// What the page says beside the form, and where the titles lead.
    pub side_panels: Vec<(SidePanel, Option<String>)>,
    /// What saving it would come to, if that was asked for.
    pub preview: Option<ShownPreview>,
    /// Whether anything can be saved.
    pub can_save: bool,
    /// Whether a field has a time zone to choose.
    pub has_zone: bool,
    /// The ways to save it: name and words, the usual one first.
    pub buttons: Vec<(&'static str, &'static str)>,
    /// What can be done to the object beside saving it.
    pub acts: Option<ActsOfOne>,
    /// Links: history, delete, close.
    pub history_url: Option<String>,
    /// To delete it.
    pub delete_url: Option<String>,
    /// Back to the list.
    pub close_url: String,
    /// Further links beside the history: words and address.
    pub tools: Vec<(&'static str, String)>,
}

impl FormPage {
    /// Returns whether there are buttons among the fields: of searches among options, of values that can go into rows of their own.
    fn has_inner_buttons(&self) -> bool {
        let fields = self.groups.iter().flat_map(|group| &group.fields);
        let mut rows = self.inline.iter().flat_map(|inline| &inline.rows);
        let in_rows = rows.clone().flat_map(|row| &row.fields);
        fields.chain(in_rows).any(ShownField::finds_options) || rows.any(|row| !row.splits.is_empty())
    }

    /// Returns what saves a copy that is drawn again; nothing for any other form. Whichever button is pressed, a copy stays one: saving
    /// would overwrite what it was copied from.
    fn copying(&self) -> Option<(&'static str, &'static str)> {
        let first = self.buttons.first().copied();
        first.filter(|(name, _)| *name == SAVE_AS_NEW)
    }
}

/// What saving a form would come to.
pub struct ShownPreview {
    /// What is said, without what it does to others.
    pub preview: SavePreview,
    /// What it does to others.
    pub impact: Option<ShownImpact>,
}

/// Something that an earlier state had and a form cannot bring back.
pub struct ShownMissing {
    /// What it is, and what became of it.
    pub words: String,
    /// Words and address of the page where it can be brought back or looked at, if the user may.
    pub link: Option<(String, String)>,
}

/// Who changed an object since its form was opened.
pub enum Since {
    /// The user alone, for the last time at this instant.
    Oneself(Instant),
    /// The user and others.
    Several,
    /// Others.
    Another,
    /// The audit log does not say.
    Unknown,
}

/// A save that came after another one.
pub struct Conflict {
    /// Who changed the object.
    pub who: Since,
    /// Who changed what since the page was opened, oldest first.
    pub since: Vec<HistoryEntry>,
    /// The fields that differ.
    pub differences: Vec<FieldDifference>,
}

impl Conflict {
    /// Returns the labels of fields that were changed since, and not in this form.
    fn only_theirs(&self) -> impl Iterator<Item = (usize, &str)> {
        let only = self.differences.iter().filter(|difference| difference.is_only_theirs);
        only.map(|difference| difference.label.as_str()).enumerate()
    }

    fn has_only_theirs(&self) -> bool {
        self.only_theirs().next().is_some()
    }
}

/// A field that differs between what is there now and what was posted.
pub struct FieldDifference {
    /// The field's name; empty for rows.
    pub name: String,
    /// Whether what was posted is what the page was opened with.
    pub is_only_theirs: bool,
    /// What is there now as JSON: pairs of value and words; empty for rows, and where no one else changed it.
    pub theirs: String,
    /// The field's label.
    pub label: String,
    /// What it was when the page was opened; nothing if the audit log does not reach back.
    pub opened: Option<String>,
    /// What it is now.
    pub now: String,
    /// What was posted.
    pub yours: String,
}

/// A group of fields.
pub struct ShownGroup {
    /// Its title.
    pub title: String,
    /// Its fields.
    pub fields: Vec<ShownField>,
}

/// Rows inside a form.
pub struct ShownInline {
    /// The prefix.
    pub prefix: String,
    /// The title.
    pub title: String,
    /// Errors of all rows.
    pub errors: Vec<String>,
    /// Rows that are stored.
    pub initial: usize,
    /// All rows.
    pub total: usize,
    /// The most rows.
    pub rows_max: usize,
    /// The rows, blank ones last.
    pub rows: Vec<ShownInlineRow>,
    /// Whether rows can be changed.
    pub can_change: bool,
    /// The field that says the zone of its times, that zone, and what holds when it is empty.
    pub zone: Option<(&'static str, String, &'static str)>,
    /// The field whose values can go into rows of their own.
    pub split: Option<RowSplit>,
    /// Where a row is read back.
    pub read_url: String,
    /// How one row is called.
    pub singular: String,
    /// The fields of a row that scripts add, under `prefix-__prefix__-`.
    pub template: Vec<ShownField>,
}

/// A row inside a form.
pub struct ShownInlineRow {
    /// Its number.
    pub index: usize,
    /// The stored row's key; empty for a new one.
    pub id: String,
    /// What it says, in few words; empty if it says nothing yet.
    pub title: String,
    /// The place that it asked for when it was posted.
    pub order: String,
    /// Whether it is ticked to go.
    pub deleted: bool,
    /// The values that can each go into a row of their own, with their words; none if there are not several.
    pub splits: Vec<(String, String)>,
    /// Its fields.
    pub fields: Vec<ShownField>,
    /// Errors of the row.
    pub errors: Vec<String>,
}

impl ShownInlineRow {
    /// Returns whether its fields are shown beside its words: they are wrong, or there are no words.
    fn is_open(&self) -> bool {
        self.title.is_empty() || !self.errors.is_empty() || self.fields.iter().any(|field| !field.errors.is_empty())
    }
}
