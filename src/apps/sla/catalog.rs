//! The models in memory as the metrics need them: windows compiled once, components pointing at shared coverages.
//!
//! Fed with rows, all of them or those that changed; no query is sent here, and nothing here can fail: a window that cannot be
//! read makes its components invalid and leaves every other one alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono_tz::Tz;

use super::calendar::model::CalendarRow;
use super::component::model::ComponentRow;
use super::inventory::grouped;
use super::rule::{Effect, RuleDefinition, RuleRow};
use super::window::model::WindowRow;
use crate::calculus::coverage::{Coverage, Part};
use crate::calculus::rule::Rule;
use crate::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use crate::calculus::zone::parse_zone;
use crate::metrics::snapshot::{Component, Counts, Snapshot};

/// Rows read at one data version: all of them, or those that changed and the keys of those that went.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the fields are the queries of the stores")]
pub struct Rows {
    pub version: i64,
    pub sizes: Sizes,
    pub calendars: Vec<CalendarRow>,
    pub calendar_rules: Vec<RuleRow>,
    pub windows: Vec<WindowRow>,
    pub window_rules: Vec<RuleRow>,
    pub window_calendars: Vec<(i64, i64)>,
    pub components: Vec<ComponentRow>,
    pub component_labels: Vec<(i64, String, String)>,
    pub component_windows: Vec<(i64, i64)>,
    pub component_calendars: Vec<(i64, i64)>,
    pub tombstones: Vec<(String, i64)>,
}

/// How many there are of each model, stored or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Components, enabled or not.
    pub components: usize,
    /// Windows.
    pub windows: usize,
    /// Calendars.
    pub calendars: usize,
}

/// A calendar, its rules read.
struct Calendar {
    name: String,
    enabled: bool,
    timezone: Option<Tz>,
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

/// The windows and calendars of a component, sorted: components with the same ones share a coverage.
type Key = (Vec<i64>, Vec<i64>);

/// A coverage that at least one component uses.
struct Slot {
    key: Key,
    users: usize,
    coverage: Result<Arc<Coverage>, String>,
    has_enabled_window: bool,
}

/// Where a component stands in the order of the metrics.
type Rank = (String, String);

/// A component that changed: its labels, its windows and calendars, and its row.
type Changed = (Vec<(String, String)>, Key, ComponentRow);

/// All models.
#[derive(Default)]
pub struct Catalog {
    version: i64,
    calendars: HashMap<i64, Calendar>,
    windows: HashMap<i64, Window>,
    /// Enabled components in the order of the metrics.
    components: BTreeMap<Rank, Arc<Component>>,
    /// Every component's rank; nothing for a disabled one.
    ranks: HashMap<i64, Option<Rank>>,
    slots: Vec<Option<Slot>>,
    free: Vec<usize>,
    slot_by_key: HashMap<Key, usize>,
    exclusions: HashMap<(i64, Tz), Arc<Exclusion>>,
}

impl Catalog {
    /// The catalog of all rows.
    #[must_use]
    pub fn new(rows: Rows) -> Self {
        let mut catalog = Self::default();
        catalog.update(rows);
        catalog
    }

    /// The data version that the catalog shows.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.version
    }

