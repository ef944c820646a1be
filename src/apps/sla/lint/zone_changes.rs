//! What another release of the zone data would change. Pure: an inventory, two sets of zones and an instant in, windows out.

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::names::ByName;
use crate::apps::sla::window::coverage;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::zones::{Zone, Zones};

/// A window whose hours differ between two sets of zones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneDifference {
    /// The window's name.
    pub window: String,
    /// Its zone.
    pub timezone: String,
    /// The first instant (Unix seconds) at which one set is inside and the other outside.
    pub first: i64,
}

/// Returns the enabled windows whose coverage in `[from, to)` is not the same in both sets of zones.
#[must_use]
pub fn differences(inventory: &Inventory, sets: [&Zones; 2], from: i64, to: i64) -> Vec<ZoneDifference> {
    let calendars = sets.map(|zones| {
        let calendars = inventory.calendars.iter().map(|stored| &stored.state);
        calendars
            .map(|calendar| (calendar.name.as_str(), in_set(calendar, zones)))
            .collect::<ByName<CalendarState>>()
    });
    let windows = inventory
        .windows
        .iter()
        .filter(|stored| stored.state.enabled && stored.unreadable.is_none());
    let difference = |window: &WindowState| {
        let spans = [0, 1].map(|index| spans(window, sets[index], &calendars[index], from, to));
        let first = first_difference(&spans[0], &spans[1])?;
        Some(ZoneDifference {
            window: window.name.clone(),
            timezone: window.timezone.to_string(),
            first,
        })
    };
    windows.filter_map(|stored| difference(&stored.state)).collect()
}

fn in_set(calendar: &CalendarState, zones: &Zones) -> CalendarState {
    CalendarState {
        timezone: calendar.timezone.map(|zone| same_zone(zone, zones)),
        ..calendar.clone()
    }
}

/// Returns the zone of this name in a set; one that it lacks stays.
fn same_zone(zone: Zone, zones: &Zones) -> Zone {
    zones.get(zone.name()).unwrap_or(zone)
}

fn spans(window: &WindowState, zones: &Zones, calendars: &ByName<CalendarState>, from: i64, to: i64) -> Vec<Span> {
    let window = WindowState {
        timezone: same_zone(window.timezone, zones),
        ..window.clone()
    };
    Coverage::new(vec![coverage::part(&window, calendars)]).spans(from, to)
}

/// Returns the first instant that only one of two lists of spans, each sorted and without overlaps, holds.
fn first_difference(one: &[Span], other: &[Span]) -> Option<i64> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    match (one.get(same), other.get(same)) {
        (None, None) => None,
        (Some(span), None) | (None, Some(span)) => Some(span.start),
        (Some(one), Some(other)) if one.start == other.start => Some(one.end.min(other.end)),
        (Some(one), Some(other)) => Some(one.start.min(other.start)),
    }
}
