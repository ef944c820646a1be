//! One time zone: instants to local times and back.
//!
//! A local time that the clock skips or shows twice is asked about in two ways, which have their answers here alone. What a person means
//! who writes it down, in a rule or a form, is [`Zone::resolve`]. From when on the clock has reached it, as where a day begins, is
//! [`Zone::first_at_or_past`]. The two differ within gaps alone.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// An upper bound, in seconds, of how far a local time and its instant, both read as seconds, can differ: the library refuses
/// data with an offset of 26 hours or more, and a resolved instant always uses an offset that the data holds.
pub const OFFSET_MAX: i64 = 26 * 3_600;

/// The seconds of 400 years of the Gregorian calendar, after which dates and weekdays repeat, and with them each zone's last rule.
const CYCLE: i64 = 146_097 * 86_400;
/// 0001-01-01: every zone is in its first offset.
const CALENDAR_FIRST: i64 = -62_135_596_800;
/// 9999-01-01: a year before the library's calendar ends.
const CALENDAR_LAST: i64 = 253_370_764_800;

/// Every zone that was ever taken out of a set, by name: one for each content that the name had.
static INTERNED: LazyLock<Mutex<HashMap<String, Vec<&'static Data>>>> = LazyLock::new(Mutex::default);

static UTC: LazyLock<Zone> = LazyLock::new(|| {
    Zone(Box::leak(Box::new(Data {
        name: "UTC".to_owned(),
        tzif: Cow::Borrowed(&[]),
        rules: TimeZone::UTC,
    })))
});

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

/// A time zone with its data.
///
/// A copy is a pointer: each content of a zone is parsed once in a process and kept. A newer release of the data adds only the
/// zones that it changed. Zones are equal when they have the same name; a set of zones has one of each name.
#[derive(Clone, Copy)]
pub struct Zone(&'static Data);

struct Data {
    name: String,
    tzif: Cow<'static, [u8]>,
    rules: TimeZone,
}

/// What a zone's clock shows at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Date and time of day; saturates at the ends of chrono's calendar.
    pub time: NaiveDateTime,
    /// The abbreviation in force, such as `CET`; zones without one of their own have their offset, such as `+0545`.
    pub abbreviation: String,
}

impl Local {
    /// Returns the abbreviation for people: an offset alone has `UTC` in front.
    #[must_use]
    pub fn zone_name(&self) -> String {
        let utc = if self.abbreviation.starts_with(['+', '-']) {
            "UTC"
        } else {
            ""
        };
        format!("{utc}{}", self.abbreviation)
    }
}

impl Zone {
    /// Returns UTC, which needs no data.
    #[must_use]
    pub fn utc() -> Self {
        *UTC
    }

