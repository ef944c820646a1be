//! Users and groups as objects that are looked after: added, changed and deleted through the audit trail, under rules that no
//! permission lifts. What an account is to those who act stands in `auth`.

pub mod group;
pub mod rules;
pub mod user;

use crate::admin::input::Input;
use crate::admin::model as admin;
use crate::audit::{Error, Tx};
use crate::auth::permission::Denied;
use crate::auth::{Action, Model};

/// Users.
pub const USER: Model = Model {
    app: "auth",
    name: "user",
    title: "user",
};
/// Groups.
pub const GROUP: Model = Model {
    app: "auth",
    name: "group",
    title: "group",
};

/// What is wrong with one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: &'static str,
    /// A sentence.
    pub message: String,
}

/// Why a user or a group stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// What was typed cannot stand; for the form.
    #[error("{}", sentences(.0))]
    Invalid(Vec<FieldError>),
    /// Nobody may, or not this actor, whatever their permissions say.
    #[error("{0}")]
    Forbidden(String),
    /// A permission is lacking, or the database would not.
    #[error(transparent)]
    Write(#[from] Error),
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Write(denied.into())
    }
}

impl From<crate::db::Error> for Refusal {
    fn from(error: crate::db::Error) -> Self {
        Self::Write(error.into())
    }
}

/// Returns the same for the admin: what is wrong with a field stands beside it, if there is a form.
#[must_use]
pub fn refusal(refused: Refusal, input: Option<&mut Input<'_>>) -> admin::Refusal {
    match (refused, input) {
        (Refusal::Invalid(errors), Some(input)) => {
            errors
                .into_iter()
                .for_each(|error| input.refuse(error.field, error.message));
            admin::Refusal::Input
        }
        (Refusal::Invalid(errors), None) => admin::Refusal::Rule(sentences(&errors)),
        (Refusal::Forbidden(message), _) => admin::Refusal::Rule(message),
        (Refusal::Write(error), _) => error.into(),
    }
}

fn sentences(errors: &[FieldError]) -> String {
    let sentences: Vec<String> = errors
        .iter()
        .map(|error| format!("{}: {}", error.field, error.message))
        .collect();
    sentences.join(" ")
}

/// Returns the permissions among these that there are no longer.
fn missing_permissions(permissions: &[String]) -> Vec<admin::Missing> {
    let missing = permissions
        .iter()
        .filter(|text| crate::apps::permission(text).is_none());
    let missing = missing.map(|text| admin::Missing {
        kind: "permission",
        title: text.clone(),
        model: None,
    });
    missing.collect()
}

/// Refuses if there is anything to refuse.
fn refuse(errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(Refusal::Invalid(errors))
}

/// Returns the proof that the actor of `tx` may do `action` to objects of `model`.
fn permit(tx: &Tx<'_>, model: Model, action: Action) -> Result<crate::auth::Permit, Refusal> {
    Ok(tx.actor().permit(model.permission(action))?)
}
