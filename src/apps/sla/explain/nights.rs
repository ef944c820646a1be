//! The changes of clocks around an instant, with the explanations of these nights: people ask about them.

use crate::admin::dates;
use crate::admin::query::Query;
use crate::apps::sla::rule::describe::lasting;
use crate::zones::{ClockChange, Zone};

/// How far from the instant a change is looked for, in seconds: a little more than a year.
const REACH: i64 = 400 * 86_400;

/// So many zones are looked at.
const ZONES_MAX: usize = 4;

/// A change of the clocks.
pub struct ClockNight {
    /// `Sun 25 Oct 2026, 1 h back`.
    pub words: String,
    /// The explanation of its instant, in its zone.
    pub url: String,
}

/// Returns the last change before an instant and the next one after it in each of these zones, in their order. Zones whose clocks change at one
/// instant share a night. `explanation` is the address to which the instant is added.
#[must_use]
pub fn nights(zones: &[Zone], at: i64, explanation: &str) -> Vec<ClockNight> {
    let mut found: Vec<(Zone, ClockChange)> = Vec::new();
    for zone in zones.iter().take(ZONES_MAX) {
        let before = zone.clock_changes(at.saturating_sub(REACH), at).last();
        let after = zone
            .clock_changes(at.saturating_add(1), at.saturating_add(REACH))
            .next();
        for change in before.into_iter().chain(after) {
            if found.iter().all(|(_, other)| other.at != change.at) {
                found.push((*zone, change));
            }
        }
    }
    found.sort_by_key(|(_, change)| change.at);
    let is_of_one = found.windows(2).all(|pair| pair[0].0 == pair[1].0);
    let night = |(zone, change): &(Zone, ClockChange)| {
        let query = Query::default().with("at", &change.at.to_string());
        ClockNight {
            words: words(*zone, change, is_of_one),
            url: format!("{explanation}{}", query.with("zone", zone.name()).link()),
        }
    };
    found.iter().map(night).collect()
}

fn words(zone: Zone, change: &ClockChange, is_of_one: bool) -> String {
    let date = dates::day(zone.local_at(change.at).date());
    let forward = change.forward();
    let direction = if forward < 0 { "back" } else { "forward" };
    let of_zone = if is_of_one {
        String::new()
    } else {
        format!(" in {zone}")
    };
    format!("{date}, {} {direction}{of_zone}", lasting(forward.abs()))
}
