//! The list of SLA windows, made in memory.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::admin::WindowAdmin;
use super::coverage;
use super::model::WindowRow;
use super::state::{WindowState, windows};
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{self, ListLine, MemoryList, SortKey};
use crate::apps::sla::component::users::count;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::describe::words_with_note;
use crate::calculus::coverage::Coverage;
use crate::db::{self, Conn};

/// The most rules that a list sums up.
const RULES_SHOWN: usize = 3;

list_keys! {
    /// A column of the list.
    pub enum WindowColumn {
        /// The name.
        Name => "name",
        /// The zone of its rules.
        TimeZone => "timezone",
        /// What the rules come to.
        Rules => "rules_summary",
        /// How many components use it.
        Components => "components",
        /// Whether it is open now.
        State => "state",
        /// Whether it grants anything.
        Enabled => "enabled",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    pub enum WindowOrder {
        /// By name.
        Name => WindowColumn::Name.key(),
        /// By zone.
        TimeZone => WindowColumn::TimeZone.key(),
        /// By the number of components.
        Components => WindowColumn::Components.key(),
        /// By whether it grants anything.
        Enabled => WindowColumn::Enabled.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum WindowFilter {
        /// By whether they grant anything.
        Enabled => "enabled__exact",
        /// By their zone.
        TimeZone => "timezone",
    }
}

list_keys! {
    /// Numbers by which the list can be narrowed.
    pub enum WindowNumber {
        /// How many components use it.
        Components => "components",
    }
}

/// What a window is found and sorted by; its rules are read for the rows of a page alone.
#[derive(Clone)]
pub struct WindowLine {
    row: WindowRow,
    components: i64,
}

impl ListLine for WindowLine {
    type Order = WindowOrder;
    type Filter = WindowFilter;
    type Period = NoKey;
    type Number = WindowNumber;

    fn id(&self) -> i64 {
        self.row.id
    }

    fn title(&self) -> &str {
        &self.row.name
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.row.name, &self.row.description]
    }

    fn values(&self, filter: WindowFilter) -> Vec<String> {
        match filter {
            WindowFilter::Enabled => listed::flag(self.row.enabled),
            WindowFilter::TimeZone => vec![self.row.timezone.clone()],
        }
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: WindowNumber) -> i64 {
        match number {
            WindowNumber::Components => self.components,
        }
    }

    fn sort_key(&self, order: WindowOrder) -> SortKey {
        match order {
            WindowOrder::Name => SortKey::text(&self.row.name),
            WindowOrder::TimeZone => SortKey::text(&self.row.timezone),
            WindowOrder::Components => SortKey::Number(self.components),
            WindowOrder::Enabled => SortKey::Number(i64::from(self.row.enabled)),
        }
    }
}

/// A window of a page of the list.
struct DrawnWindow {
    line: WindowLine,
    state: WindowState,
    is_open: bool,
}

impl WindowColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links(),
            Self::TimeZone => ListColumn::new(self.key(), "Time zone"),
            Self::Rules => ListColumn::new(self.key(), "Rules"),
            Self::Components => ListColumn::new(self.key(), "Components"),
            Self::State => ListColumn::new(self.key(), "State now"),
            Self::Enabled => ListColumn::new(self.key(), "Enabled"),
        }
    }

    fn cell(self, window: &DrawnWindow) -> ListCell {
        let DrawnWindow { line, state, is_open } = window;
        match self {
            Self::Name => ListCell::Text(state.name.clone()),
            Self::TimeZone => ListCell::Text(line.row.timezone.clone()),
            Self::Rules => ListCell::Text(summary(&state.rules, &state.excludes)),
            Self::Components => ListCell::Number(line.components),
            Self::State => ListCell::State(*is_open, if *is_open { "inside" } else { "outside" }.to_owned()),
            Self::Enabled => ListCell::Flag(state.enabled),
        }
    }
}

impl MemoryList for WindowAdmin {
    type Line = WindowLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<WindowLine>> {
        let model = self.read_models.current(conn)?;
        let line = |row: WindowRow| WindowLine {
            components: count(model.users(Link::Window, row.id)),
            row,
        };
        Ok(store::all(conn)?.into_iter().map(line).collect())
    }

    fn all_lines(&self, conn: &mut Conn) -> db::Result<Arc<Vec<WindowLine>>> {
        let model = self.read_models.current(conn)?;
        self.lines.of(conn, &model, |conn| self.read_lines(conn))
    }

    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        store::count(conn)
    }

    fn draw(&self, conn: &mut Conn, lines: Vec<WindowLine>) -> db::Result<Vec<ListRow>> {
        let ids: Vec<i64> = lines.iter().map(ListLine::id).collect();
        let stored = windows(conn, Some(&ids))?.into_iter();
        let mut states: HashMap<i64, WindowState> = stored.map(|stored| (stored.id, stored.state)).collect();
        let calendars = coverage::calendars_by_name(conn, states.values())?;
        let now = self.now_seconds();
        let mut rows = Vec::with_capacity(lines.len());
        for line in lines {
            let Some(state) = states.remove(&line.row.id) else {
                continue;
            };
            let is_open = state.enabled && Coverage::new(vec![coverage::part(&state, &calendars)]).covers(now);
            let (id, version, title) = (line.row.id, line.row.version, state.name.clone());
            let window = DrawnWindow { line, state, is_open };
            rows.push(ListRow {
                id,
                version,
                title,
                cells: WindowColumn::ALL.iter().map(|column| column.cell(&window)).collect(),
            });
        }
        Ok(rows)
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &WindowFilter| {
        let (title, choices) = match filter {
            WindowFilter::Enabled => ("Enabled", Choices::Flag),
            WindowFilter::TimeZone => ("Time zone", Choices::Listed),
        };
        Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title,
            choices,
        }
    };
    WindowFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |number: &WindowNumber| match number {
        WindowNumber::Components => Range {
            key: number.key(),
            title: "Components",
            kind: RangeKind::Number { decimals: 0 },
            rare: false,
        },
    };
    WindowNumber::ALL.iter().map(range).collect()
}

/// Returns rules in few words.
fn summary(rules: &[RuleDefinition], excludes: &[RuleDefinition]) -> String {
    let mut parts: Vec<String> = rules.iter().map(words_with_note).collect();
    parts.extend(excludes.iter().map(|rule| format!("not {}", words_with_note(rule))));
    let more = parts.len().saturating_sub(RULES_SHOWN);
    parts.truncate(RULES_SHOWN);
    if more > 0 {
        parts.push(format!("{more} more"));
    }
    parts.join("; ")
}
