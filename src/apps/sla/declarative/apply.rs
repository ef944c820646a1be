//! Carries out a plan: one transaction, every object audited, all or nothing.

use std::collections::HashMap;

use serde_json::Value;

use super::inventory::{CalendarState, ComponentState, Inventory, LabelState, State, Stored, WindowState};
use super::plan::{Change, Plan};
use crate::apps::sla::calendar::model::CalendarColumns;
use crate::apps::sla::component::model::{ComponentCalendar, ComponentColumns, ComponentLabel, ComponentWindow, Links};
use crate::apps::sla::label::model::LabelColumns;
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::{Effect, NewRule, Owner, RuleDefinition};
use crate::apps::sla::window::model::{WindowCalendar, WindowColumns};
use crate::apps::sla::{CALENDAR, COMPONENT, LABEL, WINDOW, calendar, component, label, window};
use crate::audit::{Entry, Error, Tx, Writer};
use crate::auth::{Action, Model, Permission};
use crate::db::{self, Conn, Result as DbResult};

/// How many components are written before progress is told.
const CHUNK: usize = 500;

/// Keys of everything that something can be linked to, by name.
#[derive(Default)]
pub struct Keys {
    labels: HashMap<(String, String), i64>,
    calendars: ByName<i64>,
    windows: ByName<i64>,
}

impl From<&Inventory> for Keys {
    fn from(inventory: &Inventory) -> Self {
        let label = |stored: &Stored<LabelState>| ((stored.state.name.clone(), stored.state.value.clone()), stored.id);
        Self {
            labels: inventory.labels.iter().map(label).collect(),
            calendars: inventory
                .calendars
                .iter()
                .map(|stored| (stored.state.name.as_str(), stored.id))
                .collect(),
            windows: inventory
                .windows
                .iter()
                .map(|stored| (stored.state.name.as_str(), stored.id))
                .collect(),
        }
    }
}

impl Keys {
    /// Reads the keys without what they belong to.
    pub fn load(conn: &mut Conn) -> DbResult<Self> {
        Ok(Self {
            labels: label::store::all(conn)?
                .into_iter()
                .map(|row| ((row.name, row.value), row.id))
                .collect(),
            calendars: ByName::of_rows(calendar::store::names(conn)?),
            windows: ByName::of_rows(window::store::names(conn)?),
        })
    }
}

/// Carries out `plan`, whose links are among `keys` or added by it, and tells `progress` how many changes are done.
///
/// # Errors
/// A permission that the actor lacks, and those of the database; the caller's transaction is then rolled back.
pub fn execute(tx: &mut Tx<'_>, mut keys: Keys, plan: &Plan, progress: &mut dyn FnMut(usize)) -> Result<(), Error> {
    let mut done = 0;
    let mut tell = |count: usize| {
        done += count;
        progress(done);
    };
    add_labels(tx, &plan.labels, &mut keys)?;
    save_calendars(tx, &plan.calendars, &mut keys)?;
    save_windows(tx, &plan.windows, &mut keys)?;
    tell(plan.labels.len() + plan.calendars.len() + plan.windows.len());
    add_components(tx, &plan.components, &keys, &mut tell)?;
    update_components(tx, &plan.components, &keys, &mut tell)?;
    delete_components(tx, &plan.components, &mut tell)?;
    // What was linked goes last: the links that kept it are gone by now.
    delete(tx, WINDOW, &plan.windows, window::store::delete)?;
    delete(tx, CALENDAR, &plan.calendars, calendar::store::delete)?;
    delete(tx, LABEL, &plan.labels, label::store::delete)
}

fn entry<T: State>(id: i64, version: i64, before: Option<&T>, after: Option<&T>) -> Entry {
    let title = after.or(before).map(State::title).unwrap_or_default();
    let json = |state: Option<&T>| state.map(|state| Value::Object(state.to_json()));
    Entry {
        object_id: id,
        object_repr: title,
        object_version: version,
        before: json(before),
        after: json(after),
    }
}

