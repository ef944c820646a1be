//! The coverage of windows: the one compiler of their states, for metrics, lists, warnings and lints.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::state::WindowState;
use crate::apps::sla::calendar;
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::plain;
use crate::apps::sla::selecting::in_portions;
use crate::calculus::coverage::CoveragePart;
use crate::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use crate::db::{self, Conn};
use crate::zones::Zone;

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

/// Returns what a calendar excludes, read in `zone`.
#[must_use]
pub fn exclusion(calendar: &CalendarState, zone: Zone) -> Exclusion {
    Exclusion::compile(zone, plain(&calendar.rules))
}

/// Returns a window and the enabled ones of its calendars; `calendars` are by name.
#[must_use]
pub fn part<C: Borrow<CalendarState> + Clone>(window: &WindowState, calendars: &ByName<C>) -> CoveragePart {
    let mut exclusions = Vec::new();
    for calendar in window.calendars.iter().filter_map(|name| calendars.get(name)) {
        let calendar: &CalendarState = calendar.borrow();
        if calendar.enabled {
            let zone = calendar.timezone.unwrap_or(window.timezone);
            exclusions.push(Arc::new(exclusion(calendar, zone)));
        }
    }
    CoveragePart {
        window: Arc::new(CompiledWindow::compile(definition(window))),
        exclusions,
    }
}

/// Returns the calendars of windows, by name.
pub fn calendars_by_name<'a>(
    conn: &mut Conn,
    windows: impl Iterator<Item = &'a WindowState>,
) -> db::Result<ByName<CalendarState>> {
    let names: BTreeSet<&String> = windows.flat_map(|window| &window.calendars).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let ids = calendar::store::keys_by_names(conn, &names)?.into_iter();
    let ids: Vec<i64> = ids.map(|(id, _)| id).collect();
    let stored = in_portions(&ids, |ids| calendars(conn, Some(&ids)))?;
    let named = stored
        .iter()
        .map(|stored| (stored.state.name.as_str(), stored.state.clone()));
    Ok(named.collect())
}
