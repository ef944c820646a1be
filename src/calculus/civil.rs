//! Civil values as people write them: weekdays, clock times, dates and lengths. Knows no time zone.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::error::DefinitionError;

/// The weekdays in the order of their bits, Monday first (ISO 8601).
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "MO"),
    (Weekday::Tue, "TU"),
    (Weekday::Wed, "WE"),
    (Weekday::Thu, "TH"),
    (Weekday::Fri, "FR"),
    (Weekday::Sat, "SA"),
    (Weekday::Sun, "SU"),
];

/// The longest occurrence of a repeating rule: 31 days, in seconds.
pub const LENGTH_MAX: u32 = 31 * 86_400;

/// Seconds of a day on a clock that does not change in it.
pub const DAY: i64 = 86_400;

/// Returns the weekday that a two-letter code of RFC 5545 section 3.3.10 means, in either case.
pub(super) fn weekday(code: &str) -> Option<Weekday> {
    WEEKDAYS
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(code))
        .map(|(weekday, _)| *weekday)
}

/// Returns the two-letter code of a weekday.
pub(super) fn weekday_code(weekday: Weekday) -> &'static str {
    WEEKDAYS[weekday.num_days_from_monday() as usize].1
}

/// Returns the codes of the weekdays whose bits are set, Monday = 1.
pub(super) fn codes_of(bits: u8) -> impl Iterator<Item = &'static str> {
    (0..)
        .zip(WEEKDAYS)
        .filter(move |(bit, _): &(u8, _)| bits & (1 << bit) != 0)
        .map(|(_, (_, code))| code)
}

/// A non-empty set of weekdays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeekdaySet(u8);

impl WeekdaySet {
    /// Returns the set from its bits, Monday = 1, Tuesday = 2, … Sunday = 64.
    ///
    /// # Errors
    /// Refuses 0 (no weekday at all) and anything above 127.
    pub fn from_bits(bits: u8) -> Result<Self, DefinitionError> {
        match bits {
            0 => Err(DefinitionError::new("choose at least one weekday")),
            1..=127 => Ok(Self(bits)),
            _ => Err(DefinitionError::new(format!(
                "{bits} is not a set of weekdays; the bits are 1 for Monday to 64 for Sunday"
            ))),
        }
    }

    /// Returns the set from the codes `MO` to `SU`, in any order and case; repeating one is harmless.
    ///
    /// # Errors
    /// Refuses an empty list and any other word.
    pub fn parse<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<Self, DefinitionError> {
        let mut bits = 0;
        for code in codes {
            let weekday = weekday(code).ok_or_else(|| {
                DefinitionError::new(format!("“{code}” is not a weekday; write MO, TU, WE, TH, FR, SA or SU"))
            })?;
            bits |= 1 << weekday.num_days_from_monday();
        }
        Self::from_bits(bits)
    }

    /// Returns the bits, 1 to 127, Monday = 1.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Returns whether the weekday is in the set.
    #[must_use]
    pub fn contains(self, weekday: Weekday) -> bool {
        self.0 & (1 << weekday.num_days_from_monday()) != 0
    }

    /// Returns the codes `MO` to `SU` of the weekdays in the set, Monday first.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        codes_of(self.0)
    }
}

/// What a length counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DurationMode {
    /// Time on the clock: 22:00 and eight hours end when the clock shows 06:00, whatever happens in between.
    #[default]
    Wall,
    /// Exact seconds from the start.
    Elapsed,
}

impl DurationMode {
    /// Reads `wall` or `elapsed`.
    ///
    /// # Errors
    /// Refuses every other word.
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        match text {
            "wall" => Ok(Self::Wall),
            "elapsed" => Ok(Self::Elapsed),
            _ => Err(DefinitionError::new(format!(
                "“{text}” is not a way to count a length; write wall (clock time) or elapsed (exact seconds)"
            ))),
        }
    }

    /// Returns the word [`DurationMode::parse`] reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Elapsed => "elapsed",
        }
    }
}

impl fmt::Display for DurationMode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How long an occurrence of a repeating rule lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OccurrenceLength {
    seconds: u32,
    mode: DurationMode,
}

