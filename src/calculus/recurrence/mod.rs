//! Recurrence rules: the part of RFC 5545 section 3.3.10 that is a predicate on a date.
//!
//! No DTSTART, COUNT or UNTIL: with them a rule would have to be counted from its beginning, and could not be asked
//! backwards. The anchor date fixes the phase of INTERVAL and bounds nothing.
//!
//! A month is evaluated as a whole, to a mask of its days; every question is then a question about bits.

mod parse;

use chrono::{Datelike, NaiveDate, Weekday};

use super::civil::WeekdaySet;
use super::error::DefinitionError;

/// The anchor of a rule that was given none: a Monday, the first of a month and of a year.
const DEFAULT_ANCHOR: NaiveDate = NaiveDate::from_ymd_opt(2001, 1, 1).expect("1 January 2001 exists");

/// All twelve months, January in bit 1.
const ALL_MONTHS: u16 = 0b1_1111_1111_1110;

/// A predicate on dates: those on which a rule recurs (RFC 5545 section 3.3.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    text: String,
    anchor: Option<NaiveDate>,
    frequency: Frequency,
    interval: i64,
    /// January in bit 1; `None` if the rule does not name months.
    months: Option<u16>,
    month_days: Option<Positions>,
    weekdays: Option<Weekdays>,
    positions: Option<Positions>,
    week_start: Weekday,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Positions counted from the first and from the last one; the n-th is bit n - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Positions {
    from_first: u32,
    from_last: u32,
}

/// BYDAY: the union of weekdays in every week and of n-th weekdays of the month. Sets have Monday in bit 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Weekdays {
    every: u8,
    from_first: [u8; 5],
    from_last: [u8; 5],
}

impl Recurrence {
    /// Reads a rule such as `FREQ=MONTHLY;BYDAY=-1FR`, in either case, with or without a leading `RRULE:`.
    ///
    /// Parts: FREQ (DAILY, WEEKLY, MONTHLY, YEARLY), INTERVAL (1 to 999, above 1 only with an anchor), BYMONTH,
    /// BYMONTHDAY (±1 to ±31, not with WEEKLY), BYDAY (with an ordinal ±1 to ±5 only with MONTHLY, or YEARLY and
    /// BYMONTH), BYSETPOS (MONTHLY, or YEARLY with one month in BYMONTH, beside another BY-part) and WKST. Blanks around
    /// separators are dropped. Where the rule leaves the day open, the anchor's weekday, day or month is written into it;
    /// without an anchor, those of 1 January 2001.
    ///
    /// # Errors
    /// Names the part refused, and what to use instead.
    pub fn parse(text: &str, anchor: Option<NaiveDate>) -> Result<Self, DefinitionError> {
        parse::parse(text, anchor)
    }

    /// Returns the rule in its one normal form, with everything taken from the anchor made explicit, except the phase.
    /// Parsing it with [`Recurrence::anchor`] gives the same rule again.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the date that fixes the phase of INTERVAL, as it was given.
    #[must_use]
    pub fn anchor(&self) -> Option<NaiveDate> {
        self.anchor
    }

    /// Returns whether the rule recurs on that date.
    #[must_use]
    pub fn matches(&self, date: NaiveDate) -> bool {
        self.days_of(&Month::of(date)) & (1 << date.day0()) != 0
    }

    /// Returns the first day of recurrence on or after `day`; `None` if there is none up to the end of `last`'s month.
    /// Days count from 1 January 1970. The answer may lie a few days after `last`.
    pub(super) fn on_or_after(&self, day: i64, last: i64) -> Option<i64> {
        let date = NaiveDate::from_epoch_days(i32::try_from(day).ok()?)?;
        let mut month = Month::of(date);
        let mut days = self.days_of(&month) & (u32::MAX << date.day0());
        while days == 0 {
            month = month.next();
            if month.first_day > last {
                return None;
            }
            days = self.days_of(&month);
        }
        Some(month.first_day + i64::from(days.trailing_zeros()))
    }

    /// Returns the last day of recurrence on or before `day`; `None` if there is none down to the beginning of `first`'s month.
    /// The answer may lie a few days before `first`.
    pub(super) fn on_or_before(&self, day: i64, first: i64) -> Option<i64> {
        let date = NaiveDate::from_epoch_days(i32::try_from(day).ok()?)?;
        let mut month = Month::of(date);
        let mut days = self.days_of(&month) & (u32::MAX >> (31 - date.day0()));
        while days == 0 {
            if month.first_day <= first {
                return None;
            }
            month = month.previous();
            days = self.days_of(&month);
        }
        Some(month.first_day + i64::from(days.ilog2()))
    }

    /// Returns the weekdays of a rule that is nothing but a set of weekdays in every week.
    pub(super) fn as_weekly(&self) -> Option<WeekdaySet> {
        let by_week = matches!(self.frequency, Frequency::Daily | Frequency::Weekly);
        let plain = by_week
            && self.interval == 1
            && self.months.is_none_or(|months| months == ALL_MONTHS)
            && self.month_days.is_none();
        let every = self.weekdays.map_or(0b111_1111, |weekdays| weekdays.every);
        plain.then(|| WeekdaySet::from_bits(every).ok()).flatten()
    }

