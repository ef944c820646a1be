//! Transactions of one actor: [`transaction`] commits, [`preview`] never does, [`attempt`] if its work decides so.

use chrono::NaiveDateTime;

use super::{AuditEntry, Error, store};
use crate::auth::actor::ActorError;
use crate::auth::session::Message;
use crate::auth::{Acting, Action, Actor, Permit, secret};
use crate::db::{self, Conn, dialect};

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

    /// Returns the instant of the whole transaction, UTC.
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        self.now
    }
}

/// The result of work in a transaction, and whether what it wrote stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<T> {
    /// It stays.
    Commit(T),
    /// It is taken back; the result says what would have happened, or why it must not.
    RollBack(T),
}

/// Runs `work` in one write transaction; it commits only if `work` succeeds. The rights of `actor` are read in it, after every wait: rights
/// that were read before do not count.
///
/// # Errors
/// [`Error::SignedOut`] and [`Error::TokenEnded`] before `work` runs; those of `work` and of the database, after everything was rolled back.
pub fn transaction<T, E: From<Error>>(
    conn: &mut Conn,
    actor: &Actor,
    now: NaiveDateTime,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    attempt(conn, actor, now, |tx| work(tx).map(Decision::Commit))
}

/// Runs `work` as [`transaction`] does and always rolls back: its result is what would happen.
///
/// # Errors
/// Those of [`transaction`].
pub fn preview<T, E: From<Error>>(
    conn: &mut Conn,
    actor: &Actor,
    now: NaiveDateTime,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    attempt(conn, actor, now, |tx| work(tx).map(Decision::RollBack))
}

/// Runs `work` as [`transaction`] does, and commits if `work` decides so.
///
/// # Errors
/// Those of [`transaction`].
pub fn attempt<T, E: From<Error>>(
    conn: &mut Conn,
    actor: &Actor,
    now: NaiveDateTime,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Decision<T>, E>,
) -> Result<T, E> {
    let write_id = secret::random_id();
    let ended = dialect::write_transaction(conn, Some(&write_id), |conn| {
        let acting = Acting::confirm(conn, actor, now).map_err(|refused| match refused {
            ActorError::Database(error) => Stop::Database(error),
            signed_out => Stop::Work(Error::from(signed_out).into()),
        })?;
        let mut tx = Tx {
            conn,
            acting,
            now,
            write_id: &write_id,
        };
        match work(&mut tx) {
            Ok(Decision::Commit(result)) => Ok(result),
            Ok(Decision::RollBack(result)) => Err(Stop::Decided(result)),
            Err(error) => Err(Stop::Work(error)),
        }
    });
    match ended {
        Ok(result) | Err(Stop::Decided(result)) => Ok(result),
        Err(Stop::Work(error)) => Err(error),
        Err(Stop::Database(error)) => Err(Error::Database(error).into()),
    }
}

/// Runs `work`, which adds rows that are records themselves and that no user makes, such as measurements: they need no permission and have no
/// entry. One such transaction runs at a time for each `key`; those of users do not wait for it on PostgreSQL.
///
/// # Errors
/// Those of `work` and of the database, after everything was rolled back.
pub fn record<T>(
    conn: &mut Conn,
    key: &str,
    now: NaiveDateTime,
    work: impl FnOnce(&mut Writer<'_>) -> db::Result<T>,
) -> db::Result<T> {
    dialect::keyed_transaction(conn, key, |conn| work(&mut Writer { conn, now }))
}

/// The reason why a transaction was rolled back.
enum Stop<T, E> {
    Decided(T),
    Work(E),
    Database(db::Error),
}

impl<T, E> From<db::Error> for Stop<T, E> {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl Tx<'_> {
    /// Returns the actor, with the rights that they have in this transaction.
    #[must_use]
    pub fn actor(&self) -> &Acting {
        &self.acting
    }

    /// Returns the instant of the transaction, UTC.
    #[must_use]
    pub fn now(&self) -> NaiveDateTime {
        self.now
    }

    /// Returns the connection, to read what the transaction sees. Functions that write audited tables take a [`Writer`] instead.
    pub fn reader(&mut self) -> &mut Conn {
        self.conn
    }

    /// Returns the connection, to write rows of which no object and no audit entry is made: sessions, stored answers of the API.
    pub fn unaudited_writer(&mut self) -> &mut Conn {
        self.conn
    }

    /// Leaves messages for the next page of the session that acts; none is left for a command.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn leave_messages(&mut self, messages: &[Message]) -> db::Result<()> {
        self.acting.leave_messages(self.conn, messages)
    }

    /// Lets `work` write what `permit` allows and stores the entries that it returns, at least one.
    ///
    /// # Errors
    /// Those of `work` and of the database, [`Error::Unaudited`], and [`Error::Mismatched`].
    pub fn write(
        &mut self,
        permit: &Permit,
        work: impl FnOnce(&mut Writer<'_>) -> db::Result<Vec<AuditEntry>>,
    ) -> Result<(), Error> {
        let entries = work(&mut Writer {
            conn: self.conn,
            now: self.now,
        })?;
        let permission = permit.permission();
        if entries.is_empty() {
            return Err(Error::Unaudited(permission));
        }
        if !entries.iter().all(|entry| is_of(permission.action, entry)) {
            return Err(Error::Mismatched(permission));
        }
        let origin = store::EntryOrigin {
            actor: &self.acting,
            now: self.now,
            write_id: self.write_id,
        };
        store::insert(self.conn, &origin, permission, &entries)?;
        Ok(())
    }
}

/// Returns whether an entry records this action. Nothing is written with the permission to view or to export.
fn is_of(action: Action, entry: &AuditEntry) -> bool {
    let states = (entry.before.is_some(), entry.after.is_some());
    match action {
        Action::Add => states == (false, true),
        Action::Change => states == (true, true),
        Action::Delete => states == (true, false),
        Action::Export | Action::View => false,
    }
}
