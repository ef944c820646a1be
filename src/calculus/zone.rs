//! Time zones: their names, and the one policy that turns wall-clock time into an instant.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

use super::error::Error;

/// The release of the IANA time zone database compiled in, such as `2025b`.
pub const TZDATA_VERSION: &str = chrono_tz::IANA_TZDB_VERSION;

/// The most by which a local time and its instant, both read as seconds, can differ: no zone has ever been
/// as much as 16 hours from UTC, and a resolved instant always uses an offset that was once in force.
pub(super) const OFFSET_MAX: i64 = 16 * 3_600;

/// How a local time was found on the zone's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// The clock showed it once.
    Exact,
    /// The clock skipped it; it was read with the UTC offset in force before the gap.
    Gap,
    /// The clock showed it twice; the first showing was taken.
    Fold,
}

/// Reads the IANA name of a time zone, such as `Europe/Berlin`; older names that are links are accepted.
///
/// # Errors
/// Refuses the empty name, UTC offsets, `Local`, names in other letter case (saying the right one) and unknown names.
pub fn parse_zone(name: &str) -> Result<Tz, Error> {
    if let Ok(zone) = name.parse::<Tz>() {
        return Ok(zone);
    }
    let trimmed = name.trim();
    if trimmed.is_empty() {
        return Err(Error::new(
            "the time zone is missing; write an IANA name such as Europe/Berlin, or UTC",
        ));
    }
    if trimmed.eq_ignore_ascii_case("local") || trimmed.eq_ignore_ascii_case("localtime") {
        return Err(Error::new(format!(
            "the time zone “{trimmed}” would depend on the server; write an IANA name such as Europe/Berlin, or UTC"
        )));
    }
    if let Some(known) = TZ_VARIANTS
        .iter()
        .find(|zone| zone.name().eq_ignore_ascii_case(trimmed))
    {
        return Err(Error::new(format!("the time zone “{name}” is spelt {}", known.name())));
    }
    Err(offset_refusal(trimmed).unwrap_or_else(|| {
        Error::new(format!(
            "the time zone “{trimmed}” is unknown; write an IANA name such as Europe/Berlin, or UTC"
        ))
    }))
}

/// The refusal of `+02:00`, `UTC+2`, `-0530` and the like; `None` if the text is not a UTC offset.
fn offset_refusal(text: &str) -> Option<Error> {
    let offset = ["UTC", "GMT"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    let (sign, digits) = if let Some(digits) = offset.strip_prefix('+') {
        ('+', digits)
    } else {
        // The minus sign of typography arrives by copy and paste.
        ('-', offset.strip_prefix(['-', '\u{2212}'])?)
    };
    let digits: String = digits.chars().filter(|letter| *letter != ':').collect();
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(digits.len().min(2));
    let hours: u8 = hours.parse().ok()?;
    let whole = minutes.bytes().all(|byte| byte == b'0');
    let reason = format!(
        "the time zone “{text}” is a fixed offset, which knows no daylight saving time; write an IANA name such as Europe/Berlin"
    );
    // POSIX counts westwards, so the sign turns round: UTC+2 is Etc/GMT-2.
    let way_out = match (whole, sign, hours) {
        (true, _, 0) => ", or UTC".to_owned(),
        (true, '+', 1..=14) => format!(", or Etc/GMT-{hours} if it is really meant"),
        (true, '-', 1..=12) => format!(", or Etc/GMT+{hours} if it is really meant"),
        _ => String::new(),
    };
    Some(Error::new(reason + &way_out))
}

/// The instant, in Unix seconds, at which the zone's clock shows `local` (RFC 5545 section 3.3.5): the first one if it is
/// shown twice; if it is never shown, `local` read with the UTC offset in force before the gap. Whole seconds only.
#[must_use]
pub fn resolve(zone: Tz, local: NaiveDateTime) -> i64 {
    resolve_with(zone, local).0
}

/// Like [`resolve`], and says how the local time was found.
#[must_use]
pub fn resolve_with(zone: Tz, local: NaiveDateTime) -> (i64, Resolution) {
    let (offset, resolution) = match zone.offset_from_local_datetime(&local) {
        MappedLocalTime::Single(offset) => (offset, Resolution::Exact),
        MappedLocalTime::Ambiguous(first, _) => (first, Resolution::Fold),
        MappedLocalTime::None => {
            let (_, before) = GapInfo::new(&local, &zone)
                .and_then(|gap| gap.begin)
                .expect("a local time without an offset lies in a gap, and a gap follows a span of one offset");
            (before, Resolution::Gap)
        }
    };
    let seconds = local.and_utc().timestamp() - i64::from(offset.fix().local_minus_utc());
    (seconds, resolution)
}

/// [`resolve_with`] for a local time given as if it were UTC, in seconds. Beyond chrono's calendar the offset is taken as
/// zero: nothing there can be told apart from its neighbours, and no answer is worth a panic.
pub(super) fn resolve_seconds(zone: Tz, local: i64) -> (i64, Resolution) {
    match DateTime::from_timestamp(local, 0) {
        Some(local) => resolve_with(zone, local.naive_utc()),
        None => (local, Resolution::Exact),
    }
}

/// What the zone's clock shows at an instant; saturates at the ends of chrono's calendar.
pub(super) fn local_at(zone: Tz, instant: i64) -> NaiveDateTime {
    let utc = from_seconds(instant);
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset).unwrap_or(utc)
}

/// Seconds as a civil time without a zone; saturates at the ends of chrono's calendar.
pub(super) fn from_seconds(seconds: i64) -> NaiveDateTime {
    match DateTime::from_timestamp(seconds, 0) {
        Some(instant) => instant.naive_utc(),
        None if seconds < 0 => NaiveDateTime::MIN,
        None => NaiveDateTime::MAX,
    }
}