    /// Returns the days of a month on which the rule recurs; the first is bit 0.
    fn days_of(&self, month: &Month) -> u32 {
        if self.months.is_some_and(|months| months & (1 << month.number) == 0) {
            return 0;
        }
        let mut days = month.all_days() & self.phase(month);
        if days == 0 {
            return 0;
        }
        if let Some(month_days) = self.month_days {
            days &= month_days.among(month.length);
        }
        if let Some(weekdays) = &self.weekdays {
            days &= weekdays.of(month);
        }
        match self.positions {
            Some(positions) => pick(days, positions),
            None => days,
        }
    }

    /// Returns the days of a month that INTERVAL lets through.
    fn phase(&self, month: &Month) -> u32 {
        if self.interval == 1 {
            return u32::MAX;
        }
        let anchor = self.anchor.unwrap_or(DEFAULT_ANCHOR);
        let anchor_day = i64::from(anchor.to_epoch_days());
        let in_phase = |steps: i64| steps.rem_euclid(self.interval) == 0;
        let whole = |passes: bool| if passes { u32::MAX } else { 0 };
        match self.frequency {
            Frequency::Yearly => whole(in_phase(i64::from(month.year - anchor.year()))),
            Frequency::Monthly => whole(in_phase(month.serial() - Month::of(anchor).serial())),
            Frequency::Daily => {
                let first = (anchor_day - month.first_day).rem_euclid(self.interval);
                (first..i64::from(month.length))
                    .step_by(usize::try_from(self.interval).expect("an interval is 1 to 999"))
                    .fold(0, |days, index| days | 1 << index)
            }
            Frequency::Weekly => {
                let into_week = i64::from(anchor.weekday().days_since(self.week_start));
                let week_of = |day: i64| (day - (anchor_day - into_week)).div_euclid(7);
                (0..month.length)
                    .filter(|index| in_phase(week_of(month.first_day + i64::from(*index))))
                    .fold(0, |days, index| days | 1 << index)
            }
        }
    }
}

impl Positions {
    /// Returns the days meant in a month of `length` days.
    fn among(self, length: u32) -> u32 {
        self.from_first | (self.from_last.reverse_bits() >> (32 - length))
    }
}

impl Weekdays {
    /// Returns the days meant in that month.
    fn of(&self, month: &Month) -> u32 {
        let mut days = month.spread(self.every);
        let length = month.length;
        for (week, (first, last)) in (0..).zip(self.from_first.iter().zip(&self.from_last)) {
            // Seven days from the first of the month, or to its last; the fifth seven are cut short by the month.
            let forwards = 0b111_1111_u64 << (7 * week);
            let backwards = (0b111_1111_u64 << (length - 7 * week)) >> 7;
            days |= month.spread(*first) & low_bits(forwards);
            days |= month.spread(*last) & low_bits(backwards);
        }
        days & month.all_days()
    }
}

/// Returns the lower half; what lies above is no day of any month.
fn low_bits(days: u64) -> u32 {
    u32::try_from(days & u64::from(u32::MAX)).expect("the mask leaves 32 bits")
}

/// Returns the days whose place among `days`, from either end, is one of `positions` (BYSETPOS).
fn pick(days: u32, positions: Positions) -> u32 {
    let count = days.count_ones();
    if count == 0 {
        return 0;
    }
    let wanted = positions.among(count);
    let mut rest = days;
    let mut picked = 0;
    for place in 0..count {
        let lowest = rest & rest.wrapping_neg();
        if wanted & (1 << place) != 0 {
            picked |= lowest;
        }
        rest ^= lowest;
    }
    picked
}

/// One month of the calendar.
struct Month {
    year: i32,
    /// 1 to 12.
    number: u32,
    /// Its first day, counted from 1 January 1970.
    first_day: i64,
    /// 28 to 31.
    length: u32,
}

impl Month {
    fn of(date: NaiveDate) -> Self {
        Self {
            year: date.year(),
            number: date.month(),
            first_day: i64::from(date.to_epoch_days()) - i64::from(date.day0()),
            length: month_length(date.year(), date.month()),
        }
    }

    fn next(&self) -> Self {
        let (year, number) = match self.number {
            12 => (self.year + 1, 1),
            number => (self.year, number + 1),
        };
        Self {
            year,
            number,
            first_day: self.first_day + i64::from(self.length),
            length: month_length(year, number),
        }
    }

    fn previous(&self) -> Self {
        let (year, number) = match self.number {
            1 => (self.year - 1, 12),
            number => (self.year, number - 1),
        };
        let length = month_length(year, number);
        Self {
            year,
            number,
            first_day: self.first_day - i64::from(length),
            length,
        }
    }

    /// Returns the months since the year 0.
    fn serial(&self) -> i64 {
        i64::from(self.year) * 12 + i64::from(self.number)
    }

    fn all_days(&self) -> u32 {
        u32::MAX >> (32 - self.length)
    }

    /// Returns the days of the month that are one of the given weekdays (Monday in bit 0).
    fn spread(&self, weekdays: u8) -> u32 {
        if weekdays == 0 {
            return 0;
        }
        let weekdays = u32::from(weekdays);
        let first = weekday_index(self.first_day);
        let from_first = ((weekdays >> first) | (weekdays << (7 - first))) & 0b111_1111;
        let repeated = u64::from(from_first) * 0x1020_4081;
        low_bits(repeated) & self.all_days()
    }
}

/// Returns the weekday of a day counted from 1 January 1970, Monday = 0.
pub(super) fn weekday_index(day: i64) -> u32 {
    u32::try_from((day + 3).rem_euclid(7)).expect("a remainder of seven is 0 to 6")
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
