//! Carries out a change of a user, group or token: permissions, rules, rows and the entry of the audit log.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::group::model::{GroupState, StoredGroup};
use super::token::model::{NewToken, StoredToken, title};
use super::user::model::{StoredUser, UserState};
use super::{AccountChange, FieldError, GROUP, Refusal, USER, group, rules, token, user};
use crate::audit::{AuditEntry, Error, Tx, Writer};
use crate::auth::permission::Denied;
use crate::auth::token::TOKEN;
use crate::auth::{Account, Acting, Action, Permit, session};
use crate::db;

/// Carries out `change` and returns the key of its object. Nothing is written if the object is as it should be.
///
/// # Errors
/// [`Refusal::Fields`] for wrong fields and rights that the actor may not give, [`Refusal::Rule`], and those of the audit log. The caller's
/// transaction is then rolled back.
pub fn apply(tx: &mut Tx<'_>, change: &AccountChange) -> Result<i64, Refusal> {
    let permit = permit(tx.actor(), change).map_err(Error::from)?;
    check(tx, change)?;
    if let Some(id) = change.unchanged() {
        return Ok(id);
    }
    let groups = group::store::names(tx.reader())?;
    let mut id = 0;
    tx.write(&permit, |writer| {
        let entry = write(writer, change, &groups)?;
        id = entry.object_id;
        Ok(vec![entry])
    })?;
    if let Some(user) = change.ends_tokens_of(tx.actor().user_id()) {
        revoke_all_of(tx, user, &permit)?;
    }
    Ok(id)
}

/// Revokes the tokens of a user, which follows from a change that `permit` permits.
fn revoke_all_of(tx: &mut Tx<'_>, user: i64, permit: &Permit) -> Result<(), Refusal> {
    let now = tx.now();
    let tokens = token::store::active_of(tx.reader(), user, now)?;
    if tokens.is_empty() {
        return Ok(());
    }
    let permit = tx.actor().permit_consequence(permit, TOKEN.permission(Action::Change));
    tx.write(&permit, |writer| {
        tokens.iter().map(|token| revoke(writer, token)).collect()
    })?;
    Ok(())
}

fn permit(actor: &Acting, change: &AccountChange) -> Result<Permit, Denied> {
    match change {
        AccountChange::AddUser { .. } => {
            // The page that follows says who the user is.
            actor.permit(USER.permission(Action::Change))?;
            actor.permit(USER.permission(Action::Add))
        }
        AccountChange::ChangeUser { .. } => actor.permit(USER.permission(Action::Change)),
        AccountChange::SetTimezone { user, .. } | AccountChange::SetPassword { user, .. } => {
            actor.permit_on_account_of(user.id, USER.permission(Action::Change))
        }
        AccountChange::DeleteUser(_) => actor.permit(USER.permission(Action::Delete)),
        AccountChange::AddGroup(_) => actor.permit(GROUP.permission(Action::Add)),
        AccountChange::ChangeGroup { .. } => actor.permit(GROUP.permission(Action::Change)),
        AccountChange::DeleteGroup(_) => actor.permit(GROUP.permission(Action::Delete)),
        AccountChange::AddToken { user, .. } => actor.permit_on_account_of(user.id, TOKEN.permission(Action::Add)),
        AccountChange::RevokeToken(token) => {
            actor.permit_on_account_of(token.user_id, TOKEN.permission(Action::Change))
        }
    }
}

