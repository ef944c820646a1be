//! The list of security events: its columns, orders, filters and ranges. Their queries are in the store.

use super::store::StoredEvent;
use crate::admin::model::ListCell;
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::accounts::USER;
use crate::apps::list_key::{ListKey, list_keys};

list_keys! {
    /// A column of the list.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum EventColumn {
        Time => "event_time",
        Kind => "kind",
        User => "user",
        Address => "address",
        Occurrences => "occurrences",
        Detail => "detail",
        Request => "request_id",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    #[expect(missing_docs, reason = "the variants are the columns")]
    pub enum EventOrder {
        Time => EventColumn::Time.key(),
        Kind => EventColumn::Kind.key(),
        User => EventColumn::User.key(),
        Address => EventColumn::Address.key(),
        Occurrences => EventColumn::Occurrences.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum EventFilter {
        /// By what happened.
        Kind => "kind__exact",
        /// By the user.
        User => "user__id__exact",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    pub enum EventPeriod {
        /// When it happened; the date hierarchy.
        Time => "event_time",
    }
}

impl EventColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Time => ListColumn::new(self.key(), "Time").links(),
            Self::Kind => ListColumn::new(self.key(), "Kind"),
            Self::User => ListColumn::new(self.key(), "User"),
            Self::Address => ListColumn::new(self.key(), "Address"),
            Self::Occurrences => ListColumn::new(self.key(), "Count"),
            Self::Detail => ListColumn::new(self.key(), "Detail"),
            Self::Request => ListColumn::new(self.key(), "Request"),
        }
    }

    /// Returns the cell of an event.
    pub(super) fn cell(self, event: &StoredEvent) -> ListCell {
        match self {
            Self::Time => ListCell::Instant(Some(event.event_time)),
            Self::Kind => ListCell::Text(event.kind.clone()),
            Self::User => ListCell::Text(event.username.clone()),
            Self::Address => ListCell::Text(event.address.clone()),
            Self::Occurrences => ListCell::Number(event.occurrences),
            Self::Detail => ListCell::Text(event.detail.clone()),
            Self::Request => ListCell::Text(event.request_id.clone()),
        }
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &EventFilter| {
        let (title, choices) = match filter {
            EventFilter::Kind => ("Kind", Choices::Listed),
            EventFilter::User => ("User", Choices::Related(USER)),
        };
        Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title,
            choices,
        }
    };
    EventFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |period: &EventPeriod| Range {
        key: period.key(),
        title: match period {
            EventPeriod::Time => "Time",
        },
        kind: RangeKind::Date,
        rare: false,
    };
    EventPeriod::ALL.iter().map(range).collect()
}
