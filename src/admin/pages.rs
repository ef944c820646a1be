//! What each page shows, one struct a template; everything is formatted already.

use askama::Template;

use super::context::{App, Frame, Instant, capitalised};
use super::exchange::Counts;
use super::links::{Head, Panel, ShownRange};
use super::model::Remark;
use super::trail::Told;
use super::views::palette::Group;

/// The start page of the admin, or of one app.
#[derive(Template)]
#[template(path = "admin/index.html")]
pub struct IndexPage {
    /// Around it.
    pub frame: Frame,
    /// Apps and models.
    pub apps: Vec<App>,
    /// Numbers at a glance.
    pub glances: Vec<ShownGlance>,
    /// What the user did last.
    pub recent: Vec<ShownAct>,
    /// The way to the first results; empty once it was gone.
    pub guide: Vec<ShownStep>,
}

/// A number at a glance.
pub struct ShownGlance {
    /// The number.
    pub count: u64,
    /// What it counts.
    pub words: &'static str,
    /// How it is drawn: `good`, `quiet`, `warn` or `bad`.
    pub tone: &'static str,
    /// Those that it counts.
    pub link: Option<String>,
}

/// Something that the user did.
pub struct ShownAct {
    /// `addlink`, `changelink` or `deletelink`.
    pub class: &'static str,
    /// What was done: `Added`.
    pub verb: &'static str,
    /// The object.
    pub title: String,
    /// What kind of object it is.
    pub kind: String,
    /// Where it is now.
    pub link: Option<String>,
    /// When.
    pub at: Instant,
}

/// A step on the way to the first results.
pub struct ShownStep {
    /// What to do.
    pub title: &'static str,
    /// Where.
    pub url: &'static str,
    /// What for.
    pub why: &'static str,
    /// Whether it was done.
    pub done: bool,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "admin/message.html")]
pub struct MessagePage {
    /// Around it.
    pub frame: Frame,
    /// What it says.
    pub text: String,
    /// Where to go: words and address.
    pub link: (String, String),
}

/// What was found all over the admin.
#[derive(Template)]
#[template(path = "admin/search.html")]
pub struct SearchPage {
    /// Around it.
    pub frame: Frame,
    /// The search as typed.
    pub search: String,
    /// What to say about it; may be empty.
    pub note: String,
    /// What was found.
    pub groups: Vec<Group>,
}

/// A list.
#[derive(Template)]
#[template(path = "admin/list.html")]
pub struct ListPage {
    /// Around it.
    pub frame: Frame,
    /// The list's address.
    pub url: String,
    /// The query string of this very list, with `?`.
    pub query: String,
    /// What is listed.
    pub plural: String,
    /// One of what is listed.
    pub singular: String,
    /// Where to add one; nothing if the user may not.
    pub add_url: Option<String>,
    /// Taking in and out: words and address.
    pub tools: Vec<(&'static str, String)>,
    /// What the search looks at; nothing if there is none.
    pub search_help: Option<&'static str>,
    /// The search as typed.
    pub search: String,
    /// Parameters that the search form keeps.
    pub kept: Vec<(String, String)>,
    /// The date hierarchy: words, link, and whether it leads back.
    pub dates: Vec<(String, String, bool)>,
    /// Filters.
    pub panels: Vec<Panel>,
    /// Ranges.
    pub ranges: Vec<ShownRange>,
    /// Parameters that the form of filters keeps.
    pub kept_by_filters: Vec<(String, String)>,
    /// The panel of filters, where it is not always in sight: whether it is open.
    pub filters_open: bool,
    /// Columns to choose from: key, words, whether it is shown, and whether it stays.
    pub columns: Vec<(&'static str, &'static str, bool, bool)>,
    /// Parameters that the form of columns keeps.
    pub kept_by_columns: Vec<(String, String)>,
    /// Chips of active filters: words and the link that removes them.
    pub chips: Vec<(String, String)>,
    /// Removes all filters.
    pub clear: Option<String>,
    /// Toggles counts in filters.
    pub facets: (bool, String),
    /// Columns.
    pub heads: Vec<Head>,
    /// Rows.
    pub rows: Vec<ShownRow>,
    /// Actions that the user may do: value and words.
    pub actions: Vec<(String, String)>,
    /// Whether cells can be edited.
    pub editable: bool,
    /// Errors of edited rows.
    pub errors: Vec<String>,
    /// `12 components`.
    pub total: String,
    /// How many there are without search and filters; nothing where that is the same.
    pub unfiltered: Option<String>,
    /// The whole list, whatever is the default.
    pub whole: String,
    /// Views that the user keeps.
    pub views: Vec<ShownView>,
    /// What a view of this list would keep.
    pub view_query: String,
    /// What every row's links carry, to lead back here.
    pub back: String,
    /// How many rows there are.
    pub count: i64,
    /// Pages: words and link; the current one has no link, a gap no words.
    pub pages: Vec<(String, Option<String>)>,
    /// Shows all rows.
    pub show_all: Option<String>,
}

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
#[template(path = "admin/saved_views.html")]
pub struct SavedViewsPage {
    /// Around it.
    pub frame: Frame,
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

impl ListPage {
    /// Whether there is anything to filter by.
    fn has_filters(&self) -> bool {
        !self.panels.is_empty() || !self.ranges.is_empty()
    }

