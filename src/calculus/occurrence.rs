//! Occurrences: what a rule gives on one day, and lazily on one day after the other.

use chrono::{NaiveDate, NaiveDateTime, Timelike};

use super::civil::{DAY, DurationMode, WeekdaySet};
use super::horizon::{Direction, Horizon, first_day_of};
use super::recurrence::{Recurrence, weekday_index};
use super::rule::Schedule;
use super::skip::PlannedOccurrence;
use super::span::{END_OF_TIME, Span};
use super::stream::Stream;
use crate::zones::{OFFSET_MAX, Resolution, Zone, from_seconds};

/// The days on which occurrences are looked for, both inclusive: enough to fill the calendar of [`super::horizon`] to its
/// ends.
const CALENDAR_FIRST: i64 = first_day_of(999);
const CALENDAR_LAST: i64 = first_day_of(11_001);

/// The dates on which a recurring rule has occurrences.
#[derive(Clone, Debug)]
pub(super) enum Days {
    Weekly(WeekdaySet),
    Recurring(Recurrence),
}

/// The date an occurrence starts on decides whether it is kept; both bounds are inclusive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Validity {
    pub(super) from: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
}

impl Validity {
    pub(super) fn admits(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }

    /// Returns the first and the last day admitted, in days since 1970, within the calendar.
    pub(super) fn days(self) -> (i64, i64) {
        let day = |date: NaiveDate| i64::from(date.to_epoch_days());
        (
            self.from.map_or(CALENDAR_FIRST, day).max(CALENDAR_FIRST),
            self.until.map_or(CALENDAR_LAST, day).min(CALENDAR_LAST),
        )
    }
}

/// A weekly or recurring rule, ready to be asked for occurrences.
#[derive(Clone, Debug)]
pub(super) struct Recurring {
    pub(super) days: Days,
    pub(super) shape: Shape,
    first_day: i64,
    last_day: i64,
}

/// A [`Schedule`] in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Seconds on the clock from midnight.
    pub(super) start: i64,
    /// Seconds.
    pub(super) length: i64,
    pub(super) mode: DurationMode,
}

/// An occurrence and how its ends were found.
pub(super) struct Resolved {
    /// `None` if the occurrence is dropped because it does not end after its start.
    pub(super) span: Option<Span>,
    pub(super) start: Resolution,
    /// `None` if the end was counted from the start and not read from the clock.
    pub(super) end: Option<Resolution>,
}

impl Shape {
    pub(super) fn new(schedule: Schedule) -> Self {
        Self {
            start: i64::from(schedule.start.num_seconds_from_midnight()),
            length: i64::from(schedule.length.seconds()),
            mode: schedule.length.mode(),
        }
    }

    /// Returns the occurrence that starts on that day (counted from 1970).
    pub(super) fn on(self, zone: Zone, day: i64) -> Resolved {
        let local = day * DAY + self.start;
        let (start, start_resolution) = zone.resolve_seconds(local);
        let (end, end_resolution) = match self.mode {
            DurationMode::Wall => {
                let (end, resolution) = zone.resolve_seconds(local + self.length);
                (end, Some(resolution))
            }
            DurationMode::Elapsed => (start + self.length, None),
        };
        Resolved {
            span: Span::new(start, end),
            start: start_resolution,
            end: end_resolution,
        }
    }

    /// Returns the occurrence as the rule gives it, on the clock.
    pub(super) fn planned(self, day: i64) -> PlannedOccurrence {
        let start = day * DAY + self.start;
        PlannedOccurrence {
            start: from_seconds(start),
            end: from_seconds(start + self.length),
        }
    }

    /// Returns the first day on which an occurrence may start that ends after that instant.
    pub(super) fn first_day_ending_after(self, instant: i64) -> i64 {
        let reach = OFFSET_MAX + self.start + self.length;
        instant.saturating_sub(reach).div_euclid(DAY)
    }

    /// Returns the last day on which an occurrence may start before that instant.
    pub(super) fn last_day_starting_before(self, instant: i64) -> i64 {
        instant.saturating_add(OFFSET_MAX - self.start).div_euclid(DAY)
    }
}

