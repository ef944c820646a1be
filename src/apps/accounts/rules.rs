//! The rules of users and groups that no permission lifts. Pure: callers pass what the database says, read in the transaction that writes,
//! so that nothing changes in between.
//!
//! Only superusers change or make superusers; users give no permission that they do not have; the last active superuser stays one; users
//! do not delete their own account.

use std::collections::BTreeSet;

use super::group::model::{GroupState, StoredGroup};
use super::user::model::{StoredUser, UserState};
use super::{FieldError, Refusal};
use crate::apps::permissions::permission;
use crate::auth::password::rules::{self as password_rules, PasswordOwner};
use crate::auth::{Account, Acting};
use crate::text;
use crate::zones::{self, Zone};

/// Characters of user names, first and last names and names of groups at most.
const NAME_MAX: usize = 150;
/// Characters of an email address at most.
const EMAIL_MAX: usize = 254;

/// Reads a time zone; an empty text is none.
///
/// # Errors
/// A sentence for the form.
pub fn timezone(text: &str) -> Result<Option<Zone>, String> {
    match text.trim() {
        "" => Ok(None),
        name => zones::parse(name).map(Some).map_err(|error| error.to_string()),
    }
}

/// Returns what is wrong with a password for this user, a sentence each.
#[must_use]
pub fn password(password: &str, state: &UserState) -> Vec<String> {
    let owner = PasswordOwner {
        username: &state.username,
        first_name: &state.first_name,
        last_name: &state.last_name,
        email: &state.email,
    };
    password_rules::complaints(password, &owner)
}

/// Returns what is wrong with the texts of a user that differ from those `before`; `others` are the names of all other users.
#[must_use]
pub fn user_fields(before: Option<&UserState>, state: &UserState, others: &[String]) -> Vec<FieldError> {
    let is_new = |text: fn(&UserState) -> &String| before.is_none_or(|before| text(before) != text(state));
    let mut errors = Vec::new();
    let mut complain = |field, message: Option<String>| {
        errors.extend(message.map(|message| FieldError { field, message }));
    };
    if is_new(|state| &state.username) {
        complain("username", username(&state.username, others));
    }
    if is_new(|state| &state.first_name) {
        complain("first_name", short(&state.first_name, NAME_MAX));
    }
    if is_new(|state| &state.last_name) {
        complain("last_name", short(&state.last_name, NAME_MAX));
    }
    if is_new(|state| &state.email) {
        complain("email", email(&state.email));
    }
    errors
}

/// Returns what is wrong with the name of a group, if it is not the one `before`; `others` are the names of all other groups.
#[must_use]
pub fn group_fields(before: Option<&GroupState>, state: &GroupState, others: &[String]) -> Vec<FieldError> {
    let message = match state.name.trim() {
        _ if before.is_some_and(|before| before.name == state.name) => None,
        "" => Some("This field is required.".to_owned()),
        _ => text::check_name(&state.name, NAME_MAX)
            .err()
            .or_else(|| taken(&state.name, others, text::key, "Group with this Name already exists")),
    };
    let error = message.map(|message| FieldError { field: "name", message });
    error.into_iter().collect()
}

fn username(name: &str, others: &[String]) -> Option<String> {
    let is_allowed = |letter: char| (letter.is_alphanumeric() && !text::is_unseen(letter)) || "@.+-_".contains(letter);
    if name.is_empty() {
        return Some("This field is required.".to_owned());
    }
    if !name.chars().all(is_allowed) {
        return Some(
            "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
                .to_owned(),
        );
    }
    short(name, NAME_MAX).or_else(|| taken(name, others, text::user_key, "A user with that username already exists"))
}

/// Returns the error that another name has the same key, and names it if it is spelt otherwise.
fn taken(name: &str, others: &[String], key_of: fn(&str) -> String, message: &str) -> Option<String> {
    let key = key_of(name);
    let other = others.iter().find(|other| key_of(other) == key)?;
    Some(match other == name {
        true => format!("{message}."),
        false => format!("{message}: “{other}”."),
    })
}

fn short(value: &str, length_max: usize) -> Option<String> {
    let length = value.chars().count();
    if value.contains(text::is_beyond_line) {
        return Some("Line breaks and control characters are not allowed.".to_owned());
    }
    (length > length_max).then(|| format!("Ensure this value has at most {length_max} characters (it has {length})."))
}