    /// Whether nothing is asked for that a view could keep.
    fn is_whole(&self) -> bool {
        self.view_query.is_empty()
    }

    /// Whether a search or a filter hides rows.
    fn is_narrowed(&self) -> bool {
        self.unfiltered.is_some() || !self.search.is_empty() || !self.chips.is_empty() || !self.is_whole()
    }
}

/// A row.
pub struct ShownRow {
    /// Its number on the page.
    pub index: usize,
    /// Its key.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// How it is called.
    pub title: String,
    /// Its cells.
    pub cells: Vec<ShownCell>,
}

/// A cell.
pub struct ShownCell {
    /// The column's key.
    pub key: &'static str,
    /// What its column is called.
    pub label: &'static str,
    /// Where it leads.
    pub link: Option<String>,
    /// What it shows.
    pub content: ShownContent,
}

/// What a cell shows.
pub enum ShownContent {
    /// A text.
    Text(String),
    /// An instant.
    Instant(Instant),
    /// Yes or no.
    Flag(bool),
    /// A check box: ticked or not, and whether what is stored is.
    Edit(bool, bool),
    /// Chips: those that are always in sight, and those behind them.
    Many(Vec<String>, Vec<String>),
    /// Inside or outside, in words.
    State(bool, String),
}

/// Asks what to set on many objects.
#[derive(Template)]
#[template(path = "admin/bulk.html")]
pub struct BulkPage {
    /// Around it.
    pub frame: Frame,
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
    /// Whether they offer as much as a page has room for.
    pub offers_all: bool,
    /// Errors of the whole form.
    pub errors: Vec<String>,
}

impl BulkPage {
    fn error_count(&self) -> usize {
        self.errors.len() + self.fields.iter().map(|bulk| bulk.field.errors.len()).sum::<usize>()
    }

    /// Whether a field has more to choose from than it shows, and would show it.
    fn can_offer_more(&self) -> bool {
        !self.offers_all && self.fields.iter().any(|bulk| bulk.has_more)
    }

