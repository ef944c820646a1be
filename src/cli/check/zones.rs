//! What `check` finds about the zone data in use.

use std::sync::Arc;

use chrono::DateTime;

use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::lint::Finding;
use crate::apps::sla::lint::zone_changes::{ZoneDifference, differences};
use crate::zones::{ZoneDataOrigin, Zones, current};

/// How far ahead windows are compared, in seconds: a year.
const AHEAD: i64 = 366 * 86_400;
/// The most zones and windows that a finding names.
const NAMED_MAX: usize = 10;

/// Returns the findings about the zone data at `now` (Unix seconds). `inventory` is what is stored, if it can be read; `system` the zone
/// data of the host, if it has any.
pub(super) fn findings(
    inventory: Option<&Inventory>,
    system: Option<&Result<Zones, String>>,
    now: i64,
) -> Vec<Finding> {
    let used = current();
    let mut findings = Vec::new();
    if let Some(Err(error)) = system {
        findings.push(Finding {
            id: "tzdata.W005",
            message: format!("the system's time zones cannot be used: {error}"),
        });
    }
    let system = system.and_then(|system| system.as_ref().ok());
    findings.extend(system.and_then(|system| older_than(&used, system)));
    findings.extend(old(&used, now));
    findings.extend(faults(&used));
    let Some(inventory) = inventory else { return findings };
    let built_in = (used.origin() != ZoneDataOrigin::BuiltIn).then(Zones::built_in);
    let system = system.filter(|_| used.origin() != ZoneDataOrigin::System);
    for other in built_in.iter().chain(system) {
        findings.extend(other_hours(inventory, &used, other, now));
    }
    findings
}

/// Finds that the system has a later release than the one in use.
fn older_than(used: &Zones, system: &Zones) -> Option<Finding> {
    let (own, others) = (used.release()?, system.release()?);
    (own < others).then(|| Finding {
        id: "tzdata.E001",
        message: format!(
            "the time zone data in use is {own} ({}), the system has {others}; bring the folder of --tzdata up to date, or leave \
             the option out",
            used.origin()
        ),
    })
}

/// Finds that the release in use is old, or that it is not known.
fn old(used: &Zones, now: i64) -> Option<Finding> {
    let Some(release) = used.release() else {
        return Some(Finding {
            id: "tzdata.W004",
            message: "the folder of --tzdata does not name its release (tzdata.zi or +VERSION): whether it is old cannot be known"
                .to_owned(),
        });
    };
    let today = DateTime::from_timestamp(now, 0)?.date_naive();
    let released = release.released_on();
    let released = released.map(|day| format!(" of {day}")).unwrap_or_default();
    release.is_old(today).then(|| Finding {
        id: "tzdata.W001",
        message: format!(
            "the time zone data in use is {release}{released} ({}), nine months old or older: hours are wrong where clocks were \
             changed by a later law; bring the system's tzdata or this program up to date",
            used.origin()
        ),
    })
}

/// Finds zones that the folder in use does not have.
fn faults(used: &Zones) -> Option<Finding> {
    let faults: Vec<String> = used.faults().map(|(zone, fault)| format!("{zone} ({fault})")).collect();
    (!faults.is_empty()).then(|| Finding {
        id: "tzdata.W002",
        message: format!(
            "{} time zones are taken from the built-in data ({}), because the folder in use does not have them or they cannot be \
             read: {}",
            faults.len(),
            Zones::built_in().version(),
            named(&faults)
        ),
    })
}

/// Finds windows that have other hours in another set of zones, if that is another release or may be one.
fn other_hours(inventory: &Inventory, used: &Arc<Zones>, other: &Zones, now: i64) -> Option<Finding> {
    if used.release().is_some() && other.release() == used.release() {
        return None;
    }
    let windows = differences(inventory, [used, other], now, now.saturating_add(AHEAD));
    let windows: Vec<String> = windows.iter().map(shown).collect();
    (!windows.is_empty()).then(|| Finding {
        id: "tzdata.W003",
        message: format!(
            "the next twelve months of {} windows are not the same in the time zone data {} ({}), which is in use, and {} ({}), \
             which other programs of this host may use: {}",
            windows.len(),
            used.version(),
            used.origin(),
            other.version(),
            other.origin(),
            named(&windows)
        ),
    })
}

fn shown(difference: &ZoneDifference) -> String {
    let first = match DateTime::from_timestamp(difference.first, 0) {
        Some(at) => at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        None => difference.first.to_string(),
    };
    format!("`{}` ({}, first at {first})", difference.window, difference.timezone)
}

/// Returns the first names, and how many others there are.
fn named(names: &[String]) -> String {
    let shown = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
