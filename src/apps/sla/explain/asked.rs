//! What the address of an explanation asks for.

use chrono::NaiveTime;

use crate::admin::listing::BadParameter;
use crate::admin::query::Query;
use crate::apps::sla::hours::typed_instant::{self, InstantArgument};
use crate::calculus::civil::{parse_date, parse_time};
use crate::zones::{self, Zone};

/// All parameters: an instant in one text, or a date and a time of day, and the zone of both.
const PARAMETERS: [&str; 4] = ["at", "date", "time", "zone"];

/// What the address asks for.
#[derive(Clone, Debug)]
pub(super) struct ExplainQuery {
    /// The instant.
    pub(super) at: i64,
    /// The zone of local times: the one that is asked for, otherwise the viewer's.
    pub(super) zone: Zone,
    /// How a local time was read that the clock skips or shows twice.
    pub(super) note: Option<String>,
    /// The other instant at which the clock shows the same local time.
    pub(super) twin: Option<i64>,
}

fn bad(name: &str, reason: impl std::fmt::Display) -> BadParameter {
    BadParameter {
        name: name.to_owned(),
        reason: reason.to_string(),
    }
}

impl ExplainQuery {
    /// Reads a query string; without an instant it is now.
    ///
    /// # Errors
    /// The first parameter that cannot be understood.
    pub(super) fn read(query: &Query, viewer: Zone, now: i64) -> Result<Self, BadParameter> {
        if let Some((name, _)) = query.pairs().find(|(name, _)| !PARAMETERS.contains(name)) {
            return Err(bad(name, "there is no such parameter"));
        }
        let given = |name: &str| query.get(name).map(str::trim).filter(|value| !value.is_empty());
        let zone = match given("zone") {
            None => viewer,
            Some(name) => zones::parse(name).map_err(|error| bad("zone", error))?,
        };
        let typed = match (given("at"), given("date"), given("time")) {
            (Some(at), ..) => parse(at).map_err(|reason| bad("at", reason))?,
            (None, None, None) => InstantArgument::Instant(now),
            (None, date, time) => {
                let date = match date {
                    None => zone.local_at(now).date(),
                    Some(text) => parse_date(text).map_err(|error| bad("date", error))?,
                };
                let time = match time {
                    None => NaiveTime::MIN,
                    Some(text) => parse_time(text).map_err(|error| bad("time", error))?,
                };
                InstantArgument::Local(date.and_time(time))
            }
        };
        let (at, note) = match typed {
            InstantArgument::Instant(at) => (at, None),
            InstantArgument::Local(local) => typed_instant::in_zone(local, zone),
        };
        Ok(Self {
            at,
            zone,
            note,
            twin: twin(at, zone),
        })
    }
}

/// Reads an instant. A `+` that became a blank on its way through an address is one again.
fn parse(text: &str) -> Result<InstantArgument, String> {
    let read = typed_instant::parse(text);
    match text.rsplit_once(' ') {
        Some((time, offset)) if read.is_err() => typed_instant::parse(&format!("{time}+{offset}")).or(read),
        _ => read,
    }
}

/// How far apart two instants are at most at which a clock shows the same.
const TWINS_APART: i64 = 86_400;

/// Returns the other instant at which the clock shows what it shows at `at`.
fn twin(at: i64, zone: Zone) -> Option<i64> {
    let local = zone.local_at(at);
    let mut changes = zone.clock_changes(at.saturating_sub(TWINS_APART), at.saturating_add(TWINS_APART));
    let back = changes.find_map(|change| {
        let back = -change.forward();
        let other = if at < change.at { at + back } else { at - back };
        let is_other = back > 0 && (at < change.at) != (other < change.at);
        is_other.then_some(other)
    });
    back.filter(|other| zone.local_at(*other) == local)
}
