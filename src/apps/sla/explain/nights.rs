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
/// instant share a night, which names them all. `explanation` is the address to which the instant is added.
#[must_use]
pub fn nights(zones: &[Zone], at: i64, explanation: &str) -> Vec<ClockNight> {
    let mut found: Vec<(ClockChange, Vec<Zone>)> = Vec::new();
    for zone in zones.iter().take(ZONES_MAX) {
        let before = zone.clock_changes(at.saturating_sub(REACH), at).last();
        let after = zone
            .clock_changes(at.saturating_add(1), at.saturating_add(REACH))
            .next();
        for change in before.into_iter().chain(after) {
            let is_same = |other: &ClockChange| (other.at, other.forward()) == (change.at, change.forward());
            match found.iter_mut().find(|(other, _)| is_same(other)) {
                Some((_, zones)) if zones.contains(zone) => {}
                Some((_, zones)) => zones.push(*zone),
                None => found.push((change, vec![*zone])),
            }
        }
    }
    found.sort_by_key(|(change, _)| change.at);
    let are_of_same = found.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let night = |(change, zones): &(ClockChange, Vec<Zone>)| {
        let zone = *zones.first()?;
        let named: &[Zone] = if are_of_same { &[] } else { zones.as_slice() };
        let query = Query::default().with("at", &change.at.to_string());
        Some(ClockNight {
            words: words(zone, change, named),
            url: format!("{explanation}{}", query.with("zone", zone.name()).link()),
        })
    };
    found.iter().filter_map(night).collect()
}

/// Returns a change of the clocks of a zone in words, with the zones that are to be named.
fn words(zone: Zone, change: &ClockChange, named: &[Zone]) -> String {
    let date = dates::day(zone.local_at(change.at).date());
    let forward = change.forward();
    let direction = if forward < 0 { "back" } else { "forward" };
    let names: Vec<&str> = named.iter().map(|zone| zone.name()).collect();
    let of_zones = if names.is_empty() { "" } else { " in " };
    format!(
        "{date}, {} {direction}{of_zones}{}",
        lasting(forward.abs()),
        names.join(" and ")
    )
}
