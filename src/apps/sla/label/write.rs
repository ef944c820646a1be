//! Labels in files: how they are read, planned and written.

use super::model::LabelColumns;
use super::state::{LabelState, labels};
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::keys::{LinkKeys, label_keys};
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind};
use crate::apps::sla::declarative::write::{added_entry, additions, delete_singly, found, updates, write};
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::properties::form::label_title;
use crate::apps::sla::stored::Stored;
use crate::audit::{Error, Tx};
use crate::auth::Action;
use crate::db::{self, Conn};
use crate::text;

impl FileKind for LabelState {
    const SECTION: &'static str = "labels";
    const IS_IMPLIED: bool = true;

    fn of<A: Aspect>(all: &EachKind<A>) -> &Vec<A::Of<Self>> {
        &all.labels
    }

    fn of_mut<A: Aspect>(all: &mut EachKind<A>) -> &mut Vec<A::Of<Self>> {
        &mut all.labels
    }

    fn load(conn: &mut Conn, ids: Option<&[i64]>) -> db::Result<Vec<Stored<Self>>> {
        labels(conn, ids)
    }

    fn titles(conn: &mut Conn) -> db::Result<Vec<(i64, String)>> {
        store::titles(conn)
    }

    fn title_key(draft: &Draft<Self>) -> String {
        label_title(&draft.written.name, &text::line(&draft.written.value))
    }

    fn keys(titles: Vec<(i64, String)>) -> ByName<i64> {
        let normal = titles.iter().map(|(id, title)| {
            // No name of a label holds the sign that separates it from its value.
            let (name, value) = title.split_once('=').unwrap_or((title, ""));
            (label_title(name, &text::line(value)), *id)
        });
        let spelt = titles.iter().map(|(id, title)| (title.clone(), *id));
        let titles: Vec<(String, i64)> = normal.chain(spelt).collect();
        titles.iter().map(|(title, id)| (title.as_str(), *id)).collect()
    }

    fn named(keys: &ByName<i64>, draft: &Draft<Self>) -> Option<i64> {
        // Values that differ in letter case are different, as they are for Prometheus.
        let spelt = keys.spelt(&draft.written.title());
        spelt.or_else(|| keys.spelt(&Self::title_key(draft))).copied()
    }

    fn save(
        tx: &mut Tx<'_>,
        changes: &[ObjectChange<Self>],
        keys: &mut LinkKeys,
        report: &mut dyn FnMut(usize),
    ) -> Result<(), Error> {
        add(tx, changes, keys, report)?;
        for update in updates(changes) {
            write::<Self>(tx, Action::Change, |writer| {
                let row = update.after.columns(update.version, writer.now());
                let is_renamed = update.before.title() != update.after.title();
                store::update(writer, update.id, &row, is_renamed)?;
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

fn add(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<LabelState>],
    keys: &mut LinkKeys,
    report: &mut dyn FnMut(usize),
) -> Result<(), Error> {
    let added = additions(changes);
    if added.is_empty() {
        return Ok(());
    }
    write::<LabelState>(tx, Action::Add, |writer| {
        let now = writer.now();
        let rows: Vec<LabelColumns> = added.iter().map(|state| state.columns(1, now)).collect();
        store::insert(writer, &rows)?;
        let labels = added.iter().map(|state| (state.name.clone(), state.value.clone()));
        keys.labels
            .extend(label_keys(writer.conn(), &labels.collect::<Vec<_>>())?);
        let mut entries = Vec::with_capacity(added.len());
        for state in &added {
            let id = found(keys.labels.get(&(state.name.clone(), state.value.clone())), *state)?;
            keys.added.push(id);
            entries.push(added_entry(id, *state));
        }
        Ok(entries)
    })?;
    report(added.len());
    Ok(())
}
