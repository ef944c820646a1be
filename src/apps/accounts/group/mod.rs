//! Groups: permissions that several users share.

pub mod admin;
pub mod exchange;
pub mod model;
pub mod store;

use self::model::{GroupState, StoredGroup};
use super::{GROUP, Refusal, permit, refuse, rules};
use crate::audit::{AuditEntry, Tx};
use crate::auth::Action;

/// Adds a group and returns its key.
///
/// # Errors
/// What is wrong with it, what the actor may not give, and those of the trail.
pub fn add(tx: &mut Tx<'_>, state: &GroupState) -> Result<i64, Refusal> {
    let permit = permit(tx, GROUP, Action::Add)?;
    check(tx, None, state)?;
    let mut id = 0;
    tx.write(&permit, |writer| {
        id = store::insert(writer, state)?;
        Ok(vec![entry(id, 1, None, Some(state))])
    })?;
    Ok(id)
}

/// Makes a group what `after` says and returns its version. `before` was read in the same transaction; without a difference nothing is
/// written.
///
/// # Errors
/// What is wrong with it, what the actor may not give, and those of the trail.
pub fn change(tx: &mut Tx<'_>, before: &StoredGroup, after: &GroupState) -> Result<i64, Refusal> {
    let permit = permit(tx, GROUP, Action::Change)?;
    check(tx, Some(before), after)?;
    if before.state == *after {
        return Ok(before.version);
    }
    let version = before.version + 1;
    tx.write(&permit, |writer| {
        store::update(writer, before.id, after, version)?;
        if before.state.name != after.name {
            store::set_key(writer, before.id, &after.name)?;
        }
        Ok(vec![entry(before.id, version, Some(&before.state), Some(after))])
    })?;
    Ok(version)
}

/// Deletes a group; its members lose what it gave them.
///
/// # Errors
/// Those of the trail.
pub fn delete(tx: &mut Tx<'_>, group: &StoredGroup) -> Result<(), Refusal> {
    let permit = permit(tx, GROUP, Action::Delete)?;
    tx.write(&permit, |writer| {
        store::delete(writer, group.id)?;
        Ok(vec![entry(group.id, group.version, Some(&group.state), None)])
    })?;
    Ok(())
}

fn check(tx: &mut Tx<'_>, before: Option<&StoredGroup>, after: &GroupState) -> Result<(), Refusal> {
    let others = store::names_but(tx.reader(), before.map(|before| before.id))?;
    let now = before.map(|before| before.state.name.as_str());
    let mut errors = rules::group_fields(now, after, &others);
    errors.extend(rules::group_grants(
        tx.actor(),
        before.map(|before| &before.state),
        after,
    ));
    refuse(errors)
}

fn entry(id: i64, version: i64, before: Option<&GroupState>, after: Option<&GroupState>) -> AuditEntry {
    let name = after.or(before).map(|state| state.name.clone());
    AuditEntry {
        object_id: id,
        object_repr: name.unwrap_or_default(),
        object_version: version,
        before: before.map(GroupState::to_json),
        after: after.map(GroupState::to_json),
    }
}
