//! Outages: maximal stretches of promised time that were down, or about which nothing is known.

use super::account::TimeAccount;
use super::run::{Run, within};
use crate::calculus::span::Span;

/// A maximal stretch that was not up. It goes on over time that is not promised, if service was down until that began and is down when it
/// ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServiceOutage {
    /// From its start to its end, with what lies between and is not promised.
    pub span: Span,
    /// True if nothing is known about it; otherwise it was down, in full or in part.
    pub is_unknown: bool,
    /// The promised time in it, in milliseconds.
    pub promised: i64,
    /// What it costs: its milliseconds down; 0 if it is unknown.
    pub down: i64,
}

/// Returns the outages of promised spans, in order.
#[must_use]
pub fn outages(spans: &[Span], runs: &[Run]) -> Vec<ServiceOutage> {
    let mut outages = Vec::new();
    let mut open: Vec<Run> = Vec::new();
    for run in within(runs, spans) {
        let goes_on = open.last().is_some_and(|last| {
            last.share.is_none() == run.share.is_none() && nothing_between(spans, last.span.end, run.span.start)
        });
        if !goes_on {
            outages.extend(outage_of(&open));
            open.clear();
        }
        open.push(run);
    }
    outages.extend(outage_of(&open));
    outages
}

/// Returns whether nothing is promised between two instants.
fn nothing_between(spans: &[Span], end: i64, start: i64) -> bool {
    let next = spans.partition_point(|span| span.end <= end);
    spans.get(next).is_none_or(|span| start <= span.start.max(end))
}

fn outage_of(runs: &[Run]) -> Option<ServiceOutage> {
    let (first, last) = (runs.first()?, runs.last()?);
    let spans: Vec<Span> = runs.iter().map(|run| run.span).collect();
    let account = TimeAccount::of(&spans, runs);
    Some(ServiceOutage {
        span: Span::new(first.span.start, last.span.end)?,
        is_unknown: first.share.is_none(),
        promised: account.promised(),
        down: account.down(),
    })
}
