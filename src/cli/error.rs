//! Why commands end with another status than 0.

use crate::apps::accounts::Refusal;
use crate::apps::sla::object_names::NoSuchObject;
use crate::db;

/// Why a command ended with another status than 0.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// In words.
    #[error("{0}")]
    Refused(String),
    /// In words as well, and wrong usage: ends with 2.
    #[error("{0}")]
    Usage(String),
    /// The file of the database does not exist.
    #[error("the database file {0} does not exist; `sla-monitor migrate` makes it")]
    NoFile(String),
    /// The command has already reported what was wrong.
    #[error("")]
    Reported,
    /// The application's.
    #[error(transparent)]
    App(#[from] crate::app::AppError),
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The audit log's.
    #[error(transparent)]
    Audit(#[from] crate::audit::Error),
    /// Of standard output, most often a pipe that was closed.
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Audit(error) => Self::Audit(error),
            refusal => Self::Refused(refusal.to_string()),
        }
    }
}

impl From<NoSuchObject> for CliError {
    fn from(error: NoSuchObject) -> Self {
        Self::Refused(error.to_string())
    }
}

impl CliError {
    /// Returns whether the database is the reason, which may answer later; a file that is not there yet is one, too.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Database(error) | Self::App(crate::app::AppError::Database(error)) => error.is_outage(),
            Self::NoFile(_) => true,
            _ => false,
        }
    }

    /// Returns the exit status: 1 for what was refused or failed, 2 for wrong usage, 3 if it is not known whether something was written.
    pub(super) fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Database(db::Error::OutcomeUnknown(_))
            | Self::Audit(crate::audit::Error::Database(db::Error::OutcomeUnknown(_))) => 3,
            _ => 1,
        }
    }
}

impl From<db::backup::BackupError> for CliError {
    fn from(error: db::backup::BackupError) -> Self {
        match error {
            db::backup::BackupError::Database(error) => Self::Database(error),
            other => Self::Refused(other.to_string()),
        }
    }
}