impl OccurrenceLength {
    /// Returns a length of 1 second to 31 days ([`LENGTH_MAX`]).
    ///
    /// # Errors
    /// Refuses everything outside that range.
    pub fn new(seconds: i64, mode: DurationMode) -> Result<Self, DefinitionError> {
        match u32::try_from(seconds) {
            Ok(seconds @ 1..=LENGTH_MAX) => Ok(Self { seconds, mode }),
            Ok(0) => Err(DefinitionError::new(
                "the length is zero; for a whole day start at 00:00 with 24 hours (86400 seconds)",
            )),
            Ok(_) => Err(DefinitionError::new(format!(
                "a length of {seconds} seconds is longer than 31 days; use a rule for one time only, or let occurrences touch"
            ))),
            Err(_) => Err(DefinitionError::new(format!(
                "a length of {seconds} seconds is not between 1 second and 31 days"
            ))),
        }
    }

    /// Returns the length from a start to an end on the clock, both in seconds of their days. `days` is the number of days from the
    /// start's day to the end's; `None`: the end is on the same day or, if it is not after the start, on the next.
    ///
    /// # Errors
    /// Refuses what [`OccurrenceLength::new`] refuses.
    pub fn until(start: NaiveTime, end: i64, days: Option<i64>, mode: DurationMode) -> Result<Self, DefinitionError> {
        let start = i64::from(start.num_seconds_from_midnight());
        let days = days.unwrap_or_else(|| i64::from(end <= start));
        Self::new(end + days * DAY - start, mode)
    }

    /// Returns the length in seconds, 1 to [`LENGTH_MAX`].
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// Returns whether the seconds are shown on the clock or counted exactly.
    #[must_use]
    pub fn mode(self) -> DurationMode {
        self.mode
    }
}

