//! The list of calendars, made in memory.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use super::admin::CalendarAdmin;
use super::model::CalendarRow;
use super::running_out::{self, RunOut};
use super::state::{CalendarState, stored_calendar};
use super::store;
use crate::admin::dates;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn};
use crate::apps::grouped::grouped;
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{self, ListLine, MemoryList, SortKey};
use crate::apps::sla::component::users::count;
use crate::apps::sla::lint::expiry;
use crate::apps::sla::rule::RuleRow;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window;
use crate::calculus::lint;
use crate::calculus::rule::Rule;
use crate::db::{self, Conn};
use crate::text::counted;
use crate::zones;

list_keys! {
    /// A column of the list.
    pub enum CalendarColumn {
        /// The name.
        Name => "name",
        /// The zone of its rules.
        TimeZone => "timezone",
        /// How many windows use it, and how many components it cuts, by itself or through them.
        UsedBy => "used_by",
        /// The last of its listed dates.
        LastDate => "last_date",
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
        /// By its last date; behind those that have one are those that recur, and those without rules last.
        LastDate => CalendarColumn::LastDate.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum CalendarFilter {
        /// By whether they exclude anything.
        Enabled => "enabled__exact",
        /// By when their dates run out.
        RunsOut => running_out::FILTER,
    }
}

/// A calendar of the list.
#[derive(Clone)]
pub struct CalendarLine {
    row: CalendarRow,
    /// How many components it cuts, by itself or through windows.
    components: i64,
    last: Option<LastDate>,
    /// When its dates run out.
    runs_out: Vec<RunOut>,
}

impl ListLine for CalendarLine {
    type Order = CalendarOrder;
    type Filter = CalendarFilter;
    type Period = NoKey;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.row.id
    }

    fn title(&self) -> &str {
        &self.row.name
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.row.name, &self.row.description]
    }

    fn values(&self, filter: CalendarFilter) -> Vec<String> {
        match filter {
            CalendarFilter::Enabled => listed::flag(self.row.enabled),
            CalendarFilter::RunsOut => self.runs_out.iter().map(|when| when.as_str().to_owned()).collect(),
        }
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: CalendarOrder) -> SortKey {
        let row = &self.row;
        match order {
            CalendarOrder::Name => SortKey::text(&row.name),
            CalendarOrder::TimeZone => SortKey::text(row.timezone.as_deref().unwrap_or_default()),
            CalendarOrder::Enabled => SortKey::Number(i64::from(row.enabled)),
            CalendarOrder::LastDate => SortKey::Number(match self.last {
                Some(LastDate::On(date)) => i64::from(date.num_days_from_ce()),
                Some(LastDate::Recurs) => i64::MAX - 1,
                None => i64::MAX,
            }),
        }
    }
}

/// Until when the rules of a calendar go on.
#[derive(Clone, Copy)]
enum LastDate {
    On(NaiveDate),
    /// A rule of it recurs without an end that would be listed.
    Recurs,
}

impl LastDate {
    fn of(rules: &[RuleRow]) -> Option<Self> {
        let read = rules.iter().filter_map(|rule| rule.read().ok());
        let rules: Vec<Rule> = read.map(|definition| definition.rule).collect();
        match lint::last_date(&rules) {
            Some(date) => Some(Self::On(date)),
            None => (!rules.is_empty()).then_some(Self::Recurs),
        }
    }
}

impl CalendarColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links(),
            Self::TimeZone => ListColumn::new(self.key(), "Time zone"),
            Self::UsedBy => ListColumn::new(self.key(), "Used by"),
            Self::LastDate => ListColumn::new(self.key(), "Last date"),
            Self::Enabled => ListColumn::new(self.key(), "Enabled"),
        }
    }

    fn cell(self, line: &CalendarLine, windows: i64) -> ListCell {
        let CalendarLine {
            row,
            components,
            last,
            runs_out: _,
        } = line;
        match self {
            Self::Name => ListCell::Text(row.name.clone()),
            Self::TimeZone => ListCell::Text(row.timezone.clone().unwrap_or_else(|| "that of each window".to_owned())),
            Self::UsedBy => ListCell::Text(format!(
                "{}, {}",
                counted(windows, "window"),
                counted(*components, "component")
            )),
            Self::LastDate => ListCell::Text(match last {
                Some(LastDate::On(date)) => dates::date(*date),
                Some(LastDate::Recurs) => "recurs".to_owned(),
                None => String::new(),
            }),
            Self::Enabled => ListCell::Flag(row.enabled),
        }
    }
}

impl MemoryList for CalendarAdmin {
    type Line = CalendarLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<CalendarLine>> {
        let model = self.read_models.current(conn)?;
        let rules = store::all_rules(conn)?.into_iter();
        let rules = grouped(rules.map(|rule| (rule.calendar_id, rule)));
        let cut = model.cut_counts();
        let (zones, now) = (zones::current(), self.metrics.now_seconds());
        let line = |row: CalendarRow| {
            let rules = rules.get(&Some(row.id)).map_or(&[][..], Vec::as_slice);
            CalendarLine {
                components: count(cut.get(&row.id).copied().unwrap_or(0)),
                last: LastDate::of(rules),
                runs_out: runs_out(&stored_calendar(&zones, row.clone(), rules), now),
                row,
            }
        };
        Ok(store::all(conn)?.into_iter().map(line).collect())
    }

    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        store::count(conn)
    }

    fn draw(&self, conn: &mut Conn, lines: Vec<CalendarLine>) -> db::Result<Vec<ListRow>> {
        let by_windows: HashMap<i64, i64> = window::store::count_all_by_calendar(conn)?.into_iter().collect();
        let row = |line: &CalendarLine| {
            let windows = by_windows.get(&line.row.id).copied().unwrap_or(0);
            ListRow {
                id: line.row.id,
                version: line.row.version,
                title: line.row.name.clone(),
                cells: CalendarColumn::ALL
                    .iter()
                    .map(|column| column.cell(line, windows))
                    .collect(),
            }
        };
        Ok(lines.iter().map(row).collect())
    }
}

/// Returns when the dates of a calendar run out; nothing for one that is disabled or cannot be read, which excludes nothing whenever that is.
fn runs_out(calendar: &Stored<CalendarState>, now: i64) -> Vec<RunOut> {
    let state = &calendar.state;
    if !state.enabled || calendar.unreadable.is_some() {
        return Vec::new();
    }
    let last = expiry::last_date(state).map(|date| (date, state.timezone));
    RunOut::ALL.into_iter().filter(|when| when.has(last, now)).collect()
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &CalendarFilter| match filter {
        CalendarFilter::Enabled => Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title: "Enabled",
            choices: Choices::Flag,
        },
        CalendarFilter::RunsOut => Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title: "Dates run out",
            choices: Choices::Listed,
        },
    };
    CalendarFilter::ALL.iter().map(filter).collect()
}
