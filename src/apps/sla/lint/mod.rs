//! What is allowed and yet most likely a mistake, or cannot be read at all: the findings of `check`, with which forms warn as well. Pure:
//! states and an instant in, findings out.
//!
//! Forms say two things more that are no finding, because they are right in most data: which windows of a component merge
//! (`component::admin`), and what a single rule comes to while it is typed (`rule::preview`, in the words of [`words`]).

pub mod component;
pub mod expiry;
mod finding;
pub mod indicator;
pub mod names;
pub mod schedule;
pub mod words;
pub mod zone_changes;

pub use self::finding::Finding;

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::names::ByName;

/// Returns all findings about `inventory` at `now` (Unix seconds).
#[must_use]
pub fn findings(inventory: &Inventory, now: i64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let states = inventory.calendars.iter().map(|stored| &stored.state);
    let calendars: ByName<&CalendarState> = states.map(|state| (state.name.as_str(), state)).collect();
    for stored in &inventory.calendars {
        let state = &stored.state;
        findings.extend(schedule::unreadable(
            "calendar",
            &state.name,
            stored.unreadable.as_deref(),
        ));
        findings.extend(schedule::calendar(state, now));
        if stored.unreadable.is_none() {
            findings.extend(expiry::of_calendar(state, now).map(|expiry| expiry.finding(&state.name)));
        }
    }
    for stored in &inventory.windows {
        let state = &stored.state;
        findings.extend(schedule::unreadable(
            "window",
            &state.name,
            stored.unreadable.as_deref(),
        ));
        if !state.enabled || stored.unreadable.is_some() {
            continue;
        }
        if !state.rules.is_empty() {
            findings.extend(expiry::of_window(state, now).map(|expiry| expiry.finding(&state.name)));
        }
        findings.extend(schedule::window(state, &calendars, now));
    }
    findings.extend(component::all(inventory));
    findings.extend(indicator::all(inventory));
    findings.extend(names::twins(inventory));
    findings
}
