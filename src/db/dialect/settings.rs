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
/// round trip as well: those of the limit of this thread. What the work before had set ends with that.
pub fn check_out(conn: &mut Conn) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => Ok(conn.ping()?),
        AnyConnection::Postgres(conn) => {
            let timeout = |name: &str, limit: Option<Duration>| match limit {
                Some(limit) => format!("SET {name} = {}", limit.as_millis().max(1)),
                None => format!("RESET {name}"),
            };
            let for_locks = timeout("lock_timeout", limit::lock_wait());
            let for_statements = timeout("statement_timeout", limit::statement());
            Ok(conn.batch_execute(&format!("{for_locks}; {for_statements}"))?)
        }
    }
}
