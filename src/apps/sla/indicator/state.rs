//! An indicator as a value, and how it is read.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::expression::Expression;
use super::model::{IndicatorColumns, IndicatorRow};
use super::store;
use crate::apps::sla::stored::{Stored, noted};
use crate::db::{Conn, Result};

pub use crate::calculus::attainment::run::UnknownPolicy;

/// An indicator.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorState {
    /// Unique name.
    pub name: String,
    /// The name of the server that is queried.
    pub source: String,
    /// The expression, with placeholders.
    pub expression: String,
    /// How samples become time.
    pub kind: IndicatorKind,
    /// The distance of samples, in seconds.
    pub step_s: i64,
    /// From which value on a state is up; without it the value itself is the share that is up.
    pub threshold: Option<f64>,
    /// What time without samples counts as.
    pub unknown: UnknownPolicy,
    /// The selector of the components that it is for; empty for none but those that name it.
    pub selector: String,
}

/// How samples become time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndicatorKind {
    /// The mean of all samples of each step is the share of it that is up.
    Mean,
    /// The value at the beginning of each step holds until the next.
    State,
}

impl IndicatorKind {
    /// The words, and what people read in their place.
    pub const CHOICES: [(&'static str, &'static str); 2] = [
        ("mean", "mean: the average of all samples of each step"),
        ("state", "state: the value at the beginning of each step"),
    ];

    /// Returns the word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::State => "state",
        }
    }

    /// Returns what a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Mean, Self::State].into_iter().find(|kind| kind.as_str() == word)
    }
}

impl UnknownPolicy {
    /// The words, and what people read in their place.
    pub const CHOICES: [(&'static str, &'static str); 3] = [
        ("separate", "separate: neither up nor down"),
        ("down", "down"),
        ("up", "up"),
    ];

    /// Returns the word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Separate => "separate",
            Self::Down => "down",
            Self::Up => "up",
        }
    }

    /// Returns what a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Separate, Self::Down, Self::Up];
        all.into_iter().find(|policy| policy.as_str() == word)
    }
}

impl IndicatorState {
    /// Returns the expression for a component.
    ///
    /// # Errors
    /// A message: it cannot be read, or the component lacks a label that it names.
    pub fn expression_of(
        &self,
        component: &str,
        labels: &BTreeMap<String, String>,
    ) -> std::result::Result<String, String> {
        let expression = Expression::parse(&self.expression)?;
        expression
            .of_component(component, labels)
            .map_err(|label| format!("component `{component}` has no label `{label}`, which the expression names"))
    }

    /// Returns the expression that is evaluated at each instant of a grid of `step_s`, and gives the share that is up: for a mean at the end
    /// of each step, less a millisecond; for a state at its beginning.
    ///
    /// # Errors
    /// A message, as [`Self::expression_of`] has it.
    pub fn sampled(&self, component: &str, labels: &BTreeMap<String, String>) -> std::result::Result<String, String> {
        let expression = self.expression_of(component, labels)?;
        // A comment at the end of an expression must not swallow what follows it.
        Ok(match (self.kind, self.threshold) {
            (IndicatorKind::Mean, _) => format!("avg_over_time({expression}\n[{}s])", self.step_s),
            (IndicatorKind::State, None) => expression,
            (IndicatorKind::State, Some(threshold)) => format!("({expression}\n) >= bool {threshold}"),
        })
    }

    /// Returns the columns that store the indicator.
    #[must_use]
    pub fn columns(&self, version: i64, updated_at: NaiveDateTime) -> IndicatorColumns {
        let Self {
            name,
            source,
            expression,
            kind,
            step_s,
            threshold,
            unknown,
            selector,
        } = self;
        IndicatorColumns {
            name: name.clone(),
            source: source.clone(),
            expression: expression.clone(),
            kind: kind.as_str().to_owned(),
            step_s: *step_s,
            threshold: *threshold,
            unknown_policy: unknown.as_str().to_owned(),
            selector: selector.clone(),
            version,
            updated_at,
        }
    }
}

/// Returns the indicators of these keys; all without keys.
pub fn indicators(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<IndicatorState>>> {
    let rows = match ids {
        Some(ids) => store::by_ids(conn, ids)?,
        None => store::all(conn)?,
    };
    Ok(rows.into_iter().map(stored_indicator).collect())
}

fn stored_indicator(row: IndicatorRow) -> Stored<IndicatorState> {
    let IndicatorRow {
        id,
        name,
        source,
        expression,
        kind,
        step_s,
        threshold,
        unknown_policy,
        selector,
        version,
        updated_at: _,
    } = row;
    let mut unreadable = None;
    let read_kind = IndicatorKind::parse(&kind).ok_or_else(|| format!("`{kind}` is no kind"));
    let unknown = UnknownPolicy::parse(&unknown_policy).ok_or_else(|| format!("`{unknown_policy}` is no policy"));
    Stored {
        id,
        version,
        state: IndicatorState {
            name,
            source,
            expression,
            kind: noted(read_kind, &mut unreadable).unwrap_or(IndicatorKind::Mean),
            step_s,
            threshold,
            unknown: noted(unknown, &mut unreadable).unwrap_or(UnknownPolicy::Separate),
            selector,
        },
        unreadable,
    }
}