impl Recurring {
    /// Returns the rule for occurrences on those days, as far as the validity admits them.
    pub(super) fn new(days: Days, schedule: Schedule, validity: Validity) -> Self {
        let (first_day, last_day) = validity.days();
        Self {
            days,
            shape: Shape::new(schedule),
            first_day,
            last_day,
        }
    }

    /// Returns the first day with an occurrence on or after `day`; may pass `last`.
    fn on_or_after(&self, day: i64, last: i64) -> Option<i64> {
        match &self.days {
            Days::Weekly(days) => {
                let bits = u32::from(days.bits());
                let ahead = (bits | bits << 7) >> weekday_index(day);
                Some(day + i64::from(ahead.trailing_zeros()))
            }
            Days::Recurring(recurrence) => recurrence.on_or_after(day, last),
        }
    }

    /// Returns the last day with an occurrence on or before `day`; may pass `first`.
    fn on_or_before(&self, day: i64, first: i64) -> Option<i64> {
        match &self.days {
            Days::Weekly(days) => {
                let bits = u32::from(days.bits());
                let today = weekday_index(day) + 7;
                let behind = (bits | bits << 7) & ((2 << today) - 1);
                let back = today - behind.ilog2();
                Some(day - i64::from(back))
            }
            Days::Recurring(recurrence) => recurrence.on_or_before(day, first),
        }
    }
}

/// Returns the span of a one-off; `None` if it is dropped.
pub(super) fn once(zone: Zone, start: NaiveDateTime, end: NaiveDateTime) -> Resolved {
    let (start, start_resolution) = zone.resolve_with(start);
    let (end, end_resolution) = zone.resolve_with(end);
    Resolved {
        span: Span::new(start, end),
        start: start_resolution,
        end: Some(end_resolution),
    }
}

/// The occurrences of one recurring rule, within the horizon.
pub(super) struct Occurrences<'a> {
    zone: Zone,
    rule: &'a Recurring,
    horizon: Horizon,
    direction: Direction,
    /// The days not yet read, both inclusive.
    first_day: i64,
    last_day: i64,
}

impl<'a> Occurrences<'a> {
    pub(super) fn new(zone: Zone, rule: &'a Recurring, horizon: Horizon, direction: Direction) -> Self {
        let shape = rule.shape;
        Self {
            zone,
            rule,
            horizon,
            direction,
            first_day: shape.first_day_ending_after(horizon.first).max(rule.first_day),
            last_day: shape.last_day_starting_before(horizon.last).min(rule.last_day),
        }
    }

    /// Returns the next day in the direction of the stream, of those on which an occurrence may lie beyond the floor.
    fn next_day(&mut self, floor: i64) -> Option<i64> {
        if floor == END_OF_TIME {
            return None;
        }
        // An occurrence that reaches the horizon goes on beyond any floor, wherever it ends by itself.
        let shape = self.rule.shape;
        match self.direction {
            Direction::Forwards => {
                let beyond = floor.min(self.horizon.last - 1);
                let from = self.first_day.max(shape.first_day_ending_after(beyond));
                if self.last_day < from {
                    return None;
                }
                let day = self.rule.on_or_after(from, self.last_day)?;
                self.first_day = day + 1;
                (day <= self.last_day).then_some(day)
            }
            Direction::Backwards => {
                let beyond = (-floor).max(self.horizon.first + 1);
                let from = self.last_day.min(shape.last_day_starting_before(beyond));
                if from < self.first_day {
                    return None;
                }
                let day = self.rule.on_or_before(from, self.first_day)?;
                self.last_day = day - 1;
                (self.first_day <= day).then_some(day)
            }
        }
    }
}

impl Stream for Occurrences<'_> {
    fn next(&mut self, floor: i64) -> Option<Span> {
        loop {
            let day = self.next_day(floor)?;
            let span = self.rule.shape.on(self.zone, day).span;
            let seen = span
                .and_then(|span| self.horizon.extend(span))
                .map(|span| self.direction.apply(span));
            if let Some(span) = seen.filter(|span| floor < span.end) {
                return Some(span);
            }
        }
    }
}
