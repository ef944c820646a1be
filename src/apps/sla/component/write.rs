//! Components written, many at a time.

use std::collections::HashMap;

use super::model::{ComponentCalendar, ComponentColumns, ComponentLabel, ComponentWindow, Links};
use super::state::ComponentState;
use super::store;
use crate::apps::sla::COMPONENT;
use crate::apps::sla::declarative::change::Change;
use crate::apps::sla::declarative::keys::Keys;
use crate::apps::sla::declarative::write::{additions, entry, found, write};
use crate::audit::{Error, Tx};
use crate::auth::Action;
use crate::db::Result as DbResult;

/// How many components are written before progress is told.
const CHUNK: usize = 500;

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

/// Adds what `state` is linked to. The plan saw to it that every name exists.
fn link(keys: &Keys, id: i64, state: &ComponentState, links: &mut Links) {
    for (name, value) in &state.labels {
        if let Some(&label_id) = keys.labels.get(&(name.clone(), value.clone())) {
            links.labels.push(ComponentLabel {
                component_id: id,
                label_id,
                label_name: name.clone(),
            });
        }
    }
    let windows = state.windows.iter().filter_map(|name| keys.windows.get(name));
    links.windows.extend(windows.map(|&window_id| ComponentWindow {
        component_id: id,
        window_id,
    }));
    let calendars = state.calendars.iter().filter_map(|name| keys.calendars.get(name));
    links.calendars.extend(calendars.map(|&calendar_id| ComponentCalendar {
        component_id: id,
        calendar_id,
    }));
}

/// Adds components.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn add_components(
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
            store::insert(writer, rows)?;
            let names = chunk.iter().map(|state| state.name.clone()).collect();
            let ids: HashMap<String, i64> = store::keys_of(writer.conn(), names)?.into_iter().collect();
            let stored = chunk
                .iter()
                .map(|state| Ok((found(ids.get(&state.name), *state)?, *state)))
                .collect::<DbResult<Vec<_>>>()?;
            let mut links = Links::default();
            stored.iter().for_each(|(id, state)| link(keys, *id, state, &mut links));
            store::insert_links(writer, &links)?;
            Ok(stored
                .iter()
                .map(|(id, state)| entry(*id, 1, None, Some(*state)))
                .collect())
        })?;
        tell(chunk.len());
    }
    Ok(())
}

/// Changes components.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn update_components(
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
                store::update(writer, *id, &component_columns(after, *version, now))?;
                if before.name != after.name {
                    store::set_key(writer, *id, &after.name)?;
                }
                if (&before.labels, &before.windows, &before.calendars)
                    != (&after.labels, &after.windows, &after.calendars)
                {
                    link(keys, *id, after, &mut links);
                    relinked.push(*id);
                }
            }
            store::delete_links(writer, &relinked)?;
            store::insert_links(writer, &links)?;
            Ok(chunk
                .iter()
                .map(|(id, version, before, after)| entry(*id, *version, Some(*before), Some(*after)))
                .collect())
        })?;
        tell(chunk.len());
    }
    Ok(())
}

/// Deletes components.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn delete_components(
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
            store::delete(writer, &ids)?;
            Ok(chunk
                .iter()
                .map(|(id, version, before)| entry(*id, *version, Some(*before), None))
                .collect())
        })?;
        tell(chunk.len());
    }
    Ok(())
}
