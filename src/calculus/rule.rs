//! Rules: what a person writes into a window or a calendar. Local times only; the zone is the owner's.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::civil::{OccurrenceLength, WeekdaySet, check_year, format_date_time};
use super::error::DefinitionError;
use super::recurrence::Recurrence;

/// The most dates one rule may list, the days of ranges included.
pub const DATES_MAX: usize = 1_000;

/// When an occurrence starts on its date, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// Local time of day; parts of a second are not looked at.
    pub start: NaiveTime,
    /// 1 second to 31 days.
    pub length: OccurrenceLength,
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
        /// Sorted, without repetition; [`Rule::date_ranges`] sees to it.
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

/// How a rule gives its occurrences. Local times, as in the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// One on each of its dates.
    OnDates(Schedule),
    /// One alone.
    Once {
        /// Its start.
        start: NaiveDateTime,
        /// Its end.
        end: NaiveDateTime,
    },
}

impl Rule {
    /// Returns a rule for listed dates; sorts them and drops repetitions.
    ///
    /// # Errors
    /// Refuses an empty list, and more than [`DATES_MAX`] different dates.
    pub fn dates(dates: Vec<NaiveDate>, schedule: Schedule) -> Result<Self, DefinitionError> {
        Self::date_ranges(dates.into_iter().map(|date| (date, date)).collect(), schedule)
    }

    /// Returns a rule for ranges of dates, the first and the last date of each included: an occurrence on each of their days.
    /// A day that several ranges hold counts once.
    ///
    /// # Errors
    /// Refuses an empty list, a range that ends before it begins, and more than [`DATES_MAX`] different days.
    pub fn date_ranges(mut ranges: Vec<(NaiveDate, NaiveDate)>, schedule: Schedule) -> Result<Self, DefinitionError> {
        if let Some((first, last)) = ranges.iter().find(|(first, last)| last < first) {
            return Err(DefinitionError::new(format!(
                "the range {first} – {last} ends before it begins; write the earlier date first"
            )));
        }
        ranges.sort_unstable();
        // The days are counted before they are written out, because a range may hold millions.
        let mut apart: Vec<(NaiveDate, NaiveDate)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match apart.last_mut() {
                Some((_, end)) if first <= *end => *end = last.max(*end),
                _ => apart.push((first, last)),
            }
        }
        let days_of = |(first, last): &(NaiveDate, NaiveDate)| last.signed_duration_since(*first).num_days() + 1;
        let count = apart.iter().map(days_of).sum::<i64>();
        match usize::try_from(count).unwrap_or(usize::MAX) {
            0 => Err(DefinitionError::new("list at least one date")),
            1..=DATES_MAX => {
                let days = apart
                    .into_iter()
                    .flat_map(|(first, last)| first.iter_days().take_while(move |date| *date <= last));
                Ok(Self::Dates {
                    dates: days.collect(),
                    schedule,
                })
            }
            _ => Err(DefinitionError::new(format!(
                "{count} dates are too many for one rule; list at most {DATES_MAX}, the days of ranges included, or use a recurrence rule"
            ))),
        }
    }

    /// Returns a rule for one time only. Start and end are compared as the clock shows them.
    ///
    /// # Errors
    /// Refuses an end that is not after the start, and years that no date is read in.
    pub fn once(start: NaiveDateTime, end: NaiveDateTime) -> Result<Self, DefinitionError> {
        check_year(start)?;
        check_year(end)?;
        if start < end {
            return Ok(Self::Once { start, end });
        }
        Err(DefinitionError::new(format!(
            "the end {} must be after the start {}",
            format_date_time(end),
            format_date_time(start)
        )))
    }

    /// Returns whether an occurrence starts on that date; never for a one-off, which has no place in the calendar's rhythm.
    pub(super) fn starts_on(&self, date: NaiveDate) -> bool {
        match self {
            Self::Weekly { days, .. } => days.contains(date.weekday()),
            Self::Recurring { recurrence, .. } => recurrence.matches(date),
            Self::Dates { dates, .. } => dates.binary_search(&date).is_ok(),
            Self::Once { .. } => false,
        }
    }

    /// Returns how the rule gives its occurrences.
    #[must_use]
    pub fn timing(&self) -> Timing {
        match self {
            Self::Weekly { schedule, .. } | Self::Recurring { schedule, .. } | Self::Dates { schedule, .. } => {
                Timing::OnDates(*schedule)
            }
            Self::Once { start, end } => Timing::Once {
                start: *start,
                end: *end,
            },
        }
    }

    /// Returns whether the rule has no last occurrence.
    #[must_use]
    pub fn recurs(&self) -> bool {
        match self {
            Self::Weekly { .. } | Self::Recurring { .. } => true,
            Self::Dates { .. } | Self::Once { .. } => false,
        }
    }

    /// Returns whether `valid_from` and `valid_until` of a window keep or drop its occurrences.
    #[must_use]
    pub fn is_bound_by_validity(&self) -> bool {
        matches!(self.timing(), Timing::OnDates(_))
    }

    /// Returns the dates that the rule lists, sorted; none for a rule of another kind.
    #[must_use]
    pub fn listed_dates(&self) -> &[NaiveDate] {
        match self {
            Self::Dates { dates, .. } => dates,
            Self::Weekly { .. } | Self::Recurring { .. } | Self::Once { .. } => &[],
        }
    }

    /// Returns the last listed date, or the last day on which a one-off takes place; `None` for a rule that recurs.
    #[must_use]
    pub fn last_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Weekly { .. } | Self::Recurring { .. } => None,
            Self::Dates { dates, .. } => dates.last().copied(),
            // An end at midnight is no second of the day that begins then.
            Self::Once { end, .. } => Some(end.checked_sub_signed(TimeDelta::seconds(1)).unwrap_or(*end).date()),
        }
    }
}
