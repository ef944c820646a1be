//! What a model declares about itself: data, read once at start-up.

use std::collections::BTreeMap;

use crate::auth::Model;

/// A model's declaration.
pub struct Spec {
    /// App and name, as in URLs and permissions.
    pub model: Model,
    /// How one is called: `component`.
    pub singular: &'static str,
    /// How several are called: `components`.
    pub plural: &'static str,
    /// What they are for, in a sentence that a list without rows says.
    pub purpose: &'static str,
    /// What the list shows. Numbers in `o` count them in this order.
    pub columns: Vec<ListColumn>,
    /// The order of a list that asks for none.
    pub default_sort: &'static [Sort],
    /// What the search looks at, in words; nothing if there is no search.
    pub search: Option<&'static str>,
    /// Filters beside the list.
    pub filters: Vec<Filter>,
    /// Ranges of dates and numbers by which the list can be narrowed, behind its filters.
    pub ranges: Vec<Range>,
    /// The column by whose dates the list can be narrowed.
    pub date_hierarchy: Option<&'static str>,
    /// The form, in groups.
    pub fieldsets: Vec<Fieldset>,
    /// The form for a new object, where it differs.
    pub add_fieldsets: Option<Vec<Fieldset>>,
    /// Rows inside the form.
    pub inline: Option<Inline>,
    /// What can be done to chosen rows, beside deleting them.
    pub actions: Vec<ListAction>,
    /// Whether objects can be added, changed by a form, and deleted at all. What its actions do is a change all the same.
    pub read_only: bool,
}

impl Spec {
    /// Returns the columns of a list that asks for none, by their places in the declaration: early ones first.
    #[must_use]
    pub fn default_columns(&self) -> Vec<usize> {
        let of = |early| (0..self.columns.len()).filter(move |place| self.columns[*place].early == early);
        of(true).chain(of(false)).collect()
    }

    /// Returns whether its objects are entries of a log: nothing is ever done to them.
    #[must_use]
    pub fn is_log(&self) -> bool {
        self.read_only && self.actions.is_empty()
    }

    /// Returns the form of an object that is stored, or of a new one.
    #[must_use]
    pub fn form(&self, is_new: bool) -> &[Fieldset] {
        match &self.add_fieldsets {
            Some(fieldsets) if is_new => fieldsets,
            _ => &self.fieldsets,
        }
    }
}

/// A column of the list.
pub struct ListColumn {
    /// Its key in `o`, in classes and in cells.
    pub key: &'static str,
    /// Its head.
    pub label: &'static str,
    /// Whether the list can be sorted by it.
    pub sorts: bool,
    /// Whether its cells lead to the object.
    pub links: bool,
    /// Whether its cells can be edited in the list; they are check boxes.
    pub editable: bool,
    /// Whether it stands before the columns that are not early, so that it is in sight in narrow windows.
    pub early: bool,
    /// Whether it has room for more chips than others in windows that are not wide.
    pub wide: bool,
}

impl ListColumn {
    /// Returns a column that only shows.
    #[must_use]
    pub const fn new(key: &'static str, label: &'static str) -> Self {
        Self {
            key,
            label,
            sorts: false,
            links: false,
            editable: false,
            early: false,
            wide: false,
        }
    }

    /// Gives the column room for more chips.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Makes the column stand before others.
    #[must_use]
    pub const fn early(mut self) -> Self {
        self.early = true;
        self
    }

    /// Makes the column sortable.
    #[must_use]
    pub const fn sorts(mut self) -> Self {
        self.sorts = true;
        self
    }

    /// Makes its cells lead to the object.
    #[must_use]
    pub const fn links(mut self) -> Self {
        self.links = true;
        self
    }

    /// Makes its check boxes editable in the list.
    #[must_use]
    pub const fn editable(mut self) -> Self {
        self.editable = true;
        self
    }
}

/// A column and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The column's key.
    pub key: &'static str,
    /// From the last to the first.
    pub descending: bool,
}

/// A filter of the list.
pub struct Filter {
    /// Its parameter: `enabled__exact`.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it offers.
    pub choices: Choices,
    /// Further parameters that say what it is asked about, such as an instant; without the filter they narrow nothing.
    pub inputs: &'static [FilterInput],
    /// Whether it is folded away, together with the others of this kind, while none of them narrows the list.
    pub rare: bool,
}

/// A parameter beside a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterInput {
    /// The parameter.
    pub key: &'static str,
    /// The same parameter on pages beside the list that have one of their own called like it; the list takes both.
    pub alias: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The kind of input: `date`, `text`.
    pub kind: &'static str,
    /// An example of a value, shown while there is none; empty if the input shows by itself what it takes.
    pub example: &'static str,
}

/// A range by which a list can be narrowed. Its parameters are `key__gte`, and `key__lt` for dates or `key__lte` for numbers.
pub struct Range {
    /// The beginning of its parameters: `created_at`.
    pub key: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What lies in it.
    pub kind: RangeKind,
    /// Whether it is folded away as a [`Filter`] is. A date hierarchy by its dates is so, too.
    pub rare: bool,
}

