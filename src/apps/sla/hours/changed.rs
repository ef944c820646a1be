//! What is stored, and what it will be once a plan is carried out.

use std::collections::{HashMap, HashSet};

use super::stored::{ComponentHours, StoredHours, WindowHours, key_of, keys_of};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::plain;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::coverage::definition;
use crate::apps::sla::window::state::WindowState;

/// A component whose hours a plan may change.
pub(super) struct AffectedComponent {
    /// The row's key; none of one that the plan adds.
    pub(super) id: Option<i64>,
    /// Its name afterwards, or before if the plan deletes it.
    pub(super) name: String,
    /// Its windows and calendars before; none if it does not exist or is disabled.
    pub(super) before: Option<ScheduleKey>,
    /// The same afterwards.
    pub(super) after: Option<ScheduleKey>,
    /// What becomes of its row.
    pub(super) row: AffectedRow,
}

/// What a plan does to the row of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AffectedRow {
    Added,
    Deleted,
    /// It is there before and afterwards.
    Kept,
}

/// Windows and calendars after a plan, and the components that it may affect.
pub(super) struct ChangedHours {
    pub(super) windows: Vec<WindowHours>,
    pub(super) calendars: Vec<Stored<CalendarState>>,
    pub(super) affected: Vec<AffectedComponent>,
}

/// The keys of windows and calendars whose hours a plan changes or deletes.
#[derive(Default)]
pub(super) struct ChangedKeys {
    pub(super) windows: HashSet<i64>,
    pub(super) calendars: HashSet<i64>,
}

impl ChangedKeys {
    /// Returns those of a plan for what is stored, with windows that are cut by other calendars than before, or by calendars that change. Changes of
    /// names and descriptions change no hours, unless something could not be read.
    pub(super) fn of(hours: &StoredHours, plan: &ChangePlan) -> Self {
        let unreadable_windows = hours.windows.iter().filter(|window| window.stored.unreadable.is_some());
        let unreadable_windows: HashSet<i64> = unreadable_windows.map(|window| window.stored.id).collect();
        let unreadable_calendars = hours.calendars.iter().filter(|calendar| calendar.unreadable.is_some());
        let unreadable_calendars: HashSet<i64> = unreadable_calendars.map(|calendar| calendar.id).collect();
        let windows = plan.windows.iter().filter_map(|change| match change {
            ObjectChange::Add(_) => None,
            ObjectChange::Update { id, before, after, .. } => {
                (unreadable_windows.contains(id) || !covers_same(before, after)).then_some(*id)
            }
            ObjectChange::Delete { id, .. } => Some(*id),
        });
        let calendars = plan.calendars.iter().filter_map(|change| match change {
            ObjectChange::Add(_) => None,
            ObjectChange::Update { id, before, after, .. } => {
                (unreadable_calendars.contains(id) || !excludes_same(before, after)).then_some(*id)
            }
            ObjectChange::Delete { id, .. } => Some(*id),
        });
        let calendars: HashSet<i64> = calendars.collect();
        let cut = hours.windows.iter();
        let cut = cut.filter(|window| window.calendars.iter().any(|id| calendars.contains(id)));
        Self {
            windows: windows.chain(cut.map(|window| window.stored.id)).collect(),
            calendars,
        }
    }
}

/// Returns whether two states of a window cover the same time if their calendars exclude the same.
fn covers_same(one: &WindowState, other: &WindowState) -> bool {
    let properties = |state: &WindowState| (state.enabled, state.calendars.clone());
    properties(one) == properties(other) && definition(one) == definition(other)
}

fn excludes_same(one: &CalendarState, other: &CalendarState) -> bool {
    (one.enabled, one.timezone) == (other.enabled, other.timezone) && plain(&one.rules) == plain(&other.rules)
}

impl StoredHours {
    /// Returns windows and calendars as they are after a plan, and the enabled components among those that it may affect.
    #[must_use]
    pub fn after(&self, plan: &ChangePlan) -> Self {
        let changed = ChangedHours::new(self, plan);
        let component = |component: AffectedComponent| {
            Some(ComponentHours {
                id: component.id?,
                name: component.name,
                enabled: true,
                key: component.after?,
            })
        };
        Self {
            windows: changed.windows,
            calendars: changed.calendars,
            components: changed.affected.into_iter().filter_map(component).collect(),
        }
    }
}

