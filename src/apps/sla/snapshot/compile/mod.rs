//! The models in memory as the metrics need them: windows compiled once, components pointing at shared coverages.
//!
//! Fed with rows, all of them or those that changed; no query is sent here, and nothing here can fail: a window that cannot be
//! read makes its components invalid and leaves every other one alone.

mod schedules;
mod slots;

pub use schedules::{PartNames, ScheduleKey, Schedules};

use std::collections::HashMap;
use std::sync::Arc;

use self::schedules::{KeyCoverage, StaleSchedules};
use self::slots::{CoverageSlot, CoverageSlots};
use crate::apps::grouped::grouped;
use crate::apps::sla::calendar::model::CalendarRow;
use crate::apps::sla::component::model::{ComponentRow, LabelLink};
use crate::apps::sla::rule::RuleRow;
use crate::apps::sla::window::model::WindowRow;
use crate::calculus::coverage::Coverage;
use crate::metrics::state::block::Blocks;
use crate::metrics::state::snapshot::{Component, Snapshot, SnapshotCounts};
use crate::zones::{self, Zones};

/// Rows read at one data version: all of them, or those that changed and the keys of those that were deleted.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the fields are the queries of the stores")]
pub struct SnapshotRows {
    pub version: i64,
    pub calendars: Vec<CalendarRow>,
    pub calendar_rules: Vec<RuleRow>,
    pub windows: Vec<WindowRow>,
    pub window_rules: Vec<RuleRow>,
    pub window_calendars: Vec<(i64, i64)>,
    pub components: Vec<ComponentRow>,
    pub component_labels: Vec<LabelLink>,
    pub component_windows: Vec<(i64, i64)>,
    pub component_calendars: Vec<(i64, i64)>,
    pub tombstones: Vec<(String, i64)>,
}

/// A component that changed: its labels, its windows and calendars, and its row.
type ChangedComponent = (Vec<(String, String)>, ScheduleKey, ComponentRow);

/// All models.
pub struct SnapshotBuilder {
    version: i64,
    schedules: Schedules,
    slots: CoverageSlots,
    /// Enabled components in the order of the metrics.
    components: Blocks,
    /// Every component by its key; nothing for a disabled one.
    by_id: HashMap<i64, Option<Arc<Component>>>,
}

impl SnapshotBuilder {
    /// Returns the catalog of all rows, its windows compiled with the zones in use.
    #[must_use]
    pub fn new(rows: SnapshotRows) -> Self {
        Self::with_zones(zones::current(), rows)
    }

    /// Returns the catalog of all rows, its windows compiled with these zones.
    #[must_use]
    pub fn with_zones(zones: Arc<Zones>, rows: SnapshotRows) -> Self {
        let mut catalog = Self {
            version: 0,
            schedules: Schedules::new(zones),
            slots: CoverageSlots::default(),
            components: Blocks::default(),
            by_id: HashMap::new(),
        };
        catalog.update(rows);
        catalog
    }

    /// Returns the zones that its windows are compiled with.
    #[must_use]
    pub fn zones(&self) -> &Arc<Zones> {
        self.schedules.zones()
    }

    /// Takes over rows that changed since those before; the coverages they touch are compiled again, no other.
    pub fn update(&mut self, rows: SnapshotRows) {
        self.version = rows.version;
        let mut stale = StaleSchedules::default();
        let deleted = self.remove_deleted(&rows.tombstones, &mut stale);
        let schedules = &mut self.schedules;
        schedules.update_calendars(rows.calendars, rows.calendar_rules, &mut stale);
        schedules.update_windows(rows.windows, rows.window_rules, rows.window_calendars, &mut stale);
        schedules.forget(&stale);
        self.slots
            .recompile(|key| schedules.is_touched(key, &stale).then(|| schedules.compile(key)));
        let mut labels = grouped(
            rows.component_labels
                .into_iter()
                .map(|(id, _, name, value)| (id, (name, value))),
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
        self.put_components(&deleted, components.collect());
    }

    /// Returns the snapshot that the metrics show.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let users_of = |is_meant: fn(&KeyCoverage) -> bool| {
            let slots = self.slots.iter().filter(|slot| is_meant(&slot.compiled));
            slots.map(CoverageSlot::users).sum()
        };
        Snapshot {
            version: self.version,
            components: self.components.clone(),
            coverages: self.slots.coverages(),
            origins: self.slots.origins(),
            counts: SnapshotCounts {
                enabled: self.components.len(),
                disabled: self.by_id.len() - self.components.len(),
                without_windows: users_of(|compiled| !compiled.has_enabled_window),
                invalid: users_of(|compiled| compiled.coverage.is_err()),
            },
            calendar_ends: self.schedules.calendar_ends(),
        }
    }

    /// Returns the coverage of a component, or why there is none.
    ///
    /// # Errors
    /// The window that cannot be read.
    pub fn coverage(&self, component: &Component) -> Result<Arc<Coverage>, String> {
        match self.slots.get(component.coverage()) {
            Some(slot) => slot.compiled.coverage.clone(),
            None => Ok(Arc::new(Coverage::new(Vec::new()))),
        }
    }

    /// Returns the names behind the parts of a component's coverage, in their order: names and rules of the window and of its exclusions.
    #[must_use]
    pub fn part_names(&self, component: &Component) -> Vec<PartNames<'_>> {
        let slot = self.slots.get(component.coverage());
        slot.map(|slot| self.schedules.part_names(&slot.key))
            .unwrap_or_default()
    }

    /// Returns names of everything that is enabled and cannot be read, with the reason.
    pub fn unreadable(&self) -> impl Iterator<Item = String> {
        self.schedules.unreadable()
    }

    /// Removes deleted windows and calendars, and returns the keys of deleted components.
    fn remove_deleted(&mut self, tombstones: &[(String, i64)], stale: &mut StaleSchedules) -> Vec<i64> {
        let mut components = Vec::new();
        for (model, id) in tombstones {
            match model.as_str() {
                "component" => components.push(*id),
                "sla_window" => self.schedules.remove_window(*id, stale),
                _ => self.schedules.remove_calendar(*id, stale),
            }
        }
        components
    }

    /// Removes deleted components and replaces changed ones, all at once because names may have changed hands. Slots are taken before
    /// any is given back, so that one whose key stays is not compiled again.
    fn put_components(&mut self, deleted: &[i64], changed: Vec<ChangedComponent>) {
        let schedules = &mut self.schedules;
        let mut take = |key: &ScheduleKey| self.slots.take(key.clone(), |key| schedules.compile(key));
        let slots: Vec<Option<usize>> = changed
            .iter()
            .map(|(_, key, row)| row.enabled.then(|| take(key)))
            .collect();
        let touched = deleted.iter().copied().chain(changed.iter().map(|(_, _, row)| row.id));
        let removed: Vec<Arc<Component>> = touched.filter_map(|id| self.by_id.remove(&id).flatten()).collect();
        removed
            .iter()
            .for_each(|component| self.slots.give_back(component.coverage()));
        let mut added = Vec::new();
        for ((labels, _, row), slot) in changed.into_iter().zip(slots) {
            let component = slot.map(|slot| {
                let component = Component::new(&row.name, &labels, slot, row.slo_millipercent);
                Arc::new(component.created_at(row.created_at.and_utc().timestamp()))
            });
            added.extend(component.clone());
            self.by_id.insert(row.id, component);
        }
        self.components.change(removed, added);
    }
}
