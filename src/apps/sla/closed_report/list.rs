//! The list of closed reports, made in memory.

use chrono::NaiveDateTime;

use super::admin::ClosedReportAdmin;
use super::model::ClosedReport;
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{ListLine, MemoryList, SortKey};
use crate::apps::sla::report::period::{PERIOD_KINDS, kind_name};
use crate::apps::sla::{COMPONENT, LABEL};
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::text::capitalised;

list_keys! {
    /// A column of the list.
    pub enum ClosedColumn {
        /// The period.
        Period => "period",
        /// The zone of its midnights.
        Zone => "timezone",
        /// Which components.
        Scope => "scope",
        /// How many components.
        Members => "members",
        /// By whom it was closed.
        By => "closed_by",
        /// When it was closed.
        At => "closed_at",
        /// The beginning of the digest of its figures.
        Digest => "digest",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    pub enum ClosedOrder {
        /// By the first day of the period.
        Period => ClosedColumn::Period.key(),
        /// By the number of components.
        Members => ClosedColumn::Members.key(),
        /// By whom it was closed.
        By => ClosedColumn::By.key(),
        /// By when it was closed.
        At => ClosedColumn::At.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum ClosedFilter {
        /// By the kind of the period.
        Period => "period__exact",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    pub enum ClosingPeriod {
        /// When it was closed.
        At => "closed_at",
    }
}

/// A closed report of the list.
#[derive(Clone)]
pub struct ListedClosing {
    closed: ClosedReport,
    title: String,
}

impl ListLine for ListedClosing {
    type Order = ClosedOrder;
    type Filter = ClosedFilter;
    type Period = ClosingPeriod;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.closed.id
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn texts(&self) -> Vec<&str> {
        // Not the component's name, which not all users may view.
        vec![&self.closed.timezone, &self.closed.selector, &self.closed.closed_by]
    }

    fn title_for(&self, hidden: &[Model]) -> String {
        let is_hidden = |model: &Model| hidden.contains(model);
        match ClosedColumn::Scope.cell(&self.closed) {
            ListCell::Of(models, _) if models.iter().any(is_hidden) => format!("closed report {}", self.closed.id),
            _ => self.title.clone(),
        }
    }

    fn texts_for(&self, hidden: &[Model]) -> Vec<&str> {
        match hidden.contains(&LABEL) {
            true => vec![&self.closed.timezone, &self.closed.closed_by],
            false => self.texts(),
        }
    }

    fn values(&self, filter: ClosedFilter) -> Vec<String> {
        match filter {
            ClosedFilter::Period => vec![self.closed.period.clone()],
        }
    }

    fn instant(&self, period: ClosingPeriod) -> Option<NaiveDateTime> {
        match period {
            ClosingPeriod::At => Some(self.closed.closed_at),
        }
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: ClosedOrder) -> SortKey {
        match order {
            ClosedOrder::Period => SortKey::Text(self.closed.first_day.to_string()),
            ClosedOrder::Members => SortKey::Number(self.closed.members),
            ClosedOrder::By => SortKey::text(&self.closed.closed_by),
            ClosedOrder::At => SortKey::Number(self.closed.closed_at.and_utc().timestamp_micros()),
        }
    }
}

impl ClosedColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Period => ListColumn::new(self.key(), "Period").links().early(),
            Self::Zone => ListColumn::new(self.key(), "Time zone"),
            Self::Scope => ListColumn::new(self.key(), "Components").early(),
            Self::Members => ListColumn::new(self.key(), "Number"),
            Self::By => ListColumn::new(self.key(), "Closed by").early(),
            Self::At => ListColumn::new(self.key(), "Closed"),
            Self::Digest => ListColumn::new(self.key(), "Digest"),
        }
    }

    fn cell(self, closed: &ClosedReport) -> ListCell {
        match self {
            Self::Period => ListCell::Text(closed.period_words()),
            Self::Zone => ListCell::Text(closed.timezone.clone()),
            Self::Scope => match closed.component_id {
                0 if closed.selector.is_empty() => ListCell::Text(closed.scope_words().to_owned()),
                0 => ListCell::Of(vec![LABEL], closed.selector.clone()),
                _ => ListCell::Of(vec![COMPONENT], closed.component_name.clone()),
            },
            Self::Members => ListCell::Number(closed.members),
            Self::By => ListCell::Text(closed.closed_by.clone()),
            Self::At => ListCell::Instant(Some(closed.closed_at)),
            Self::Digest => ListCell::Text(closed.digest.chars().take(12).collect()),
        }
    }
}

impl MemoryList for ClosedReportAdmin {
    type Line = ListedClosing;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<ListedClosing>> {
        let line = |closed: ClosedReport| ListedClosing {
            title: closed.title(),
            closed,
        };
        Ok(store::all(conn)?.into_iter().map(line).collect())
    }

    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        store::count(conn)
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<ListedClosing>) -> db::Result<Vec<ListRow>> {
        let row = |line: ListedClosing| ListRow {
            id: line.closed.id,
            version: 0,
            cells: ClosedColumn::ALL
                .iter()
                .map(|column| column.cell(&line.closed))
                .collect(),
            title: line.title,
        };
        Ok(lines.into_iter().map(row).collect())
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &ClosedFilter| Filter {
        inputs: &[],
        rare: false,
        key: filter.key(),
        title: match filter {
            ClosedFilter::Period => "Kind of period",
        },
        choices: Choices::Listed,
    };
    ClosedFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |period: &ClosingPeriod| Range {
        key: period.key(),
        title: match period {
            ClosingPeriod::At => "Closed",
        },
        kind: RangeKind::Date,
        rare: false,
    };
    ClosingPeriod::ALL.iter().map(range).collect()
}

/// Returns the values of the filter: value and words.
pub(super) fn offers() -> Vec<(String, String)> {
    let kinds = PERIOD_KINDS.into_iter().map(kind_name);
    kinds.map(|name| (name.to_owned(), capitalised(name))).collect()
}