    /// Whether scripts find what is not shown.
    fn searches_all(&self) -> bool {
        let is_found = |bulk: &BulkField| bulk.field.related.as_ref().is_some_and(|related| related.searches);
        self.fields.iter().filter(|bulk| bulk.has_more).all(is_found)
    }
}

/// A field that can be set on many objects.
pub struct BulkField {
    /// The field, with what it is set to.
    pub field: ShownField,
    /// What can be done to it: value, words, chosen.
    pub ways: Vec<(&'static str, &'static str, bool)>,
    /// Whether there is more to choose from than it shows.
    pub has_more: bool,
}

/// What would become of many objects.
#[derive(Template)]
#[template(path = "admin/bulk_preview.html")]
pub struct BulkPreviewPage {
    /// Around it.
    pub frame: Frame,
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
    pub gone: usize,
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
}

/// What would become of one of many objects.
pub struct ShownBulkChange {
    /// Its address.
    pub url: String,
    /// How it is called.
    pub title: String,
    /// Field, old and new value.
    pub changes: Vec<(&'static str, String, String)>,
}

/// A form: to add, to change, or to look at.
#[derive(Template)]
#[template(path = "admin/form.html")]
pub struct FormPage {
    /// Around it.
    pub frame: Frame,
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
    /// Errors of the whole form.
    pub errors: Vec<String>,
    /// How many errors there are.
    pub error_count: usize,
    /// The errors beside fields: element, label and what is wrong.
    pub summary: Vec<(String, String, String)>,
    /// Whether it is shown in a dialog of another page.
    pub is_in_dialog: bool,
    /// What somebody else changed meanwhile.
    pub conflict: Option<Conflict>,
    /// Groups of fields.
    pub groups: Vec<ShownGroup>,
    /// Rows inside.
    pub inline: Option<ShownInline>,
    /// What the page says beside the form, and where the titles lead.
    pub remarks: Vec<(Remark, Option<String>)>,
    /// Whether anything can be saved.
    pub can_save: bool,
    /// Whether a field has a time zone to choose.
    pub has_zone: bool,
    /// The ways to save it: name and words, the usual one first.
    pub buttons: Vec<(&'static str, &'static str)>,
    /// Links: history, delete, close.
    pub history_url: Option<String>,
    /// To delete it.
    pub delete_url: Option<String>,
    /// Back to the list.
    pub close_url: String,
    /// Further links beside the history: words and address.
    pub tools: Vec<(String, String)>,
}

/// A save that came after somebody else's.
pub struct Conflict {
    /// Who changed what since the page was opened, oldest first.
    pub since: Vec<Told>,
    /// The fields that differ.
    pub differences: Vec<Difference>,
}

impl Conflict {
    /// The labels of fields that only somebody else changed.
    fn only_theirs(&self) -> impl Iterator<Item = (usize, &str)> {
        let only = self.differences.iter().filter(|difference| difference.is_only_theirs);
        only.map(|difference| difference.label.as_str()).enumerate()
    }

    fn has_only_theirs(&self) -> bool {
        self.only_theirs().next().is_some()
    }
}

/// A field that differs between what is there now and what was posted.
pub struct Difference {
    /// The field's name; empty for rows.
    pub name: String,
    /// Whether what was posted is what the page was opened with.
    pub is_only_theirs: bool,
    /// What is there now as JSON: pairs of value and words; empty for rows, and where nobody else changed it.
    pub theirs: String,
    /// The field's label.
    pub label: String,
    /// What it was when the page was opened; nothing if the trail does not reach back.
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

/// A field.
#[derive(Clone)]
pub struct ShownField {
    /// Its name, also in rows: `rules-0-kind`.
    pub name: String,
    /// The field's own name.
    pub base: String,
    /// Its label.
    pub label: String,
    /// What to know.
    pub help: String,
    /// Whether it must not be empty.
    pub required: bool,
    /// How it is drawn: `text`, `area`, `flag`, `date`, `select`, `many`, `password`, `shown`.
    pub widget: &'static str,
    /// Its value, or its words when it only shows.
    pub value: String,
    /// Whether a check box is ticked.
    pub ticked: bool,
    /// What a select offers: value, words, chosen.
    pub options: Vec<(String, String, bool)>,
    /// What is wrong.
    pub errors: Vec<String>,
    /// In a row: the title under which it stands together with its neighbours.
    pub group: &'static str,
    /// In a row: the kinds of row that it is for; empty for all.
    pub kinds: &'static [&'static str],
    /// Whether it is not sent.
    pub disabled: bool,
    /// When there is nothing to choose: what there is none of, and where to add one.
    pub nothing: Option<(String, Option<String>)>,
    /// For a choice of objects: how to look for others, and to add and change them.
    pub related: Option<Related>,
}

/// The objects that a field chooses from.
#[derive(Clone)]
pub struct Related {
    /// The app of the form.
    pub app: &'static str,
    /// The model of the form.
    pub model: &'static str,
    /// The field's own name.
    pub field: &'static str,
    /// What one is called.
    pub singular: String,
    /// What several are called.
    pub plural: String,
    /// Whether the user may look for them.
    pub searches: bool,
    /// Where to add one.
    pub add_url: Option<String>,
    /// Where to change one, with `__fk__` for its key.
    pub change_url: Option<String>,
    /// Where to change those that are chosen: words and address.
    pub changes: Vec<(String, String)>,
    /// The same form with all that can be chosen, if it shows only some.
    pub all_url: Option<String>,
}

impl ShownField {
    /// The elements that say more about it: its help, and what is wrong.
    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.help.is_empty() {
            ids.push(format!("id_{}_helptext", self.name));
        }
        if !self.errors.is_empty() {
            ids.push(format!("id_{}_error", self.name));
        }
        ids.join(" ")
    }
}

/// IANA names of time zones that people choose: a region and a city, and UTC. Others can be typed.
fn zones() -> impl Iterator<Item = &'static str> {
    const OTHER: [&str; 7] = ["Etc/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "SystemV/"];
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    names.filter(|name| *name == "UTC" || (name.contains('/') && !OTHER.iter().any(|other| name.starts_with(other))))
}

/// `a label`, `an SLA window`: with the article of how it is spoken.
fn one(singular: &str) -> String {
    let mut letters = singular.chars();
    let (first, second) = (letters.next().unwrap_or(' '), letters.next().unwrap_or(' '));
    // Letters that are read one by one: SLA begins as “ess”.
    let is_spelt = second.is_uppercase() && "AEFHILMNORSX".contains(first);
    let article = if is_spelt || "aeio".contains(first.to_ascii_lowercase()) {
        "an"
    } else {
        "a"
    };
    format!("{article} {singular}")
}

/// Fields of a row that stand together.
struct FieldGroup<'a> {
    title: &'static str,
    /// The kinds of row that they are for, blanks between; empty for all.
    kinds: String,
    fields: Vec<&'a ShownField>,
}

/// Neighbours with one title, together.
fn grouped(fields: &[ShownField]) -> Vec<FieldGroup<'_>> {
    let chunks = fields.chunk_by(|one, next| one.group == next.group);
    let group = |chunk: &'static str, kinds: String, fields| FieldGroup {
        title: chunk,
        kinds,
        fields,
    };
    chunks
        .map(|chunk| group(chunk[0].group, chunk[0].kinds.join(" "), chunk.iter().collect()))
        .collect()
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
    /// Its fields.
    pub fields: Vec<ShownField>,
    /// Errors of the row.
    pub errors: Vec<String>,
}

