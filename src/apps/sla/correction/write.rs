//! Corrections in files: how they are read, planned and written. One is known by its scope, its start and its end.

use super::judged::faults;
use super::state::{CorrectionState, corrections};
use super::{store, summed};
use crate::apps::sla::component;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind};
use crate::apps::sla::declarative::link_names::PlannedLinks;
use crate::apps::sla::declarative::merge::merged;
use crate::apps::sla::declarative::write::{added_entry, additions, delete_singly, updates, write};
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::audit::{Error, Tx};
use crate::auth::Action;
use crate::db::{self, Conn};

impl FileKind for CorrectionState {
    const SECTION: &'static str = "corrections";
    const JUDGED: &'static [&'static str] = &["component", "selector", "start", "end"];

    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>> {
        &all.corrections
    }

    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>> {
        &mut all.corrections
    }

    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>> {
        corrections(conn, ids)
    }

    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>> {
        let stored = corrections(conn, None)?.into_iter();
        Ok(stored.map(|stored| (stored.id, stored.state.title())).collect())
    }

    fn merged(draft: &Draft<Self>, stored: Option<&Stored<Self>>, links: &PlannedLinks) -> Result<Self, ReadError> {
        let state = merged(draft, stored, links)?;
        match faults(&state).into_iter().next() {
            Some((property, message)) => {
                let line = draft.given(property).map_or(draft.place.line, |given| given.line);
                Err(draft.place.error_at(property, line, message))
            }
            None => Ok(state),
        }
    }

    fn refusal(conn: &mut Conn, change: &ObjectChange<Self>) -> db::Result<Option<(&'static str, String)>> {
        let reason = summed::refusal(conn, change)?;
        Ok(reason.map(|reason| ("start", reason)))
    }

    fn save(
        tx: &mut Tx<'_>,
        changes: &[ObjectChange<Self>],
        keys: &mut LinkKeys,
        report: &mut dyn FnMut(usize),
    ) -> Result<(), Error> {
        for state in additions(changes) {
            write::<Self>(tx, Action::Add, |writer| {
                let row = state.columns(component_id(keys, state)?, 1, writer.now());
                let id = store::insert(writer, &row)?;
                keys.added.push(id);
                Ok(vec![added_entry(id, state)])
            })?;
            report(1);
        }
        for update in updates(changes) {
            write::<Self>(tx, Action::Change, |writer| {
                let component = component_id(keys, update.after)?;
                let row = update.after.columns(component, update.version, writer.now());
                store::update(writer, update.id, &row)?;
                Ok(vec![update.entry()])
            })?;
            report(1);
        }
        Ok(())
    }

    fn delete(tx: &mut Tx<'_>, changes: &[ObjectChange<Self>], report: &mut dyn FnMut(usize)) -> Result<(), Error> {
        delete_singly(tx, changes, report, store::delete)
    }
}

/// Returns the key of the component that a correction names. The plan saw to it that it exists.
fn component_id(keys: &LinkKeys, state: &CorrectionState) -> db::Result<Option<i64>> {
    let Some(name) = &state.component else { return Ok(None) };
    let missing = || db::Error::Corrupt(format!("component `{name}` has no key; nothing was written"));
    keys.of(&component::TARGET, name).map(Some).ok_or_else(missing)
}