/// Returns what is wrong with the form of an email address.
fn email(address: &str) -> Option<String> {
    let is_label = |label: &str| {
        let is_inner = |letter: char| letter.is_alphanumeric() || letter == '-';
        !label.is_empty() && label.chars().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_domain = |domain: &str| domain == "localhost" || (domain.contains('.') && domain.split('.').all(is_label));
    let is_local = |local: &str| {
        let is_inner = |letter: char| letter.is_alphanumeric() || "!#$%&'*+/=?^_`{}|~-.".contains(letter);
        local.chars().all(is_inner) && local.split('.').all(|part| !part.is_empty())
    };
    let is_address = address
        .rsplit_once('@')
        .is_some_and(|(local, domain)| is_local(local) && is_domain(domain));
    if address.is_empty() || is_address {
        return short(address, EMAIL_MAX);
    }
    Some("Enter a valid email address.".to_owned())
}

/// Checks that only a superuser changes, disables or deletes a superuser, sets their password or revokes their tokens.
///
/// # Errors
/// [`Refusal::Rule`].
pub fn may_touch(actor: &Acting, user: &StoredUser) -> Result<(), Refusal> {
    if user.state.is_superuser && !actor.is_superuser() {
        return Err(Refusal::Rule(format!(
            "Only a superuser may change, delete or set the password of the superuser “{}”, or revoke a token of theirs.",
            user.state.username
        )));
    }
    Ok(())
}

/// Checks that the actor gains no permission by setting the password of a user who has it.
///
/// # Errors
/// [`Refusal::Rule`].
pub fn is_no_takeover(actor: &Acting, user: &Account) -> Result<(), Refusal> {
    let lacks = |text: &&String| permission(text).is_some_and(|found| !actor.may(found));
    match user.permissions.iter().find(lacks) {
        Some(permission) if actor.user_id() != Some(user.id) => Err(Refusal::Rule(format!(
            "To set the password of “{}” you need all of their permissions; you lack {permission}.",
            user.username
        ))),
        _ => Ok(()),
    }
}

/// Checks that the user is not the actor.
///
/// # Errors
/// [`Refusal::Rule`].
pub fn is_not_own(actor: &Acting, user: &StoredUser) -> Result<(), Refusal> {
    if actor.user_id() == Some(user.id) {
        return Err(Refusal::Rule("You may not delete your own account.".to_owned()));
    }
    Ok(())
}

/// The active superusers besides one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherSuperusers {
    /// Their number.
    pub active: usize,
    /// The number of those with access to the admin.
    pub staff: usize,
}

/// Checks that neither the last active superuser is deleted nor the last one with access to the admin.
///
/// # Errors
/// [`Refusal::Rule`].
pub fn is_not_last_superuser(user: &StoredUser, others: OtherSuperusers) -> Result<(), Refusal> {
    let is_last = is_active_superuser(&user.state) && others.active == 0;
    if is_last || (is_staff_superuser(&user.state) && others.staff == 0) {
        return Err(Refusal::Rule(format!(
            "“{}” is the last active superuser and may not be deleted.",
            user.state.username
        )));
    }
    Ok(())
}

/// Returns the error that the last active superuser would be demoted or disabled, or the last one with access to the admin would lose it.
#[must_use]
pub fn loses_last_superuser(before: &UserState, after: &UserState, others: OtherSuperusers) -> Vec<FieldError> {
    let loses_last = is_active_superuser(before) && !is_active_superuser(after) && others.active == 0;
    let shuts_out = is_staff_superuser(before) && !is_staff_superuser(after) && others.staff == 0;
    if !loses_last && !shuts_out {
        return Vec::new();
    }
    let field = if !after.is_superuser {
        "is_superuser"
    } else if !after.is_active {
        "is_active"
    } else {
        "is_staff"
    };
    let message = "This is the last active superuser, who cannot be demoted, disabled or locked out.".to_owned();
    vec![FieldError { field, message }]
}

fn is_active_superuser(state: &UserState) -> bool {
    state.is_active && state.is_superuser
}

/// Returns whether this is a superuser with access to the admin. Without one, only the command line could repair anything.
fn is_staff_superuser(state: &UserState) -> bool {
    is_active_superuser(state) && state.is_staff
}

/// Returns the permissions that `actor` would give a user without having them. Only what is added counts: users with few permissions may
/// take away, and may leave what others gave. `groups` are the groups that are added, as they are stored.
#[must_use]
pub fn user_grants(
    actor: &Acting,
    before: Option<&UserState>,
    after: &UserState,
    groups: &[StoredGroup],
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if after.is_superuser && !before.is_some_and(|before| before.is_superuser) && !actor.is_superuser() {
        let message = "Only a superuser may make a superuser.".to_owned();
        errors.push(FieldError {
            field: "is_superuser",
            message,
        });
    }
    let held = before.map(|before| &before.permissions);
    errors.extend(permission_grants(actor, "user_permissions", held, &after.permissions));
    for group in groups {
        let beyond = group
            .state
            .permissions
            .iter()
            .filter(|permission| !holds(actor, permission));
        errors.extend(beyond.take(1).map(|permission| FieldError {
            field: "groups",
            message: format!(
                "You may not add users to the group “{}”: it has the permission {permission}, which you do not have.",
                group.state.name
            ),
        }));
    }
    errors
}

/// Returns the permissions that `actor` would give a group without having them.
#[must_use]
pub fn group_grants(actor: &Acting, before: Option<&GroupState>, after: &GroupState) -> Vec<FieldError> {
    permission_grants(
        actor,
        "permissions",
        before.map(|before| &before.permissions),
        &after.permissions,
    )
}

fn permission_grants(
    actor: &Acting,
    field: &'static str,
    before: Option<&BTreeSet<String>>,
    after: &BTreeSet<String>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for text in after {
        if before.is_some_and(|before| before.contains(text)) {
            continue;
        }
        let message = match permission(text) {
            None => format!("There is no permission “{text}”."),
            Some(known) if actor.may(known) => continue,
            Some(_) => format!("You may not give the permission {text}, which you do not have."),
        };
        errors.push(FieldError { field, message });
    }
    errors
}

/// Returns whether the actor has a permission. One that the program does not know permits nothing, and may be given.
fn holds(actor: &Acting, text: &str) -> bool {
    permission(text).is_none_or(|found| actor.may(found))
}
