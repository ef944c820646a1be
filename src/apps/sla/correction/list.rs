//! The list of corrections, made in memory.

use chrono::{DateTime, NaiveDateTime};

use super::about;
use super::admin::{CorrectionAdmin, numbered};
use super::state::{CorrectionEffect, CorrectionState, corrections};
use super::store;
use crate::admin::model::{ListCell, ListRow};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{ListLine, MemoryList, SortKey};
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::auth::Model;
use crate::db::{self, Conn};

list_keys! {
    /// A column of the list.
    pub enum CorrectionColumn {
        /// When it begins.
        Start => "start",
        /// When it ends.
        End => "end",
        /// The component or the selector.
        Scope => "scope",
        /// What its time counts as.
        Effect => "effect",
        /// Why.
        Reason => "reason",
    }
}

list_keys! {
    /// What the list can be sorted by. The keys are those of columns.
    pub enum CorrectionOrder {
        /// By when it begins.
        Start => CorrectionColumn::Start.key(),
        /// By when it ends.
        End => CorrectionColumn::End.key(),
        /// By component or selector.
        Scope => CorrectionColumn::Scope.key(),
        /// By effect.
        Effect => CorrectionColumn::Effect.key(),
    }
}

list_keys! {
    /// A filter of the list.
    pub enum CorrectionFilter {
        /// By what its time counts as.
        Effect => "effect",
    }
}

list_keys! {
    /// Instants by which the list can be narrowed.
    pub enum CorrectionPeriod {
        /// When it begins.
        Start => "start",
        /// When it ends.
        End => "end",
    }
}

/// A correction of the list.
#[derive(Clone)]
pub struct CorrectionLine {
    stored: Stored<CorrectionState>,
    title: String,
}

impl CorrectionLine {
    fn scope(&self) -> &str {
        let state = &self.stored.state;
        state.component.as_deref().unwrap_or(&state.selector)
    }

    /// Returns whether the correction speaks of objects of these models, by its title or also by one of its texts.
    fn is_about(&self, hidden: &[Model], in_texts: bool) -> bool {
        let about = about::of(&self.stored.state).filter(|about| !in_texts || !about.fields.is_empty());
        about.is_some_and(|about| about.is_of_any(hidden))
    }
}

/// Returns an instant as lists have it.
fn instant(at: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(at, 0).map(|at| at.naive_utc())
}

impl ListLine for CorrectionLine {
    type Order = CorrectionOrder;
    type Filter = CorrectionFilter;
    type Period = CorrectionPeriod;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.stored.id
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.stored.state.selector, &self.stored.state.reason]
    }

    fn title_for(&self, hidden: &[Model]) -> String {
        match self.is_about(hidden, false) {
            true => numbered(self.stored.id),
            false => self.title.clone(),
        }
    }

    fn texts_for(&self, hidden: &[Model]) -> Vec<&str> {
        match self.is_about(hidden, true) {
            true => Vec::new(),
            false => self.texts(),
        }
    }

    fn values(&self, filter: CorrectionFilter) -> Vec<String> {
        match filter {
            CorrectionFilter::Effect => vec![self.stored.state.effect.as_str().to_owned()],
        }
    }

    fn instant(&self, period: CorrectionPeriod) -> Option<NaiveDateTime> {
        match period {
            CorrectionPeriod::Start => instant(self.stored.state.start),
            CorrectionPeriod::End => instant(self.stored.state.end),
        }
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: CorrectionOrder) -> SortKey {
        let state = &self.stored.state;
        match order {
            CorrectionOrder::Start => SortKey::Number(state.start),
            CorrectionOrder::End => SortKey::Number(state.end),
            CorrectionOrder::Scope => SortKey::text(self.scope()),
            CorrectionOrder::Effect => SortKey::text(state.effect.as_str()),
        }
    }
}

impl CorrectionColumn {
    /// Returns what the list declares of the column.
    pub(super) fn column(self) -> ListColumn {
        match self {
            Self::Start => ListColumn::new(self.key(), "Start").links().early(),
            Self::End => ListColumn::new(self.key(), "End").early(),
            Self::Scope => ListColumn::new(self.key(), "Component or selector").early(),
            Self::Effect => ListColumn::new(self.key(), "Effect"),
            Self::Reason => ListColumn::new(self.key(), "Reason"),
        }
    }

    fn cell(self, line: &CorrectionLine) -> ListCell {
        let state = &line.stored.state;
        match self {
            Self::Start => ListCell::Instant(instant(state.start)),
            Self::End => ListCell::Instant(instant(state.end)),
            Self::Scope => ListCell::Of(about::models(state), line.scope().to_owned()),
            Self::Effect => ListCell::Text(state.effect.as_str().to_owned()),
            Self::Reason => match about::of(state) {
                Some(about) if about.fields.contains(&"reason") => ListCell::Of(about.models, state.reason.clone()),
                _ => ListCell::Text(state.reason.clone()),
            },
        }
    }
}

impl MemoryList for CorrectionAdmin {
    type Line = CorrectionLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<CorrectionLine>> {
        let line = |stored: Stored<CorrectionState>| CorrectionLine {
            title: stored.state.title(),
            stored,
        };
        Ok(corrections(conn, None)?.into_iter().map(line).collect())
    }

    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        store::count(conn)
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<CorrectionLine>) -> db::Result<Vec<ListRow>> {
        let row = |line: &CorrectionLine| ListRow {
            id: line.stored.id,
            version: line.stored.version,
            title: line.title.clone(),
            cells: CorrectionColumn::ALL.iter().map(|column| column.cell(line)).collect(),
        };
        Ok(lines.iter().map(row).collect())
    }
}

/// Returns the filters that the list declares.
pub(super) fn filters() -> Vec<Filter> {
    let filter = |filter: &CorrectionFilter| match filter {
        CorrectionFilter::Effect => Filter {
            inputs: &[],
            rare: false,
            key: filter.key(),
            title: "Effect",
            choices: Choices::Listed,
        },
    };
    CorrectionFilter::ALL.iter().map(filter).collect()
}

/// Returns the ranges that the list declares.
pub(super) fn ranges() -> Vec<Range> {
    let period = |period: &CorrectionPeriod| Range {
        key: period.key(),
        title: match period {
            CorrectionPeriod::Start => "Start",
            CorrectionPeriod::End => "End",
        },
        kind: RangeKind::Date,
        rare: false,
    };
    CorrectionPeriod::ALL.iter().map(period).collect()
}

/// Returns the values of the filter: value and words.
pub(super) fn offers() -> Vec<(String, String)> {
    let owned = |(word, shown): &(&str, &str)| ((*word).to_owned(), (*shown).to_owned());
    CorrectionEffect::CHOICES.iter().map(owned).collect()
}
