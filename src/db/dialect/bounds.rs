//! BEGIN, COMMIT and ROLLBACK.

use std::time::Duration;

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};

use crate::db::blocker::LockWatch;
use crate::db::conn::{AnyConnection, Conn};
use crate::db::connection::{self, SQLITE_BUSY_TIMEOUT_MS};
use crate::db::error::{Error, Result};
use crate::db::write_turn::WriteTurn;
use crate::db::{generation, limit};

/// Begins a transaction by the statement of its database.
pub(super) fn begin(conn: &mut Conn, sqlite: &str, postgres: &str) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, sqlite)?,
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, postgres)?,
    }
    Ok(())
}

/// What a transaction that writes holds until it has ended.
pub(super) struct WriteStart {
    /// On SQLite: the turn among the writers of this process.
    _turn: Option<WriteTurn>,
    /// On PostgreSQL: what looks for the transaction that blocks this one.
    _watch: Option<LockWatch>,
}

/// Begins a transaction that writes, on PostgreSQL by this statement. If the limit of the thread has a timeout for locks, the transaction has it
/// too.
pub(super) fn begin_write(conn: &mut Conn, postgres: &str) -> Result<WriteStart> {
    let wait = limit::lock_wait();
    let Some(milliseconds) = wait.map(|wait| wait.as_millis()) else {
        return begin_in_turn(conn, postgres);
    };
    if matches!(conn.database_mut(), AnyConnection::Postgres(_)) {
        begin(
            conn,
            "",
            &format!("{postgres}; SET LOCAL lock_timeout = {milliseconds}"),
        )?;
        return Ok(WriteStart {
            _turn: None,
            _watch: LockWatch::begin(conn),
        });
    }
    // The write lock is the only one that is waited for.
    conn.batch_execute(&format!("PRAGMA busy_timeout = {milliseconds}"))?;
    let begun = begin_in_turn(conn, "");
    conn.batch_execute(&format!("PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}"))?;
    begun
}

/// Begins a transaction that writes, on PostgreSQL by this statement: on SQLite once it is its turn among the writers of this process. Another
/// process is waited for by SQLite itself.
pub(super) fn begin_in_turn(conn: &mut Conn, postgres: &str) -> Result<WriteStart> {
    let is_sqlite = matches!(conn.database_mut(), AnyConnection::Sqlite(_));
    let generation = generation::of(conn).filter(|_| is_sqlite);
    let wait = limit::lock_wait().unwrap_or(Duration::from_millis(SQLITE_BUSY_TIMEOUT_MS.into()));
    let turn = generation
        .map(|generation| generation.write_turns.take(wait))
        .transpose()?;
    begin(conn, "BEGIN IMMEDIATE", postgres)?;
    Ok(WriteStart {
        _turn: turn,
        _watch: None,
    })
}

/// Runs `work` in the open transaction and ends it. For transactions whose outcome does not matter: those that read, or can be repeated.
pub(super) fn finish<T, E: From<Error>>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    match work(conn) {
        Ok(value) => match commit(conn) {
            Ok(()) => Ok(value),
            Err(error) => {
                roll_back(conn);
                Err(Error::from(error).into())
            }
        },
        Err(error) => {
            roll_back(conn);
            Err(error)
        }
    }
}

/// Checks that what was just committed is in the file that has the name of the database.
pub(super) fn check_written(conn: &mut Conn) -> Result<()> {
    let AnyConnection::Sqlite(conn) = conn.database_mut() else {
        return Ok(());
    };
    connection::check_file(conn).map_err(|error| Error::OutcomeUnknown(error.to_string()))
}

/// Sends COMMIT.
pub(super) fn commit(conn: &mut Conn) -> diesel::QueryResult<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(inner) => {
            <diesel::SqliteConnection as Connection>::TransactionManager::commit_transaction(inner)
        }
        AnyConnection::Postgres(inner) => {
            <diesel::PgConnection as Connection>::TransactionManager::commit_transaction(inner)
        }
    }
}

/// Rolls back. A connection whose rollback fails is found broken by the pool and dropped, which rolls back as well; the error before that is
/// the one to report.
pub(super) fn roll_back(conn: &mut Conn) {
    let rolled_back = match conn.database_mut() {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::rollback_transaction(inner),
        AnyConnection::Postgres(inner) => AnsiTransactionManager::rollback_transaction(inner),
    };
    if let Err(error) = rolled_back {
        tracing::debug!(%error, "a rollback failed; the connection is dropped");
    }
}

/// Returns whether a transaction is open.
pub fn is_in_transaction(conn: &mut Conn) -> bool {
    let status = match conn.database_mut() {
        AnyConnection::Sqlite(conn) => {
            <diesel::SqliteConnection as Connection>::TransactionManager::transaction_manager_status_mut(conn)
        }
        AnyConnection::Postgres(conn) => {
            <diesel::PgConnection as Connection>::TransactionManager::transaction_manager_status_mut(conn)
        }
    };
    status.transaction_depth().is_ok_and(|depth| depth.is_some())
}
