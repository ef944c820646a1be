//! The instant or the day that the list of components is asked about, in the parameters beside its filters by hours.

use chrono::NaiveDate;

use crate::admin::model::ListQuery;
use crate::apps::sla::hours::typed_instant::{self, InstantArgument};
use crate::calculus::civil::parse_date;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::zones::{self, Zone};

/// The parameter of the instant at which a state is asked for.
pub(super) const AT: &str = "at";
/// The parameter of the day of which hours are asked for.
pub(super) const DAY: &str = "day";
/// The parameter of the zone of a day or of a local time.
pub(super) const ZONE: &str = "zone";

/// Returns why a parameter beside a filter cannot have this value; nothing if it can.
pub(super) fn input_fault(key: &str, value: &str) -> Option<String> {
    match key {
        AT => typed_instant::parse(value).err(),
        DAY => parse_date(value).err().map(|error| error.to_string()),
        ZONE => zones::parse(value).err().map(|error| error.to_string()),
        _ => None,
    }
}

/// Returns the zone in which dates and local times are meant.
pub(super) fn zone(wanted: &ListQuery) -> Zone {
    let given = wanted.input(ZONE).and_then(|name| zones::parse(name).ok());
    given.or(wanted.zone).unwrap_or_else(Zone::utc)
}

/// Returns the instant at which states are asked for.
pub(super) fn instant(wanted: &ListQuery, now: i64) -> i64 {
    match wanted.input(AT).and_then(|text| typed_instant::parse(text).ok()) {
        None => now,
        Some(InstantArgument::Instant(at)) => at,
        Some(InstantArgument::Local(local)) => zone(wanted).resolve(local),
    }
}

/// Returns the instant that is asked about and its zone, if one is given.
pub(super) fn asked_instant(wanted: &ListQuery) -> Option<(i64, Zone)> {
    wanted.input(AT)?;
    Some((instant(wanted, 0), zone(wanted)))
}

/// Returns the day that is asked about and its zone, if one is given; a day that the clock skips is none.
pub(super) fn asked_day(wanted: &ListQuery) -> Option<(Option<Span>, Zone)> {
    wanted.input(DAY)?;
    let zone = zone(wanted);
    Some((Period::containing(PeriodKind::Day, day(wanted, 0)).span(zone), zone))
}

/// Returns the day of which hours are asked for.
pub(super) fn day(wanted: &ListQuery, now: i64) -> NaiveDate {
    let given = wanted.input(DAY).and_then(|text| parse_date(text).ok());
    given.unwrap_or_else(|| zone(wanted).local_at(now).date())
}
