//! Settings of a connection for a while: how long statements and locks may take, and whether SQLite waits for the disk.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection;

use super::bounds::is_in_transaction;
use crate::db::conn::{AnyConnection, Conn};
use crate::db::connection::{self, SQLITE_BUSY_TIMEOUT_MS, Synchronous};
use crate::db::error::Result;
use crate::db::limit;

/// Runs one statement that fails at once where another writer holds SQLite's only lock.
pub fn without_waiting<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if let AnyConnection::Sqlite(conn) = conn.database_mut() {
        conn.batch_execute("PRAGMA busy_timeout = 0")?;
    }
    let done = work(conn);
    if let AnyConnection::Sqlite(conn) = conn.database_mut() {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}"))?;
    }
    done
}

/// Runs one statement or transaction whose loss in a power cut would harm nothing: its commit does not wait for the disk. The next commit
/// that waits brings it to the disk as well. In an open transaction it is committed with that.
pub fn without_sync<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if is_in_transaction(conn) {
        return work(conn);
    }
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => conn.batch_execute(Synchronous::Normal.pragma())?,
        AnyConnection::Postgres(conn) => conn.batch_execute("SET synchronous_commit = off")?,
    }
    let done = work(conn);
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => conn.batch_execute(connection::synchronous().pragma())?,
        AnyConnection::Postgres(conn) => conn.batch_execute("RESET synchronous_commit")?,
    }
    done
}

/// Sets a timeout for every statement of this connection where the database has one: on PostgreSQL.
pub fn limit_statements(conn: &mut Conn, limit: Duration) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => {
            Ok(conn.batch_execute(&format!("SET statement_timeout = {}", limit.as_millis().max(1)))?)
        }
    }
}

/// Checks that a connection of a pool answers. PostgreSQL gets the timeouts of the work that follows instead of a question, which is one
/// round trip as well: for locks the limit of this thread, for statements none until [`with_limits`]. What the work before had set ends
/// with that.
pub fn check_out(conn: &mut Conn) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => Ok(conn.ping()?),
        AnyConnection::Postgres(conn) => {
            let for_locks = match limit::lock_wait() {
                Some(wait) => format!("SET lock_timeout = {}", wait.as_millis().max(1)),
                None => "RESET lock_timeout".to_owned(),
            };
            Ok(conn.batch_execute(&format!("{for_locks}; RESET statement_timeout"))?)
        }
    }
}

/// Runs `work` over a connection that was checked out for it, with a timeout for each statement where the database has one: on PostgreSQL.
/// The next check-out ends it.
pub fn with_limits<T>(
    conn: &mut Conn,
    statement_limit: Option<Duration>,
    work: impl FnOnce(&mut Conn) -> T,
) -> Result<T> {
    if let Some(limit) = statement_limit {
        limit_statements(conn, limit)?;
    }
    Ok(work(conn))
}
