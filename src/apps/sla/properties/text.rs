//! What the texts of properties may hold, and texts as numbers and instants.

use std::ops::RangeInclusive;

use chrono::DateTime;

use crate::calculus::civil::parse_date_time;
use crate::zones::{Resolution, Zone};

/// The longest text of any description or display name, in characters.
pub const TEXT_LENGTH_MAX: usize = 10_000;
/// The longest name of a window or calendar, in characters.
pub const NAME_LENGTH_MAX: usize = 200;

/// Checks what both databases can keep: PostgreSQL takes no NUL.
///
/// # Errors
/// A message for people.
pub fn check_storable(text: &str) -> Result<(), String> {
    match text.chars().count() {
        _ if text.contains('\0') => Err("a text holds no NUL character".to_owned()),
        length if length > TEXT_LENGTH_MAX => {
            Err(format!("a text has at most {TEXT_LENGTH_MAX} characters, not {length}"))
        }
        _ => Ok(()),
    }
}

/// Checks that a file gives a name. Names that are stored may hold what a new one may not, so the rest is checked when it is known what
/// is stored.
///
/// # Errors
/// A message for people.
pub fn check_name_given(name: &str) -> Result<(), String> {
    match name.trim() {
        "" => Err("Enter a name: it must not be empty.".to_owned()),
        _ => check_storable(name),
    }
}

/// Checks the name of a window or calendar.
///
/// # Errors
/// A message for people.
pub fn check_name(name: &str) -> Result<(), String> {
    crate::text::check_name(name, NAME_LENGTH_MAX)
}

/// Reads percent with at most three decimals, 0–100, as thousandths of a percent: digit by digit, so that nothing is rounded.
///
/// # Errors
/// A message for people.
pub fn millipercent(text: &str) -> Result<i32, String> {
    let refused = || format!("`{text}` is no percentage; give 0 to 100 with at most three decimals, e.g. 99.9");
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits =
        |part: &str, length_max: usize| part.len() <= length_max && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 3) || !digits(decimals.trim_end_matches('0'), 3) || text.ends_with('.') {
        return Err(refused());
    }
    let decimals = format!("{:0<3}", decimals.trim_end_matches('0'));
    let value: i32 = format!("{whole}{decimals}").parse().map_err(|_| refused())?;
    if value <= 100_000 { Ok(value) } else { Err(refused()) }
}

/// Reads a whole number within bounds.
///
/// # Errors
/// A message for people.
pub fn whole_number(text: &str, bounds: &RangeInclusive<i64>) -> Result<i64, String> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        let (first, last) = (bounds.start(), bounds.end());
        format!("`{text}` is no whole number from {first} to {last}")
    })
}

/// The largest number of a property, up or down from zero.
const DECIMAL_MAX: f64 = 1e300;

/// Reads a number.
///
/// # Errors
/// A message for people.
pub fn decimal(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.abs() <= DECIMAL_MAX);
    number.ok_or_else(|| format!("`{text}` is no number; give one such as 0.995 or 250"))
}

/// The instants that properties may hold: the years 1970 to 9999.
const INSTANTS: RangeInclusive<i64> = 0..=253_402_300_799;

/// Reads an instant: RFC 3339, whose seconds may be left out, or a date and a time by the clock of a zone.
///
/// # Errors
/// A message for people. A local time that the clock skips or shows twice is refused: its offset says what is meant.
pub fn instant(text: &str, zone: Zone) -> Result<i64, String> {
    let with_offset = DateTime::parse_from_rfc3339(&with_seconds(text));
    let whole = match with_offset.map(|at| (at.timestamp(), at.timestamp_subsec_nanos())) {
        Ok((at, 0)) => Some(at),
        Ok(_) => None,
        Err(_) => match parse_date_time(text).map(|local| zone.resolve_with(local)) {
            Ok((at, Resolution::Exact)) => Some(at),
            Ok((_, Resolution::Gap)) => return Err(format!("the clock of {zone} skips `{text}`; give its UTC offset")),
            Ok((_, Resolution::Fold)) => {
                return Err(format!("the clock of {zone} shows `{text}` twice; give its UTC offset"));
            }
            Err(_) => None,
        },
    };
    whole.filter(|at| INSTANTS.contains(at)).ok_or_else(|| {
        format!(
            "`{text}` is no instant in whole seconds; give RFC 3339, e.g. 2026-11-16T10:00:00+01:00, or a time in {zone}, e.g. \
             2026-11-16T09:00"
        )
    })
}

/// Returns a date and a time with an offset as RFC 3339 has them: with seconds.
fn with_seconds(text: &str) -> String {
    let minutes = "YYYY-MM-DDTHH:MM".len();
    match (text.get(..minutes), text.get(minutes..)) {
        (Some(time), Some(offset)) if offset.starts_with(['Z', '+', '-']) => format!("{time}:00{offset}"),
        _ => text.to_owned(),
    }
}

/// Returns an instant as [`instant`] reads it: `2026-11-16T09:00:00Z`.
#[must_use]
pub fn instant_text(at: i64) -> String {
    let at = DateTime::from_timestamp(at, 0).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
