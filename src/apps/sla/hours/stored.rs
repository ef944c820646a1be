//! Everything that hours depend on, as it is stored: windows, calendars, and which of them components have.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::store::{self, NamedComponent};
use crate::apps::grouped::grouped;
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::names::ByName;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{component, window};
use crate::db::{Conn, Result, limit};
use crate::metrics::answer::selection::ComponentLabels;

/// Below this many components their rows are asked for by key; above, all are read, which is quicker.
const BY_KEY_MAX: usize = 2_000;

/// How many components are read at a time where their labels matter.
const PORTION: i64 = 1_000;

/// Values of labels by their names.
pub type ComponentLabelValues = HashMap<String, String>;

impl ComponentLabels for ComponentLabelValues {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        Self::get(self, name).map(|value| Cow::Borrowed(value.as_str()))
    }
}

/// A window and the keys of its calendars.
#[derive(Clone, Debug)]
pub struct WindowHours {
    /// The window.
    pub stored: Stored<WindowState>,
    /// The keys of its calendars.
    pub calendars: Vec<i64>,
}

/// A component, as far as its hours depend on it.
#[derive(Clone, Debug)]
pub struct ComponentHours {
    /// The row's key.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it has metrics. Its hours are known in either case.
    pub enabled: bool,
    /// The keys of its windows and of its own calendars, sorted: components with the same ones have the same hours.
    pub key: ScheduleKey,
}

/// Everything that the hours of some components depend on.
#[derive(Clone, Debug, Default)]
pub struct StoredHours {
    /// Windows.
    pub windows: Vec<WindowHours>,
    /// Calendars.
    pub calendars: Vec<Stored<CalendarState>>,
    /// Components.
    pub components: Vec<ComponentHours>,
}

impl StoredHours {
    /// Reads all windows and calendars, and no component.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn schedules(conn: &mut Conn) -> Result<Self> {
        let calendars = calendars(conn, None)?;
        let links = grouped(window::store::all_calendars(conn)?.into_iter());
        Ok(Self {
            windows: with_links(windows(conn, None)?, links),
            calendars,
            components: Vec::new(),
        })
    }

    /// Reads all components, windows and calendars. Call it in one transaction.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn all(conn: &mut Conn) -> Result<Self> {
        let rows = store::all_named(conn)?;
        let components = linked(rows, store::all_windows(conn)?, store::all_calendars(conn)?);
        Ok(Self {
            components,
            ..Self::schedules(conn)?
        })
    }

    /// Reads these components, and the windows and calendars that their hours depend on. A key without a row is passed over.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn of_components(conn: &mut Conn, ids: &[i64]) -> Result<Self> {
        let components = components(conn, ids)?;
        let used: BTreeSet<i64> = components
            .iter()
            .flat_map(|component| &component.key.0)
            .copied()
            .collect();
        let own = components.iter().flat_map(|component| component.key.1.iter().copied());
        let own: BTreeSet<i64> = own.collect();
        Ok(Self {
            components,
            ..Self::of_schedules(conn, used, own)?
        })
    }

    /// Reads these windows and the calendars that cut them, and no component.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn of_windows(conn: &mut Conn, ids: &[i64]) -> Result<Self> {
        Self::of_schedules(conn, ids.iter().copied().collect(), BTreeSet::new())
    }

    /// Reads the components that have one of these windows, one of these calendars themselves, or one of the keys `others`.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub(super) fn put_users(
        &mut self,
        conn: &mut Conn,
        windows: &[i64],
        calendars: &[i64],
        others: &[i64],
    ) -> Result<()> {
        let mut ids: BTreeSet<i64> = others.iter().copied().collect();
        ids.extend(store::users_of_windows(conn, windows)?);
        ids.extend(store::users_of_calendars(conn, calendars)?);
        self.components = components(conn, &ids.into_iter().collect::<Vec<i64>>())?;
        Ok(())
    }

    /// Reads these windows, the calendars that cut them and these calendars, and no component.
    fn of_schedules(conn: &mut Conn, used: BTreeSet<i64>, own: BTreeSet<i64>) -> Result<Self> {
        UsedSchedules::new(conn, used, own)?.read(conn)
    }

    /// Reads the same; nothing if there are more than `max` calendars.
    pub(super) fn of_few_schedules(
        conn: &mut Conn,
        used: BTreeSet<i64>,
        own: BTreeSet<i64>,
        max: usize,
    ) -> Result<Option<Self>> {
        let used = UsedSchedules::new(conn, used, own)?;
        match used.calendars.len() <= max {
            true => used.read(conn).map(Some),
            false => Ok(None),
        }
    }

    /// Reads the enabled components that `matches` takes, by name and labels, and all windows and calendars. A thousand components are read
    /// at a time, and of those that are not taken nothing is kept. Call it in one transaction.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn matching(conn: &mut Conn, matches: impl Fn(&str, &ComponentLabelValues) -> bool) -> Result<Self> {
        let mut hours = Self::schedules(conn)?;
        let mut after = i64::MIN;
        loop {
            limit::check()?;
            let rows = store::named_after(conn, after, PORTION)?;
            let (Some((first, ..)), Some((last, ..))) = (rows.first(), rows.last()) else {
                return Ok(hours);
            };
            let (first, last) = (*first, *last);
            let labels = component::store::labels_between(conn, first, last)?;
            let mut labels = grouped(labels.into_iter().map(|(id, _, name, value)| (id, (name, value))));
            let taken = rows.into_iter().filter(|(id, name, enabled)| {
                let labels: ComponentLabelValues = labels.remove(id).unwrap_or_default().into_iter().collect();
                *enabled && matches(name, &labels)
            });
            let taken: Vec<NamedComponent> = taken.collect();
            if !taken.is_empty() {
                let windows = component::store::windows_between(conn, first, last)?;
                let calendars = component::store::calendars_between(conn, first, last)?;
                hours.components.extend(linked(taken, windows, calendars));
            }
            after = last;
        }
    }

    /// Returns the component of this key.
    #[must_use]
    pub fn component(&self, id: i64) -> Option<&ComponentHours> {
        self.components.iter().find(|component| component.id == id)
    }
}

