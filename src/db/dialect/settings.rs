//! Settings of a connection for a while: how long statements and locks may take, and whether SQLite waits for the disk.

use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::bounds::is_in_transaction;
use crate::db::connection::{self, AnyConnection, Conn, SQLITE_BUSY_TIMEOUT_MS, Synchronous};
use crate::db::error::Result;
use crate::db::limit;

/// Runs one statement that fails at once where another writer holds SQLite's only lock.
pub fn without_waiting<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if let AnyConnection::Sqlite(conn) = conn {
        conn.batch_execute("PRAGMA busy_timeout = 0")?;
    }
    let done = work(conn);
    if let AnyConnection::Sqlite(conn) = conn {
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
    match conn {
        AnyConnection::Sqlite(conn) => conn.batch_execute(Synchronous::Normal.pragma())?,
        AnyConnection::Postgres(conn) => conn.batch_execute("SET synchronous_commit = off")?,
    }
    let done = work(conn);
    match conn {
        AnyConnection::Sqlite(conn) => conn.batch_execute(connection::synchronous().pragma())?,
        AnyConnection::Postgres(conn) => conn.batch_execute("RESET synchronous_commit")?,
    }
    done
}

/// Sets a timeout for every statement of this connection where the database has one: on PostgreSQL.
pub fn limit_statements(conn: &mut Conn, limit: Duration) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => {
            Ok(conn.batch_execute(&format!("SET statement_timeout = {}", limit.as_millis().max(1)))?)
        }
    }
}

/// Runs `work` with timeouts where the database has them, on PostgreSQL: `statement_limit` for each statement, and the limit of this thread
/// for locks. The result of `work` is returned even if the connection is lost after it.
pub fn with_limits<T>(
    conn: &mut Conn,
    statement_limit: Option<Duration>,
    work: impl FnOnce(&mut Conn) -> T,
) -> Result<T> {
    let setting = |name: &str, limit: Option<Duration>| {
        limit.map_or_else(String::new, |limit| {
            format!("SET {name} = {};", limit.as_millis().max(1))
        })
    };
    let settings = setting("lock_timeout", limit::lock_wait()) + &setting("statement_timeout", statement_limit);
    if settings.is_empty() {
        return Ok(work(conn));
    }
    if let AnyConnection::Postgres(conn) = conn {
        conn.batch_execute(&settings)?;
    }
    let done = work(conn);
    if let AnyConnection::Postgres(conn) = conn
        && let Err(error) = conn.batch_execute("RESET lock_timeout; RESET statement_timeout")
    {
        tracing::debug!(%error, "the connection was lost, and the pool drops it");
    }
    Ok(done)
}
