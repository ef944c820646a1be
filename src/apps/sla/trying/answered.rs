//! A trial: two queries, and what their answers come to. It knows no page.

use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::indicator::state::{IndicatorKind, IndicatorState};
use crate::apps::sla::measuring::question::label_set;
use crate::calculus::span::Span;
use crate::prometheus_api::client::{PrometheusClient, QueryRange};
use crate::prometheus_api::error::{ExpressionPlace, QueryError};

/// The time that is shown, in seconds.
pub(super) const SHOWN: i64 = 86_400;
/// The least distance of the instants of the picture, in seconds: more than a picture can show is not asked for.
const STEP_MIN: i64 = 120;
/// A whole, in parts per million.
pub(super) const WHOLE: i64 = 1_000_000;

/// What a trial comes to.
pub(super) enum Trial {
    /// Too many are under way.
    Busy,
    /// No query could be made, with the reason.
    NotAsked(String),
    /// A query has no answer.
    Refused {
        /// What was asked.
        query: String,
        /// Why there is no answer.
        error: QueryError,
    },
    /// One series is needed, and several came.
    Several {
        /// What was asked.
        query: String,
        /// The labels of each.
        labels: Vec<String>,
    },
    /// An answer.
    Answered {
        /// What was asked for now.
        query: String,
        /// The answer for now.
        now: AnswerNow,
        /// The last day, or why there is no picture of it.
        day: Result<TriedDay, String>,
        /// What the server warns of.
        warnings: Vec<String>,
    },
}

/// The answer for now.
pub(super) enum AnswerNow {
    /// No series.
    Nothing,
    /// A series: its labels, its value, and the share that is up in parts per million; none if the value is no share.
    Value(String, f64, Option<i64>),
}

/// The last day, in runs of the same value.
pub(super) struct TriedDay {
    /// The time.
    pub(super) range: Span,
    /// The distance of the instants, in seconds.
    pub(super) step: i64,
    /// Runs without a gap: the share that is up in parts per million, or none.
    pub(super) runs: Vec<(Span, Option<i64>)>,
}

impl Trial {
    /// Returns where in a query the server stumbled.
    pub(super) fn place(&self) -> Option<ExpressionPlace> {
        match self {
            Self::Refused {
                error: QueryError::Refused { place, .. },
                ..
            } => *place,
            _ => None,
        }
    }
}

/// Tries an indicator for a component at `now`, seconds since 1970.
pub(super) fn tried(
    client: &PrometheusClient,
    indicator: &IndicatorState,
    component: &ComponentState,
    now: i64,
) -> Trial {
    let query = match indicator.sampled(&component.name, &component.labels) {
        Ok(query) => query,
        Err(reason) => return Trial::NotAsked(reason),
    };
    let answer = match client.query(&indicator.source, &query, now * 1000) {
        Ok(answer) => answer,
        Err(error) => return Trial::Refused { query, error },
    };
    if answer.series.len() > 1 {
        let labels = answer.series.iter().map(|series| label_set(&series.labels)).collect();
        return Trial::Several { query, labels };
    }
    let mut warnings = answer.warnings;
    let now_answer = answer.series.first().and_then(|series| {
        let value = series.samples.last()?.value;
        Some(AnswerNow::Value(label_set(&series.labels), value, share(value)))
    });
    let day = day(client, indicator, component, now);
    let day = day.map(|(day, more)| {
        warnings.extend(more);
        day
    });
    warnings.sort_unstable();
    warnings.dedup();
    Trial::Answered {
        query,
        now: now_answer.unwrap_or(AnswerNow::Nothing),
        day,
        warnings,
    }
}

/// Returns a value as the share that is up, in parts per million; none for one that is no share.
#[expect(clippy::cast_possible_truncation, reason = "the value is from 0 to 1")]
fn share(value: f64) -> Option<i64> {
    (0.0..=1.0)
        .contains(&value)
        .then(|| (value * 1_000_000.0).round_ties_even() as i64)
}

/// Returns the last day, and what the server warns of.
fn day(
    client: &PrometheusClient,
    indicator: &IndicatorState,
    component: &ComponentState,
    now: i64,
) -> Result<(TriedDay, Vec<String>), String> {
    let step = indicator.step_s.max(STEP_MIN);
    let coarse = IndicatorState {
        step_s: step,
        ..indicator.clone()
    };
    let query = coarse.sampled(&component.name, &component.labels)?;
    let cells = SHOWN / step;
    let end = now - now.rem_euclid(step);
    let range = Span {
        start: end - cells * step,
        end,
    };
    // The mean of a step is known at its end.
    let offset_ms = match indicator.kind {
        IndicatorKind::Mean => step * 1000 - 1,
        IndicatorKind::State => 0,
    };
    let asked = QueryRange {
        start_ms: range.start * 1000 + offset_ms,
        end_ms: (range.end - step) * 1000 + offset_ms,
        step_ms: step * 1000,
    };
    let answer = client.query_range(&indicator.source, &query, asked);
    let answer = answer.map_err(|error| error.to_string())?;
    if answer.series.len() > 1 {
        let count = answer.series.len();
        return Err(format!("{count} series have values in it, where one is needed"));
    }
    let mut values = vec![None; usize::try_from(cells).unwrap_or(0)];
    for sample in answer.series.iter().flat_map(|series| &series.samples) {
        let cell = (sample.at_ms - range.start * 1000).div_euclid(step * 1000);
        let cell = usize::try_from(cell).ok().and_then(|cell| values.get_mut(cell));
        if let Some(cell) = cell {
            *cell = share(sample.value);
        }
    }
    let runs = runs(range.start, step, &values);
    Ok((TriedDay { range, step, runs }, answer.warnings))
}

/// Returns cells in runs of the same value.
fn runs(start: i64, step: i64, values: &[Option<i64>]) -> Vec<(Span, Option<i64>)> {
    let mut runs: Vec<(Span, Option<i64>)> = Vec::new();
    let mut at = start;
    for value in values {
        match runs.last_mut() {
            Some((span, last)) if last == value => span.end = at + step,
            _ => runs.push((
                Span {
                    start: at,
                    end: at + step,
                },
                *value,
            )),
        }
        at += step;
    }
    runs
}
