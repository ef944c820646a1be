//! Rows of components and of what is put on them.

use std::hash::Hash;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::{component, component_calendar, component_label, component_window};
use crate::text;

/// A stored component.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = component)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ComponentRow {
    pub id: i64,
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub enabled: bool,
    pub slo_millipercent: Option<i32>,
    pub indicator_id: Option<i64>,
    pub version: i64,
    pub created_at: NaiveDateTime,
    pub updated_at: NaiveDateTime,
}

/// What lists show of a component beside its links and its hours.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = component)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ListedComponent {
    pub id: i64,
    pub name: String,
    pub display_name: String,
    pub enabled: bool,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}

/// A text of a component that lists are searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the columns")]
pub enum ComponentText {
    Name,
    DisplayName,
    Description,
}

impl ComponentText {
    /// How many there are.
    pub const COUNT: usize = 3;
    /// Those that lists can be sorted by: the read model keeps an order of each.
    pub const SORTED: [Self; 2] = [Self::Name, Self::DisplayName];
}

impl ComponentRow {
    /// Returns the texts that lists are searched for, in the order of [`ComponentText`].
    pub fn texts(&self) -> [&str; ComponentText::COUNT] {
        [&self.name, &self.display_name, &self.description]
    }

    /// Returns the columns that the metrics show: a row in which they are the same need not be read again.
    pub fn exposed(&self) -> impl Hash {
        let Self {
            name,
            enabled,
            slo_millipercent,
            created_at,
            // Not in the metrics.
            id: _,
            display_name: _,
            description: _,
            indicator_id: _,
            version: _,
            updated_at: _,
        } = self;
        (name, enabled, slo_millipercent, created_at)
    }
}

/// A label of a component: the component's key, the label's, its name and its value.
pub type LabelLink = (i64, i64, String, String);

/// A component to be stored, or what one is to become.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = component, treat_none_as_null = true, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ComponentColumns {
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub enabled: bool,
    pub slo_millipercent: Option<i32>,
    pub indicator_id: Option<i64>,
    pub version: i64,
    pub updated_at: NaiveDateTime,
}

/// A component to be stored for the first time, with the key of its name.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = component, treat_none_as_default_value = false)]
pub(super) struct NewComponent {
    id: i64,
    name: String,
    display_name: String,
    description: String,
    enabled: bool,
    slo_millipercent: Option<i32>,
    indicator_id: Option<i64>,
    version: i64,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    name_key: String,
}

impl NewComponent {
    /// Returns the row with this key.
    pub(super) fn new(id: i64, columns: ComponentColumns) -> Self {
        let ComponentColumns {
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            indicator_id,
            version,
            updated_at,
        } = columns;
        Self {
            id,
            name_key: text::key(&name),
            name,
            display_name,
            description,
            enabled,
            slo_millipercent,
            indicator_id,
            version,
            // What is new was added when it was last changed: at the time of its entry in the audit log.
            created_at: updated_at,
            updated_at,
        }
    }
}

/// A label on a component.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = component_label, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ComponentLabel {
    pub component_id: i64,
    pub label_id: i64,
    pub label_name: String,
}

/// A window of a component.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = component_window, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ComponentWindow {
    pub component_id: i64,
    pub window_id: i64,
}

/// A calendar that excludes time from every window of a component.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = component_calendar, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct ComponentCalendar {
    pub component_id: i64,
    pub calendar_id: i64,
}

/// Everything that is put on components, ready to be stored.
#[derive(Clone, Debug, Default)]
pub struct ComponentLinks {
    /// Labels.
    pub labels: Vec<ComponentLabel>,
    /// Windows.
    pub windows: Vec<ComponentWindow>,
    /// Calendars.
    pub calendars: Vec<ComponentCalendar>,
}
