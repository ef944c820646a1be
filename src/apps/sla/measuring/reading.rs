//! What the samples of one component say about a span.

use super::question::{MeasuringIndicator, label_set};
use crate::apps::sla::availability::row::SampleCount;
use crate::calculus::attainment::cell::{Sample, runs};
use crate::calculus::attainment::run::{Run, UnknownPolicy};
use crate::calculus::attainment::share::Share;
use crate::calculus::span::Span;
use crate::prometheus_api::client::QueriedSeries;
use crate::text::counted;

/// The most series that a warning names.
const SERIES_SHOWN: usize = 5;

/// The most characters of a warning: what a server says may be long.
const WARNING_LENGTH_MAX: usize = 1_000;

/// What is known about a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanReading {
    /// What of it was not fully up.
    pub runs: Vec<Run>,
    /// How many samples there are.
    pub samples: SampleCount,
    /// What was odd.
    pub warnings: Vec<String>,
}

impl SpanReading {
    /// Returns the reading of a span all of whose cells were up.
    #[must_use]
    pub fn up(indicator: &MeasuringIndicator, span: Span) -> Self {
        let cells = indicator.grid(span).cells();
        Self {
            runs: Vec::new(),
            samples: SampleCount {
                seen: cells,
                expected: cells,
            },
            warnings: Vec::new(),
        }
    }

    /// Returns the reading of a span about which nothing is known, for a reason.
    pub(super) fn unknown(indicator: &MeasuringIndicator, span: Span, reason: &str) -> Self {
        let runs = vec![Run { span, share: None }];
        let reason: String = reason.chars().take(WARNING_LENGTH_MAX).collect();
        Self {
            samples: SampleCount {
                seen: 0,
                expected: indicator.grid(span).cells(),
            },
            ..Self::with_policy(indicator, runs, vec![reason])
        }
    }

    /// Returns what the series of one component say; there must be one.
    #[must_use]
    pub fn of(indicator: &MeasuringIndicator, span: Span, series: &[QueriedSeries]) -> Self {
        let [one] = series else {
            let sets = series.iter().take(SERIES_SHOWN).map(|series| label_set(&series.labels));
            let sets = sets.collect::<Vec<_>>().join(", ");
            let reason = match series.len() {
                0 => "the expression has no series here".to_owned(),
                count => format!(
                    "the expression has {count} series, of which none can be chosen: {sets}; make them one, as with max(…)"
                ),
            };
            return Self::unknown(indicator, span, &reason);
        };
        let grid = indicator.grid(span);
        let share = |value: f64| match indicator.threshold {
            Some(threshold) => Share::from_threshold(value, threshold),
            None => Share::from_value(value),
        };
        let samples = one.samples.iter().map(|sample| Sample {
            at: sample.at_ms,
            share: share(sample.value),
        });
        let samples: Vec<Sample> = samples.collect();
        let mut warnings = Vec::new();
        let no_shares = samples.iter().filter(|sample| sample.share.is_none()).count();
        if no_shares > 0 {
            let (were, their) = match no_shares {
                1 => ("was", "says nothing about its"),
                _ => ("were", "say nothing about their"),
            };
            let samples = counted(no_shares, "sample");
            warnings.push(format!("{samples} {were} no number from 0 to 1, and {their} time"));
        }
        let moved = samples
            .iter()
            .map(|sample| (sample.at - grid.first).rem_euclid(grid.step))
            .max();
        if let Some(moved) = moved.filter(|moved| *moved > 0) {
            warnings.push(format!(
                "the server moved the samples by up to {moved} ms; they count where it put them"
            ));
        }
        let seen = samples.iter().filter(|sample| sample.share.is_some()).count();
        Self {
            samples: SampleCount {
                seen: i64::try_from(seen).unwrap_or(i64::MAX),
                expected: grid.cells(),
            },
            ..Self::with_policy(indicator, runs(indicator.kind, grid.step, samples, &[span]), warnings)
        }
    }

    /// Returns a reading with unknown time as the indicator wants it.
    fn with_policy(indicator: &MeasuringIndicator, runs: Vec<Run>, mut warnings: Vec<String>) -> Self {
        let unknown: i64 = runs
            .iter()
            .filter(|run| run.share.is_none())
            .map(|run| run.span.seconds())
            .sum();
        let counts_as = match indicator.unknown {
            UnknownPolicy::Separate => None,
            UnknownPolicy::Down => Some("down"),
            UnknownPolicy::Up => Some("up"),
        };
        if let Some(counts_as) = counts_as.filter(|_| unknown > 0) {
            warnings.push(format!(
                "{unknown} ms are unknown and count as {counts_as}, as the indicator says"
            ));
        }
        Self {
            runs: indicator.unknown.apply(runs),
            samples: SampleCount::default(),
            warnings,
        }
    }
}
