//! How two coverages differ in a range of time.

use std::collections::BTreeMap;

use super::span::{Span, seconds_within};

/// How what is covered differs before and after a change, in a range of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoverageDifference {
    /// Seconds covered before.
    pub before: i64,
    /// Seconds covered after.
    pub after: i64,
    /// The first instant that is covered in one of the two alone; `None` if there is none.
    pub first: Option<i64>,
}

impl CoverageDifference {
    /// Returns how two coverages differ, each given as its maximal spans in the same range.
    #[must_use]
    pub fn between(before: &[Span], after: &[Span]) -> Self {
        let sum = |spans: &[Span]| spans.iter().map(Span::seconds).sum();
        Self {
            before: sum(before),
            after: sum(after),
            first: first_difference(before.iter().copied(), after.iter().copied()),
        }
    }

    /// Returns the seconds that are covered more, or less if negative.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.after - self.before
    }

    /// Returns whether nothing differs.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.first.is_none()
    }
}

/// Returns what a change does to an ordinary week, seconds more, or less if negative: the difference that most of the weeks have; of those
/// that equally many have, the largest. Holidays and clock changes make single weeks differ from it. `None` without weeks.
#[must_use]
pub fn of_ordinary_week(before: &[Span], after: &[Span], weeks: &[Span]) -> Option<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for week in weeks {
        let seconds = seconds_within(after, *week) - seconds_within(before, *week);
        *counts.entry(seconds).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(seconds, count)| (*count, seconds.abs()));
    most.map(|(seconds, _)| seconds)
}

/// Returns the first instant that lies in spans of one side alone, each side given as its maximal spans in the same range. Maximal spans are
/// the same where, and only where, they cover the same; reads no further than the first that differ.
pub fn first_difference(before: impl IntoIterator<Item = Span>, after: impl IntoIterator<Item = Span>) -> Option<i64> {
    let (mut before, mut after) = (before.into_iter(), after.into_iter());
    loop {
        match (before.next(), after.next()) {
            (None, None) => return None,
            (Some(span), None) | (None, Some(span)) => return Some(span.start),
            (Some(one), Some(other)) if one.start != other.start => return Some(one.start.min(other.start)),
            (Some(one), Some(other)) if one.end != other.end => return Some(one.end.min(other.end)),
            (Some(_), Some(_)) => {}
        }
    }
}
