//! Instants as people type them on the command line.

use chrono::{DateTime, NaiveDateTime, NaiveTime};

use super::CliError;
use crate::apps::sla::hours::typed_instant;
pub(super) use crate::apps::sla::hours::typed_instant::{InstantArgument, parse};
use crate::zones::{self, Resolution, Zone};

/// Returns the zone that `--zone` names.
///
/// # Errors
/// [`CliError::Usage`] if there is no such zone.
pub(super) fn zone(name: Option<&str>) -> Result<Option<Zone>, CliError> {
    let zone = name.map(zones::parse).transpose();
    zone.map_err(|error| CliError::Usage(format!("--zone: {error}")))
}

/// Returns the instant that bounds a range of time, and a note if the clocks skip it or show it twice. A day begins at its midnight, or where
/// the clock has been put forward past that.
pub(super) fn bound(argument: InstantArgument, zone: Zone) -> (i64, Option<String>) {
    match argument {
        InstantArgument::Instant(at) => (at, None),
        InstantArgument::Local(local) if local.time() == NaiveTime::MIN => (zone.start_of_day(local.date()), None),
        InstantArgument::Local(local) => in_zone(local, zone),
    }
}

/// Returns the instant of a local time, and a note if the clock skips it or shows it twice.
pub(super) fn in_zone(local: NaiveDateTime, zone: Zone) -> (i64, Option<String>) {
    let (at, note) = typed_instant::in_zone(local, zone);
    let other = match zone.resolve_with(local) {
        (_, Resolution::Fold) => " RFC 3339 with an offset names the other.",
        (_, Resolution::Exact | Resolution::Gap) => "",
    };
    (at, note.map(|note| format!("{note}{other}")))
}

/// Returns local time with its zone, then UTC.
pub(super) fn shown(at: i64, zone: Zone) -> String {
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
