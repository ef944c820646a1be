//! What can go wrong in a database, in words that hold for both kinds.

use std::time::Instant;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::{blocker, mismatch, writable};

/// The result of a call to the database. Any such call can fail with every [`Error`]: a function's own docs name only the errors that
/// have a meaning of their own there.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of the database layer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The query found no row.
    #[error("no such row")]
    NotFound,
    /// A constraint of the schema refused a change.
    #[error("the database refused the change: {0}")]
    Violation(String),
    /// The database cannot be reached or the connection was lost; the same call may succeed later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A transaction was sent to be committed, and neither the answer nor a look afterwards says whether it was.
    #[error("it is not known whether this was saved: {0}")]
    OutcomeUnknown(String),
    /// The database has refused every connection since `since`.
    #[error("the database is unavailable: {reason}")]
    Refused {
        /// When it first did.
        since: Instant,
        /// The last error.
        reason: String,
    },
    /// Another transaction holds a lock for longer than this one may wait. The text names it.
    #[error("the database is locked: {0}")]
    Locked(String),
    /// The database takes no changes: a standby, a file or a disk that is read-only.
    #[error("the database is read-only: {0}")]
    ReadOnly(String),
    /// The role that the program has in the database lacks a right, such as one to a table that a migration added.
    #[error("the role lacks a right in the database: {0}; give it the documented grants again")]
    Forbidden(String),
    /// The database has another encoding than UTF8, and a character has no place in it.
    #[error(
        "the database has another encoding than UTF8: {0}; move to one that was made with ENCODING 'UTF8', as with pg_dump"
    )]
    Encoding(String),
    /// The disk under the database has no room.
    #[error("the disk of the database is full: {0}")]
    Full(String),
    /// A statement took longer than it may.
    #[error("the database took too long: {0}")]
    TooSlow(String),
    /// The client disconnected, and the work for it was stopped.
    #[error("the client disconnected")]
    Abandoned,
    /// The SQLite file was replaced or deleted while the program ran. Nothing was written.
    #[error("{0}")]
    FileChanged(String),
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

impl Error {
    /// Returns whether the database, and not the request, is the reason: the same call may succeed later.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_)
                | Self::Refused { .. }
                | Self::Locked(_)
                | Self::ReadOnly(_)
                | Self::Forbidden(_)
                | Self::Encoding(_)
                | Self::Full(_)
                | Self::TooSlow(_)
                | Self::FileChanged(_)
                | Self::Schema(_)
                | Self::Abandoned
        )
    }

    /// Returns what [`Error::in_words`] does, for a superuser with what is known of another transaction that holds a lock: it has names of users and a
    /// query.
    pub fn in_words_for(&self, is_superuser: bool) -> String {
        match self {
            Self::Locked(blocker) if is_superuser && blocker.starts_with("pid ") => {
                format!("Another transaction holds a lock for too long: {blocker}.")
            }
            _ => self.in_words(),
        }
    }

    /// Returns the reason in a sentence for people, without addresses and names of files, which are for the log alone.
    pub fn in_words(&self) -> String {
        match self {
            Self::Refused { .. } => "The database cannot be reached.".to_owned(),
            Self::Locked(_) => "Another transaction holds a lock of the database for too long.".to_owned(),
            Self::ReadOnly(_) => "The database takes no changes at present: it is read-only.".to_owned(),
            Self::Forbidden(_) => {
                "The program lacks a right in the database; its role has to be given the documented grants again."
                    .to_owned()
            }
            Self::Encoding(_) => {
                "The database cannot store every character: its encoding is another one than UTF8.".to_owned()
            }
            Self::Full(_) => "The disk of the database is full.".to_owned(),
            Self::TooSlow(_) => "The database took too long.".to_owned(),
            Self::FileChanged(_) => {
                "The file of the database was replaced or deleted while the program ran.".to_owned()
            }
            Self::Schema(reason) => format!("The schema of the database is another one: {reason}."),
            _ => "The database did not answer.".to_owned(),
        }
    }
}

/// The message for a transaction that SQLite ended itself because it could not write.
const GIVEN_UP: &str = "the transaction was given up, as when the disk is full; nothing was written";

/// The error that has a message.
type Meaning = fn(String) -> Error;

/// Parts of the messages of both databases, and what they mean. Of the codes behind them diesel exposes only those of constraints and of
/// read-only transactions.
const MEANINGS: [(&str, Meaning); 23] = [
    ("database or disk is full", full),
    ("No space left on device", full),
    ("could not extend file", full),
    ("disk full", full),
    ("readonly database", read_only),
    ("read-only transaction", read_only),
    ("during recovery", read_only),
    ("permission denied for ", Error::Forbidden),
    ("has no equivalent in encoding", Error::Encoding),
    ("due to lock timeout", locked),
    ("could not obtain lock", Error::Locked),
    ("deadlock detected", Error::Locked),
    ("is locked", Error::Locked),
    ("due to statement timeout", Error::TooSlow),
    ("canceling statement", Error::Unavailable),
    ("terminating connection", Error::Unavailable),
    ("the database system is", Error::Unavailable),
    ("out of memory", Error::Unavailable),
    ("out of shared memory", Error::Unavailable),
    ("disk I/O error", Error::Unavailable),
    ("unable to open database file", Error::Unavailable),
    ("database disk image is malformed", Error::Unavailable),
    ("file is not a database", Error::Unavailable),
];

fn full(message: String) -> Error {
    writable::refused();
    Error::Full(message)
}

fn read_only(message: String) -> Error {
    writable::refused();
    Error::ReadOnly(message)
}

/// Returns the error of a lock whose timeout has passed; it names the transaction that holds the lock, if that was found.
fn locked(message: String) -> Error {
    Error::Locked(blocker::named().unwrap_or(message))
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Self::NotFound,
            DieselError::DatabaseError(kind, information) => {
                let message = information.message().trim().to_owned();
                // SQLite ends the whole transaction itself where it cannot go on; the savepoint's rollback then hides why.
                if message.contains("no such savepoint") || message.contains("no transaction is active") {
                    return full(GIVEN_UP.to_owned());
                }
                match kind {
                    DatabaseErrorKind::UniqueViolation
                    | DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::NotNullViolation
                    | DatabaseErrorKind::CheckViolation
                    | DatabaseErrorKind::RestrictViolation
                    | DatabaseErrorKind::ExclusionViolation => Self::Violation(message),
                    DatabaseErrorKind::ReadOnlyTransaction => read_only(message),
                    DatabaseErrorKind::ClosedConnection
                    | DatabaseErrorKind::UnableToSendCommand
                    | DatabaseErrorKind::SerializationFailure => Self::Unavailable(message),
                    // SQLite reports ON DELETE RESTRICT as it reports triggers, and diesel has no kind for those.
                    _ if message == "FOREIGN KEY constraint failed" => Self::Violation(message),
                    _ if mismatch::is_meant(&message) => mismatch::found(&message),
                    _ => match MEANINGS.iter().find(|(part, _)| message.contains(part)) {
                        Some((_, meaning)) => meaning(message),
                        None => Self::Other(message),
                    },
                }
            }
            DieselError::BrokenTransactionManager => {
                Self::Unavailable("the connection was lost in a transaction".to_owned())
            }
            other => Self::Other(other.to_string()),
        }
    }
}
