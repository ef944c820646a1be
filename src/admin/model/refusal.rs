//! Why a model takes no change.

use crate::audit;
use crate::auth;
use crate::db;

/// What is wrong with one field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: &'static str,
    /// A sentence.
    pub message: String,
}

fn sentences(errors: &[FieldError]) -> String {
    let mut sentences = Vec::new();
    for FieldError { field, message } in errors {
        sentences.push(format!("{field}: {message}"));
    }
    sentences.join(" ")
}

/// Why nothing was saved or deleted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The input holds the errors, beside their fields.
    #[error("the form has errors")]
    Input,
    /// Fields are wrong; a form shows the errors beside them.
    #[error("{}", sentences(.0))]
    Fields(Vec<FieldError>),
    /// A rule of the model forbids it.
    #[error("{0}")]
    Rule(String),
    /// The permission, the database or the audit log.
    #[error("{0}")]
    Audit(audit::Error),
}

impl From<audit::Error> for Refusal {
    fn from(error: audit::Error) -> Self {
        match error {
            audit::Error::Refused(reason) => Self::Rule(reason),
            other => Self::Audit(other),
        }
    }
}

impl Refusal {
    /// Refuses an action that the model does not declare.
    #[must_use]
    pub fn unknown_action(action: &str) -> Self {
        Self::Rule(format!("There is no action “{action}”."))
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Audit(error.into())
    }
}

/// Returns why no object of a model can be chosen without the permission to view them: the same of those that exist and of others, so
/// that it does not reveal which exist.
#[must_use]
pub fn not_to_choose(model: auth::Model) -> String {
    format!("You may not view {}s, so none can be chosen here.", model.title)
}
