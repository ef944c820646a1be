//! A window's own coverage, without a database: for lists, warnings and lints.

use std::collections::HashMap;
use std::sync::Arc;

use crate::apps::sla::fold;
use crate::apps::sla::inventory::{CalendarState, WindowState};
use crate::apps::sla::rule::RuleDefinition;
use crate::calculus::coverage::Part;
use crate::calculus::rule::Rule;
use crate::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};

/// The rules of a window as the calculus takes them.
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

/// A window and the enabled calendars that cut it, by folded name.
#[must_use]
pub fn part(window: &WindowState, calendars: &HashMap<String, CalendarState>) -> Part {
    let enabled = window
        .calendars
        .iter()
        .filter_map(|name| calendars.get(&fold(name)))
        .filter(|calendar| calendar.enabled);
    let exclusion = |calendar: &CalendarState| {
        Arc::new(Exclusion::compile(
            calendar.timezone.unwrap_or(window.timezone),
            plain(&calendar.rules),
        ))
    };
    Part {
        exclusions: enabled.map(exclusion).collect(),
        window: Arc::new(CompiledWindow::compile(definition(window))),
    }
}

/// Rules without the words beside them.
#[must_use]
pub fn plain(definitions: &[RuleDefinition]) -> Vec<Rule> {
    definitions.iter().map(|definition| definition.rule.clone()).collect()
}
