//! How far streams of occurrences are followed, and in which direction.

use chrono::NaiveDate;

use super::civil::DAY;
use super::span::{BEGINNING_OF_TIME, END_OF_TIME, Span};

/// Where weekly and recurring rules exist: the years 1000 to 10999, UTC. Listed dates and one-offs, which people write
/// with four-digit years, lie well inside.
pub(super) const CALENDAR: Span = Span {
    start: first_day_of(1_000) * DAY,
    end: first_day_of(11_000) * DAY,
};

/// Returns 1 January of a year, in days since 1970.
pub(super) const fn first_day_of(year: i32) -> i64 {
    let date = NaiveDate::from_ymd_opt(year, 1, 1).expect("every year of the calendar has a first day");
    date.to_epoch_days() as i64
}

/// The instants up to which weekly and recurring rules are followed. Their occurrences that reach one of the two
/// are taken to go on for ever in that direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Horizon {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Horizon {
    /// Returns the horizon of a range: no occurrence beside it is looked for.
    pub(super) fn of(range: Span) -> Self {
        Self {
            first: range.start,
            last: range.end,
        }
    }

    /// Returns the span of a weekly or recurring rule as seen within the horizon: nothing if it lies outside, without a beginning
    /// or an end if it reaches it.
    pub(super) fn extend(self, span: Span) -> Option<Span> {
        let span = span.intersection(&CALENDAR)?;
        let seen = span.start < self.last && self.first < span.end;
        seen.then_some(Span {
            start: if span.start <= self.first {
                BEGINNING_OF_TIME
            } else {
                span.start
            },
            end: if self.last <= span.end { END_OF_TIME } else { span.end },
        })
    }
}

/// Which way a stream runs. Backwards it hands out mirrored spans, so that these, too, ascend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forwards,
    Backwards,
}

impl Direction {
    /// Returns the span on the time line of this direction.
    pub(super) fn apply(self, span: Span) -> Span {
        match self {
            Self::Forwards => span,
            Self::Backwards => span.mirrored(),
        }
    }
}
