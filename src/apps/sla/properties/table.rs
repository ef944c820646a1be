//! The rows of a table of properties, and what follows from them for forms, lists and exports.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::json;
use super::lens::{CheckText, ChoiceLens, Lens, NameRule};
use crate::admin::spec::{Choices, Field, Fieldset, Widget};
use crate::admin::transfer::{ColumnKind, FileColumn};
use crate::apps::sla::rule::RuleDefinition;
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::zones::Zone;

/// The most labels on a component.
pub const LABELS_MAX: usize = 30;
/// The most windows of a component, and the most calendars of a component or window.
pub const LINKS_MAX: usize = 50;

/// A kind of object as a value, with the table of its properties.
pub trait ObjectState: Clone + PartialEq + Sized + 'static {
    /// The model.
    const MODEL: Model;
    /// What files and messages call one: `component`.
    const NAME: &'static str;
    /// The properties, in the order of files.
    const PROPERTIES: &'static [Property<Self>];
    /// The groups of the form.
    const FORM: &'static [FormGroup];
    /// The columns of files that are tables, as [`file_columns`] makes them.
    const COLUMNS: &'static [FileColumn];

    /// Returns how people call this object.
    fn title(&self) -> String;

    /// Returns an object of which nothing is known yet: what each property is if it is not given.
    fn blank() -> Self;

    /// Returns the state as files write it, every property included.
    fn to_json(&self) -> Map<String, Value> {
        json::write(self)
    }
}

/// A property of objects with the state `S`.
pub struct Property<S> {
    /// Its name in forms, files, the audit log and the heads of CSV files.
    pub name: &'static str,
    /// What the form and the history call it.
    pub label: &'static str,
    /// What to know about it; may be empty.
    pub help: &'static str,
    /// What it holds, and where in the state.
    pub kind: PropertyKind<S>,
    /// Whether it can be set on many chosen objects at once.
    pub is_bulk: bool,
    /// Whether the search of the list looks at it. It is then a text, and its column has its name.
    pub is_searched: bool,
    /// Whether states of the audit log may lack it, because the model had it later than its first objects.
    pub is_newer: bool,
}

