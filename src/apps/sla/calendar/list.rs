//! The list of calendars, made in memory.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::admin::CalendarAdmin;
use super::state::{CalendarState, calendars};
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{self, ListLine, MemoryList, SortKey};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{component, window};
use crate::db::{self, Conn};

list_keys! {
    /// A column of the list.
    pub enum CalendarColumn {
        /// The name.
        Name => "name",
        /// The zone of its rules.
        TimeZone => "timezone",
        /// How many windows and components use it.
        UsedBy => "used_by",
        /// Whether it excludes anything.
        Enabled => "enabled",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    pub enum CalendarOrder {
        /// By name.
        Name => CalendarColumn::Name.key(),
        /// By zone.
        TimeZone => CalendarColumn::TimeZone.key(),
        /// By whether it excludes anything.
        Enabled => CalendarColumn::Enabled.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum CalendarFilter {
        /// By whether they exclude anything.
        Enabled => "enabled__exact",
    }
}

/// A calendar of the list.
pub struct CalendarLine(Stored<CalendarState>);

impl ListLine for CalendarLine {
    type Order = CalendarOrder;
    type Filter = CalendarFilter;
    type Period = NoKey;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.0.id
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.0.state.name, &self.0.state.description]
    }

    fn values(&self, filter: CalendarFilter) -> Vec<String> {
        match filter {
            CalendarFilter::Enabled => listed::flag(self.0.state.enabled),
        }
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: CalendarOrder) -> SortKey {
        let state = &self.0.state;
        match order {
            CalendarOrder::Name => SortKey::text(&state.name),
            CalendarOrder::TimeZone => SortKey::text(state.timezone.map_or("", |zone| zone.name())),
            CalendarOrder::Enabled => SortKey::Number(i64::from(state.enabled)),
        }
    }
}

/// A calendar of a page of the list.
struct DrawnCalendar {
    state: CalendarState,
    windows: i64,
    components: i64,
}

impl CalendarColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links(),
            Self::TimeZone => ListColumn::new(self.key(), "Time zone"),
            Self::UsedBy => ListColumn::new(self.key(), "Used by"),
            Self::Enabled => ListColumn::new(self.key(), "Enabled"),
        }
    }

    fn cell(self, calendar: &DrawnCalendar) -> ListCell {
        let DrawnCalendar {
            state,
            windows,
            components,
        } = calendar;
        match self {
            Self::Name => ListCell::Text(state.name.clone()),
            Self::TimeZone => ListCell::Text(state.timezone.map_or("floating", |zone| zone.name()).to_owned()),
            Self::UsedBy => ListCell::Text(format!("{windows} windows, {components} components")),
            Self::Enabled => ListCell::Flag(state.enabled),
        }
    }
}

impl MemoryList for CalendarAdmin {
    type Line = CalendarLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<CalendarLine>> {
        Ok(calendars(conn, None)?.into_iter().map(CalendarLine).collect())
    }

    fn draw(&self, conn: &mut Conn, lines: Vec<CalendarLine>) -> db::Result<Vec<ListRow>> {
        let by_components: HashMap<i64, i64> = component::usage_store::count_all_by_calendar(conn)?
            .into_iter()
            .collect();
        let by_windows: HashMap<i64, i64> = window::store::count_all_by_calendar(conn)?.into_iter().collect();
        let row = |CalendarLine(stored): CalendarLine| {
            let count = |counts: &HashMap<i64, i64>| counts.get(&stored.id).copied().unwrap_or(0);
            let calendar = DrawnCalendar {
                windows: count(&by_windows),
                components: count(&by_components),
                state: stored.state,
            };
            ListRow {
                id: stored.id,
                version: stored.version,
                title: calendar.state.name.clone(),
                cells: CalendarColumn::ALL
                    .iter()
                    .map(|column| column.cell(&calendar))
                    .collect(),
            }
        };
        Ok(lines.into_iter().map(row).collect())
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &CalendarFilter| match filter {
        CalendarFilter::Enabled => Filter {
            key: filter.key(),
            title: "Enabled",
            choices: Choices::Flag,
        },
    };
    CalendarFilter::ALL.iter().map(filter).collect()
}