    /// How many models the catalog knows. Another number than is stored means that rows went without a trace.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes {
            components: self.ranks.len(),
            windows: self.windows.len(),
            calendars: self.calendars.len(),
        }
    }

    /// Takes over rows that changed since [`Catalog::version`]; the coverages they touch are compiled again, no other.
    pub fn update(&mut self, rows: Rows) {
        self.version = rows.version;
        let mut stale = Stale::default();
        self.bury(&rows.tombstones, &mut stale);
        self.update_calendars(rows.calendars, rows.calendar_rules, &mut stale);
        self.update_windows(rows.windows, rows.window_rules, rows.window_calendars, &mut stale);
        self.recompile(&stale);
        let mut labels = grouped(
            rows.component_labels
                .into_iter()
                .map(|(id, name, value)| (id, (name, value))),
        );
        let mut windows = grouped(rows.component_windows.into_iter());
        let mut calendars = grouped(rows.component_calendars.into_iter());
        let components = rows.components.into_iter().map(|row| {
            let key = (
                windows.remove(&row.id).unwrap_or_default(),
                calendars.remove(&row.id).unwrap_or_default(),
            );
            // By code point: PostgreSQL sorts by the collation of the database, which may put `env` before `Env`.
            let mut labels: Vec<(String, String)> = labels.remove(&row.id).unwrap_or_default();
            labels.sort_unstable();
            (labels, key, row)
        });
        self.put_components(components.collect());
    }

    /// What the metrics see of it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut counts = Counts {
            disabled: self.ranks.len() - self.components.len(),
            ..Counts::default()
        };
        let mut components = Vec::with_capacity(self.components.len());
        for component in self.components.values() {
            counts.enabled += 1;
            let Some(slot) = self.slots.get(component.coverage).and_then(Option::as_ref) else {
                continue;
            };
            counts.without_windows += usize::from(!slot.has_enabled_window);
            match slot.coverage {
                Ok(_) => components.push(Arc::clone(component)),
                Err(_) => counts.invalid += 1,
            }
        }
        let coverage = |slot: &Option<Slot>| slot.as_ref()?.coverage.as_ref().ok().cloned();
        Snapshot {
            version: self.version,
            components,
            coverages: self.slots.iter().map(coverage).collect(),
            counts,
        }
    }

    /// The first component in the order of the metrics.
    #[must_use]
    pub fn first_component(&self) -> Option<&Arc<Component>> {
        self.components.values().next()
    }

    /// The coverage of a component, or why there is none.
    ///
    /// # Errors
    /// The window that cannot be read.
    pub fn coverage(&self, component: &Component) -> Result<Arc<Coverage>, String> {
        match self.slots.get(component.coverage).and_then(Option::as_ref) {
            Some(slot) => slot.coverage.clone(),
            None => Ok(Arc::new(Coverage::new(Vec::new()))),
        }
    }

    /// What the parts of a component's coverage are called, in their order: names and rules of the window and of its exclusions.
    #[must_use]
    pub fn part_names(&self, component: &Component) -> Vec<PartNames<'_>> {
        let Some(slot) = self.slots.get(component.coverage).and_then(Option::as_ref) else {
            return Vec::new();
        };
        let parts = self.enabled_windows(&slot.key).map(|window| PartNames {
            window: &window.name,
            rules: &window.definitions,
            excludes: &window.exclude_definitions,
            calendars: self
                .enabled_calendars(window, &slot.key)
                .filter_map(|(_, calendar)| Some((calendar.name.as_str(), calendar.rules.as_deref().ok()?)))
                .collect(),
        });
        parts.collect()
    }

    /// Names of everything that cannot be read, with the reason.
    pub fn unreadable(&self) -> impl Iterator<Item = String> {
        let calendars = self.calendars.values().filter_map(|calendar| {
            Some(format!(
                "calendar `{}`: {}",
                calendar.name,
                calendar.rules.as_ref().err()?
            ))
        });
        let windows = self
            .windows
            .values()
            .filter_map(|window| window.compiled.as_ref().err().cloned());
        calendars.chain(windows)
    }

    fn bury(&mut self, tombstones: &[(String, i64)], stale: &mut Stale) {
        for (model, id) in tombstones {
            match model.as_str() {
                "component" => self.remove_component(*id),
                "sla_window" => {
                    self.windows.remove(id);
                    stale.windows.insert(*id);
                }
                _ => {
                    self.calendars.remove(id);
                    stale.calendars.insert(*id);
                }
            }
        }
    }

    fn update_calendars(&mut self, rows: Vec<CalendarRow>, rules: Vec<RuleRow>, stale: &mut Stale) {
        let mut rules = grouped(rules.into_iter().map(|rule| (rule.calendar_id, rule)));
        for row in rows {
            let zone = row
                .timezone
                .as_deref()
                .map(parse_zone)
                .transpose()
                .map_err(|error| error.to_string());
            let definitions = read_rules(&rules.remove(&Some(row.id)).unwrap_or_default())
                .map(|rules| rules.into_iter().map(|(_, rule)| rule).collect());
            let (timezone, rules) = match zone {
                Ok(timezone) => (timezone, definitions),
                Err(error) => (None, Err(error)),
            };
            stale.calendars.insert(row.id);
            self.calendars.insert(
                row.id,
                Calendar {
                    name: row.name,
                    enabled: row.enabled,
                    timezone,
                    rules,
                },
            );
        }
    }

    fn update_windows(
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
                &row,
                &rules.remove(&Some(row.id)).unwrap_or_default(),
                calendars.remove(&row.id).unwrap_or_default(),
            );
            self.windows.insert(row.id, window);
        }
    }

    /// Compiles every coverage anew that something stale is part of.
    fn recompile(&mut self, stale: &Stale) {
        self.exclusions
            .retain(|(calendar, _), _| !stale.calendars.contains(calendar));
        let touched = |key: &Key| {
            let of_calendars = |ids: &[i64]| ids.iter().any(|id| stale.calendars.contains(id));
            let of_window = |id: &i64| {
                stale.windows.contains(id)
                    || self
                        .windows
                        .get(id)
                        .is_some_and(|window| of_calendars(&window.calendars))
            };
            key.0.iter().any(of_window) || of_calendars(&key.1)
        };
        let slots: Vec<usize> = (0..self.slots.len())
            .filter(|&slot| self.slots[slot].as_ref().is_some_and(|slot| touched(&slot.key)))
            .collect();
        for index in slots {
            let Some(key) = self.slots[index].as_ref().map(|slot| slot.key.clone()) else {
                continue;
            };
            let (coverage, has_enabled_window) = self.compile(&key);
            if let Some(slot) = &mut self.slots[index] {
                slot.coverage = coverage;
                slot.has_enabled_window = has_enabled_window;
            }
        }
    }

    fn compile(&mut self, key: &Key) -> (Result<Arc<Coverage>, String>, bool) {
        let mut exclusions = std::mem::take(&mut self.exclusions);
        let mut has_enabled_window = false;
        let mut parts = || {
            let mut parts = Vec::new();
            for window in self.enabled_windows(key) {
                has_enabled_window = true;
                let compiled = window.compiled.clone()?;
                let mut part = Part {
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
        (coverage, has_enabled_window)
    }

    fn enabled_windows(&self, key: &Key) -> impl Iterator<Item = &Window> {
        key.0
            .iter()
            .filter_map(|id| self.windows.get(id))
            .filter(|window| window.enabled)
    }

    /// The calendars that exclude time from `window` for components of `key`.
    fn enabled_calendars(&self, window: &Window, key: &Key) -> impl Iterator<Item = (i64, &Calendar)> {
        let extra = key.1.iter().filter(|id| !window.calendars.contains(id));
        let ids: Vec<i64> = window.calendars.iter().chain(extra).copied().collect();
        ids.into_iter()
            .filter_map(|id| Some((id, self.calendars.get(&id)?)))
            .filter(|(_, calendar)| calendar.enabled)
    }

    /// Puts changed components in place of what they were. All of the old ones go before the first new one comes, because names may
    /// have changed hands; slots are taken before any is given back, so that one whose key stays is not compiled again.
    fn put_components(&mut self, changed: Vec<Changed>) {
        let slots: Vec<Option<usize>> = changed
            .iter()
            .map(|(_, key, row)| row.enabled.then(|| self.take_slot(key.clone())))
            .collect();
        changed.iter().for_each(|(_, _, row)| self.remove_component(row.id));
        for ((labels, _, row), slot) in changed.into_iter().zip(slots) {
            let rank = slot.map(|slot| {
                let component = Component::new(row.name, labels, slot, row.slo_millipercent);
                let rank = (component.prefix.clone(), component.name.clone());
                self.components.insert(rank.clone(), Arc::new(component));
                rank
            });
            self.ranks.insert(row.id, rank);
        }
    }

    fn remove_component(&mut self, id: i64) {
        if let Some(Some(rank)) = self.ranks.remove(&id)
            && let Some(component) = self.components.remove(&rank)
        {
            self.give_back(component.coverage);
        }
    }

    fn take_slot(&mut self, key: Key) -> usize {
        if let Some(&index) = self.slot_by_key.get(&key)
            && let Some(slot) = &mut self.slots[index]
        {
            slot.users += 1;
            return index;
        }
        let (coverage, has_enabled_window) = self.compile(&key);
        let index = self.free_slot();
        self.slot_by_key.insert(key.clone(), index);
        self.slots[index] = Some(Slot {
            key,
            users: 1,
            coverage,
            has_enabled_window,
        });
        index
    }

    fn free_slot(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        })
    }

    fn give_back(&mut self, index: usize) {
        let Some(slot) = &mut self.slots[index] else { return };
        slot.users -= 1;
        if slot.users == 0 {
            self.slot_by_key.remove(&slot.key);
            self.slots[index] = None;
            self.free.push(index);
        }
    }
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

/// Keys of what changed or went.
#[derive(Default)]
struct Stale {
    windows: HashSet<i64>,
    calendars: HashSet<i64>,
}

impl Window {
    fn new(row: &WindowRow, rules: &[RuleRow], calendars: Vec<i64>) -> Self {
        let (mut definitions, mut exclude_definitions) = (Vec::new(), Vec::new());
        let read = parse_zone(&row.timezone)
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

fn plain(definitions: &[RuleDefinition]) -> Vec<Rule> {
    definitions.iter().map(|definition| definition.rule.clone()).collect()
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
