//! Labels written.

use super::model::LabelColumns;
use super::state::LabelState;
use super::store;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::keys::LinkKeys;
use crate::apps::sla::declarative::write::{added_entry, additions, found, updates, write};
use crate::audit::{Error, Tx};
use crate::auth::Action;

/// Adds and changes labels, and notes the keys of those that are added.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn save_labels(tx: &mut Tx<'_>, changes: &[ObjectChange<LabelState>], keys: &mut LinkKeys) -> Result<(), Error> {
    let added = additions(changes);
    if !added.is_empty() {
        write::<LabelState>(tx, Action::Add, |writer| {
            let now = writer.now();
            let rows: Vec<LabelColumns> = added.iter().map(|state| state.columns(1, now)).collect();
            store::insert(writer, &rows)?;
            let stored = store::all(writer.conn())?;
            keys.labels = stored.into_iter().map(|row| ((row.name, row.value), row.id)).collect();
            let mut entries = Vec::with_capacity(added.len());
            for state in &added {
                let id = found(keys.labels.get(&(state.name.clone(), state.value.clone())), *state)?;
                keys.added.push(id);
                entries.push(added_entry(id, *state));
            }
            Ok(entries)
        })?;
    }
    for update in updates(changes) {
        write::<LabelState>(tx, Action::Change, |writer| {
            let row = update.after.columns(update.version, writer.now());
            store::update(writer, update.id, &row)?;
            Ok(vec![update.entry()])
        })?;
    }
    Ok(())
}
