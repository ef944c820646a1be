//! Every model and every permission that there is.

use serde_json::Value;

use super::{accounts, sla};
use crate::admin::history::{removed_and_added, shown, unequal};
use crate::admin::model::{ChangePart, NotRestored};
use crate::audit;
use crate::auth::event::EVENT;
use crate::auth::token::TOKEN;
use crate::auth::{Action, Model, Permission};

/// The models of the program itself.
const OWN_MODELS: [Model; 5] = [audit::LOG_ENTRY, EVENT, accounts::GROUP, TOKEN, accounts::USER];

/// Everything that is looked after, in the order in which pages offer it.
pub const MODELS: [Model; OWN_MODELS.len() + sla::MODELS.len()] = {
    let mut models = [OWN_MODELS[0]; OWN_MODELS.len() + sla::MODELS.len()];
    let mut place = 0;
    while place < models.len() {
        models[place] = match place < OWN_MODELS.len() {
            true => OWN_MODELS[place],
            false => sla::MODELS[place - OWN_MODELS.len()],
        };
        place += 1;
    }
    models
};

/// Returns every permission that there is, in the order in which pages offer them. Logs can only be viewed and exported, closed reports also be
/// added, tokens of others only viewed and revoked, which is a change.
pub fn permissions() -> impl Iterator<Item = Permission> {
    let exists = |permission: &Permission| match (permission.model, permission.action) {
        (_, Action::View) => true,
        (TOKEN, action) => action == Action::Change,
        (_, Action::Export) => true,
        (audit::LOG_ENTRY | EVENT, _) => false,
        (sla::CLOSED_REPORT, action) => action == Action::Add,
        _ => true,
    };
    let all = MODELS
        .into_iter()
        .flat_map(|model| Action::ALL.map(|action| model.permission(action)));
    all.filter(exists)
}

/// Returns the permission that is written like this: `sla.change_component`.
#[must_use]
pub fn permission(text: &str) -> Option<Permission> {
    permissions().find(|permission| permission.to_string() == text)
}

/// Returns every permission as a choice: as it is written, and in words.
#[must_use]
pub fn permission_choices() -> Vec<(String, String)> {
    let words = |permission: &Permission| {
        format!(
            "{} | {} | Can {} {}",
            permission.model.app,
            permission.model.title,
            permission.action.as_str(),
            permission.model.title
        )
    };
    permissions()
        .map(|permission| (permission.to_string(), words(&permission)))
        .collect()
}

/// Says which permissions were taken from a user or a group and which were given, in words: `change SLA windows`. Nothing for every other
/// property.
pub(super) fn permission_change(property: &str, old: &Value, new: &Value) -> Option<Vec<ChangePart>> {
    if !["permissions", "user_permissions"].contains(&property) {
        return None;
    }
    let (removed, added) = unequal(old.as_array()?, new.as_array()?);
    let words = |permissions: &[Value]| {
        let words = permissions
            .iter()
            .map(|written| match written.as_str().and_then(permission) {
                Some(Permission { model, action }) => format!("{} {}", action.as_str(), model.title),
                None => shown(written),
            });
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(", "))
    };
    Some(removed_and_added(words(&removed), words(&added)))
}

/// Returns the permissions among these that do not exist any more.
pub(super) fn missing_permissions<'a>(permissions: impl IntoIterator<Item = &'a String>) -> Vec<NotRestored> {
    let mut missing = Vec::new();
    for text in permissions {
        if permission(text).is_none() {
            missing.push(NotRestored {
                kind: "permission",
                title: text.clone(),
                model: None,
            });
        }
    }
    missing
}