    /// Returns the zone `name` with the content of a TZif file (RFC 9636).
    ///
    /// # Errors
    /// The reason why the content cannot be read.
    pub(super) fn intern(name: &str, tzif: Cow<'static, [u8]>) -> Result<Self, String> {
        let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
        let contents = interned.get(name).into_iter().flatten();
        if let Some(data) = contents.copied().find(|data| data.tzif == tzif) {
            return Ok(Self(data));
        }
        let rules = TimeZone::tzif(name, &tzif).map_err(|error| error.to_string())?;
        let data: &'static Data = Box::leak(Box::new(Data {
            name: name.to_owned(),
            tzif,
            rules,
        }));
        interned.entry(name.to_owned()).or_default().push(data);
        Ok(Self(data))
    }

    /// Returns the IANA name, such as `Europe/Berlin`.
    #[must_use]
    pub fn name(self) -> &'static str {
        &self.0.name
    }

    /// Returns whether this is UTC by that name.
    #[must_use]
    pub fn is_utc(self) -> bool {
        self == Self::utc()
    }

    /// Returns the UTC offset in force at an instant, both in seconds.
    #[must_use]
    pub fn offset_at(self, instant: i64) -> i64 {
        i64::from(self.0.rules.to_offset(timestamp(instant).0).seconds())
    }

    /// Returns what the clock shows at an instant (Unix seconds); saturates at the ends of chrono's calendar.
    #[must_use]
    pub fn local_at(self, instant: i64) -> NaiveDateTime {
        from_seconds(instant.saturating_add(self.offset_at(instant)))
    }

    /// Returns what the clock shows at an instant (Unix seconds), with the abbreviation in force.
    #[must_use]
    pub fn at(self, instant: i64) -> Local {
        let info = self.0.rules.to_offset_info(timestamp(instant).0);
        Local {
            time: from_seconds(instant.saturating_add(i64::from(info.offset().seconds()))),
            abbreviation: info.abbreviation().to_owned(),
        }
    }

    /// Returns the instant, in Unix seconds, at which the clock shows `local` (RFC 5545 section 3.3.5): the first one if it is
    /// shown twice; if it is never shown, `local` read with the UTC offset in force before the gap. Whole seconds only.
    #[must_use]
    pub fn resolve(self, local: NaiveDateTime) -> i64 {
        self.resolve_with(local).0
    }

    /// Does what [`Zone::resolve`] does, and returns how the local time was found.
    #[must_use]
    pub fn resolve_with(self, local: NaiveDateTime) -> (i64, Resolution) {
        self.resolve_seconds(local.and_utc().timestamp())
    }

    /// Does what [`Zone::resolve_with`] does for a local time given as if it were UTC, in seconds.
    #[must_use]
    pub fn resolve_seconds(self, local: i64) -> (i64, Resolution) {
        let (offset, resolution) = match self.offset_of(local) {
            AmbiguousOffset::Unambiguous { offset } => (offset, Resolution::Exact),
            AmbiguousOffset::Gap { before, .. } => (before, Resolution::Gap),
            AmbiguousOffset::Fold { before, .. } => (before, Resolution::Fold),
        };
        (local.saturating_sub(i64::from(offset.seconds())), resolution)
    }

    /// Returns the first instant (Unix seconds) at which the clock shows `local` or has been put forward past it: where a day
    /// begins although its midnight is skipped. [`Zone::resolve`] says when a rule means `local`, which in a gap is later.
    #[must_use]
    pub fn first_at_or_past(self, local: NaiveDateTime) -> i64 {
        let local = local.and_utc().timestamp();
        let AmbiguousOffset::Gap { after, .. } = self.offset_of(local) else {
            return self.resolve_seconds(local).0;
        };
        // The gap begins after `local` read with the offset behind it, and no other change of the clock lies between.
        let before_gap = local.saturating_sub(i64::from(after.seconds()));
        let (timestamp, shift) = timestamp(before_gap);
        let gap = self.0.rules.following(timestamp).next();
        gap.map_or(before_gap, |gap| gap.timestamp().as_second().saturating_add(shift))
    }

    /// Returns the instant (Unix seconds) at which a civil day begins: its midnight, the first one if there are two, or the end of the gap
    /// in which that lies. A day that the clock skips as a whole begins and ends there.
    #[must_use]
    pub fn start_of_day(self, day: NaiveDate) -> i64 {
        self.first_at_or_past(day.and_time(NaiveTime::MIN))
    }

    /// Returns the instants from `from` on at which anything about the clock changes, its offset or only a name, in order.
    pub(super) fn transitions_from(self, from: i64) -> impl Iterator<Item = i64> {
        let (start, shift) = timestamp(from.saturating_sub(1));
        let is_known = shift == 0 || from < 0;
        let transitions = is_known.then(|| self.0.rules.following(start));
        transitions
            .into_iter()
            .flatten()
            .map(|transition| transition.timestamp().as_second())
    }

    fn offset_of(self, local: i64) -> AmbiguousOffset {
        let local: civil::DateTime = Offset::UTC.to_datetime(timestamp(local).0);
        self.0.rules.to_ambiguous_timestamp(local).offset()
    }
}

/// Returns an instant of the library's calendar at which zones have the offsets of `seconds`, and how many seconds later that is: after
/// the end, 400 years repeat; before the beginning, nothing changes.
fn timestamp(seconds: i64) -> (Timestamp, i64) {
    let within = match seconds {
        CALENDAR_FIRST..CALENDAR_LAST => seconds,
        ..CALENDAR_FIRST => CALENDAR_FIRST,
        _ => CALENDAR_LAST - CYCLE + (seconds - CALENDAR_LAST) % CYCLE,
    };
    let timestamp = Timestamp::from_second(within).expect("the library's calendar holds the years 1 to 9998");
    (timestamp, seconds.saturating_sub(within))
}

/// Returns seconds as a civil time without a zone; saturates at the ends of chrono's calendar.
#[must_use]
pub fn from_seconds(seconds: i64) -> NaiveDateTime {
    match DateTime::from_timestamp(seconds, 0) {
        Some(instant) => instant.naive_utc(),
        None if seconds < 0 => NaiveDateTime::MIN,
        None => NaiveDateTime::MAX,
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
