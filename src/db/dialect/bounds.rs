//! BEGIN, COMMIT and ROLLBACK.

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};

use crate::db::blocker::LockWatch;
use crate::db::conn::{AnyConnection, Conn};
use crate::db::connection::{self, SQLITE_BUSY_TIMEOUT_MS};
use crate::db::error::{Error, Result};
use crate::db::limit;

/// Begins a transaction by the statement of its database.
pub(super) fn begin(conn: &mut Conn, sqlite: &str, postgres: &str) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, sqlite)?,
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, postgres)?,
    }
    Ok(())
}

/// Begins a transaction that writes. If the limit of the thread has a timeout for locks, the transaction has it too, and the watch that is
/// returned looks for the transaction that blocks it.
pub(super) fn begin_write(conn: &mut Conn, postgres: &str) -> Result<Option<LockWatch>> {
    let Some(wait) = limit::lock_wait().map(|wait| wait.as_millis()) else {
        begin(conn, "BEGIN IMMEDIATE", postgres)?;
        return Ok(None);
    };
    if let AnyConnection::Sqlite(inner) = conn.database_mut() {
        // The write lock is the only one that is waited for.
        inner.batch_execute(&format!("PRAGMA busy_timeout = {wait}"))?;
        let begun = begin(conn, "BEGIN IMMEDIATE", "");
        conn.batch_execute(&format!("PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}"))?;
        begun?;
        return Ok(None);
    }
    begin(conn, "", &format!("{postgres}; SET LOCAL lock_timeout = {wait}"))?;
    Ok(LockWatch::begin(conn))
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
