//! Samples on a grid, and the cells of time that they stand for.

use super::run::{Run, joined};
use super::share::Share;
use crate::calculus::span::Span;

/// What a sample says about the time around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SampleKind {
    /// A mean over the step that ends with it: evaluated a millisecond before the end of the step, because ranges include both ends.
    #[default]
    Mean,
    /// A state that holds from it on for a step.
    State,
}

/// One sample. `at` is the timestamp that the server returned: some servers shift the grid that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sample {
    /// When it was evaluated, in milliseconds.
    pub at: i64,
    /// Which share of its time service was up; `None` if the value says nothing about it.
    pub share: Option<Share>,
}

impl SampleKind {
    /// Returns when the sample of the cell that begins at `start` is evaluated.
    #[must_use]
    pub fn evaluated_at(self, start: i64, step: i64) -> i64 {
        match self {
            Self::Mean => start + step - 1,
            Self::State => start,
        }
    }

    /// Returns the cell of a sample.
    #[must_use]
    pub fn cell(self, at: i64, step: i64) -> Option<Span> {
        let start = match self {
            Self::Mean => at - (step - 1),
            Self::State => at,
        };
        Span::new(start, start + step)
    }
}

/// Returns the starts of the first and of the last cell that have a part in a span, on the grid of multiples of the step: a grid that
/// servers which shift grids leave as it is.
#[must_use]
pub fn grid(span: Span, step: i64) -> (i64, i64) {
    let start_of = |instant: i64| instant.div_euclid(step) * step;
    (start_of(span.start), start_of(span.end - 1))
}

/// Returns what samples say about promised spans: the time that was not fully up. Time without a sample is unknown. Of samples with one
/// timestamp the last one counts; cells that overlap end where the next one begins.
#[must_use]
pub fn runs(kind: SampleKind, step: i64, mut samples: Vec<Sample>, spans: &[Span]) -> Vec<Run> {
    samples.sort_by_key(|sample| sample.at);
    let cells: Vec<Run> = (0..samples.len())
        .filter_map(|index| {
            let sample = samples[index];
            let mut cell = kind.cell(sample.at, step)?;
            if let Some(next) = samples.get(index + 1) {
                cell.end = cell.end.min(cell.start + (next.at - sample.at));
            }
            let span = Span::new(cell.start, cell.end)?;
            Some(Run {
                span,
                share: sample.share,
            })
        })
        .collect();
    let mut runs = Vec::new();
    let mut first = 0;
    for span in spans {
        first += cells[first..].partition_point(|cell| cell.span.end <= span.start);
        let touching = cells[first..].iter().take_while(|cell| cell.span.start < span.end);
        runs.extend(runs_of(*span, touching));
    }
    runs
}

/// Returns what cells leave of a span, with the time between them.
fn runs_of<'a>(span: Span, cells: impl Iterator<Item = &'a Run>) -> Vec<Run> {
    let unknown = |start: i64, end: i64| Span::new(start, end).map(|span| Run { span, share: None });
    let mut seen = span.start;
    let mut runs = Vec::new();
    for cell in cells.filter_map(|cell| cell.within(&span)) {
        runs.extend(unknown(seen, cell.span.start));
        seen = cell.span.end;
        if cell.share != Some(Share::FULL) {
            runs.push(cell);
        }
    }
    runs.extend(unknown(seen, span.end));
    joined(runs)
}
