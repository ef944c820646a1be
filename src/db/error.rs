//! What can go wrong in a database, in words that hold for both kinds.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The result of anything that asks the database.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the database layer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No row answers.
    #[error("no such row")]
    NotFound,
    /// A constraint of the schema refused a change.
    #[error("the database refused the change: {0}")]
    Violation(String),
    /// The database cannot be reached, is locked, or went away; the same call may succeed later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A transaction was sent to be committed, and neither the answer nor a look afterwards says whether it was.
    #[error("it is not known whether this was saved: {0}")]
    OutcomeUnknown(String),
    /// The stored schema is not the one that this program knows.
    #[error("{0}")]
    Schema(String),
    /// A stored value cannot be read.
    #[error("{0}")]
    Corrupt(String),
    /// Anything else that the database reported.
    #[error("database error: {0}")]
    Other(String),
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, information) => {
                let message = information.message().trim().to_owned();
                // SQLite ends the whole transaction itself where it cannot go on; the savepoint's rollback then hides why.
                if message.contains("no such savepoint") {
                    return Self::Other(
                        "the transaction was given up, as when the disk is full; nothing was written".to_owned(),
                    );
                }
                match kind {
                    DatabaseErrorKind::UniqueViolation
                    | DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::NotNullViolation
                    | DatabaseErrorKind::CheckViolation
                    | DatabaseErrorKind::RestrictViolation
                    | DatabaseErrorKind::ExclusionViolation => Self::Violation(message),
                    DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::SerializationFailure => Self::Unavailable(message),
                    // SQLite reports ON DELETE RESTRICT as it reports triggers, and diesel has no kind for those.
                    _ if message == "FOREIGN KEY constraint failed" => Self::Violation(message),
                    _ if message.contains("locked") || message.contains("terminating connection") => {
                        Self::Unavailable(message)
                    }
                    _ => Self::Other(message),
                }
            }
            DieselError::BrokenTransactionManager => {
                Self::Unavailable("the connection was lost in a transaction".to_owned())
            }
            other => Self::Other(other.to_string()),
        }
    }
}