/// Asks before deleting.
#[derive(Template)]
#[template(path = "admin/delete.html")]
pub struct DeletePage {
    /// Around it.
    pub frame: Frame,
    /// What is deleted: `the component “x”`, `these 3 components`.
    pub what: String,
    /// Where the form is posted.
    pub action: String,
    /// How many of which kind.
    pub counts: Vec<(String, u64)>,
    /// What goes with what.
    pub tree: Vec<(ShownNamed, Vec<String>)>,
    /// What forbids it.
    pub protected: Vec<ShownNamed>,
    /// Hidden fields of the form.
    pub hidden: Vec<(String, String)>,
    /// Back.
    pub cancel_url: String,
}

/// Something in words, and where it leads.
pub struct ShownNamed {
    /// What is said.
    pub words: String,
    /// The object that it speaks of, if the user may view it.
    pub link: Option<String>,
}

/// What happened to an object.
#[derive(Template)]
#[template(path = "admin/history.html")]
pub struct HistoryPage {
    /// Around it.
    pub frame: Frame,
    /// Entries, oldest first.
    pub entries: Vec<Told>,
    /// Pages, as in a list.
    pub pages: Vec<(String, Option<String>)>,
    /// Where to restore, if the user may; the entry's key is put behind it.
    pub restore_url: Option<String>,
}

/// Asks in which form rows go out.
#[derive(Template)]
#[template(path = "admin/export.html")]
pub struct ExportPage {
    /// Around it.
    pub frame: Frame,
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

/// Takes a file in: the form, and what the file would do.
#[derive(Template)]
#[template(path = "admin/import.html")]
pub struct ImportPage {
    /// Around it.
    pub frame: Frame,
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
    /// What would be done.
    pub preview: Option<ImportPreview>,
    /// The most rows that are shown.
    pub shown_max: usize,
}

/// What a file would do.
pub struct ImportPreview {
    /// In numbers.
    pub counts: Counts,
    /// What else.
    pub notes: Vec<String>,
    /// Row by row.
    pub rows: Vec<ImportRow>,
    /// How many rows there are.
    pub total: usize,
    /// The key of what is kept and the plan's digest, if it can be carried out.
    pub confirm: Option<(i64, String)>,
    /// What the button says.
    pub button: String,
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
    /// Property, old and new value.
    pub changes: Vec<(String, String, String)>,
    /// Property and what is wrong with it.
    pub faults: Vec<(String, String)>,
}