/// What a property holds, and where in the state.
pub enum PropertyKind<S> {
    /// A text of one line that is never empty; alone or with others the name of the object.
    Name(Lens<S, String>, NameRule),
    /// A text of one line.
    Line(Lens<S, String>),
    /// A text of one line that is never anything but what this takes.
    Checked(Lens<S, String>, CheckText),
    /// A text of several lines.
    Text(Lens<S, String>),
    /// One of a few words.
    Choice(ChoiceLens<S>),
    /// A whole number within bounds.
    Number(Lens<S, i64>, RangeInclusive<i64>),
    /// A number or none.
    Decimal(Lens<S, Option<f64>>),
    /// An instant, in seconds since 1970, that is part of what the object is called.
    Instant(Lens<S, i64>),
    /// A yes or no.
    Flag(Lens<S, bool>),
    /// A share in thousandths of a percent.
    Percent(Lens<S, Option<i32>>),
    /// A time zone.
    Zone(Lens<S, Zone>),
    /// A time zone or none.
    OptionalZone(Lens<S, Option<Zone>>),
    /// A date or none.
    Date(Lens<S, Option<NaiveDate>>),
    /// The name of another object or none.
    Link(Lens<S, Option<String>>, &'static LinkTarget),
    /// Names of other objects, sorted.
    Links(Lens<S, Vec<String>>, &'static LinkTarget),
    /// Labels: values by name.
    Labels(Lens<S, BTreeMap<String, String>>, &'static LinkTarget),
    /// Rules; in the form they are rows, which the model reads itself.
    Rules(Lens<S, Vec<RuleDefinition>>),
}

/// Reads key and name of all objects of a model.
pub type ReadNames = fn(&mut Conn) -> db::Result<Vec<(i64, String)>>;

/// Reads key and name of objects, found by keys or by names.
pub type ReadNamed<T> = fn(&mut Conn, &[T]) -> db::Result<Vec<(i64, String)>>;

/// Objects that others are linked to.
pub struct LinkTarget {
    /// Their model.
    pub model: Model,
    /// What files and messages call one: `calendar`.
    pub name: &'static str,
    /// Returns key and name of all of them.
    pub names: ReadNames,
    /// Returns key and name of those with these keys.
    pub by_keys: ReadNamed<i64>,
    /// Returns key and name of those with these names, spelt so; others may be among them.
    pub by_names: ReadNamed<String>,
}

/// A group of a form: properties by name.
pub struct FormGroup {
    /// Its title; empty for the first.
    pub title: &'static str,
    /// Its properties, in its order.
    pub properties: &'static [&'static str],
}

impl<S> Property<S> {
    /// Returns a property.
    pub const fn new(name: &'static str, label: &'static str, kind: PropertyKind<S>) -> Self {
        Self {
            name,
            label,
            help: "",
            kind,
            is_bulk: false,
            is_searched: false,
            is_newer: false,
        }
    }

    /// Returns the property with what to know about it.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Returns the property so that it can be set on many chosen objects at once.
    #[must_use]
    pub const fn bulk(mut self) -> Self {
        self.is_bulk = true;
        self
    }

    /// Returns the property so that the search looks at it.
    #[must_use]
    pub const fn searched(mut self) -> Self {
        self.is_searched = true;
        self
    }

    /// Returns the property so that a state of the audit log without it has that of a blank object.
    #[must_use]
    pub const fn newer(mut self) -> Self {
        self.is_newer = true;
        self
    }

    /// Returns whether every object has one, so that a form cannot leave it empty.
    #[must_use]
    pub fn is_required(&self) -> bool {
        matches!(
            self.kind,
            PropertyKind::Name(..)
                | PropertyKind::Zone(_)
                | PropertyKind::Choice(_)
                | PropertyKind::Number(..)
                | PropertyKind::Instant(_)
        )
    }

    /// Returns whether it is part of what the object is called.
    #[must_use]
    pub fn is_name(&self) -> bool {
        matches!(self.kind, PropertyKind::Name(..) | PropertyKind::Instant(_))
    }

    /// Returns what it links to.
    #[must_use]
    pub fn target(&self) -> Option<&'static LinkTarget> {
        match &self.kind {
            PropertyKind::Link(_, target) | PropertyKind::Links(_, target) | PropertyKind::Labels(_, target) => {
                Some(target)
            }
            _ => None,
        }
    }

    fn field(&self) -> Option<Field> {
        let widget = match &self.kind {
            PropertyKind::Name(..)
            | PropertyKind::Line(_)
            | PropertyKind::Checked(..)
            | PropertyKind::Number(..)
            | PropertyKind::Decimal(_)
            | PropertyKind::Percent(_) => Widget::Text,
            PropertyKind::Instant(_) => Widget::Instant,
            PropertyKind::Choice(_) => Widget::Select(Choices::Listed),
            PropertyKind::Text(_) => Widget::Area,
            PropertyKind::Flag(_) => Widget::Flag,
            PropertyKind::Zone(_) | PropertyKind::OptionalZone(_) => Widget::Zone,
            PropertyKind::Date(_) => Widget::Date,
            PropertyKind::Link(_, target) => Widget::Select(Choices::Related(target.model)),
            PropertyKind::Links(_, target) | PropertyKind::Labels(_, target) => {
                Widget::Many(Choices::Related(target.model))
            }
            PropertyKind::Rules(_) => return None,
        };
        let mut field = Field::new(self.name, self.label, widget).help(self.help);
        field.required = self.is_required();
        field.bulk = self.is_bulk;
        Some(field)
    }
}

/// Returns the names of the properties of a model, in the order of files.
#[must_use]
pub fn names<S: ObjectState>() -> Vec<&'static str> {
    S::PROPERTIES.iter().map(|property| property.name).collect()
}

/// Returns the names of the properties that make up what an object is called.
#[must_use]
pub fn name_parts<S: ObjectState>() -> Vec<&'static str> {
    let parts = S::PROPERTIES.iter().filter(|property| property.is_name());
    parts.map(|property| property.name).collect()
}

/// Returns what objects with this state are linked to, labels aside; one model may be among it more than once.
pub fn link_targets<S: ObjectState>() -> impl Iterator<Item = &'static LinkTarget> {
    S::PROPERTIES.iter().filter_map(|property| match &property.kind {
        PropertyKind::Link(_, target) | PropertyKind::Links(_, target) => Some(*target),
        _ => None,
    })
}

