//! Components in files: how they are read, planned and written, many at a time.

use super::model::{ComponentCalendar, ComponentColumns, ComponentLabel, ComponentLinks, ComponentWindow};
use super::state::{ComponentState, components};
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind};
use crate::apps::sla::declarative::write::{
    ObjectDeletion, ObjectUpdate, added_entry, additions, deletions, updates, write,
};
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{calendar, indicator, window};
use crate::audit::{Error, Tx};
use crate::auth::Action;
use crate::db::{self, Conn};

/// How many components are written before progress is reported.
const CHUNK: usize = 3_000;

impl FileKind for ComponentState {
    const SECTION: &'static str = "components";

    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>> {
        &all.components
    }

    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>> {
        &mut all.components
    }

    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>> {
        components(conn, ids)
    }

    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>> {
        store::names(conn)
    }

    fn save(
        tx: &mut Tx<'_>,
        changes: &[ObjectChange<Self>],
        keys: &mut LinkKeys,
        report: &mut dyn FnMut(usize),
    ) -> Result<(), Error> {
        add(tx, changes, keys, report)?;
        update(tx, changes, keys, report)
    }

    fn delete(tx: &mut Tx<'_>, changes: &[ObjectChange<Self>], report: &mut dyn FnMut(usize)) -> Result<(), Error> {
        for chunk in deletions(changes).chunks(CHUNK) {
            write::<Self>(tx, Action::Delete, |writer| {
                let ids: Vec<i64> = chunk.iter().map(|deletion| deletion.id).collect();
                store::delete(writer, &ids)?;
                Ok(chunk.iter().map(ObjectDeletion::entry).collect())
            })?;
            report(chunk.len());
        }
        Ok(())
    }
}

fn add(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<ComponentState>],
    keys: &mut LinkKeys,
    report: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    for chunk in additions(changes).chunks(CHUNK) {
        write::<ComponentState>(tx, Action::Add, |writer| {
            let now = writer.now();
            let rows: Vec<ComponentColumns> = chunk
                .iter()
                .map(|state| state.columns(indicator_id(keys, state), 1, now))
                .collect();
            let ids = store::insert(writer, rows)?;
            let mut links = ComponentLinks::default();
            let mut entries = Vec::with_capacity(chunk.len());
            for (id, state) in ids.into_iter().zip(chunk) {
                keys.added.push(id);
                keys.note(ComponentState::MODEL, &state.name, id);
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

fn update(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<ComponentState>],
    keys: &mut LinkKeys,
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
                store::update(writer, *id, &after.columns(indicator_id(keys, after), *version, now))?;
                if before.name != after.name {
                    store::set_key(writer, *id, &after.name)?;
                    keys.note(ComponentState::MODEL, &after.name, *id);
                }
                if !before.has_links_of(after) {
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

/// Returns the key of the indicator that a component names. The plan saw to it that it exists.
fn indicator_id(keys: &LinkKeys, state: &ComponentState) -> Option<i64> {
    keys.of(&indicator::TARGET, state.indicator.as_deref()?)
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
    for window_id in state.windows.iter().filter_map(|name| keys.of(&window::TARGET, name)) {
        windows.push(ComponentWindow {
            component_id: id,
            window_id,
        });
    }
    for calendar_id in state
        .calendars
        .iter()
        .filter_map(|name| keys.of(&calendar::TARGET, name))
    {
        calendars.push(ComponentCalendar {
            component_id: id,
            calendar_id,
        });
    }
}
