//! Windows and calendars in memory: read once, compiled once if anything needs them, put together to coverages as components ask for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use chrono::NaiveTime;

use crate::apps::grouped::grouped;
use crate::apps::sla::calendar::model::CalendarRow;
use crate::apps::sla::calendar::state::{CalendarState, stored_calendar};
use crate::apps::sla::lint::expiry;
use crate::apps::sla::rule::{RuleDefinition, RuleRow, plain};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::coverage;
use crate::apps::sla::window::model::WindowRow;
use crate::apps::sla::window::state::{WindowState, stored_window};
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::window::{CompiledWindow, Exclusion};
use crate::zones::{self, Zone, Zones};

/// The windows and calendars of a component, sorted: components with the same ones share a coverage.
pub type ScheduleKey = (Vec<i64>, Vec<i64>);

/// All windows and calendars.
pub struct Schedules {
    zones: Arc<Zones>,
    calendars: HashMap<i64, Stored<CalendarState>>,
    windows: HashMap<i64, ScheduledWindow>,
    exclusions: HashMap<(i64, Zone), Arc<Exclusion>>,
}

/// The hours of components with one key.
pub struct KeyCoverage {
    /// The coverage, or why a window or calendar of it cannot be read.
    pub coverage: Result<Arc<Coverage>, String>,
    /// Whether any window of it is enabled.
    pub has_enabled_window: bool,
}

/// A window, compiled once the first coverage needs it.
struct ScheduledWindow {
    /// Without the names of its calendars.
    stored: Stored<WindowState>,
    /// The keys of its calendars.
    calendars: Vec<i64>,
    /// As far as it could be read.
    compiled: OnceLock<Arc<CompiledWindow>>,
}

impl ScheduledWindow {
    fn new(stored: Stored<WindowState>, calendars: Vec<i64>) -> Self {
        Self {
            stored,
            calendars,
            compiled: OnceLock::new(),
        }
    }

    fn compiled(&self) -> &Arc<CompiledWindow> {
        let compile = || Arc::new(CompiledWindow::compile(coverage::definition(&self.stored.state)));
        self.compiled.get_or_init(compile)
    }
}

/// The names behind a part of a coverage.
pub struct PartNames<'a> {
    /// The window.
    pub window: &'a str,
    /// Its including rules.
    pub rules: &'a [RuleDefinition],
    /// Its excluding rules.
    pub excludes: &'a [RuleDefinition],
    /// The calendars that exclude time from it.
    pub calendars: Vec<(&'a str, &'a [RuleDefinition])>,
}

/// Keys of windows and calendars that changed or were deleted.
#[derive(Default)]
pub(super) struct StaleSchedules {
    windows: HashSet<i64>,
    calendars: HashSet<i64>,
}

impl Schedules {
    /// Returns no windows and no calendars; those that come are compiled with `zones`.
    pub(super) fn new(zones: Arc<Zones>) -> Self {
        Self {
            zones,
            calendars: HashMap::new(),
            windows: HashMap::new(),
            exclusions: HashMap::new(),
        }
    }

    /// Returns these windows, each with the keys of its calendars, and these calendars.
    pub fn of_states(
        windows: impl IntoIterator<Item = (Stored<WindowState>, Vec<i64>)>,
        calendars: impl IntoIterator<Item = Stored<CalendarState>>,
    ) -> Self {
        let windows = windows
            .into_iter()
            .map(|(stored, calendars)| (stored.id, ScheduledWindow::new(stored, calendars)));
        Self {
            windows: windows.collect(),
            calendars: calendars.into_iter().map(|stored| (stored.id, stored)).collect(),
            ..Self::new(zones::current())
        }
    }

    /// Returns the zones that windows are compiled with.
    pub(super) fn zones(&self) -> &Arc<Zones> {
        &self.zones
    }

    pub(super) fn remove_window(&mut self, id: i64, stale: &mut StaleSchedules) {
        self.windows.remove(&id);
        stale.windows.insert(id);
    }

