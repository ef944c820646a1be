//! What `check` says of the zone data in use.

use chrono::DateTime;

use crate::app::tzdata;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::lint::Finding;
use crate::apps::sla::zone_changes::differences;
use crate::zones::{ZoneDataOrigin, Zones, current};

/// How far ahead windows are compared, in seconds: a year.
const AHEAD: i64 = 366 * 86_400;
/// The most zones and windows that a finding names.
const NAMED_MAX: usize = 10;

/// Returns the findings about the zone data at `now` (Unix seconds); `inventory` is what is stored, if it can be read.
pub(super) fn findings(inventory: Option<&Inventory>, now: i64) -> Vec<Finding> {
    let used = current();
    let mut findings = Vec::new();
    let mut find = |id, message| findings.push(Finding { id, message });
    let system = match tzdata::system() {
        Some(Ok(system)) => Some(system),
        Some(Err(error)) => {
            find(
                "tzdata.W005",
                format!("the system's time zones cannot be used: {error}"),
            );
            None
        }
        None => None,
    };
    if let Some(system) = &system
        && let (Some(own), Some(others)) = (used.release(), system.release())
        && own < others
    {
        find(
            "tzdata.E001",
            format!(
                "the time zone data in use is {own} ({}), the system has {others}; bring the folder of --tzdata up to date, or leave \
                 the option out",
                used.origin()
            ),
        );
    }
    let today = DateTime::from_timestamp(now, 0).map(|now| now.date_naive());
    if let (Some(release), Some(today)) = (used.release(), today)
        && release.is_old(today)
    {
        let released = release
            .released_on()
            .map(|day| format!(" of {day}"))
            .unwrap_or_default();
        find(
            "tzdata.W001",
            format!(
                "the time zone data in use is {release}{released} ({}), nine months old or older: hours are wrong where clocks were \
                 changed by a later law; bring the system's tzdata or this program up to date",
                used.origin()
            ),
        );
    }
    if used.release().is_none() {
        find(
            "tzdata.W004",
            "the folder of --tzdata does not say its release (tzdata.zi or +VERSION): whether it is old cannot be known".to_owned(),
        );
    }
    let faults: Vec<String> = used.faults().map(|(zone, fault)| format!("{zone} ({fault})")).collect();
    if !faults.is_empty() {
        find(
            "tzdata.W002",
            format!(
                "{} time zones are taken from the built-in data ({}), because the folder in use does not have them or they cannot be \
                 read: {}",
                faults.len(),
                Zones::built_in().version(),
                named(&faults)
            ),
        );
    }
    let built_in = (used.origin() != ZoneDataOrigin::BuiltIn).then(Zones::built_in);
    let others = built_in
        .iter()
        .chain(system.iter().filter(|_| used.origin() != ZoneDataOrigin::System));
    for other in others.filter(|other| other.release() != used.release() || other.release().is_none()) {
        let Some(inventory) = inventory else { break };
        let windows = differences(inventory, [&used, other], now, now.saturating_add(AHEAD));
        let windows: Vec<String> = windows
            .iter()
            .map(|difference| {
                let first =
                    DateTime::from_timestamp(difference.first, 0).map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
                let first = first.unwrap_or_else(|| difference.first.to_string());
                format!("`{}` ({}, first at {first})", difference.window, difference.timezone)
            })
            .collect();
        if !windows.is_empty() {
            find(
                "tzdata.W003",
                format!(
                    "the next twelve months of {} windows are not the same in the time zone data {} ({}), which is in use, and {} ({}), which other programs of this host \
                     may use: {}",
                    windows.len(),
                    used.version(),
                    used.origin(),
                    other.version(),
                    other.origin(),
                    named(&windows)
                ),
            );
        }
    }
    findings
}

/// Returns the first names, and how many others there are.
fn named(names: &[String]) -> String {
    let shown = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