/// Checks the rules that no permission lifts.
fn check(tx: &mut Tx<'_>, change: &AccountChange) -> Result<(), Refusal> {
    match change {
        AccountChange::AddUser { state, .. } => refuse(user_errors(tx, None, state)?),
        AccountChange::ChangeUser { before, after } => {
            rules::may_touch(tx.actor(), before)?;
            refuse(user_errors(tx, Some(before), after)?)
        }
        AccountChange::SetTimezone { user, .. } => rules::may_touch(tx.actor(), user),
        AccountChange::SetPassword { user, .. } => may_act_as(tx, user),
        AccountChange::DeleteUser(user) => {
            rules::may_touch(tx.actor(), user)?;
            rules::is_not_own(tx.actor(), user)?;
            rules::is_not_last_superuser(user, user::store::superusers_but(tx.reader(), user.id)?)
        }
        AccountChange::AddGroup(state) => refuse(group_errors(tx, None, state)?),
        AccountChange::ChangeGroup { before, after } => refuse(group_errors(tx, Some(before), after)?),
        AccountChange::AddToken { user, token } => {
            may_act_as(tx, user)?;
            refuse(token_errors(tx, user, token)?)
        }
        AccountChange::RevokeToken(token) => {
            let user = user::store::get(tx.reader(), token.user_id)?;
            rules::may_touch(tx.actor(), &user)
        }
        AccountChange::DeleteGroup(_) => Ok(()),
    }
}

/// Checks that the actor gains no right by acting as a user: with a password or a token of theirs.
fn may_act_as(tx: &mut Tx<'_>, user: &StoredUser) -> Result<(), Refusal> {
    rules::may_touch(tx.actor(), user)?;
    let account = Account::load(tx.reader(), user.id)?;
    rules::is_no_takeover(tx.actor(), &account)
}

fn refuse(errors: Vec<FieldError>) -> Result<(), Refusal> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Refusal::Fields(errors)),
    }
}

/// Returns everything that is wrong with `after` as the state of a user.
fn user_errors(tx: &mut Tx<'_>, before: Option<&StoredUser>, after: &UserState) -> Result<Vec<FieldError>, db::Error> {
    let others = user::store::names_but(tx.reader(), before.map(|before| before.id))?;
    let state = before.map(|before| &before.state);
    let mut errors = rules::user_fields(state, after, &others);
    let mut added: Vec<StoredGroup> = Vec::new();
    for &id in &after.groups {
        if state.is_some_and(|state| state.groups.contains(&id)) {
            continue;
        }
        match group::store::get(tx.reader(), id) {
            Ok(group) => added.push(group),
            Err(db::Error::NotFound) => errors.push(FieldError {
                field: "groups",
                message: format!("There is no group {id}; it may have been deleted."),
            }),
            Err(error) => return Err(error),
        }
    }
    errors.extend(rules::user_grants(tx.actor(), state, after, &added));
    if let Some(before) = before {
        let superusers = user::store::superusers_but(tx.reader(), before.id)?;
        errors.extend(rules::loses_last_superuser(&before.state, after, superusers));
    }
    Ok(errors)
}

/// Returns everything that is wrong with `after` as the state of a group.
fn group_errors(
    tx: &mut Tx<'_>,
    before: Option<&StoredGroup>,
    after: &GroupState,
) -> Result<Vec<FieldError>, db::Error> {
    let others = group::store::names_but(tx.reader(), before.map(|before| before.id))?;
    let state = before.map(|before| &before.state);
    let mut errors = rules::group_fields(state, after, &others);
    errors.extend(rules::group_grants(tx.actor(), state, after));
    Ok(errors)
}

/// Returns everything that is wrong with `token` as a new token of `user`.
fn token_errors(tx: &mut Tx<'_>, user: &StoredUser, token: &NewToken) -> Result<Vec<FieldError>, Refusal> {
    if !user.state.is_active {
        let username = &user.state.username;
        return Err(Refusal::Rule(format!(
            "The user “{username}” is not active and can have no token."
        )));
    }
    let now = tx.now();
    let others = token::store::active_of(tx.reader(), user.id, now)?;
    let others: Vec<String> = others.into_iter().map(|other| other.name).collect();
    Ok(token.errors(&others, now))
}