fn write(
    tx: &mut Tx<'_>,
    action: Action,
    model: Model,
    work: impl FnOnce(&mut Writer<'_>) -> DbResult<Vec<Entry>>,
) -> Result<(), Error> {
    let permit = tx.actor().permit(Permission { action, model })?;
    tx.write(&permit, work)
}

/// Returns the key of something that the transaction has just stored, or that the plan saw to exist.
fn found<T: State>(key: Option<&i64>, state: &T) -> DbResult<i64> {
    let missing = || {
        db::Error::Corrupt(format!(
            "{} `{}` has no key; nothing was written",
            T::MODEL,
            state.title()
        ))
    };
    key.copied().ok_or_else(missing)
}

fn additions<T>(changes: &[Change<T>]) -> Vec<&T> {
    changes
        .iter()
        .filter_map(|change| {
            if let Change::Add(state) = change {
                Some(state)
            } else {
                None
            }
        })
        .collect()
}

fn delete<T: State>(
    tx: &mut Tx<'_>,
    model: Model,
    changes: &[Change<T>],
    delete_row: impl Fn(&mut Writer<'_>, i64) -> DbResult<()>,
) -> Result<(), Error> {
    for change in changes {
        if let Change::Delete { id, version, before } = change {
            write(tx, Action::Delete, model, |writer| {
                delete_row(writer, *id)?;
                Ok(vec![entry(*id, *version, Some(before), None)])
            })?;
        }
    }
    Ok(())
}

fn add_labels(tx: &mut Tx<'_>, changes: &[Change<LabelState>], keys: &mut Keys) -> Result<(), Error> {
    let columns = |state: &LabelState, version, updated_at| LabelColumns {
        name: state.name.clone(),
        value: state.value.clone(),
        description: state.description.clone(),
        version,
        updated_at,
    };
    let added = additions(changes);
    if !added.is_empty() {
        write(tx, Action::Add, LABEL, |writer| {
            let now = writer.now();
            let rows: Vec<LabelColumns> = added.iter().map(|state| columns(state, 1, now)).collect();
            label::store::insert(writer, &rows)?;
            let stored = label::store::all(writer.conn())?;
            keys.labels = stored.into_iter().map(|row| ((row.name, row.value), row.id)).collect();
            let id_of = |state: &LabelState| found(keys.labels.get(&(state.name.clone(), state.value.clone())), state);
            added
                .iter()
                .map(|state| Ok(entry(id_of(state)?, 1, None, Some(*state))))
                .collect()
        })?;
    }
    for change in changes {
        if let Change::Update {
            id,
            version,
            before,
            after,
        } = change
        {
            write(tx, Action::Change, LABEL, |writer| {
                let row = columns(after, version + 1, writer.now());
                label::store::update(writer, *id, &row)?;
                Ok(vec![entry(*id, version + 1, Some(before), Some(after))])
            })?;
        }
    }
    Ok(())
}

fn rules(owner: Owner, effect: Effect, definitions: &[RuleDefinition]) -> impl Iterator<Item = NewRule> {
    (0..)
        .zip(definitions)
        .map(move |(position, definition)| definition.columns(owner, position, effect))
}

fn save_calendars(tx: &mut Tx<'_>, changes: &[Change<CalendarState>], keys: &mut Keys) -> Result<(), Error> {
    let columns = |state: &CalendarState, version, updated_at| CalendarColumns {
        name: state.name.clone(),
        description: state.description.clone(),
        timezone: state.timezone.map(|zone| zone.name().to_owned()),
        enabled: state.enabled,
        version,
        updated_at,
    };
    let put_rules = |writer: &mut Writer<'_>, id, state: &CalendarState| {
        let rules: Vec<NewRule> = rules(Owner::Calendar(id), Effect::Exclude, &state.rules).collect();
        calendar::store::replace_rules(writer, id, &rules)
    };
    for change in changes {
        match change {
            Change::Add(state) => write(tx, Action::Add, CALENDAR, |writer| {
                let row = columns(state, 1, writer.now());
                let id = calendar::store::insert(writer, &row)?;
                put_rules(writer, id, state)?;
                keys.calendars.insert(&state.name, id);
                Ok(vec![entry(id, 1, None, Some(state))])
            })?,
            Change::Update {
                id,
                version,
                before,
                after,
            } => write(tx, Action::Change, CALENDAR, |writer| {
                let row = columns(after, version + 1, writer.now());
                calendar::store::update(writer, *id, &row)?;
                if before.name != after.name {
                    calendar::store::set_key(writer, *id, &after.name)?;
                    keys.calendars.insert(&after.name, *id);
                }
                put_rules(writer, *id, after)?;
                Ok(vec![entry(*id, version + 1, Some(before), Some(after))])
            })?,
            Change::Delete { .. } => {}
        }
    }
    Ok(())
}

fn save_windows(tx: &mut Tx<'_>, changes: &[Change<WindowState>], keys: &mut Keys) -> Result<(), Error> {
    let columns = |state: &WindowState, version, updated_at| WindowColumns {
        name: state.name.clone(),
        description: state.description.clone(),
        timezone: state.timezone.name().to_owned(),
        valid_from: state.valid_from,
        valid_until: state.valid_until,
        enabled: state.enabled,
        version,
        updated_at,
    };
    let calendars = &keys.calendars;
    let put_parts = |writer: &mut Writer<'_>, id, state: &WindowState| {
        let owner = Owner::Window(id);
        let includes = rules(owner, Effect::Include, &state.rules);
        let rules: Vec<NewRule> = includes.chain(rules(owner, Effect::Exclude, &state.excludes)).collect();
        let linked = state.calendars.iter().filter_map(|name| calendars.get(name));
        let links: Vec<WindowCalendar> = linked
            .map(|&calendar_id| WindowCalendar {
                window_id: id,
                calendar_id,
            })
            .collect();
        window::store::replace_parts(writer, id, &rules, &links)
    };
    for change in changes {
        match change {
            Change::Add(state) => write(tx, Action::Add, WINDOW, |writer| {
                let row = columns(state, 1, writer.now());
                let id = window::store::insert(writer, &row)?;
                put_parts(writer, id, state)?;
                keys.windows.insert(&state.name, id);
                Ok(vec![entry(id, 1, None, Some(state))])
            })?,
            Change::Update {
                id,
                version,
                before,
                after,
            } => write(tx, Action::Change, WINDOW, |writer| {
                let row = columns(after, version + 1, writer.now());
                window::store::update(writer, *id, &row)?;
                if before.name != after.name {
                    window::store::set_key(writer, *id, &after.name)?;
                    keys.windows.insert(&after.name, *id);
                }
                put_parts(writer, *id, after)?;
                Ok(vec![entry(*id, version + 1, Some(before), Some(after))])
            })?,
            Change::Delete { .. } => {}
        }
    }
    Ok(())
}

