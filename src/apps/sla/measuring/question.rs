//! An indicator as queries: for many components at once, each with a label of its own in the answer.

use std::collections::BTreeMap;

use crate::calculus::attainment::cell::{SampleKind, grid};
use crate::calculus::attainment::run::UnknownPolicy;
use crate::calculus::span::Span;
use crate::prometheus_api::client::QueriedSeries;

/// The label by which the series of a query for many components are distinguished.
const MARK: &str = "sla_monitor_component";

/// An indicator, as far as it is needed to measure.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuringIndicator {
    /// The key.
    pub id: i64,
    /// The version.
    pub version: i64,
    /// The name.
    pub name: String,
    /// The name of the server that is asked.
    pub source: String,
    /// What a sample says.
    pub kind: SampleKind,
    /// The step of the grid, in seconds.
    pub step_s: i64,
    /// The least value that is up; none if values are shares.
    pub threshold: Option<f64>,
    /// What unknown time counts as.
    pub unknown: UnknownPolicy,
}

/// A component that is measured, with the indicator's expression for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MeasuredComponent {
    /// The key.
    pub id: i64,
    /// The name.
    pub name: String,
    /// The expression without placeholders.
    pub expression: String,
}

/// The cells of a span: the first and the last instant at which they are evaluated, in milliseconds, and their step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanGrid {
    /// The first.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// The step.
    pub step: i64,
}

impl SpanGrid {
    /// Returns how many cells there are.
    #[must_use]
    pub fn cells(&self) -> i64 {
        (self.last - self.first) / self.step + 1
    }
}

impl MeasuringIndicator {
    /// Returns the step in milliseconds.
    #[must_use]
    pub fn step_ms(&self) -> i64 {
        self.step_s.saturating_mul(1_000)
    }

    /// Returns the cells of a span in milliseconds.
    #[must_use]
    pub fn grid(&self, span: Span) -> SpanGrid {
        let step = self.step_ms();
        let (first, last) = grid(span, step);
        SpanGrid {
            first: self.kind.evaluated_at(first, step),
            last: self.kind.evaluated_at(last, step),
            step,
        }
    }

    /// Returns what is evaluated for one cell.
    fn sampled(&self, expression: &str, offset: &str) -> String {
        match self.kind {
            // A comment at the end of an expression must not swallow what follows it.
            SampleKind::Mean => format!("avg_over_time({expression}\n[{}s]{offset})", self.step_s),
            SampleKind::State => format!("({expression}\n)"),
        }
    }

    /// Returns the query for the samples of these components.
    #[must_use]
    pub fn samples_query(&self, components: &[&MeasuredComponent]) -> String {
        joined(
            components
                .iter()
                .map(|component| self.sampled(&component.expression, "")),
        )
    }

    /// Returns the query for how many cells of a span were fully up, of these components, and the instant at which it is evaluated.
    #[must_use]
    pub fn up_query(&self, components: &[&MeasuredComponent], span: Span) -> (String, i64) {
        let grid = self.grid(span);
        // Instants within a subquery are multiples of its step; means are evaluated a millisecond before them.
        let (offset, shift) = match self.kind {
            SampleKind::Mean => (" offset 1ms", 1),
            SampleKind::State => ("", 0),
        };
        let is_up = match self.threshold {
            Some(threshold) => format!(">= bool {threshold}"),
            None => "== bool 1".to_owned(),
        };
        let length = grid.last - grid.first + 1;
        // A sum of ones and zeros, so that a series that was never up is in the answer as well.
        let counted = components.iter().map(|component| {
            let sampled = self.sampled(&component.expression, offset);
            format!("sum_over_time(({sampled} {is_up})[{length}ms:{}s])", self.step_s)
        });
        (joined(counted), grid.last + shift)
    }
}

/// Returns one query for several expressions.
fn joined(expressions: impl Iterator<Item = String>) -> String {
    let marked = expressions
        .enumerate()
        .map(|(index, expression)| format!("label_replace({expression}, \"{MARK}\", \"{index}\", \"\", \"\")"));
    marked.collect::<Vec<_>>().join(" or ")
}

/// Returns the series of each of `count` expressions in the answer of a joined query, without the label that distinguishes them.
#[must_use]
pub fn by_component(series: Vec<QueriedSeries>, count: usize) -> Vec<Vec<QueriedSeries>> {
    let mut of_each = vec![Vec::new(); count];
    for mut series in series {
        let mark = series.labels.remove(MARK).and_then(|mark| mark.parse::<usize>().ok());
        if let Some(of) = mark.and_then(|index| of_each.get_mut(index)) {
            of.push(series);
        }
    }
    of_each
}

/// Returns a set of labels as Prometheus writes it.
#[must_use]
pub fn label_set(labels: &BTreeMap<String, String>) -> String {
    let pairs = labels.iter().map(|(name, value)| format!("{name}={value:?}"));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}