    pub(super) fn remove_calendar(&mut self, id: i64, stale: &mut StaleSchedules) {
        self.calendars.remove(&id);
        stale.calendars.insert(id);
    }

    pub(super) fn update_calendars(&mut self, rows: Vec<CalendarRow>, rules: Vec<RuleRow>, stale: &mut StaleSchedules) {
        let mut rules = grouped(rules.into_iter().map(|rule| (rule.calendar_id, rule)));
        for row in rows {
            let rules = rules.remove(&Some(row.id)).unwrap_or_default();
            let calendar = stored_calendar(&self.zones, row, &rules);
            // A calendar that only has another name excludes the same time.
            let old = self.calendars.get(&calendar.id);
            if !old.is_some_and(|old| excludes_same(old, &calendar)) {
                stale.calendars.insert(calendar.id);
            }
            self.calendars.insert(calendar.id, calendar);
        }
    }

    pub(super) fn update_windows(
        &mut self,
        rows: Vec<WindowRow>,
        rules: Vec<RuleRow>,
        calendars: Vec<(i64, i64)>,
        stale: &mut StaleSchedules,
    ) {
        let mut rules = grouped(rules.into_iter().map(|rule| (rule.window_id, rule)));
        let mut calendars = grouped(calendars.into_iter());
        for row in rows {
            let id = row.id;
            stale.windows.insert(id);
            let rules = rules.remove(&Some(id)).unwrap_or_default();
            let stored = stored_window(&self.zones, row, &rules, Vec::new());
            let calendars = calendars.remove(&id).unwrap_or_default();
            self.windows.insert(id, ScheduledWindow::new(stored, calendars));
        }
    }

    /// Drops what was compiled of stale calendars.
    pub(super) fn forget(&mut self, stale: &StaleSchedules) {
        self.exclusions
            .retain(|(calendar, _), _| !stale.calendars.contains(calendar));
    }

    /// Returns whether something stale is part of the coverage of `key`.
    pub(super) fn is_touched(&self, key: &ScheduleKey, stale: &StaleSchedules) -> bool {
        let of_calendars = |ids: &[i64]| ids.iter().any(|id| stale.calendars.contains(id));
        let of_window = |id: &i64| {
            let uses_stale = |window: &ScheduledWindow| of_calendars(&window.calendars);
            stale.windows.contains(id) || self.windows.get(id).is_some_and(uses_stale)
        };
        key.0.iter().any(of_window) || of_calendars(&key.1)
    }

    /// Returns the coverage of `key`.
    pub fn compile(&mut self, key: &ScheduleKey) -> KeyCoverage {
        let mut exclusions = std::mem::take(&mut self.exclusions);
        let parts = self.parts(key, &mut exclusions);
        self.exclusions = exclusions;
        KeyCoverage {
            coverage: parts.map(|parts| Arc::new(Coverage::new(parts))),
            has_enabled_window: self.has_enabled_window(key),
        }
    }

    /// Returns whether any window of `key` is enabled.
    #[must_use]
    pub fn has_enabled_window(&self, key: &ScheduleKey) -> bool {
        self.enabled_windows(key).next().is_some()
    }

    /// Returns the parts of the coverage of `key`; each calendar is compiled once for each zone that it is read in, and kept in
    /// `exclusions`.
    fn parts(
        &self,
        key: &ScheduleKey,
        exclusions: &mut HashMap<(i64, Zone), Arc<Exclusion>>,
    ) -> Result<Vec<CoveragePart>, String> {
        let mut parts = Vec::new();
        for window in self.enabled_windows(key) {
            readable("window", &window.stored.state.name, &window.stored.unreadable)?;
            let mut part = CoveragePart {
                window: Arc::clone(window.compiled()),
                exclusions: Vec::new(),
            };
            for calendar in self.enabled_calendars(window, key) {
                readable("calendar", &calendar.state.name, &calendar.unreadable)?;
                let zone = calendar.state.timezone.unwrap_or(window.stored.state.timezone);
                let exclusion = exclusions
                    .entry((calendar.id, zone))
                    .or_insert_with(|| Arc::new(coverage::exclusion(&calendar.state, zone)));
                part.exclusions.push(Arc::clone(exclusion));
            }
            parts.push(part);
        }
        Ok(parts)
    }