/// Reads `HH:MM` or `HH:MM:SS`, 00:00:00 to 23:59:59; the hour may have one digit.
///
/// # Errors
/// Refuses every other shape, and 24:00, which only [`parse_end`] reads.
pub fn parse_time(text: &str) -> Result<NaiveTime, DefinitionError> {
    let refused = || {
        DefinitionError::new(if is_end_of_day(text) {
            format!(
                "“{text}” is not a time of day to start at; write HH:MM from 00:00 to 23:59:59; 24:00 is 00:00 on the day after"
            )
        } else {
            format!("“{text}” is not a time of day; write HH:MM or HH:MM:SS from 00:00 to 23:59:59, such as 09:05")
        })
    };
    let mut fields = text.split(':');
    let hour = fields
        .next()
        .and_then(|field| digits(field, 2).or_else(|| digits(field, 1)));
    let minute = fields.next().and_then(|field| digits(field, 2));
    let second = match fields.next() {
        None => Some(0),
        Some(field) => digits(field, 2),
    };
    match (hour, minute, second, fields.next()) {
        (Some(hour), Some(minute), Some(second), None) => {
            NaiveTime::from_hms_opt(hour, minute, second).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

/// Reads the time of day at which something ends: what [`parse_time`] reads, and `24:00`. Returns the seconds since
/// the beginning of the day, 0 to 86,400.
///
/// # Errors
/// Refuses every other shape.
pub fn parse_end(text: &str) -> Result<i64, DefinitionError> {
    if is_end_of_day(text) {
        return Ok(DAY);
    }
    let time = parse_time(text).map_err(|_| {
        DefinitionError::new(format!(
            "“{text}” is not a time of day to end at; write HH:MM or HH:MM:SS from 00:00 to 24:00, such as 17:30"
        ))
    })?;
    Ok(i64::from(time.num_seconds_from_midnight()))
}

/// Writes seconds since the beginning of a day as [`parse_end`] reads them: the end of the day is `24:00`.
#[must_use]
pub fn format_end(seconds: i64) -> String {
    let time = u32::try_from(seconds)
        .ok()
        .and_then(|seconds| NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0));
    time.map_or_else(|| "24:00".to_owned(), format_time)
}

/// Returns whether a text is the end of a day, `24:00` or `24:00:00`.
fn is_end_of_day(text: &str) -> bool {
    matches!(text, "24:00" | "24:00:00")
}

/// The first year that dates are read in.
const YEAR_MIN: i32 = 1_900;
/// The last year that dates are read in.
const YEAR_MAX: i32 = 9_999;

/// Returns whether dates of this year are read.
#[must_use]
pub fn is_year(year: i32) -> bool {
    (YEAR_MIN..=YEAR_MAX).contains(&year)
}

/// Refuses a local time that was computed and could not be read again.
pub(super) fn check_year(local: NaiveDateTime) -> Result<(), DefinitionError> {
    match local.year() {
        ..YEAR_MIN => Err(DefinitionError::new(format!(
            "{} is too long ago; the year must be from {YEAR_MIN} to {YEAR_MAX}",
            format_date_time(local)
        ))),
        YEAR_MIN..=YEAR_MAX => Ok(()),
        _ => Err(too_late(&format_date_time(local))),
    }
}

fn too_late(text: &str) -> DefinitionError {
    DefinitionError::new(format!(
        "“{text}” is too late; the last date and time is {YEAR_MAX}-12-31T23:59:59"
    ))
}

/// Reads `YYYY-MM-DD` of the years 1900 to 9999.
///
/// # Errors
/// Refuses every other shape, days that do not exist, and years outside that range.
pub fn parse_date(text: &str) -> Result<NaiveDate, DefinitionError> {
    let refused = || DefinitionError::new(format!("“{text}” is not a date; write YYYY-MM-DD, such as 2025-12-24"));
    let mut fields = text.split('-');
    let year = fields.next().and_then(|field| digits(field, 4));
    let month = fields.next().and_then(|field| digits(field, 2));
    let day = fields.next().and_then(|field| digits(field, 2));
    let (Some(year), Some(month), Some(day), None) = (year, month, day, fields.next()) else {
        return Err(refused());
    };
    let year = i32::try_from(year).map_err(|_| refused())?;
    if year < YEAR_MIN {
        return Err(DefinitionError::new(format!(
            "“{text}” is too long ago; the year must be from {YEAR_MIN} to {YEAR_MAX}"
        )));
    }
    NaiveDate::from_ymd_opt(year, month, day)
        .ok_or_else(|| DefinitionError::new(format!("“{text}” is not a day of the calendar")))
}

/// Reads `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`, with a blank in place of the `T` if you like. `24:00` is midnight at
/// the end of that date.
///
/// # Errors
/// Refuses what [`parse_date`] or [`parse_time`] would, and any UTC offset: the time zone is the window's.
pub fn parse_date_time(text: &str) -> Result<NaiveDateTime, DefinitionError> {
    let (date, time) = text.split_once(['T', ' ']).ok_or_else(|| {
        DefinitionError::new(format!(
            "“{text}” is not a date and time; write YYYY-MM-DDTHH:MM, such as 2025-12-24T18:00"
        ))
    })?;
    if time.contains(['Z', '+', '-']) {
        return Err(DefinitionError::new(format!(
            "“{text}” carries a UTC offset; write the local time alone, the window's time zone applies"
        )));
    }
    let date = parse_date(date)?;
    if !is_end_of_day(time) {
        return Ok(date.and_time(parse_time(time)?));
    }
    match date.succ_opt() {
        Some(next) if next.year() <= YEAR_MAX => Ok(next.and_time(NaiveTime::MIN)),
        _ => Err(too_late(text)),
    }
}

/// Writes a time as [`parse_time`] reads it: `HH:MM`, or `HH:MM:SS` if there are seconds.
#[must_use]
pub fn format_time(time: NaiveTime) -> String {
    match time.second() {
        0 => format!("{:02}:{:02}", time.hour(), time.minute()),
        second => format!("{:02}:{:02}:{second:02}", time.hour(), time.minute()),
    }
}

/// Writes a date and time as [`parse_date_time`] reads it, with a `T` and with seconds only if there are any.
#[must_use]
pub fn format_date_time(local: NaiveDateTime) -> String {
    let date = local.date();
    format!(
        "{:04}-{:02}-{:02}T{}",
        date.year(),
        date.month(),
        date.day(),
        format_time(local.time())
    )
}

/// Returns a number of exactly `width` ASCII digits.
fn digits(text: &str, width: usize) -> Option<u32> {
    let all_digits = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}