fn component_columns(state: &ComponentState, version: i64, updated_at: chrono::NaiveDateTime) -> ComponentColumns {
    ComponentColumns {
        name: state.name.clone(),
        display_name: state.display_name.clone(),
        description: state.description.clone(),
        enabled: state.enabled,
        slo_millipercent: state.slo_millipercent,
        version,
        updated_at,
    }
}

impl Keys {
    /// Adds what `state` is linked to. The plan saw to it that every name exists.
    fn link(&self, id: i64, state: &ComponentState, links: &mut Links) {
        for (name, value) in &state.labels {
            if let Some(&label_id) = self.labels.get(&(name.clone(), value.clone())) {
                links.labels.push(ComponentLabel {
                    component_id: id,
                    label_id,
                    label_name: name.clone(),
                });
            }
        }
        let windows = state.windows.iter().filter_map(|name| self.windows.get(name));
        links.windows.extend(windows.map(|&window_id| ComponentWindow {
            component_id: id,
            window_id,
        }));
        let calendars = state.calendars.iter().filter_map(|name| self.calendars.get(name));
        links.calendars.extend(calendars.map(|&calendar_id| ComponentCalendar {
            component_id: id,
            calendar_id,
        }));
    }
}

fn add_components(
    tx: &mut Tx<'_>,
    changes: &[Change<ComponentState>],
    keys: &Keys,
    tell: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    let added = additions(changes);
    for chunk in added.chunks(CHUNK) {
        write(tx, Action::Add, COMPONENT, |writer| {
            let now = writer.now();
            let rows: Vec<ComponentColumns> = chunk.iter().map(|state| component_columns(state, 1, now)).collect();
            component::store::insert(writer, rows)?;
            let names = chunk.iter().map(|state| state.name.clone()).collect();
            let ids: HashMap<String, i64> = component::store::keys_of(writer.conn(), names)?.into_iter().collect();
            let stored = chunk
                .iter()
                .map(|state| Ok((found(ids.get(&state.name), *state)?, *state)))
                .collect::<DbResult<Vec<_>>>()?;
            let mut links = Links::default();
            stored.iter().for_each(|(id, state)| keys.link(*id, state, &mut links));
            component::store::insert_links(writer, &links)?;
            Ok(stored
                .iter()
                .map(|(id, state)| entry(*id, 1, None, Some(*state)))
                .collect())
        })?;
        tell(chunk.len());
    }
    Ok(())
}

fn update_components(
    tx: &mut Tx<'_>,
    changes: &[Change<ComponentState>],
    keys: &Keys,
    tell: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    let updated: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Update {
                id,
                version,
                before,
                after,
            } => Some((*id, version + 1, before, after)),
            _ => None,
        })
        .collect();
    for chunk in updated.chunks(CHUNK) {
        write(tx, Action::Change, COMPONENT, |writer| {
            let now = writer.now();
            let mut links = Links::default();
            let mut relinked = Vec::new();
            for (id, version, before, after) in chunk {
                component::store::update(writer, *id, &component_columns(after, *version, now))?;
                if before.name != after.name {
                    component::store::set_key(writer, *id, &after.name)?;
                }
                if (&before.labels, &before.windows, &before.calendars)
                    != (&after.labels, &after.windows, &after.calendars)
                {
                    keys.link(*id, after, &mut links);
                    relinked.push(*id);
                }
            }
            component::store::delete_links(writer, &relinked)?;
            component::store::insert_links(writer, &links)?;
            Ok(chunk
                .iter()
                .map(|(id, version, before, after)| entry(*id, *version, Some(*before), Some(*after)))
                .collect())
        })?;
        tell(chunk.len());
    }
    Ok(())
}

fn delete_components(
    tx: &mut Tx<'_>,
    changes: &[Change<ComponentState>],
    tell: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    let deleted: Vec<_> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Delete { id, version, before } => Some((*id, *version, before)),
            _ => None,
        })
        .collect();
    for chunk in deleted.chunks(CHUNK) {
        write(tx, Action::Delete, COMPONENT, |writer| {
            let ids: Vec<i64> = chunk.iter().map(|(id, ..)| *id).collect();
            component::store::delete(writer, &ids)?;
            Ok(chunk
                .iter()
                .map(|(id, version, before)| entry(*id, *version, Some(*before), None))
                .collect())
        })?;
        tell(chunk.len());
    }
    Ok(())
}
