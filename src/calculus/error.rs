//! The one error of the calculus: a sentence for the person who typed the definition.

/// Why a part of a definition was refused. Its text names the part, the reason and, where there is one, what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DefinitionError {
    message: String,
}

impl DefinitionError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
