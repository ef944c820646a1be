//! What a change of a window or calendar did to its hours, in words, for histories.
//!
//! An ordinary week: of the whole weeks (ISO 8601) in the 53 weeks after the change, the difference that most have. A window counts with its
//! own rules, validity and exclusions, while it is enabled; its calendars are aside, because they have histories of their own. A calendar
//! counts what it excludes; one that floats is read in UTC.

use crate::admin::model::StoredState;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::hours::impact::whole_weeks;
use crate::apps::sla::hours::words::{self, WEEK, YEAR};
use crate::apps::sla::properties::json;
use crate::apps::sla::rule::plain;
use crate::apps::sla::rule::preview::{alone, instant};
use crate::apps::sla::window::coverage::definition;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::difference::{CoverageDifference, of_ordinary_week};
use crate::calculus::span::Span;
use crate::calculus::window::WindowDefinition;
use crate::zones::Zone;

/// Says what a change at this instant did to the hours of a window; nothing if it did not touch its rules.
#[must_use]
pub fn of_window(before: &StoredState, after: &StoredState, at: i64) -> Option<String> {
    in_words(window(before)?, window(after)?, at)
}

/// Says what a change at this instant did to what a calendar excludes; nothing if it did not touch its rules.
#[must_use]
pub fn of_calendar(before: &StoredState, after: &StoredState, at: i64) -> Option<String> {
    let words = in_words(calendar(before)?, calendar(after)?, at)?;
    Some(format!("Excluded: {words}"))
}

/// The hours of an object that is not there, or disabled, are none.
type Hours = Option<WindowDefinition>;

/// Returns the hours of a stored window; nothing if it cannot be read.
fn window(state: &StoredState) -> Option<Hours> {
    if state.is_empty() {
        return Some(None);
    }
    let window = json::read::<WindowState>(state).ok()?;
    Some(window.enabled.then(|| definition(&window)))
}

/// Returns what a stored calendar excludes; nothing if it cannot be read.
fn calendar(state: &StoredState) -> Option<Hours> {
    if state.is_empty() {
        return Some(None);
    }
    let calendar = json::read::<CalendarState>(state).ok()?;
    Some(calendar.enabled.then(|| WindowDefinition {
        timezone: calendar.timezone.unwrap_or_else(Zone::utc),
        valid_from: None,
        valid_until: None,
        rules: plain(&calendar.rules),
        excludes: Vec::new(),
    }))
}

fn in_words(before: Hours, after: Hours, at: i64) -> Option<String> {
    if before == after {
        return None;
    }
    let zone = after.as_ref().or(before.as_ref())?.timezone;
    let range = (at, at.saturating_add(YEAR));
    let (before, after) = (spans(before, range), spans(after, range));
    let difference = CoverageDifference::between(&before, &after);
    let Some(first) = difference.first else {
        return Some("the same hours for a year".to_owned());
    };
    let week = of_ordinary_week(&before, &after, &whole_weeks(zone, range)).unwrap_or(0);
    Some(match week != 0 && first < at.saturating_add(WEEK) {
        true => format!("{} a week", words::difference(week)),
        false => words::change(week, difference.seconds(), "a year", &instant(zone, first)),
    })
}

fn spans(hours: Hours, (from, to): (i64, i64)) -> Vec<Span> {
    hours.map_or_else(Vec::new, |definition| alone(definition).spans(from, to))
}
