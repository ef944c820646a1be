//! Labels written.

use super::model::LabelColumns;
use super::state::LabelState;
use super::store;
use crate::apps::sla::LABEL;
use crate::apps::sla::declarative::change::Change;
use crate::apps::sla::declarative::keys::Keys;
use crate::apps::sla::declarative::write::{additions, entry, found, write};
use crate::audit::{Error, Tx};
use crate::auth::Action;

/// Adds and changes labels, and notes the keys of those that are added.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn add_labels(tx: &mut Tx<'_>, changes: &[Change<LabelState>], keys: &mut Keys) -> Result<(), Error> {
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
            store::insert(writer, &rows)?;
            let stored = store::all(writer.conn())?;
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
                store::update(writer, *id, &row)?;
                Ok(vec![entry(*id, version + 1, Some(before), Some(after))])
            })?;
        }
    }
    Ok(())
}
