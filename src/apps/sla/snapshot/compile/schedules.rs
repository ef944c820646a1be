//! Windows and calendars in memory: read once, compiled once, put together to coverages as components ask for them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveTime;

use crate::apps::sla::calendar::model::CalendarRow;
use crate::apps::sla::grouped::grouped;
use crate::apps::sla::rule::{Effect, RuleDefinition, RuleRow, plain};
use crate::apps::sla::window::model::WindowRow;
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::lint;
use crate::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use crate::zones::{Zone, Zones};

/// The windows and calendars of a component, sorted: components with the same ones share a coverage.
pub(super) type ScheduleKey = (Vec<i64>, Vec<i64>);

/// All windows and calendars.
pub(super) struct Schedules {
    zones: Arc<Zones>,
    calendars: HashMap<i64, Calendar>,
    windows: HashMap<i64, Window>,
    exclusions: HashMap<(i64, Zone), Arc<Exclusion>>,
}

/// What a key comes to.
pub(super) struct Compiled {
    /// The coverage, or why a window or calendar of it cannot be read.
    pub(super) coverage: Result<Arc<Coverage>, String>,
    /// Whether any window of it is enabled.
    pub(super) has_enabled_window: bool,
}

/// A calendar, its rules read.
struct Calendar {
    name: String,
    enabled: bool,
    timezone: Option<Zone>,
    rules: Result<Vec<RuleDefinition>, String>,
}

/// A window, compiled.
struct Window {
    name: String,
    enabled: bool,
    calendars: Vec<i64>,
    /// Or why it cannot be read, with its name.
    compiled: Result<Arc<CompiledWindow>, String>,
    definitions: Vec<RuleDefinition>,
    exclude_definitions: Vec<RuleDefinition>,
}

/// What a part of a coverage is called.
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

/// Keys of windows and calendars that changed or went.
#[derive(Default)]
pub(super) struct Stale {
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

    /// Returns the zones that windows are compiled with.
    pub(super) fn zones(&self) -> &Arc<Zones> {
        &self.zones
    }

    pub(super) fn remove_window(&mut self, id: i64, stale: &mut Stale) {
        self.windows.remove(&id);
        stale.windows.insert(id);
    }

    pub(super) fn remove_calendar(&mut self, id: i64, stale: &mut Stale) {
        self.calendars.remove(&id);
        stale.calendars.insert(id);
    }

    pub(super) fn update_calendars(&mut self, rows: Vec<CalendarRow>, rules: Vec<RuleRow>, stale: &mut Stale) {
        let mut rules = grouped(rules.into_iter().map(|rule| (rule.calendar_id, rule)));
        for row in rows {
            let zone = row
                .timezone
                .as_deref()
                .map(|name| self.zones.parse(name))
                .transpose()
                .map_err(|error| error.to_string());
            let definitions = read_rules(&rules.remove(&Some(row.id)).unwrap_or_default())
                .map(|rules| rules.into_iter().map(|(_, rule)| rule).collect());
            let (timezone, rules) = match zone {
                Ok(timezone) => (timezone, definitions),
                Err(error) => (None, Err(error)),
            };
            let calendar = Calendar {
                name: row.name,
                enabled: row.enabled,
                timezone,
                rules,
            };
            // What is only called something else excludes what it did.
            let same = self
                .calendars
                .get(&row.id)
                .is_some_and(|old| old.excludes_what(&calendar));
            if !same {
                stale.calendars.insert(row.id);
            }
            self.calendars.insert(row.id, calendar);
        }
    }

    pub(super) fn update_windows(
        &mut self,
        rows: Vec<WindowRow>,
        rules: Vec<RuleRow>,
        calendars: Vec<(i64, i64)>,
        stale: &mut Stale,
    ) {
        let mut rules = grouped(rules.into_iter().map(|rule| (rule.window_id, rule)));
        let mut calendars = grouped(calendars.into_iter());
        for row in rows {
            stale.windows.insert(row.id);
            let window = Window::new(
                &self.zones,
                &row,
                &rules.remove(&Some(row.id)).unwrap_or_default(),
                calendars.remove(&row.id).unwrap_or_default(),
            );
            self.windows.insert(row.id, window);
        }
    }

    /// Forgets what was compiled of stale calendars.
    pub(super) fn forget(&mut self, stale: &Stale) {
        self.exclusions
            .retain(|(calendar, _), _| !stale.calendars.contains(calendar));
    }

    /// Returns whether something stale is part of what `key` comes to.
    pub(super) fn is_touched(&self, key: &ScheduleKey, stale: &Stale) -> bool {
        let of_calendars = |ids: &[i64]| ids.iter().any(|id| stale.calendars.contains(id));
        let of_window = |id: &i64| {
            let uses_stale = |window: &Window| of_calendars(&window.calendars);
            stale.windows.contains(id) || self.windows.get(id).is_some_and(uses_stale)
        };
        key.0.iter().any(of_window) || of_calendars(&key.1)
    }

