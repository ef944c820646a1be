//! Why an operation was not carried out.

use crate::audit;
use crate::db;

/// The end of the URN of the kind of problem that says that it is not known whether something was written.
pub const OUTCOME_UNKNOWN: &str = "outcome-unknown";
/// That of a request that is not carried out because others are served first.
pub const BUSY: &str = "busy";
/// That of a request of which too many came.
pub const TOO_MANY_REQUESTS: &str = "too-many-requests";
/// That of a body that is not written in its format.
pub const FILE_MALFORMED: &str = "file-malformed";
/// That of a file that is refused.
pub const FILE_REFUSED: &str = "file-refused";

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApiRefusal {
    /// A parameter has its form, and means nothing.
    #[error("{name}: {reason}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Why.
        reason: String,
    },
    /// The body is not written in its format.
    #[error("{0}")]
    Malformed(BodyFault),
    /// The body is refused: a key, a value, a name that nothing has.
    #[error("{0}")]
    File(BodyFault),
    /// What is stored cannot be read, as `check` reports it.
    #[error("{message}")]
    Unreadable {
        /// The id of the finding.
        id: &'static str,
        /// What, and what to do.
        message: String,
    },
    /// There is no such object.
    #[error("{0}")]
    NotFound(String),
    /// The user of the token lacks a permission.
    #[error("{0}")]
    Denied(String),
    /// The key of the request came with another request before.
    #[error("this Idempotency-Key came with another request before; give each request a key of its own")]
    KeyReused,
    /// A change was rolled back.
    #[error(transparent)]
    Audit(#[from] audit::Error),
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// What is wrong in a body, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyFault {
    /// The line, from 1; nothing about the whole.
    pub line: Option<usize>,
    /// Where in the tree, e.g. `components[3].slo`; empty for the whole.
    pub path: String,
    /// What is wrong and the way out.
    pub message: String,
}

impl BodyFault {
    /// Returns a fault of the whole.
    #[must_use]
    pub fn whole(message: impl Into<String>) -> Self {
        Self {
            line: None,
            path: String::new(),
            message: message.into(),
        }
    }
}

impl std::fmt::Display for BodyFault {
    /// Writes `12: components[3].slo: …`, to stand behind a file's name and a colon.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{line}: ")?,
            None => f.write_str(" ")?,
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
