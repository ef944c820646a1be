//! How much service was promised since a component exists: the seconds of its windows that have ended.
//!
//! A coverage has one running total, for all components that have it: the seconds promised until its last end, from an instant without a meaning of its own.
//! Beside it stands, for each instant since which a component counts, what the total was then. So an end adds one span to one number,
//! and a new component looks back no further than to its creation.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};

use crate::calculus::coverage::Coverage;
use crate::calculus::span::{Span, seconds_within};

/// Windows are counted from 1 January (UTC) so many years before the year of the last end on, even if a component is older: the work that
/// a start of the program costs has a bound.
pub const YEARS_COUNTED: i32 = 5;

/// At most so many windows of a coverage are looked back at. One that has more is counted from a later instant on.
const SPANS_MAX: usize = 50_000;

/// What was promised to the users of a component since it counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountedTime {
    /// Since when windows are counted: the creation of the component, or later if that is too long ago.
    pub since: i64,
    /// The seconds of the windows that have ended since then.
    pub completed: i64,
}

/// The running total of a coverage.
#[derive(Clone, Debug)]
pub(super) struct CoverageAccount {
    /// Its last end; nothing while there is none.
    until: Option<i64>,
    /// The seconds until then.
    total: i64,
    /// The first instant that is counted, as the years say.
    years_from: i64,
    /// The first instant that is counted; later than `years_from` if there are too many spans.
    first: i64,
    starts: Arc<Vec<CountedStart>>,
}

/// What the total was where a component begins to count.
#[derive(Clone, Copy, Debug)]
struct CountedStart {
    created: i64,
    since: i64,
    total: i64,
}

impl CoverageAccount {
    /// Returns the account of a coverage with this last end, out of one `before` of the same coverage if that helps.
    pub(super) fn at<'a>(
        before: impl Iterator<Item = &'a Arc<Self>>,
        coverage: &Coverage,
        last_end: Option<i64>,
    ) -> Arc<Self> {
        let mut moved = None;
        for account in before {
            if account.until == last_end {
                return Arc::clone(account);
            }
            moved = moved.or_else(|| account.moved(coverage, last_end));
        }
        let years_from = last_end.map_or(i64::MIN, first_counted);
        Arc::new(moved.unwrap_or_else(|| Self {
            until: last_end,
            total: 0,
            years_from,
            first: years_from,
            starts: Arc::default(),
        }))
    }

    /// Returns this account at another last end; nothing if it must be made anew.
    fn moved(&self, coverage: &Coverage, last_end: Option<i64>) -> Option<Self> {
        let (until, end) = (self.until?, last_end?);
        if first_counted(end) != self.years_from {
            return None;
        }
        let seconds = counted(coverage, until.min(end), until.max(end))?;
        Some(Self {
            until: last_end,
            total: if until < end {
                self.total + seconds
            } else {
                self.total - seconds
            },
            starts: Arc::clone(&self.starts),
            ..*self
        })
    }

    /// Returns whether it has what a component needs that was created then.
    pub(super) fn has(&self, created: i64) -> bool {
        self.until.is_none() || self.find(created).is_ok()
    }

    /// Looks back for components that were created then, and of which it does not know yet.
    pub(super) fn add(&mut self, coverage: &Coverage, created: impl Iterator<Item = i64>) {
        let (Some(until), created) = (self.until, created.collect::<Vec<i64>>()) else {
            return;
        };
        let Some(earliest) = created.iter().min() else { return };
        let past = self.past(coverage, *earliest, until);
        // What the spans from each on come to.
        let mut from_here: Vec<i64> = past.iter().rev().scan(0, |sum, span| Some(summed(sum, span))).collect();
        from_here.reverse();
        let starts = Arc::make_mut(&mut self.starts);
        for created in created {
            let since = created.max(self.first);
            let promised = if since < until {
                let next = past.partition_point(|span| span.start < since);
                let current = past[..next].last().map_or(0, |span| (span.end - since).max(0));
                -(current + from_here.get(next).copied().unwrap_or_default())
            } else {
                counted(coverage, until, since).unwrap_or_default()
            };
            let start = CountedStart {
                created,
                since,
                total: self.total + promised,
            };
            if let Err(place) = starts.binary_search_by_key(&created, |start| start.created) {
                starts.insert(place, start);
            }
        }
    }

    /// Returns the spans from `earliest` to the last end. If they are too many, the first instant that is counted moves until they are not.
    fn past(&mut self, coverage: &Coverage, earliest: i64, until: i64) -> Vec<Span> {
        loop {
            let from = earliest.max(self.first);
            let spans: Vec<Span> = coverage.each_span(from, until).take(SPANS_MAX + 1).collect();
            if spans.len() <= SPANS_MAX {
                return spans;
            }
            self.first = until - (until - from) / 2;
        }
    }

    /// Returns what was promised since a component was created; it must have been added.
    pub(super) fn since(&self, created: i64) -> AccountedTime {
        match self.find(created).ok().and_then(|place| self.starts.get(place)) {
            Some(start) if self.until.is_some() => AccountedTime {
                since: start.since,
                // Less than nothing, while the window in which it was created goes on.
                completed: (self.total - start.total).max(0),
            },
            _ => AccountedTime {
                since: created,
                completed: 0,
            },
        }
    }

    fn find(&self, created: i64) -> Result<usize, usize> {
        self.starts.binary_search_by_key(&created, |start| start.created)
    }
}

/// Adds a span to a sum and returns that.
fn summed(sum: &mut i64, span: &Span) -> i64 {
    *sum += span.seconds();
    *sum
}

/// Returns the seconds covered in a range; nothing if that is more than is counted.
fn counted(coverage: &Coverage, from: i64, to: i64) -> Option<i64> {
    let spans: Vec<Span> = coverage.each_span(from, to).take(SPANS_MAX + 1).collect();
    let range = Span::new(from, to);
    (spans.len() <= SPANS_MAX).then(|| range.map_or(0, |range| seconds_within(&spans, range)))
}

/// Returns the first instant that is counted at a last end.
fn first_counted(last_end: i64) -> i64 {
    let year = DateTime::from_timestamp(last_end, 0).map(|end| end.year() - YEARS_COUNTED);
    let first_day = year.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    first_day.map_or(i64::MIN, |day| day.and_time(NaiveTime::MIN).and_utc().timestamp())
}
