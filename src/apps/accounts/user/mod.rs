//! Users: those who sign in.
//!
//! Hashes of passwords come in ready made, because making one takes its time and a transaction that writes holds up all others.

pub mod admin;
pub mod exchange;
pub mod model;
pub mod store;

use serde_json::{Map, Value, json};

use self::model::{StoredUser, UserState};
use super::group::model::StoredGroup;
use super::{FieldError, Refusal, USER, group, permit, refuse, rules};
use crate::audit::{AuditEntry, Tx};
use crate::auth::password::PasswordHash;
use crate::auth::{Account, Action, Permit, session};
use crate::db;

/// Adds a user and returns the key. Takes the right to change users as well: the next thing to do is to say who they are.
///
/// # Errors
/// What is wrong with it, what the actor may not give, and those of the trail.
pub fn add(tx: &mut Tx<'_>, state: &UserState, password: &PasswordHash) -> Result<i64, Refusal> {
    add_with(tx, state, password, false)
}

/// Adds a user as [`add`] does; with `must_change` they have to choose another password before anything else.
///
/// # Errors
/// Those of [`add`].
pub fn add_with(
    tx: &mut Tx<'_>,
    state: &UserState,
    password: &PasswordHash,
    must_change: bool,
) -> Result<i64, Refusal> {
    let add = permit(tx, USER, Action::Add)?;
    permit(tx, USER, Action::Change)?;
    refuse(errors(tx, None, state)?)?;
    let names = group::store::names(tx.reader())?;
    let mut id = 0;
    tx.write(&add, |writer| {
        id = store::insert(writer, state, password)?;
        if must_change {
            store::set_password(writer, id, (password, must_change), 1)?;
        }
        Ok(vec![entry(id, 1, &state.username, None, Some(state.to_json(&names)))])
    })?;
    Ok(id)
}

/// Makes a user what `after` says and returns the version. `before` was read in the same transaction; without a difference nothing is
/// written. The sessions of somebody who is disabled end.
///
/// # Errors
/// What is wrong with it, what the actor may not touch or give, and those of the trail.
pub fn change(tx: &mut Tx<'_>, before: &StoredUser, after: &UserState) -> Result<i64, Refusal> {
    let permit = permit(tx, USER, Action::Change)?;
    rules::may_touch(tx.actor(), before)?;
    refuse(errors(tx, Some(before), after)?)?;
    if before.state == *after {
        return Ok(before.version);
    }
    replace(tx, &permit, before, after)
}

/// Sets the time zone in which a user is shown times; an empty `timezone` is none. Users set their own without any permission. Gives
/// whether anything changed.
///
/// # Errors
/// A name that is no zone, what the actor may not touch, and those of the trail.
pub fn set_timezone(tx: &mut Tx<'_>, before: &StoredUser, timezone: &str) -> Result<bool, Refusal> {
    let permit = tx
        .actor()
        .permit_on_account_of(before.id, USER.permission(Action::Change))?;
    rules::may_touch(tx.actor(), before)?;
    let timezone = rules::timezone(timezone).map_err(|message| {
        let field = "timezone";
        Refusal::Invalid(vec![FieldError { field, message }])
    })?;
    let after = UserState {
        timezone,
        ..before.state.clone()
    };
    if before.state == after {
        return Ok(false);
    }
    replace(tx, &permit, before, &after)?;
    Ok(true)
}

/// Writes what a user becomes, and the entry for the trail. Gives the version.
fn replace(tx: &mut Tx<'_>, permit: &Permit, before: &StoredUser, after: &UserState) -> Result<i64, Refusal> {
    let names = group::store::names(tx.reader())?;
    let version = before.version + 1;
    tx.write(permit, |writer| {
        store::update(writer, before.id, after, version)?;
        if before.state.username != after.username {
            store::set_key(writer, before.id, &after.username)?;
        }
        if !after.is_active {
            session::end_all_of(writer.conn(), before.id)?;
        }
        let states = (before.state.to_json(&names), after.to_json(&names));
        Ok(vec![entry(
            before.id,
            version,
            &after.username,
            Some(states.0),
            Some(states.1),
        )])
    })?;
    Ok(version)
}