impl ChangedHours {
    /// Returns what `hours` will be after `plan`.
    pub(super) fn new(hours: &StoredHours, plan: &ChangePlan) -> Self {
        let keys = ChangedKeys::of(hours, plan);
        let calendars = changed(&hours.calendars, &plan.calendars);
        let before = hours
            .calendars
            .iter()
            .map(|stored| (stored.state.name.as_str(), stored.id));
        let after = calendars.iter().map(|stored| (stored.state.name.as_str(), stored.id));
        // What is renamed is still found by its old name, which others may have of it.
        let calendar_keys: ByName<i64> = before.chain(after).collect();

        let stored: Vec<Stored<WindowState>> = hours.windows.iter().map(|window| window.stored.clone()).collect();
        let links: HashMap<i64, &Vec<i64>> = hours.windows.iter().map(|w| (w.stored.id, &w.calendars)).collect();
        let updated: HashSet<i64> = updated(&plan.windows).collect();
        let windows = changed(&stored, &plan.windows).into_iter().map(|stored| {
            let kept = links.get(&stored.id).filter(|_| !updated.contains(&stored.id));
            WindowHours {
                calendars: kept.map_or_else(
                    || keys_of(&stored.state.calendars, &calendar_keys),
                    |links| (*links).clone(),
                ),
                stored,
            }
        });
        let windows: Vec<WindowHours> = windows.collect();
        let before = hours
            .windows
            .iter()
            .map(|window| (window.stored.state.name.as_str(), window.stored.id));
        let after = windows
            .iter()
            .map(|window| (window.stored.state.name.as_str(), window.stored.id));
        let window_keys: ByName<i64> = before.chain(after).collect();

        let affected = affected(hours, &plan.components, &keys, &window_keys, &calendar_keys);
        Self {
            windows,
            calendars,
            affected,
        }
    }
}

/// Returns the keys of what is updated.
fn updated<S>(changes: &[ObjectChange<S>]) -> impl Iterator<Item = i64> {
    changes.iter().filter_map(|change| match change {
        ObjectChange::Update { id, .. } => Some(*id),
        ObjectChange::Add(_) | ObjectChange::Delete { .. } => None,
    })
}

/// Returns the keys of what is updated or deleted.
pub(super) fn updated_or_deleted<S>(changes: &[ObjectChange<S>]) -> impl Iterator<Item = i64> {
    changes.iter().filter_map(|change| match change {
        ObjectChange::Update { id, .. } | ObjectChange::Delete { id, .. } => Some(*id),
        ObjectChange::Add(_) => None,
    })
}

/// Returns what is stored after changes. What is added has keys below those of any row.
fn changed<S: Clone>(stored: &[Stored<S>], changes: &[ObjectChange<S>]) -> Vec<Stored<S>> {
    let mut states: HashMap<i64, Option<&S>> = HashMap::new();
    let mut added = Vec::new();
    for change in changes {
        match change {
            ObjectChange::Add(after) => {
                let id = i64::try_from(added.len()).map_or(i64::MIN, |index| i64::MIN + index);
                added.push(Stored {
                    id,
                    version: 0,
                    state: after.clone(),
                    unreadable: None,
                });
            }
            ObjectChange::Update { id, after, .. } => drop(states.insert(*id, Some(after))),
            ObjectChange::Delete { id, .. } => drop(states.insert(*id, None)),
        }
    }
    let kept = stored.iter().filter_map(|stored| match states.get(&stored.id) {
        None => Some(stored.clone()),
        Some(None) => None,
        Some(Some(after)) => Some(Stored {
            id: stored.id,
            version: stored.version,
            state: (*after).clone(),
            unreadable: None,
        }),
    });
    kept.chain(added).collect()
}

/// Returns the components that have something that changes, and those that change themselves.
fn affected(
    hours: &StoredHours,
    changes: &[ObjectChange<ComponentState>],
    keys: &ChangedKeys,
    windows: &ByName<i64>,
    calendars: &ByName<i64>,
) -> Vec<AffectedComponent> {
    let enabled_key = |state: &ComponentState| state.enabled.then(|| key_of(state, windows, calendars));
    let mut own: HashMap<i64, &ObjectChange<ComponentState>> = HashMap::new();
    let mut affected = Vec::new();
    for change in changes {
        match change {
            ObjectChange::Update { id, .. } | ObjectChange::Delete { id, .. } => drop(own.insert(*id, change)),
            ObjectChange::Add(after) => affected.push(AffectedComponent {
                id: None,
                name: after.name.clone(),
                before: None,
                after: enabled_key(after),
                row: AffectedRow::Added,
            }),
        }
    }
    for component in &hours.components {
        let ComponentHours { id, name, enabled, key } = component;
        let before = enabled.then(|| key.clone());
        let uses_changed =
            key.0.iter().any(|id| keys.windows.contains(id)) || key.1.iter().any(|id| keys.calendars.contains(id));
        let (name, after, row) = match own.get(id) {
            Some(ObjectChange::Update { after, .. }) => (&after.name, enabled_key(after), AffectedRow::Kept),
            Some(_) => (name, None, AffectedRow::Deleted),
            None if !uses_changed => continue,
            None => (name, before.clone(), AffectedRow::Kept),
        };
        if before == after && !uses_changed {
            continue;
        }
        affected.push(AffectedComponent {
            id: Some(*id),
            name: name.clone(),
            before,
            after,
            row,
        });
    }
    affected
}
