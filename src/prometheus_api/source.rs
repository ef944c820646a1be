//! The servers that may be queried, by the names that the options of a command give them.

use std::sync::Arc;

use super::error::QueryError;

/// The longest name of a source.
const NAME_LENGTH_MAX: usize = 100;

/// What is sent as credentials, read again for each request.
pub trait Secret: Send + Sync {
    /// Returns it as it is now; nothing if it cannot be read.
    fn current(&self) -> Option<String>;

    /// Reads it again, and reports in the log what is wrong.
    fn read_again(&self);
}

/// How a server knows who asks it.
#[derive(Clone)]
pub enum SourceAuth {
    /// It asks for nothing.
    Open,
    /// By a bearer token.
    Token(Arc<dyn Secret>),
    /// By a `USER:PASSWORD` pair.
    Pair(Arc<dyn Secret>),
}

/// A server that may be queried.
#[derive(Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Where its API is, without `/api/v1/…` and without a slash at its end.
    pub url: String,
    /// What is sent as credentials.
    pub auth: SourceAuth,
    /// The name and the value of a header that selects a tenant.
    pub tenant: Option<(String, String)>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.name, self.url)
    }
}

/// All servers that may be queried. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Sources(Arc<[Source]>);

impl Sources {
    /// Returns these servers, whose names differ.
    #[must_use]
    pub fn new(sources: Vec<Source>) -> Self {
        Self(sources.into())
    }

    /// Returns the names, in the order of the options.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|source| source.name.as_str())
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether there is one of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Returns the server of this name.
    ///
    /// # Errors
    /// [`QueryError::UnknownSource`].
    pub fn get(&self, name: &str) -> Result<&Source, QueryError> {
        let found = self.0.iter().find(|source| source.name == name);
        found.ok_or_else(|| QueryError::UnknownSource {
            source: name.to_owned(),
            known: self.names().map(str::to_owned).collect(),
        })
    }

    /// Reads all credentials again.
    pub fn read_again(&self) {
        for source in self.0.iter() {
            match &source.auth {
                SourceAuth::Open => {}
                SourceAuth::Token(secret) | SourceAuth::Pair(secret) => secret.read_again(),
            }
        }
    }
}

/// Checks the name of a source, of an option or of an indicator.
///
/// # Errors
/// A message for people.
pub fn check_source_name(name: &str) -> Result<(), String> {
    let is_taken = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
    if name.is_empty() || name.len() > NAME_LENGTH_MAX || !name.chars().all(is_taken) {
        return Err(format!(
            "give the source a name of 1 to {NAME_LENGTH_MAX} letters, digits, dots, - and _"
        ));
    }
    Ok(())
}
