//! Years, months and days that narrow a list, and their instants in the viewer's zone.

use chrono::{Datelike, NaiveDate, NaiveDateTime};

use crate::zones::{self, Zone};

/// Returns the instants of a year, month or day of `zone`, half-open; nothing without a date.
///
/// # Errors
/// A date that does not exist, or one whose year or month is missing.
pub(super) fn period(
    date: (Option<i32>, Option<u32>, Option<u32>),
    zone: Zone,
) -> Result<Option<(NaiveDateTime, NaiveDateTime)>, String> {
    let (first, after) = match date {
        (None, None, None) => return Ok(None),
        (Some(year), None, None) => (day(year, 1, 1)?, next_year(year)?),
        (Some(year), Some(month @ 1..=11), None) => (day(year, month, 1)?, day(year, month + 1, 1)?),
        (Some(year), Some(month), None) => (day(year, month, 1)?, next_year(year)?),
        (Some(year), Some(month), Some(dom)) => {
            let first = day(year, month, dom)?;
            (first, first.succ_opt().ok_or("the day is too far away")?)
        }
        _ => return Err("a month needs a year, and a day a month".to_owned()),
    };
    Ok(Some((midnight(first, zone), midnight(after, zone))))
}

/// Returns the first day of the year after one that can be asked for, which itself need not be such a year.
fn next_year(year: i32) -> Result<NaiveDate, String> {
    NaiveDate::from_ymd_opt(year + 1, 1, 1).ok_or_else(|| format!("{year} is no year"))
}

fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, String> {
    let date = (1000..=9998)
        .contains(&year)
        .then(|| NaiveDate::from_ymd_opt(year, month, day))
        .flatten();
    date.ok_or_else(|| format!("{year}-{month}-{day} is no date"))
}

/// Returns the instant at which a day begins in `zone`. Where midnight is skipped, or the whole day, it is the end of what is skipped.
fn midnight(date: NaiveDate, zone: Zone) -> NaiveDateTime {
    zones::from_seconds(zone.start_of_day(date))
}

/// Returns the day on which an instant falls in `zone`.
pub(super) fn local_date(at: NaiveDateTime, zone: Zone) -> (i32, u32, u32) {
    let date = zone.local_at(at.and_utc().timestamp()).date();
    (date.year(), date.month(), date.day())
}
