//! How two coverages differ in a range of time.

use std::collections::BTreeMap;

use super::span::{Span, intersections, seconds_within};

/// How what is covered differs before and after a change, in a range of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoverageDifference {
    /// Seconds covered before.
    pub before: i64,
    /// Seconds covered after.
    pub after: i64,
    /// Of the seconds after, those that were not covered before.
    pub gained: i64,
    /// Of the seconds before, those that are no longer covered.
    pub lost: i64,
    /// The first instant that is covered in one of the two alone; `None` if there is none.
    pub first: Option<i64>,
}

/// What a change does to an ordinary week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeekDifference {
    /// Seconds more, or less if negative.
    pub seconds: i64,
    /// In how many of the weeks the difference is this one.
    pub weeks: usize,
    /// How many weeks were looked at.
    pub of: usize,
}

impl CoverageDifference {
    /// Returns how two coverages differ, each given as its maximal spans in the same range.
    #[must_use]
    pub fn between(before: &[Span], after: &[Span]) -> Self {
        let sum = |spans: &[Span]| spans.iter().map(Span::seconds).sum::<i64>();
        let kept = sum(&intersections(before, after));
        let (before_s, after_s) = (sum(before), sum(after));
        Self {
            before: before_s,
            after: after_s,
            gained: after_s - kept,
            lost: before_s - kept,
            first: first_difference(before, after),
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

impl WeekDifference {
    /// Returns the difference that most of the weeks have; of those that equally many have, the largest. Holidays and clock changes make
    /// single weeks differ from it. `None` without weeks.
    #[must_use]
    pub fn most_frequent(before: &[Span], after: &[Span], weeks: &[Span]) -> Option<Self> {
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for week in weeks {
            let seconds = seconds_within(after, *week) - seconds_within(before, *week);
            *counts.entry(seconds).or_default() += 1;
        }
        let most = counts
            .into_iter()
            .max_by_key(|(seconds, count)| (*count, seconds.abs()));
        most.map(|(seconds, count)| Self {
            seconds,
            weeks: count,
            of: weeks.len(),
        })
    }
}

/// Returns the first instant that lies in spans of one side alone. Maximal spans are the same where, and only where, they cover the same.
fn first_difference(before: &[Span], after: &[Span]) -> Option<i64> {
    let same = before.iter().zip(after).take_while(|(one, other)| one == other).count();
    match (before.get(same), after.get(same)) {
        (None, None) => None,
        (Some(span), None) | (None, Some(span)) => Some(span.start),
        (Some(one), Some(other)) if one.start != other.start => Some(one.start.min(other.start)),
        (Some(one), Some(other)) => Some(one.end.min(other.end)),
    }
}
