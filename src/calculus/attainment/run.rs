//! Time that was not fully up.

use super::share::Share;
use crate::calculus::span::Span;

/// A piece of promised time that was not fully up, in milliseconds. Lists of runs are in order and do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Run {
    /// When.
    pub span: Span,
    /// Which share of it service was up, less than all; `None` if it is unknown.
    pub share: Option<Share>,
}

impl Run {
    /// Returns the part of the run that lies in a span; `None` if there is none.
    #[must_use]
    pub fn within(self, span: &Span) -> Option<Self> {
        let span = self.span.intersection(span)?;
        Some(Self { span, ..self })
    }
}

/// Returns the parts of the runs that lie in the spans.
#[must_use]
pub fn within(runs: &[Run], spans: &[Span]) -> Vec<Run> {
    let mut kept = Vec::new();
    let mut first = 0;
    for span in spans {
        first += runs[first..].partition_point(|run| run.span.end <= span.start);
        let touching = runs[first..].iter().take_while(|run| run.span.start < span.end);
        kept.extend(touching.filter_map(|run| run.within(span)));
    }
    kept
}

/// Returns the runs with those that touch and have the same share made one.
#[must_use]
pub fn joined(runs: impl IntoIterator<Item = Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if last.span.end == run.span.start && last.share == run.share => last.span.end = run.span.end,
            _ => joined.push(run),
        }
    }
    joined
}

/// What an indicator wants unknown time to count as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum UnknownPolicy {
    /// As unknown, beside up and down.
    #[default]
    Separate,
    /// As down.
    Down,
    /// As up.
    Up,
}

impl UnknownPolicy {
    /// Returns the runs with unknown time as the policy has it.
    #[must_use]
    pub fn apply(self, runs: Vec<Run>) -> Vec<Run> {
        match self {
            Self::Separate => runs,
            Self::Up => runs.into_iter().filter(|run| run.share.is_some()).collect(),
            Self::Down => joined(runs.into_iter().map(|run| Run {
                share: run.share.or(Some(Share::NONE)),
                ..run
            })),
        }
    }
}
