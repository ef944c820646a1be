//! Rules: what a person writes into a window or a calendar. Local times only; the zone is the owner's.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use super::civil::{Length, WeekdaySet, format_date_time};
use super::error::Error;
use super::recurrence::Recurrence;

/// The most dates one rule may list.
pub const DATES_MAX: usize = 1_000;

/// When an occurrence starts on its date, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// Local time of day; parts of a second are not looked at.
    pub start: NaiveTime,
    /// 1 second to 31 days.
    pub length: Length,
}

/// One rule: a set of occurrences. An occurrence belongs to the date on which it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// On these weekdays of every week.
    Weekly {
        /// The weekdays on which an occurrence starts.
        days: WeekdaySet,
        /// Start time and length.
        schedule: Schedule,
    },
    /// On the dates of a recurrence rule.
    Recurring {
        /// The predicate on dates.
        recurrence: Recurrence,
        /// Start time and length.
        schedule: Schedule,
    },
    /// On listed dates.
    Dates {
        /// Sorted, without repetition; [`Rule::dates`] sees to it.
        dates: Vec<NaiveDate>,
        /// Start time and length.
        schedule: Schedule,
    },
    /// One time only, of any length, never subject to `valid_from` and `valid_until`.
    Once {
        /// Local start.
        start: NaiveDateTime,
        /// Local end, after the start; [`Rule::once`] sees to it.
        end: NaiveDateTime,
    },
}

impl Rule {
    /// A rule for listed dates; sorts them and drops repetitions.
    ///
    /// # Errors
    /// Refuses an empty list, and more than [`DATES_MAX`] different dates.
    pub fn dates(mut dates: Vec<NaiveDate>, schedule: Schedule) -> Result<Self, Error> {
        dates.sort_unstable();
        dates.dedup();
        match dates.len() {
            0 => Err(Error::new("list at least one date")),
            1..=DATES_MAX => Ok(Self::Dates { dates, schedule }),
            count => Err(Error::new(format!(
                "{count} dates are too many for one rule; list at most {DATES_MAX}, or use a recurrence rule"
            ))),
        }
    }

    /// A rule for one time only. Start and end are compared as the clock shows them.
    ///
    /// # Errors
    /// Refuses an end that is not after the start.
    pub fn once(start: NaiveDateTime, end: NaiveDateTime) -> Result<Self, Error> {
        if start < end {
            return Ok(Self::Once { start, end });
        }
        Err(Error::new(format!(
            "the end {} must be after the start {}",
            format_date_time(end),
            format_date_time(start)
        )))
    }

    /// True if an occurrence starts on that date; never for a one-off, which has no place in the calendar's rhythm.
    pub(super) fn starts_on(&self, date: NaiveDate) -> bool {
        match self {
            Self::Weekly { days, .. } => days.contains(date.weekday()),
            Self::Recurring { recurrence, .. } => recurrence.matches(date),
            Self::Dates { dates, .. } => dates.binary_search(&date).is_ok(),
            Self::Once { .. } => false,
        }
    }

    /// Start time and length of a rule that repeats.
    pub(super) fn schedule(&self) -> Option<Schedule> {
        match self {
            Self::Weekly { schedule, .. } | Self::Recurring { schedule, .. } | Self::Dates { schedule, .. } => {
                Some(*schedule)
            }
            Self::Once { .. } => None,
        }
    }
}