/// Returns whether objects with this state have labels.
#[must_use]
pub fn links_labels<S: ObjectState>() -> bool {
    let mut kinds = S::PROPERTIES.iter().map(|property| &property.kind);
    kinds.any(|kind| matches!(kind, PropertyKind::Labels(..)))
}

/// Returns the properties that the search of a list looks at.
pub fn searched<S: ObjectState>() -> impl Iterator<Item = &'static Property<S>> {
    S::PROPERTIES.iter().filter(|property| property.is_searched)
}

/// Returns how many properties the search of a list looks at.
pub const fn searched_count<S>(properties: &[Property<S>]) -> usize {
    let (mut count, mut index) = (0, 0);
    while index < properties.len() {
        if properties[index].is_searched {
            count += 1;
        }
        index += 1;
    }
    count
}

/// Returns what the search of a list looks at, in words: `name, display name and description`. Call it once: the text is never freed.
#[must_use]
pub fn search_words<S: ObjectState>() -> Option<&'static str> {
    let labels: Vec<String> = searched::<S>().map(|property| property.label.to_lowercase()).collect();
    let (last, others) = labels.split_last()?;
    let words = match others {
        [] => last.clone(),
        others => format!("{} and {last}", others.join(", ")),
    };
    Some(words.leak())
}

/// Returns the fields of a form.
#[must_use]
pub fn fieldsets<S: ObjectState>() -> Vec<Fieldset> {
    let field = |name: &&str| {
        let property = S::PROPERTIES.iter().find(|property| property.name == *name)?;
        property.field()
    };
    let group = |group: &FormGroup| Fieldset {
        title: group.title,
        fields: group.properties.iter().filter_map(field).collect(),
    };
    S::FORM.iter().map(group).collect()
}

/// Returns the columns of an export.
pub const fn file_columns<S, const N: usize>(properties: &[Property<S>; N]) -> [FileColumn; N] {
    let mut columns = [FileColumn::new("", ColumnKind::Line); N];
    let mut index = 0;
    while index < N {
        let kind = match &properties[index].kind {
            PropertyKind::Name(..)
            | PropertyKind::Line(_)
            | PropertyKind::Checked(..)
            | PropertyKind::Choice(_)
            | PropertyKind::Instant(_) => ColumnKind::Line,
            PropertyKind::Text(_) => ColumnKind::Text,
            PropertyKind::Flag(_) => ColumnKind::Flag,
            PropertyKind::Percent(_) | PropertyKind::Number(..) | PropertyKind::Decimal(_) => ColumnKind::Number,
            PropertyKind::Zone(_) | PropertyKind::OptionalZone(_) | PropertyKind::Link(..) => ColumnKind::Optional,
            PropertyKind::Date(_) => ColumnKind::Date,
            PropertyKind::Links(..) => ColumnKind::Names,
            PropertyKind::Labels(..) => ColumnKind::Pairs,
            PropertyKind::Rules(_) => ColumnKind::Json,
        };
        columns[index] = FileColumn::new(properties[index].name, kind);
        index += 1;
    }
    columns
}

/// Returns whether a form has a field for each property but rules, and no other: asserted beside each table, so that a property which a
/// form forgets does not compile. A save would empty it.
pub const fn is_whole<S>(groups: &[FormGroup], properties: &[Property<S>]) -> bool {
    let (mut fields, mut group) = (0, 0);
    while group < groups.len() {
        fields += groups[group].properties.len();
        group += 1;
    }
    let (mut expected, mut index) = (0, 0);
    while index < properties.len() {
        if !matches!(properties[index].kind, PropertyKind::Rules(_)) {
            expected += 1;
            if !has_field(groups, properties[index].name) {
                return false;
            }
        }
        index += 1;
    }
    fields == expected
}

const fn has_field(groups: &[FormGroup], name: &str) -> bool {
    let mut group = 0;
    while group < groups.len() {
        let mut field = 0;
        while field < groups[group].properties.len() {
            if is_same(groups[group].properties[field], name) {
                return true;
            }
            field += 1;
        }
        group += 1;
    }
    false
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut index = 0;
    while index < one.len() && index < other.len() && one[index] == other[index] {
        index += 1;
    }
    index == one.len() && index == other.len()
}
