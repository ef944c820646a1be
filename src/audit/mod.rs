//! The audit trail, and the only way to a connection that may change audited tables.
//!
//! [`transaction`] opens a [`Tx`]; [`Tx::write`] takes a [`Permit`] and lends a [`Writer`] to a closure that must return the
//! entries for what it did. Functions that write take `&mut Writer`, whose only maker is here: a change without a permission
//! check, outside a transaction or without an audit row does not compile or does not commit. That writing functions ask for a
//! `Writer`, and not for the connection that reading ones take, is what `tests/it/house/layers.rs` sees to.

pub mod store;

use chrono::NaiveDateTime;

use crate::auth::actor::Refused;
use crate::auth::permission::Denied;
use crate::auth::secret;
use crate::auth::{Acting, Action, Actor, Model, Permit};
use crate::db::{self, Conn, dialect};

/// The trail's own entries, which can be viewed and nothing else.
pub const LOG_ENTRY: Model = Model {
    app: "audit",
    name: "logentry",
    title: "log entry",
};

/// What became of one object, for the trail.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The object's key.
    pub object_id: i64,
    /// How people call it.
    pub object_repr: String,
    /// Its version after the change.
    pub object_version: i64,
    /// What it was; nothing when it was added.
    pub before: Option<serde_json::Value>,
    /// What it is; nothing when it was deleted.
    pub after: Option<serde_json::Value>,
}

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The actor may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The actor's session has ended, or they may not use the admin any more: a user's key.
    #[error("{}", Refused::SignedOut(*.0))]
    SignedOut(i64),
    /// The database would not.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A write came back without an entry for the trail: a fault of the program, rolled back.
    #[error("a change of {0} left no audit entry and was rolled back")]
    Unaudited(crate::auth::Permission),
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::SignedOut(user_id) => Self::SignedOut(user_id),
            Refused::Denied(denied) => Self::Denied(denied),
            Refused::Database(error) => Self::Database(error),
        }
    }
}

/// A transaction of one actor.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    acting: Acting,
    now: NaiveDateTime,
    write_id: &'a str,
}

/// A connection that may write, lent by [`Tx::write`].
pub struct Writer<'a> {
    conn: &'a mut Conn,
    now: NaiveDateTime,
}

impl Writer<'_> {
    /// Returns the connection.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Returns the instant that the whole transaction counts as, UTC.
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        self.now
    }
}

/// Runs `work` in one write transaction; it commits only if `work` succeeds. What `actor` may do is read in it, after every wait: rights
/// that were read before are worth nothing here.
///
/// # Errors
/// [`Error::SignedOut`] before `work` runs; those of `work` and of the database, after everything was rolled back.
pub fn transaction<T, E: From<Error>>(
    conn: &mut Conn,
    actor: &Actor,
    now: NaiveDateTime,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let write_id = secret::random_id();
    let outcome = dialect::write_transaction(conn, Some(&write_id), |conn| {
        let acting = Acting::confirm(conn, actor, now).map_err(|refused| match refused {
            Refused::Database(error) => Outcome::Database(error),
            signed_out => Outcome::Work(Error::from(signed_out).into()),
        })?;
        let mut tx = Tx {
            conn,
            acting,
            now,
            write_id: &write_id,
        };
        work(&mut tx).map_err(Outcome::Work)
    });
    outcome.map_err(|outcome| match outcome {
        Outcome::Work(error) => error,
        Outcome::Database(error) => Error::Database(error).into(),
    })
}

/// Keeps the errors of the work and of the transaction around it apart until both can be told.
enum Outcome<E> {
    Work(E),
    Database(db::Error),
}

impl<E> From<db::Error> for Outcome<E> {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl Tx<'_> {
    /// Who acts, with the rights that they have in this transaction.
    #[must_use]
    pub fn actor(&self) -> &Acting {
        &self.acting
    }

    /// Returns the connection, to read what the transaction sees. Writing functions ask for a [`Writer`] instead.
    pub fn reader(&mut self) -> &mut Conn {
        self.conn
    }

    /// Lets `work` write what `permit` allows and keeps the entries that it returns, at least one.
    ///
    /// # Errors
    /// Those of `work` and of the database, and [`Error::Unaudited`].
    pub fn write(
        &mut self,
        permit: &Permit,
        work: impl FnOnce(&mut Writer<'_>) -> db::Result<Vec<Entry>>,
    ) -> Result<(), Error> {
        let entries = work(&mut Writer {
            conn: self.conn,
            now: self.now,
        })?;
        if entries.is_empty() {
            return Err(Error::Unaudited(permit.permission()));
        }
        debug_assert!(
            entries.iter().all(|entry| is_of(permit.permission().action, entry)),
            "an entry belies its action"
        );
        let origin = store::Origin {
            actor: &self.acting,
            now: self.now,
            write_id: self.write_id,
        };
        store::insert(self.conn, &origin, permit.permission(), &entries)?;
        Ok(())
    }
}

/// Returns nothing is written with the right to view or to export; the database would refuse such an entry as well.
fn is_of(action: Action, entry: &Entry) -> bool {
    !matches!(action, Action::View | Action::Export)
        && (action == Action::Add) == entry.before.is_none()
        && (action == Action::Delete) == entry.after.is_none()
}
