//! The list of log entries: its columns, orders, filters and ranges. Their queries are in the store.

use crate::admin::model::ListCell;
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::accounts::USER;
use crate::apps::list_key::{ListKey, list_keys};

list_keys! {
    /// A column of the list.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum EntryColumn {
        Time => "action_time",
        User => "user",
        Action => "action",
        Object => "object",
        Changes => "changes",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum EntryOrder {
        Time => EntryColumn::Time.key(),
        User => EntryColumn::User.key(),
        Action => EntryColumn::Action.key(),
        Object => EntryColumn::Object.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum EntryFilter {
        /// By the user who acted.
        User => "user__id__exact",
        /// By what was done.
        Action => "action_flag__exact",
        /// By the kind of object that it was done to.
        ContentType => "content_type",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    pub enum EntryPeriod {
        /// When it was done; the date hierarchy.
        Time => "action_time",
    }
}

/// The cells of an entry.
pub(super) struct EntryCells {
    pub(super) time: ListCell,
    pub(super) user: ListCell,
    pub(super) action: ListCell,
    pub(super) object: ListCell,
    pub(super) changes: ListCell,
}

impl EntryCells {
    /// Returns the cells in the order of the columns.
    pub(super) fn in_order(&self) -> Vec<ListCell> {
        let cell = |column: &EntryColumn| match column {
            EntryColumn::Time => self.time.clone(),
            EntryColumn::User => self.user.clone(),
            EntryColumn::Action => self.action.clone(),
            EntryColumn::Object => self.object.clone(),
            EntryColumn::Changes => self.changes.clone(),
        };
        EntryColumn::ALL.iter().map(cell).collect()
    }
}

impl EntryColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Time => ListColumn::new(self.key(), "Time").links(),
            Self::User => ListColumn::new(self.key(), "User"),
            Self::Action => ListColumn::new(self.key(), "Action"),
            Self::Object => ListColumn::new(self.key(), "Object"),
            Self::Changes => ListColumn::new(self.key(), "Changes"),
        }
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &EntryFilter| {
        let (title, choices) = match filter {
            EntryFilter::User => ("User", Choices::Related(USER)),
            EntryFilter::Action => ("Action", Choices::Listed),
            EntryFilter::ContentType => ("Kind of object", Choices::Listed),
        };
        Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title,
            choices,
        }
    };
    EntryFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |period: &EntryPeriod| Range {
        key: period.key(),
        title: match period {
            EntryPeriod::Time => "Time",
        },
        kind: RangeKind::Date,
        rare: false,
    };
    EntryPeriod::ALL.iter().map(range).collect()
}