/// What lies in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeKind {
    /// Instants, asked for by dates in the viewer's zone: from the beginning of the first until before that of the last.
    Date,
    /// Numbers with so many decimals, both ends included. Models are given them without the point, as whole numbers.
    Number {
        /// The most decimals.
        decimals: u32,
    },
}

/// What a filter or a field offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// Yes and no, as `1` and `0`.
    Flag,
    /// Objects of a model, by key.
    Related(Model),
    /// Texts that the model lists, see [`super::model::ModelAdmin::choices`].
    Listed,
}

/// A group of fields.
pub struct Fieldset {
    /// Its title; empty for the first.
    pub title: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// Says of the values of a row, by field, whether something holds.
pub type RowTest = fn(&BTreeMap<String, Vec<String>>) -> bool;

/// A field of a form.
pub struct Field {
    /// Its name in HTML.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// What to know about it; may be empty.
    pub help: &'static str,
    /// How it is entered.
    pub widget: Widget,
    /// Whether it must not be empty.
    pub required: bool,
    /// Whether it only shows, whatever is posted.
    pub read_only: bool,
    /// In a row of an inline: the title under which it stands together with its neighbours; empty for none.
    pub group: &'static str,
    /// In a row of an inline: the kinds of row that it is for; empty for all. It decides what a page shows, not what is read.
    pub kinds: Vec<&'static str>,
    /// In a row of an inline: whether a page may fold it away for these values of the row; nothing for a field that is always shown.
    pub rare: Option<RowTest>,
    /// Whether it can be set on many chosen objects at once.
    pub bulk: bool,
}

impl Field {
    /// Returns a field that may be empty.
    #[must_use]
    pub const fn new(name: &'static str, label: &'static str, widget: Widget) -> Self {
        Self {
            name,
            label,
            help: "",
            widget,
            required: false,
            read_only: false,
            group: "",
            kinds: Vec::new(),
            rare: None,
            bulk: false,
        }
    }

    /// Allows the field to be set on many selected objects at once.
    #[must_use]
    pub const fn bulk(mut self) -> Self {
        self.bulk = true;
        self
    }

    /// Puts the field into a group of a row, for rows of these kinds only.
    #[must_use]
    pub fn group(mut self, title: &'static str, kinds: Vec<&'static str>) -> Self {
        self.group = title;
        self.kinds = kinds;
        self
    }

    /// Folds the field away where `is_folded` says so of the values of its row.
    #[must_use]
    pub fn rare(mut self, is_folded: fn(&BTreeMap<String, Vec<String>>) -> bool) -> Self {
        self.rare = Some(is_folded);
        self
    }

    /// Requires a value.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Makes the field read-only.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Adds what to know about it.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
}

/// How a field is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Widget {
    /// One line.
    Text,
    /// Several lines.
    Area,
    /// A check box.
    Flag,
    /// A day.
    Date,
    /// One of several.
    Select(Choices),
    /// Any of several.
    Many(Choices),
    /// Any of a few, as check boxes in a row.
    Checks(Choices),
    /// An IANA time zone, typed, with known names offered.
    Zone,
    /// Never shown again.
    Password,
    /// Not seen: what a page says about itself.
    Hidden,
    /// An instant, `2026-11-22T13:00:00` UTC, shown in the viewer's zone; it cannot be entered.
    Instant,
}

impl Widget {
    /// Returns the model of whose objects it chooses one or several.
    #[must_use]
    pub const fn related(self) -> Option<Model> {
        match self {
            Self::Select(Choices::Related(model)) | Self::Many(Choices::Related(model)) => Some(model),
            _ => None,
        }
    }
}

/// Rows inside a form.
pub struct Inline {
    /// The prefix of its fields: `rules`.
    pub prefix: &'static str,
    /// Its title.
    pub title: &'static str,
    /// How one row is called: `rule`.
    pub singular: &'static str,
    /// The fields of a row.
    pub fields: Vec<Field>,
    /// The fields of a blank row that are not empty, and their values. A row with these values, or with empty fields in their place, is
    /// untouched.
    pub blank: &'static [(&'static str, &'static str)],
    /// The most rows.
    pub rows_max: usize,
    /// Blank rows offered.
    pub extra: usize,
    /// The field of the form whose time zone the rows' times are in, and what they are in when it is empty.
    pub zone: Option<(&'static str, &'static str)>,
    /// The field whose values can each go into a row of their own; nothing if there is none.
    pub split: Option<RowSplit>,
}

/// A field of several values, each of which can go from its row into a new one that is the same otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSplit {
    /// The field: check boxes.
    pub field: &'static str,
    /// What stands before the values: `Different hours on`.
    pub words: &'static str,
    /// The field of the new row that is typed into next.
    pub next: &'static str,
}

/// Something that can be done to chosen rows.
pub struct ListAction {
    /// Its value in the select.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What the button that does it to one object is called, on its page; nothing if there is none.
    pub of_one: Option<&'static str>,
}