/// Writes the rows of a change and returns its entry. `groups` are the names of all groups.
fn write(writer: &mut Writer<'_>, change: &AccountChange, groups: &BTreeMap<i64, String>) -> db::Result<AuditEntry> {
    let json = |state: &UserState| state.to_json(groups);
    Ok(match change {
        AccountChange::AddUser { state, password } => {
            let id = user::store::insert(writer, state, password)?;
            let mut after = json(state);
            note_must_change(&mut after, password.must_change);
            entry(id, 1, &state.username, None, Some(after))
        }
        AccountChange::ChangeUser { before, after } => change_user(writer, before, after, groups)?,
        AccountChange::SetTimezone { user, timezone } => {
            let after = UserState {
                timezone: *timezone,
                ..user.state.clone()
            };
            change_user(writer, user, &after, groups)?
        }
        AccountChange::SetPassword { user, password } => {
            let version = user.version + 1;
            user::store::set_password(writer, user.id, password, version)?;
            session::end_all_of(writer.conn(), user.id)?;
            let before = json(&user.state);
            let mut after = before.clone();
            // The password itself is in no entry.
            after.insert("password".to_owned(), json!("changed"));
            note_must_change(&mut after, password.must_change);
            entry(user.id, version, &user.state.username, Some(before), Some(after))
        }
        AccountChange::DeleteUser(user) => {
            user::store::delete(writer, user.id)?;
            let before = json(&user.state);
            entry(user.id, user.version, &user.state.username, Some(before), None)
        }
        AccountChange::AddGroup(state) => {
            let id = group::store::insert(writer, state)?;
            entry(id, 1, &state.name, None, Some(state.to_json()))
        }
        AccountChange::ChangeGroup { before, after } => {
            let version = before.version + 1;
            group::store::update(writer, before.id, after, version)?;
            if before.state.name != after.name {
                group::store::set_key(writer, before.id, &after.name)?;
            }
            let states = (before.state.to_json(), after.to_json());
            entry(before.id, version, &after.name, Some(states.0), Some(states.1))
        }
        AccountChange::DeleteGroup(group) => {
            group::store::delete(writer, group.id)?;
            let before = group.state.to_json();
            entry(group.id, group.version, &group.state.name, Some(before), None)
        }
        AccountChange::AddToken { user, token } => add_token(writer, user, token)?,
        AccountChange::RevokeToken(token) => revoke(writer, token)?,
    })
}

fn add_token(writer: &mut Writer<'_>, user: &StoredUser, token: &NewToken) -> db::Result<AuditEntry> {
    let id = token::store::insert(writer, user.id, token)?;
    let username = &user.state.username;
    let after = token.to_json(username);
    Ok(entry(id, 1, &title(&token.name, username), None, Some(after)))
}

fn revoke(writer: &mut Writer<'_>, token: &StoredToken) -> db::Result<AuditEntry> {
    let version = token.version + 1;
    token::store::revoke(writer, token.id, version)?;
    let before = token.to_json();
    let mut after = before.clone();
    after.insert("revoked".to_owned(), json!(true));
    Ok(entry(token.id, version, &token.title(), Some(before), Some(after)))
}

fn change_user(
    writer: &mut Writer<'_>,
    before: &StoredUser,
    after: &UserState,
    groups: &BTreeMap<i64, String>,
) -> db::Result<AuditEntry> {
    let version = before.version + 1;
    user::store::update(writer, before.id, after, version)?;
    if before.state.username != after.username {
        user::store::set_key(writer, before.id, &after.username)?;
    }
    if !after.is_active {
        session::end_all_of(writer.conn(), before.id)?;
    }
    let states = (before.state.to_json(groups), after.to_json(groups));
    Ok(entry(
        before.id,
        version,
        &after.username,
        Some(states.0),
        Some(states.1),
    ))
}

/// Notes in a state of the audit log that the user has to choose another password.
fn note_must_change(state: &mut Map<String, Value>, must_change: bool) {
    if must_change {
        state.insert("must_change".to_owned(), json!(true));
    }
}

fn entry(
    id: i64,
    version: i64,
    title: &str,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
) -> AuditEntry {
    AuditEntry {
        object_id: id,
        object_repr: title.to_owned(),
        object_version: version,
        before: before.map(Value::Object),
        after: after.map(Value::Object),
    }
}
