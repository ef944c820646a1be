//! What the writers of all kinds of objects share: a permit for each kind of change, and the entries for the audit log.

use serde_json::Value;

use super::change::ObjectChange;
use super::keys::LinkKeys;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::rule::{Effect, NewRule, RuleDefinition, RuleOwner};
use crate::audit::{AuditEntry, Error, Tx, Writer};
use crate::auth::{Action, Permission};
use crate::db::{self, Result};

/// An object that is changed.
pub struct ObjectUpdate<'p, S> {
    /// The row's key.
    pub id: i64,
    /// The version after the change.
    pub version: i64,
    /// What is.
    pub before: &'p S,
    /// What is to be.
    pub after: &'p S,
}

/// An object that is deleted.
pub struct ObjectDeletion<'p, S> {
    /// The row's key.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// What is.
    pub before: &'p S,
}

/// Returns the objects that are added.
#[must_use]
pub fn additions<S>(changes: &[ObjectChange<S>]) -> Vec<&S> {
    let mut added = Vec::new();
    for change in changes {
        if let ObjectChange::Add(state) = change {
            added.push(state);
        }
    }
    added
}

/// Returns the objects that are changed.
#[must_use]
pub fn updates<S>(changes: &[ObjectChange<S>]) -> Vec<ObjectUpdate<'_, S>> {
    changes.iter().filter_map(ObjectUpdate::of).collect()
}

/// Returns the objects that are deleted.
#[must_use]
pub fn deletions<S>(changes: &[ObjectChange<S>]) -> Vec<ObjectDeletion<'_, S>> {
    let mut deleted = Vec::new();
    for change in changes {
        if let ObjectChange::Delete { id, version, before } = change {
            deleted.push(ObjectDeletion {
                id: *id,
                version: *version,
                before,
            });
        }
    }
    deleted
}

impl<'p, S> ObjectUpdate<'p, S> {
    /// Returns the change as an update, if it is one.
    #[must_use]
    pub fn of(change: &'p ObjectChange<S>) -> Option<Self> {
        match change {
            ObjectChange::Update {
                id,
                version,
                before,
                after,
            } => Some(Self {
                id: *id,
                version: version + 1,
                before,
                after,
            }),
            ObjectChange::Add(_) | ObjectChange::Delete { .. } => None,
        }
    }
}

/// Returns the entry of an object that was added.
#[must_use]
pub fn added_entry<S: ObjectState>(id: i64, state: &S) -> AuditEntry {
    entry(id, 1, None, Some(state))
}

impl<S: ObjectState> ObjectUpdate<'_, S> {
    /// Returns the entry of the change.
    #[must_use]
    pub fn entry(&self) -> AuditEntry {
        entry(self.id, self.version, Some(self.before), Some(self.after))
    }
}

impl<S: ObjectState> ObjectDeletion<'_, S> {
    /// Returns the entry of the deletion.
    #[must_use]
    pub fn entry(&self) -> AuditEntry {
        entry(self.id, self.version, Some(self.before), None)
    }
}

fn entry<S: ObjectState>(id: i64, version: i64, before: Option<&S>, after: Option<&S>) -> AuditEntry {
    let json = |state: Option<&S>| state.map(|state| Value::Object(state.to_json()));
    AuditEntry {
        object_id: id,
        object_repr: after.or(before).map(S::title).unwrap_or_default(),
        object_version: version,
        before: json(before),
        after: json(after),
    }
}

/// Writes what one permission for objects of a kind allows.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn write<S: ObjectState>(
    tx: &mut Tx<'_>,
    action: Action,
    work: impl FnOnce(&mut Writer<'_>) -> Result<Vec<AuditEntry>>,
) -> std::result::Result<(), Error> {
    let permit = tx.actor().permit(Permission {
        action,
        model: S::MODEL,
    })?;
    tx.write(&permit, work)
}

/// Returns the key of something that the transaction has just stored.
///
/// # Errors
/// [`db::Error::Corrupt`] if it has none.
pub fn found<S: ObjectState>(key: Option<&i64>, state: &S) -> Result<i64> {
    let missing = || {
        db::Error::Corrupt(format!(
            "{} `{}` has no key; nothing was written",
            S::NAME,
            state.title()
        ))
    };
    key.copied().ok_or_else(missing)
}

/// A kind of object that is written one by one.
pub trait SingleWrites: ObjectState {
    /// Stores a new object and returns its key.
    ///
    /// # Errors
    /// Those of [`db`].
    fn insert(&self, writer: &mut Writer<'_>) -> Result<i64>;

    /// Makes the row of an object what `self` says.
    ///
    /// # Errors
    /// Those of [`db`].
    fn update(&self, writer: &mut Writer<'_>, id: i64, version: i64) -> Result<()>;

    /// Stores what an object is found by after it was renamed.
    ///
    /// # Errors
    /// Those of [`db`].
    fn rename(&self, writer: &mut Writer<'_>, id: i64) -> Result<()>;

    /// Makes the rows that belong to an object what `self` says. The plan saw to it that every linked object exists.
    ///
    /// # Errors
    /// Those of [`db`].
    fn replace_parts(&self, _writer: &mut Writer<'_>, _id: i64, _keys: &LinkKeys) -> Result<()> {
        Ok(())
    }
}

/// Adds and changes objects one by one, and notes their keys.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn save_singly<S: SingleWrites>(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<S>],
    keys: &mut LinkKeys,
    report: &mut dyn FnMut(usize),
) -> std::result::Result<(), Error> {
    for change in changes {
        if let ObjectChange::Add(state) = change {
            write::<S>(tx, Action::Add, |writer| {
                let id = state.insert(writer)?;
                state.replace_parts(writer, id, keys)?;
                keys.note(S::MODEL, &state.title(), id);
                keys.added.push(id);
                Ok(vec![added_entry(id, state)])
            })?;
            report(1);
        }
        if let Some(update) = ObjectUpdate::of(change) {
            write::<S>(tx, Action::Change, |writer| {
                let ObjectUpdate {
                    id,
                    version,
                    before,
                    after,
                } = update;
                after.update(writer, id, version)?;
                if before.title() != after.title() {
                    after.rename(writer, id)?;
                    keys.note(S::MODEL, &after.title(), id);
                }
                after.replace_parts(writer, id, keys)?;
                Ok(vec![update.entry()])
            })?;
            report(1);
        }
    }
    Ok(())
}

/// Deletes objects one by one.
///
/// # Errors
/// A permission that the actor lacks, and what the database refuses.
pub fn delete_singly<S: ObjectState>(
    tx: &mut Tx<'_>,
    changes: &[ObjectChange<S>],
    report: &mut dyn FnMut(usize),
    delete_row: impl Fn(&mut Writer<'_>, i64) -> Result<()>,
) -> std::result::Result<(), Error> {
    for deletion in deletions(changes) {
        write::<S>(tx, Action::Delete, |writer| {
            delete_row(writer, deletion.id)?;
            Ok(vec![deletion.entry()])
        })?;
        report(1);
    }
    Ok(())
}

/// Returns the rows of rules, in their order.
pub fn rules(owner: RuleOwner, effect: Effect, definitions: &[RuleDefinition]) -> impl Iterator<Item = NewRule> {
    (0..)
        .zip(definitions)
        .map(move |(position, definition)| NewRule::new(definition, owner, position, effect))
}
