//! Components written, many at a time.

use std::collections::HashMap;

use super::model::{ComponentCalendar, ComponentColumns, ComponentLabel, ComponentLinks, ComponentWindow};
use super::state::ComponentState;
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::write::{
    ObjectDeletion, ObjectUpdate, added_entry, additions, deletions, found, updates, write,
};
use crate::audit::{Error, Tx};
use crate::auth::Action;

/// How many components are written before progress is reported.
const CHUNK: usize = 500;

/// Adds components, and notes their keys.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn add_components(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<ComponentState>],
    keys: &mut LinkKeys,
    report: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    for chunk in additions(changes).chunks(CHUNK) {
        write::<ComponentState>(tx, Action::Add, |writer| {
            let now = writer.now();
            let rows: Vec<ComponentColumns> = chunk.iter().map(|state| state.columns(1, now)).collect();
            store::insert(writer, rows)?;
            let names = chunk.iter().map(|state| state.name.clone()).collect();
            let ids: HashMap<String, i64> = store::keys_of(writer.conn(), names)?.into_iter().collect();
            let mut links = ComponentLinks::default();
            let mut entries = Vec::with_capacity(chunk.len());
            for state in chunk {
                let id = found(ids.get(&state.name), *state)?;
                keys.added.push(id);
                link(keys, id, state, &mut links);
                entries.push(added_entry(id, *state));
            }
            store::insert_links(writer, &links)?;
            Ok(entries)
        })?;
        report(chunk.len());
    }
    Ok(())
}

/// Changes components.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn update_components(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<ComponentState>],
    keys: &LinkKeys,
    report: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    for chunk in updates(changes).chunks(CHUNK) {
        write::<ComponentState>(tx, Action::Change, |writer| {
            let now = writer.now();
            let mut links = ComponentLinks::default();
            let mut relinked = Vec::new();
            for ObjectUpdate {
                id,
                version,
                before,
                after,
            } in chunk
            {
                store::update(writer, *id, &after.columns(*version, now))?;
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
            Ok(chunk.iter().map(ObjectUpdate::entry).collect())
        })?;
        report(chunk.len());
    }
    Ok(())
}

/// Deletes components.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn delete_components(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<ComponentState>],
    report: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    for chunk in deletions(changes).chunks(CHUNK) {
        write::<ComponentState>(tx, Action::Delete, |writer| {
            let ids: Vec<i64> = chunk.iter().map(|deletion| deletion.id).collect();
            store::delete(writer, &ids)?;
            Ok(chunk.iter().map(ObjectDeletion::entry).collect())
        })?;
        report(chunk.len());
    }
    Ok(())
}

/// Adds what `state` is linked to. The plan saw to it that every name exists.
fn link(keys: &LinkKeys, id: i64, state: &ComponentState, links: &mut ComponentLinks) {
    let ComponentLinks {
        labels,
        windows,
        calendars,
    } = links;
    for (name, value) in &state.labels {
        if let Some(&label_id) = keys.labels.get(&(name.clone(), value.clone())) {
            labels.push(ComponentLabel {
                component_id: id,
                label_id,
                label_name: name.clone(),
            });
        }
    }
    for &window_id in state.windows.iter().filter_map(|name| keys.windows.get(name)) {
        windows.push(ComponentWindow {
            component_id: id,
            window_id,
        });
    }
    for &calendar_id in state.calendars.iter().filter_map(|name| keys.calendars.get(name)) {
        calendars.push(ComponentCalendar {
            component_id: id,
            calendar_id,
        });
    }
}