/// Gives a user another password and ends all their sessions: a page on which people change their own has to start another one.
/// The trail says that it was changed and no more.
///
/// # Errors
/// A superuser's, for whom is none, and those of the trail.
pub fn set_password(tx: &mut Tx<'_>, user: &StoredUser, password: &PasswordHash) -> Result<(), Refusal> {
    set_password_with(tx, user, password, false)
}

/// Gives a user another password as [`set_password`] does; with `must_change` they have to choose one of their own before anything else.
///
/// # Errors
/// Those of [`set_password`].
pub fn set_password_with(
    tx: &mut Tx<'_>,
    user: &StoredUser,
    password: &PasswordHash,
    must_change: bool,
) -> Result<(), Refusal> {
    let permit = tx
        .actor()
        .permit_on_account_of(user.id, USER.permission(Action::Change))?;
    rules::may_touch(tx.actor(), user)?;
    let account = Account::load(tx.reader(), user.id)?;
    rules::is_no_takeover(tx.actor(), &account)?;
    let names = group::store::names(tx.reader())?;
    let version = user.version + 1;
    tx.write(&permit, |writer| {
        store::set_password(writer, user.id, (password, must_change), version)?;
        session::end_all_of(writer.conn(), user.id)?;
        let before = user.state.to_json(&names);
        let mut after = before.clone();
        after.insert("password".to_owned(), json!("changed"));
        Ok(vec![entry(
            user.id,
            version,
            &user.state.username,
            Some(before),
            Some(after),
        )])
    })?;
    Ok(())
}

/// Deletes a user, whose sessions end; what they did stays in the audit trail.
///
/// # Errors
/// Oneself, the last active superuser, a superuser for whom is none, and those of the trail.
pub fn delete(tx: &mut Tx<'_>, user: &StoredUser) -> Result<(), Refusal> {
    let permit = permit(tx, USER, Action::Delete)?;
    rules::may_touch(tx.actor(), user)?;
    rules::is_not_own(tx.actor(), user)?;
    rules::is_not_last_superuser(user, store::superusers_but(tx.reader(), user.id)?)?;
    let names = group::store::names(tx.reader())?;
    tx.write(&permit, |writer| {
        store::delete(writer, user.id)?;
        let before = user.state.to_json(&names);
        Ok(vec![entry(
            user.id,
            user.version,
            &user.state.username,
            Some(before),
            None,
        )])
    })?;
    Ok(())
}

/// Returns everything that is wrong with making a user `after`, for the form.
fn errors(tx: &mut Tx<'_>, before: Option<&StoredUser>, after: &UserState) -> Result<Vec<FieldError>, db::Error> {
    let others = store::names_but(tx.reader(), before.map(|before| before.id))?;
    let mut errors = rules::user_fields(before.map(|before| &before.state), after, &others);
    let has = |id: &i64| before.is_some_and(|before| before.state.groups.contains(id));
    let mut added: Vec<StoredGroup> = Vec::new();
    for &id in after.groups.iter().filter(|id| !has(id)) {
        match group::store::get(tx.reader(), id) {
            Ok(group) => added.push(group),
            Err(db::Error::NotFound) => errors.push(FieldError {
                field: "groups",
                message: format!("There is no group {id}; it may have been deleted."),
            }),
            Err(error) => return Err(error),
        }
    }
    let state = before.map(|before| &before.state);
    errors.extend(rules::user_grants(tx.actor(), state, after, &added));
    if let Some(before) = before {
        let superusers = store::superusers_but(tx.reader(), before.id)?;
        errors.extend(rules::loses_last_superuser(&before.state, after, superusers));
    }
    Ok(errors)
}

fn entry(
    id: i64,
    version: i64,
    username: &str,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
) -> AuditEntry {
    AuditEntry {
        object_id: id,
        object_repr: username.to_owned(),
        object_version: version,
        before: before.map(Value::Object),
        after: after.map(Value::Object),
    }
}