    /// Returns what `key` comes to.
    pub(super) fn compile(&mut self, key: &ScheduleKey) -> Compiled {
        let mut exclusions = std::mem::take(&mut self.exclusions);
        let mut has_enabled_window = false;
        let mut parts = || {
            let mut parts = Vec::new();
            for window in self.enabled_windows(key) {
                has_enabled_window = true;
                let compiled = window.compiled.clone()?;
                let mut part = CoveragePart {
                    exclusions: Vec::new(),
                    window: compiled,
                };
                for (id, calendar) in self.enabled_calendars(window, key) {
                    let zone = calendar.timezone.unwrap_or(part.window.timezone());
                    let rules = calendar
                        .rules
                        .as_ref()
                        .map_err(|error| format!("calendar `{}`: {error}", calendar.name))?;
                    let compile = || Arc::new(Exclusion::compile(zone, plain(rules)));
                    part.exclusions
                        .push(Arc::clone(exclusions.entry((id, zone)).or_insert_with(compile)));
                }
                parts.push(part);
            }
            Ok(parts)
        };
        let coverage = parts().map(|parts| Arc::new(Coverage::new(parts)));
        self.exclusions = exclusions;
        Compiled {
            coverage,
            has_enabled_window,
        }
    }

    /// Returns what the parts of the coverage of `key` are called, in their order.
    pub(super) fn part_names(&self, key: &ScheduleKey) -> Vec<PartNames<'_>> {
        let parts = self.enabled_windows(key).map(|window| PartNames {
            window: &window.name,
            rules: &window.definitions,
            excludes: &window.exclude_definitions,
            calendars: self
                .enabled_calendars(window, key)
                .filter_map(|(_, calendar)| Some((calendar.name.as_str(), calendar.rules.as_deref().ok()?)))
                .collect(),
        });
        parts.collect()
    }

    /// Returns the enabled calendars that have a last date, by name, each with the midnight (UTC) after it.
    pub(super) fn calendar_ends(&self) -> Vec<(String, i64)> {
        let mut ends: Vec<(String, i64)> = self.calendars.values().filter_map(Calendar::end).collect();
        ends.sort_unstable();
        ends
    }

    /// Returns names of everything that is enabled and cannot be read, with the reason.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = String> {
        let calendars = self.calendars.values().filter(|calendar| calendar.enabled);
        let calendars = calendars.filter_map(|calendar| {
            Some(format!(
                "calendar `{}`: {}",
                calendar.name,
                calendar.rules.as_ref().err()?
            ))
        });
        let windows = self.windows.values().filter(|window| window.enabled);
        let windows = windows.filter_map(|window| window.compiled.as_ref().err().cloned());
        calendars.chain(windows)
    }

    fn enabled_windows(&self, key: &ScheduleKey) -> impl Iterator<Item = &Window> {
        key.0
            .iter()
            .filter_map(|id| self.windows.get(id))
            .filter(|window| window.enabled)
    }

    /// Returns the calendars that exclude time from `window` for components of `key`.
    fn enabled_calendars(&self, window: &Window, key: &ScheduleKey) -> impl Iterator<Item = (i64, &Calendar)> {
        let extra = key.1.iter().filter(|id| !window.calendars.contains(id));
        let ids: Vec<i64> = window.calendars.iter().chain(extra).copied().collect();
        ids.into_iter()
            .filter_map(|id| Some((id, self.calendars.get(&id)?)))
            .filter(|(_, calendar)| calendar.enabled)
    }
}

impl Calendar {
    /// Returns whether another one excludes the same time.
    fn excludes_what(&self, other: &Self) -> bool {
        let rules = match (&self.rules, &other.rules) {
            (Ok(own), Ok(others)) => own
                .iter()
                .map(|own| &own.rule)
                .eq(others.iter().map(|other| &other.rule)),
            // The reason why one cannot be read says its name.
            _ => false,
        };
        rules && (self.enabled, self.timezone) == (other.enabled, other.timezone)
    }

    /// Returns its name and the midnight (UTC) after its last date, if it has one, can be read and is enabled.
    fn end(&self) -> Option<(String, i64)> {
        let rules = self.rules.as_ref().ok().filter(|_| self.enabled)?;
        let last = rules
            .iter()
            .filter_map(|definition| lint::last_date(std::slice::from_ref(&definition.rule)))
            .max()?;
        let midnight = last.succ_opt()?.and_time(NaiveTime::MIN).and_utc().timestamp();
        Some((self.name.clone(), midnight))
    }
}

impl Window {
    fn new(zones: &Zones, row: &WindowRow, rules: &[RuleRow], calendars: Vec<i64>) -> Self {
        let (mut definitions, mut exclude_definitions) = (Vec::new(), Vec::new());
        let read = zones
            .parse(&row.timezone)
            .map_err(|error| error.to_string())
            .and_then(|zone| Ok((zone, read_rules(rules)?)));
        let compiled = read.map(|(timezone, rules)| {
            for (effect, rule) in rules {
                match effect {
                    Effect::Include => definitions.push(rule),
                    Effect::Exclude => exclude_definitions.push(rule),
                }
            }
            Arc::new(CompiledWindow::compile(WindowDefinition {
                timezone,
                valid_from: row.valid_from,
                valid_until: row.valid_until,
                rules: plain(&definitions),
                excludes: plain(&exclude_definitions),
            }))
        });
        let compiled = compiled.map_err(|error| format!("window `{}`: {error}", row.name));
        Self {
            name: row.name.clone(),
            enabled: row.enabled,
            calendars,
            compiled,
            definitions,
            exclude_definitions,
        }
    }
}

fn read_rules(rows: &[RuleRow]) -> Result<Vec<(Effect, RuleDefinition)>, String> {
    let read = |row: &RuleRow| {
        Ok((
            row.effect(),
            row.read()
                .map_err(|error| format!("rule {}: {error}", row.position + 1))?,
        ))
    };
    rows.iter().map(read).collect()
}