    /// Returns the names behind the parts of the coverage of `key`, in their order.
    #[must_use]
    pub fn part_names(&self, key: &ScheduleKey) -> Vec<PartNames<'_>> {
        let parts = self.enabled_windows(key).map(|window| PartNames {
            window: &window.stored.state.name,
            rules: &window.stored.state.rules,
            excludes: &window.stored.state.excludes,
            calendars: self
                .enabled_calendars(window, key)
                .map(|calendar| (calendar.state.name.as_str(), calendar.state.rules.as_slice()))
                .collect(),
        });
        parts.collect()
    }

    /// Returns the enabled calendars that have a last date, by name, each with the midnight (UTC) after it.
    pub(super) fn calendar_ends(&self) -> Vec<(String, i64)> {
        let mut ends: Vec<(String, i64)> = self.calendars.values().filter_map(calendar_end).collect();
        ends.sort_unstable();
        ends
    }

    /// Returns names of everything that is enabled and cannot be read, with the reason.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = String> {
        let calendars = self.calendars.values().filter(|calendar| calendar.state.enabled);
        let calendars =
            calendars.filter_map(|calendar| readable("calendar", &calendar.state.name, &calendar.unreadable).err());
        let windows = self.windows.values().map(|window| &window.stored);
        let windows = windows
            .filter(|window| window.state.enabled)
            .filter_map(|window| readable("window", &window.state.name, &window.unreadable).err());
        calendars.chain(windows)
    }

    fn enabled_windows(&self, key: &ScheduleKey) -> impl Iterator<Item = &ScheduledWindow> {
        let windows = key.0.iter().filter_map(|id| self.windows.get(id));
        windows.filter(|window| window.stored.state.enabled)
    }

    /// Returns the calendars that exclude time from `window` for components of `key`.
    fn enabled_calendars(
        &self,
        window: &ScheduledWindow,
        key: &ScheduleKey,
    ) -> impl Iterator<Item = &Stored<CalendarState>> {
        let extra = key.1.iter().filter(|id| !window.calendars.contains(id));
        let ids: Vec<i64> = window.calendars.iter().chain(extra).copied().collect();
        let calendars = ids.into_iter().filter_map(|id| self.calendars.get(&id));
        calendars.filter(|calendar| calendar.state.enabled)
    }
}

/// Refuses what cannot be read, with its name and the reason.
fn readable(model: &str, name: &str, unreadable: &Option<String>) -> Result<(), String> {
    match unreadable {
        Some(reason) => Err(format!("{model} `{name}`: {reason}")),
        None => Ok(()),
    }
}

/// Returns whether two calendars exclude the same time. One that cannot be read is not the same as any: the reason says its name.
fn excludes_same(one: &Stored<CalendarState>, other: &Stored<CalendarState>) -> bool {
    let are_readable = one.unreadable.is_none() && other.unreadable.is_none();
    let (one, other) = (&one.state, &other.state);
    let rules = |state: &CalendarState| plain(&state.rules);
    are_readable && (one.enabled, one.timezone) == (other.enabled, other.timezone) && rules(one) == rules(other)
}

/// Returns a calendar's name and the midnight (UTC) after its last date, if it can be read and runs out one day.
fn calendar_end(calendar: &Stored<CalendarState>) -> Option<(String, i64)> {
    let state = &calendar.state;
    if calendar.unreadable.is_some() {
        return None;
    }
    let midnight = expiry::last_date(state)?.succ_opt()?.and_time(NaiveTime::MIN);
    Some((state.name.clone(), midnight.and_utc().timestamp()))
}
