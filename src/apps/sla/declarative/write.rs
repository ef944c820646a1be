//! What the writers of all kinds of objects share: a permit for each kind of change, and the entries for the trail.

use serde_json::Value;

use super::change::Change;
use crate::apps::sla::rule::{Effect, NewRule, RuleDefinition, RuleOwner};
use crate::apps::sla::stored::State;
use crate::audit::{AuditEntry, Error, Tx, Writer};
use crate::auth::{Action, Model, Permission};
use crate::db::{self, Result as DbResult};

/// Returns the entry of a change for the trail.
pub fn entry<T: State>(id: i64, version: i64, before: Option<&T>, after: Option<&T>) -> AuditEntry {
    let title = after.or(before).map(State::title).unwrap_or_default();
    let json = |state: Option<&T>| state.map(|state| Value::Object(state.to_json()));
    AuditEntry {
        object_id: id,
        object_repr: title,
        object_version: version,
        before: json(before),
        after: json(after),
    }
}

/// Writes what one permission allows.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn write(
    tx: &mut Tx<'_>,
    action: Action,
    model: Model,
    work: impl FnOnce(&mut Writer<'_>) -> DbResult<Vec<AuditEntry>>,
) -> Result<(), Error> {
    let permit = tx.actor().permit(Permission { action, model })?;
    tx.write(&permit, work)
}

/// Returns the key of something that the transaction has just stored, or that the plan saw to exist.
pub fn found<T: State>(key: Option<&i64>, state: &T) -> DbResult<i64> {
    let missing = || {
        db::Error::Corrupt(format!(
            "{} `{}` has no key; nothing was written",
            T::MODEL,
            state.title()
        ))
    };
    key.copied().ok_or_else(missing)
}

/// Returns the objects that are added.
pub fn additions<T>(changes: &[Change<T>]) -> Vec<&T> {
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

/// Deletes objects of a model one by one.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn delete<T: State>(
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

/// Returns the rows of rules, in their order.
pub fn rules(owner: RuleOwner, effect: Effect, definitions: &[RuleDefinition]) -> impl Iterator<Item = NewRule> {
    (0..)
        .zip(definitions)
        .map(move |(position, definition)| NewRule::new(definition, owner, position, effect))
}
