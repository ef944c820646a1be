//! The list of labels, made in memory.

use chrono::NaiveDateTime;

use super::admin::LabelAdmin;
use super::model::LabelRow;
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{ListLine, MemoryList, SortKey};
use crate::apps::sla::component::users::count;
use crate::apps::sla::properties::form::label_title;
use crate::apps::sla::read_model::links::Link;
use crate::db::{self, Conn};

list_keys! {
    /// A column of the list.
    pub enum LabelColumn {
        /// The name.
        Name => "name",
        /// The value.
        Value => "value",
        /// How many components have it.
        Components => "components",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    pub enum LabelOrder {
        /// By name.
        Name => LabelColumn::Name.key(),
        /// By value.
        Value => LabelColumn::Value.key(),
        /// By the number of components.
        Components => LabelColumn::Components.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum LabelFilter {
        /// By their name.
        Name => "name",
    }
}

list_keys! {
    /// Numbers by which the list can be narrowed.
    pub enum LabelNumber {
        /// How many components have it.
        Components => "components",
    }
}

/// A label of the list.
#[derive(Clone)]
pub struct LabelLine {
    row: LabelRow,
    /// `name=value`, by which people call it.
    title: String,
    components: i64,
}

impl ListLine for LabelLine {
    type Order = LabelOrder;
    type Filter = LabelFilter;
    type Period = NoKey;
    type Number = LabelNumber;

    fn id(&self) -> i64 {
        self.row.id
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.title]
    }

    fn values(&self, filter: LabelFilter) -> Vec<String> {
        match filter {
            LabelFilter::Name => vec![self.row.name.clone()],
        }
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: LabelNumber) -> i64 {
        match number {
            LabelNumber::Components => self.components,
        }
    }

    fn sort_key(&self, order: LabelOrder) -> SortKey {
        match order {
            LabelOrder::Name => SortKey::text(&self.row.name),
            LabelOrder::Value => SortKey::text(&self.row.value),
            LabelOrder::Components => SortKey::Number(self.components),
        }
    }
}

impl LabelColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Name => ListColumn::new(self.key(), "Name").links(),
            Self::Value => ListColumn::new(self.key(), "Value"),
            Self::Components => ListColumn::new(self.key(), "Components"),
        }
    }

    fn cell(self, line: &LabelLine) -> ListCell {
        match self {
            Self::Name => ListCell::Text(line.row.name.clone()),
            Self::Value => ListCell::Text(line.row.value.clone()),
            Self::Components => ListCell::Number(line.components),
        }
    }
}

impl MemoryList for LabelAdmin {
    type Line = LabelLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<LabelLine>> {
        let model = self.read_models.current(conn)?;
        let rows = store::all(conn)?;
        let line = |row: LabelRow| LabelLine {
            components: count(model.users(Link::Label, row.id)),
            title: label_title(&row.name, &row.value),
            row,
        };
        Ok(rows.into_iter().map(line).collect())
    }

    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        store::count(conn)
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<LabelLine>) -> db::Result<Vec<ListRow>> {
        let row = |line: &LabelLine| ListRow {
            id: line.row.id,
            version: line.row.version,
            title: line.title.clone(),
            cells: LabelColumn::ALL.iter().map(|column| column.cell(line)).collect(),
        };
        Ok(lines.iter().map(row).collect())
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &LabelFilter| match filter {
        LabelFilter::Name => Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title: "Name",
            choices: Choices::Listed,
        },
    };
    LabelFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let range = |number: &LabelNumber| match number {
        LabelNumber::Components => Range {
            key: number.key(),
            title: "Components",
            kind: RangeKind::Number { decimals: 0 },
            rare: false,
        },
    };
    LabelNumber::ALL.iter().map(range).collect()
}
