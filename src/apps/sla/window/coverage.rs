//! A window's own coverage, without a database: for lists, warnings and lints.

use std::borrow::Borrow;
use std::sync::Arc;

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::plain;
use crate::apps::sla::window::state::WindowState;
use crate::calculus::coverage::CoveragePart;
use crate::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};

/// Returns the rules of a window as the calculus takes them.
#[must_use]
pub fn definition(window: &WindowState) -> WindowDefinition {
    WindowDefinition {
        timezone: window.timezone,
        valid_from: window.valid_from,
        valid_until: window.valid_until,
        rules: plain(&window.rules),
        excludes: plain(&window.excludes),
    }
}

/// Returns a window and the enabled ones of the calendars that cut it; `calendars` are by name.
#[must_use]
pub fn part<C: Borrow<CalendarState> + Clone>(window: &WindowState, calendars: &ByName<C>) -> CoveragePart {
    let enabled = window
        .calendars
        .iter()
        .filter_map(|name| calendars.get(name))
        .map(Borrow::borrow)
        .filter(|calendar| calendar.enabled);
    let exclusion = |calendar: &CalendarState| {
        Arc::new(Exclusion::compile(
            calendar.timezone.unwrap_or(window.timezone),
            plain(&calendar.rules),
        ))
    };
    CoveragePart {
        exclusions: enabled.map(exclusion).collect(),
        window: Arc::new(CompiledWindow::compile(definition(window))),
    }
}
