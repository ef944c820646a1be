//! Ranges in a list's query string: which parameters there are, and what their values mean.

use chrono::{NaiveDate, NaiveDateTime};

use super::spec::{Range, RangeKind, Spec};
use crate::zones::Zone;

/// The longest value of a bound.
const BOUND_LENGTH_MAX: usize = 40;
/// The most digits of a number before its point.
const DIGITS_MAX: usize = 12;

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where it begins: `key__gte`.
    First,
    /// Where it ends: `key__lt` of dates, `key__lte` of numbers.
    Last,
}

/// A range of a query: each bound that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeBounds {
    /// The range's key.
    pub key: &'static str,
    /// Its beginning as typed, and what it means; nothing if it is open.
    pub first: Option<(String, i64)>,
    /// The same of its end.
    pub last: Option<(String, i64)>,
}

impl RangeBounds {
    /// Returns a bound as typed; empty if the range is open there.
    #[must_use]
    pub fn text(&self, end: End) -> &str {
        let bound = match end {
            End::First => &self.first,
            End::Last => &self.last,
        };
        bound.as_ref().map_or("", |(text, _)| text)
    }

    /// Returns the instants of a range of dates, half-open; where it is open, the end of all years.
    #[must_use]
    pub fn instants(&self) -> (NaiveDateTime, NaiveDateTime) {
        let at = |bound: &Option<(String, i64)>, year| {
            let seconds = bound.as_ref().map(|(_, seconds)| *seconds);
            let at = seconds.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
            at.map_or_else(|| first_of(year), |at| at.naive_utc())
        };
        (at(&self.first, 1), at(&self.last, 9999))
    }

    /// Returns the numbers of a range, both ends included.
    #[must_use]
    pub fn numbers(&self) -> (i64, i64) {
        let number = |bound: &Option<(String, i64)>, open| bound.as_ref().map_or(open, |(_, number)| *number);
        (number(&self.first, i64::MIN), number(&self.last, i64::MAX))
    }
}

fn first_of(year: i32) -> NaiveDateTime {
    let day = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN);
    day.and_time(chrono::NaiveTime::MIN)
}

/// Returns the parameter of one end of a range.
#[must_use]
pub fn parameter(range: &Range, end: End) -> String {
    let lookup = match (end, range.kind) {
        (End::First, _) => "gte",
        (End::Last, RangeKind::Date) => "lt",
        (End::Last, RangeKind::Number { .. }) => "lte",
    };
    format!("{}__{lookup}", range.key)
}

/// Returns both parameters of all ranges of a model.
pub fn parameters(spec: &Spec) -> impl Iterator<Item = String> {
    let both = |range| [parameter(range, End::First), parameter(range, End::Last)];
    spec.ranges.iter().flat_map(both)
}

/// Returns the range and the end that a parameter is for.
#[must_use]
pub fn find<'a>(spec: &'a Spec, name: &str) -> Option<(&'a Range, End)> {
    let ends = |range| [(range, End::First), (range, End::Last)];
    let mut all = spec.ranges.iter().flat_map(ends);
    all.find(|(range, end)| parameter(range, *end) == name)
}

/// Returns what a value means: seconds since 1970 of an instant, or a number without its point.
///
/// # Errors
/// Why it means nothing.
pub fn read(kind: RangeKind, text: &str, zone: Zone) -> Result<i64, String> {
    if text.len() > BOUND_LENGTH_MAX {
        return Err("the value is too long".to_owned());
    }
    match kind {
        RangeKind::Date => instant(text, zone),
        RangeKind::Number { decimals } => number(text, decimals),
    }
}

/// Returns the instant, in Unix seconds, at which the clock of `zone` reaches a date or a date and a time.
fn instant(text: &str, zone: Zone) -> Result<i64, String> {
    let local = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(chrono::NaiveTime::MIN));
    let local = local
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .map_err(|_| format!("`{text}` is no date like 2027-01-31"))?;
    // Four digits, so that instants compare as texts where a database keeps them so.
    let years = first_of(1000)..first_of(9999);
    if years.contains(&local) {
        Ok(zone.first_at_or_past(local))
    } else {
        Err(format!("`{text}` is out of range; the year must be from 1000 to 9998"))
    }
}

fn number(text: &str, decimals: u32) -> Result<i64, String> {
    let wrong = || match decimals {
        0 => format!("`{text}` is no whole number"),
        _ => format!("`{text}` is no number with at most {decimals} decimals"),
    };
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let places = usize::try_from(decimals).unwrap_or(0);
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = !whole.is_empty() && whole.len() <= DIGITS_MAX && are_digits(whole) && are_digits(part);
    if !is_number || part.len() > places || (digits.contains('.') && part.is_empty()) {
        return Err(wrong());
    }
    let number: i64 = format!("{whole}{part:0<places$}").parse().map_err(|_| wrong())?;
    Ok(if negative { -number } else { number })
}
