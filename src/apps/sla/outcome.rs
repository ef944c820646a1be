//! What a change of a window or calendar did to its hours, in words, for histories.
//!
//! An ordinary week: of the whole weeks (ISO 8601) in the 53 weeks after the change, the difference that most have. A window counts with its
//! own rules, validity and exclusions, while it is enabled; its calendars are aside, because they have histories of their own. A calendar
//! counts what it excludes; one that floats is read in UTC.

use crate::admin::model::StoredState;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::hours::words;
use crate::apps::sla::properties::json;
use crate::apps::sla::rule::plain;
use crate::apps::sla::rule::preview::instant;
use crate::apps::sla::window::coverage::definition;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::difference::{CoverageDifference, WeekDifference};
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::calculus::window::{CompiledWindow, WindowDefinition};
use crate::zones::Zone;

/// How far ahead hours are compared, in seconds.
const AHEAD: i64 = 53 * WEEK;
/// Seconds of an ordinary week.
const WEEK: i64 = 7 * 86_400;

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
    let until = at.saturating_add(AHEAD);
    let (before, after) = (spans(before, at, until), spans(after, at, until));
    let difference = CoverageDifference::between(&before, &after);
    let Some(first) = difference.first else {
        return Some("the same hours for a year".to_owned());
    };
    let weeks = Period::between(PeriodKind::Week, zone, at, until).map(|(_, span)| span);
    let weeks: Vec<Span> = weeks.filter(|week| at <= week.start && week.end <= until).collect();
    let week = WeekDifference::most_frequent(&before, &after, &weeks).map_or(0, |week| week.seconds);
    let from = instant(zone, first);
    Some(match (week, difference.seconds()) {
        (0, 0) => format!("as many hours, at other times, first on {from}"),
        (0, year) => format!("{} in the year ahead, first on {from}", words::difference(year)),
        (week, _) if first >= at.saturating_add(WEEK) => format!("{} a week from {from}", words::difference(week)),
        (week, _) => format!("{} a week", words::difference(week)),
    })
}

fn spans(hours: Hours, from: i64, to: i64) -> Vec<Span> {
    let parts = hours.into_iter().map(|definition| CoveragePart {
        window: CompiledWindow::compile(definition).into(),
        exclusions: Vec::new(),
    });
    Coverage::new(parts.collect()).spans(from, to)
}