/// The keys of windows, and of the calendars that cut them or are used beside them.
struct UsedSchedules {
    windows: Vec<i64>,
    /// Window and calendar.
    links: Vec<(i64, i64)>,
    calendars: Vec<i64>,
}

impl UsedSchedules {
    fn new(conn: &mut Conn, windows: BTreeSet<i64>, own: BTreeSet<i64>) -> Result<Self> {
        let windows: Vec<i64> = windows.into_iter().collect();
        let links = window::store::calendars_of(conn, &windows)?;
        let calendars: BTreeSet<i64> = links.iter().map(|(_, id)| *id).chain(own).collect();
        Ok(Self {
            windows,
            links,
            calendars: calendars.into_iter().collect(),
        })
    }

    fn read(self, conn: &mut Conn) -> Result<StoredHours> {
        let calendars = calendars(conn, Some(&self.calendars))?;
        Ok(StoredHours {
            windows: with_links(windows(conn, Some(&self.windows))?, grouped(self.links.into_iter())),
            calendars,
            components: Vec::new(),
        })
    }
}

impl From<&Inventory> for StoredHours {
    fn from(inventory: &Inventory) -> Self {
        let Inventory {
            labels: _,
            calendars,
            windows,
            components,
            // No hours depend on them.
            indicators: _,
            corrections: _,
        } = inventory;
        let calendar_keys = calendars.iter().map(|stored| (stored.state.name.as_str(), stored.id));
        let calendar_keys: ByName<i64> = calendar_keys.collect();
        let window_keys = windows.iter().map(|stored| (stored.state.name.as_str(), stored.id));
        let window_keys: ByName<i64> = window_keys.collect();
        let component = |stored: &Stored<ComponentState>| ComponentHours {
            id: stored.id,
            name: stored.state.name.clone(),
            enabled: stored.state.enabled,
            key: key_of(&stored.state, &window_keys, &calendar_keys),
        };
        let window = |stored: &Stored<WindowState>| WindowHours {
            calendars: keys_of(&stored.state.calendars, &calendar_keys),
            stored: stored.clone(),
        };
        Self {
            windows: windows.iter().map(window).collect(),
            calendars: calendars.clone(),
            components: components.iter().map(component).collect(),
        }
    }
}

/// Returns the keys behind the windows and calendars of a component.
#[must_use]
pub fn key_of(state: &ComponentState, windows: &ByName<i64>, calendars: &ByName<i64>) -> ScheduleKey {
    (keys_of(&state.windows, windows), keys_of(&state.calendars, calendars))
}

/// Returns the keys behind names, sorted; a name that nothing has is passed over.
pub(super) fn keys_of(names: &[String], keys: &ByName<i64>) -> Vec<i64> {
    let mut found: Vec<i64> = names.iter().filter_map(|name| keys.get(name).copied()).collect();
    found.sort_unstable();
    found
}

/// Reads components with the keys of what they have.
pub(super) fn components(conn: &mut Conn, ids: &[i64]) -> Result<Vec<ComponentHours>> {
    if ids.len() > BY_KEY_MAX {
        let meant: BTreeSet<i64> = ids.iter().copied().collect();
        let mut rows = store::all_named(conn)?;
        rows.retain(|(id, ..)| meant.contains(id));
        return Ok(linked(rows, store::all_windows(conn)?, store::all_calendars(conn)?));
    }
    let rows = store::named(conn, ids)?;
    Ok(linked(
        rows,
        store::windows_of(conn, ids)?,
        store::calendars_of(conn, ids)?,
    ))
}

/// Returns components by key with the keys of what they have, given as links.
pub(super) fn linked(
    rows: Vec<NamedComponent>,
    windows: Vec<(i64, i64)>,
    calendars: Vec<(i64, i64)>,
) -> Vec<ComponentHours> {
    let mut windows = grouped(windows.into_iter());
    let mut calendars = grouped(calendars.into_iter());
    let sorted = |ids: Option<Vec<i64>>| {
        let mut ids = ids.unwrap_or_default();
        ids.sort_unstable();
        ids
    };
    let components = rows.into_iter().map(|(id, name, enabled)| ComponentHours {
        id,
        name,
        enabled,
        key: (sorted(windows.remove(&id)), sorted(calendars.remove(&id))),
    });
    let mut components: Vec<ComponentHours> = components.collect();
    components.sort_unstable_by_key(|component| component.id);
    components
}

fn with_links(windows: Vec<Stored<WindowState>>, mut links: HashMap<i64, Vec<i64>>) -> Vec<WindowHours> {
    let windows = windows.into_iter().map(|stored| WindowHours {
        calendars: links.remove(&stored.id).unwrap_or_default(),
        stored,
    });
    windows.collect()
}
