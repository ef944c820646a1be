//! Instants as people type them, on the command line and in addresses.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use crate::calculus::civil::{format_time, parse_date, parse_date_time};
use crate::zones::{Resolution, Zone};

/// Unix timestamps of the years 1 to 9999.
const TIMESTAMPS: std::ops::Range<i64> = -62_135_596_800..253_402_300_800;

/// An instant that was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstantArgument {
    /// With its UTC offset, or as a Unix timestamp.
    Instant(i64),
    /// A local time, or the midnight of a date, in a zone that another option names.
    Local(NaiveDateTime),
}

/// Reads RFC 3339, a Unix timestamp, a local time or a date.
///
/// # Errors
/// Refuses everything else, and names the accepted forms.
pub fn parse(text: &str) -> Result<InstantArgument, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(InstantArgument::Instant(at.timestamp()));
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return timestamp(text, seconds).map(InstantArgument::Instant);
    }
    let local = parse_date_time(text).or_else(|_| parse_date(text).map(|date| date.and_time(NaiveTime::MIN)));
    local.map(InstantArgument::Local).map_err(|_| {
        format!(
            "`{text}` is no instant; give RFC 3339 (2026-12-25T09:00:00+01:00 or 2026-12-25T08:00:00Z), a Unix timestamp \
             (1798185600), a local time (2026-12-25T09:00) or a date (2026-12-25)"
        )
    })
}

/// Takes seconds for a Unix timestamp, unless they were probably meant as something else.
fn timestamp(text: &str, seconds: i64) -> Result<i64, String> {
    let date = NaiveDate::parse_from_str(text, "%Y%m%d")
        .ok()
        .filter(|_| text.len() == 8);
    if let Some(date) = date.filter(|date| (1970..2200).contains(&date.year())) {
        return Err(format!("`{text}` is a date without its hyphens; write {date}"));
    }
    if !TIMESTAMPS.contains(&seconds) {
        return Err(format!(
            "`{text}` is out of range; the year must be from 1 to 9999, and a Unix timestamp counts seconds, not milliseconds"
        ));
    }
    Ok(seconds)
}

/// Returns the instant of a local time, and a sentence if the clock skips it or shows it twice.
#[must_use]
pub fn in_zone(local: NaiveDateTime, zone: Zone) -> (i64, Option<String>) {
    let (at, resolution) = zone.resolve_with(local);
    let (date, time) = (local.date(), format_time(local.time()));
    let note = match resolution {
        Resolution::Exact => None,
        Resolution::Gap => Some(format!(
            "The clock of {zone} skips {time} on {date}: this is {} there.",
            format_time(zone.local_at(at).time())
        )),
        Resolution::Fold => Some(format!(
            "The clock of {zone} shows {time} twice on {date}: this is the first time."
        )),
    };
    (at, note)
}

/// Returns the instant of a local time, and sentences if the clock skips it or shows it twice, with how to name the other time.
#[must_use]
pub fn in_zone_noted(local: NaiveDateTime, zone: Zone) -> (i64, Option<String>) {
    let (at, note) = in_zone(local, zone);
    let other = match zone.resolve_with(local) {
        (_, Resolution::Fold) => " RFC 3339 with an offset names the other.",
        (_, Resolution::Exact | Resolution::Gap) => "",
    };
    (at, note.map(|note| format!("{note}{other}")))
}

/// Returns the instant that bounds a range of time, and a note if the clocks skip it or show it twice. A day begins at its midnight, or where
/// the clock has been put forward past that.
#[must_use]
pub fn bound(argument: InstantArgument, zone: Zone) -> (i64, Option<String>) {
    match argument {
        InstantArgument::Instant(at) => (at, None),
        InstantArgument::Local(local) if local.time() == NaiveTime::MIN => (zone.start_of_day(local.date()), None),
        InstantArgument::Local(local) => in_zone_noted(local, zone),
    }
}

/// Returns local time with its zone, then UTC.
#[must_use]
pub fn shown(at: i64, zone: Zone) -> String {
    let Some(utc) = DateTime::from_timestamp(at, 0) else {
        return at.to_string();
    };
    let utc_text = utc.format("%Y-%m-%d %H:%M:%S UTC");
    if zone.is_utc() {
        return utc_text.to_string();
    }
    let local = zone.at(at);
    format!(
        "{} {} ({zone}, {utc_text})",
        local.time.format("%a %Y-%m-%d %H:%M:%S"),
        local.abbreviation
    )
}

impl InstantArgument {
    /// Returns the text that [`parse`] reads as the same: RFC 3339 in UTC, or a local time.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Local(local) => local.format("%Y-%m-%dT%H:%M:%S").to_string(),
            Self::Instant(at) => match DateTime::from_timestamp(at, 0) {
                Some(at) => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                None => at.to_string(),
            },
        }
    }
}
