//! The list of indicators, made in memory.

use std::collections::HashMap;

use chrono::NaiveDateTime;

use super::about;
use super::admin::IndicatorAdmin;
use super::model::IndicatorRow;
use super::state::IndicatorKind;
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{ListLine, MemoryList, SortKey};
use crate::auth::Model;
use crate::db::{self, Conn};

list_keys! {
    /// A column of the list.
    pub enum IndicatorColumn {
        /// The name.
        Name => "name",
        /// The server that is queried.
        Source => "source",
        /// The expression.
        Expression => "expression",
        /// How samples become time.
        Kind => "kind",
        /// The selector.
        Selector => "selector",
        /// How many components name it.
        Components => "components",
        /// When it was changed.
        UpdatedAt => "updated_at",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    pub enum IndicatorOrder {
        /// By name.
        Name => IndicatorColumn::Name.key(),
        /// By source.
        Source => IndicatorColumn::Source.key(),
        /// By kind.
        Kind => IndicatorColumn::Kind.key(),
        /// By how many components name it.
        Components => IndicatorColumn::Components.key(),
        /// By when it was changed.
        UpdatedAt => IndicatorColumn::UpdatedAt.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum IndicatorFilter {
        /// By the server that is queried.
        Source => "source",
        /// By how samples become time.
        Kind => "kind",
    }
}

/// An indicator of the list.
#[derive(Clone)]
pub struct IndicatorLine {
    row: IndicatorRow,
    components: i64,
}

impl ListLine for IndicatorLine {
    type Order = IndicatorOrder;
    type Filter = IndicatorFilter;
    type Period = NoKey;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.row.id
    }

    fn title(&self) -> &str {
        &self.row.name
    }

    fn texts(&self) -> Vec<&str> {
        let row = &self.row;
        vec![&row.name, &row.source, &row.expression, &row.selector]
    }

    fn texts_for(&self, hidden: &[Model]) -> Vec<&str> {
        let row = &self.row;
        let about = about::of(&row.selector);
        match about.is_some_and(|about| about.is_of_any(hidden)) {
            true => vec![row.name.as_str(), &row.source, &row.expression],
            false => self.texts(),
        }
    }

    fn values(&self, filter: IndicatorFilter) -> Vec<String> {
        match filter {
            IndicatorFilter::Source => vec![self.row.source.clone()],
            IndicatorFilter::Kind => vec![self.row.kind.clone()],
        }
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: IndicatorOrder) -> SortKey {
        let row = &self.row;
        match order {
            IndicatorOrder::Name => SortKey::text(&row.name),
            IndicatorOrder::Source => SortKey::text(&row.source),
            IndicatorOrder::Kind => SortKey::text(&row.kind),
            IndicatorOrder::Components => SortKey::Number(self.components),
            IndicatorOrder::UpdatedAt => SortKey::Number(row.updated_at.and_utc().timestamp_micros()),
        }
    }
}

impl IndicatorColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links().early(),
            Self::Source => ListColumn::new(self.key(), "Source"),
            Self::Expression => ListColumn::new(self.key(), "Expression").early(),
            Self::Kind => ListColumn::new(self.key(), "Kind"),
            Self::Selector => ListColumn::new(self.key(), "Selector"),
            Self::Components => ListColumn::new(self.key(), "Named by components"),
            Self::UpdatedAt => ListColumn::new(self.key(), "Updated"),
        }
    }

    fn cell(self, line: &IndicatorLine) -> ListCell {
        let row = &line.row;
        match self {
            Self::Name => ListCell::Text(row.name.clone()),
            Self::Source => ListCell::Text(row.source.clone()),
            Self::Expression => ListCell::Text(row.expression.clone()),
            Self::Kind => ListCell::Text(row.kind.clone()),
            Self::Selector => match about::of(&row.selector) {
                Some(about) => ListCell::Of(about.models, row.selector.clone()),
                None => ListCell::Text(row.selector.clone()),
            },
            Self::Components => ListCell::Number(line.components),
            Self::UpdatedAt => ListCell::Instant(Some(row.updated_at)),
        }
    }
}

impl MemoryList for IndicatorAdmin {
    type Line = IndicatorLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<IndicatorLine>> {
        let counts: HashMap<i64, i64> = store::user_counts(conn)?.into_iter().collect();
        let line = |row: IndicatorRow| IndicatorLine {
            components: counts.get(&row.id).copied().unwrap_or(0),
            row,
        };
        Ok(store::all(conn)?.into_iter().map(line).collect())
    }

    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        store::count(conn)
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<IndicatorLine>) -> db::Result<Vec<ListRow>> {
        let row = |line: &IndicatorLine| ListRow {
            id: line.row.id,
            version: line.row.version,
            title: line.row.name.clone(),
            cells: IndicatorColumn::ALL.iter().map(|column| column.cell(line)).collect(),
        };
        Ok(lines.iter().map(row).collect())
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &IndicatorFilter| Filter {
        inputs: &[],
        rare: false,
        key: filter.key(),
        title: match filter {
            IndicatorFilter::Source => "Source",
            IndicatorFilter::Kind => "Kind",
        },
        choices: Choices::Listed,
    };
    IndicatorFilter::ALL.iter().map(filter).collect()
}

/// Returns the values of a filter: value and words.
pub(super) fn offers(conn: &mut Conn, filter: IndicatorFilter) -> db::Result<Vec<(String, String)>> {
    Ok(match filter {
        IndicatorFilter::Source => {
            let mut sources: Vec<String> = store::all(conn)?.into_iter().map(|row| row.source).collect();
            sources.sort_unstable();
            sources.dedup();
            sources.into_iter().map(|source| (source.clone(), source)).collect()
        }
        IndicatorFilter::Kind => {
            let words = IndicatorKind::CHOICES.iter().map(|(word, _)| (*word).to_owned());
            words.map(|word| (word.clone(), word)).collect()
        }
    })
}
