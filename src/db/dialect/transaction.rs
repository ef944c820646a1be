//! The kinds of transactions.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Integer, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::bounds::{begin, begin_in_turn, begin_write, finish, roll_back};
use super::catalog::count_orphans;
use super::{commit, without_waiting};
use crate::db::conn::{AnyConnection, Conn};
use crate::db::connection;
use crate::db::error::{Error, Result};
use crate::db::limit as thread_limit;

/// Runs `work` in a transaction that may write. Both databases have one writer at a time: SQLite has one write lock, and on PostgreSQL the
/// row of the data version is locked first, which also rules out deadlocks between writers. `write_id` is the id of the entries that the
/// transaction adds to the audit log, by which it is found if the answer to COMMIT is lost.
///
/// # Errors
/// The error of `work`, after everything it did was rolled back, and [`Error::OutcomeUnknown`].
pub fn write_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    write_id: Option<&str>,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let _start = begin_write(conn, "BEGIN ISOLATION LEVEL READ COMMITTED")?;
    match commit::key_of_version(conn) {
        Ok(key) => commit::finish_write(conn, key.as_ref(), write_id, work),
        Err(error) => {
            roll_back(conn);
            Err(error.into())
        }
    }
}

/// Waits in a transaction until no [`keyed_transaction`] of this key runs, and keeps others waiting until the transaction ends. On SQLite
/// a transaction that writes has that from its start.
///
/// # Errors
/// Those of [`crate::db`].
pub fn wait_for_key(conn: &mut Conn, key: &str) -> Result<()> {
    /// Any number that no other program locks; keeps these locks apart from that of the migrations.
    const LOCK_CLASS: i32 = 0x534c_4131;
    match conn.database_mut() {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => {
            sql_query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
                .bind::<Integer, _>(LOCK_CLASS)
                .bind::<Text, _>(key)
                .execute(conn)?;
            Ok(())
        }
    }
}

/// Runs `work` in a transaction that may write tables outside of the data version, one at a time for each `key`: on PostgreSQL a user can
/// log in during a long change of components.
///
/// # Errors
/// The error of `work`, after everything it did was rolled back, and [`Error::OutcomeUnknown`].
pub fn keyed_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    key: &str,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let _start = begin_write(conn, "BEGIN")?;
    let locked = match conn.database_mut() {
        AnyConnection::Sqlite(conn) => connection::check_file(conn),
        AnyConnection::Postgres(_) => wait_for_key(conn, key),
    };
    match locked.and_then(|()| commit::key(conn)) {
        Ok(key) => commit::finish_write(conn, key.as_ref(), None, work),
        Err(error) => {
            roll_back(conn);
            Err(error.into())
        }
    }
}

/// Locks rows in the open transaction by `statements`, a batch of `SELECT … FOR SHARE`. On SQLite the write lock covers all rows.
pub fn lock_rows(conn: &mut Conn, statements: &str) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => Ok(conn.batch_execute(statements)?),
    }
}

/// Runs `work` unless another session runs work under the same `key`, and then returns nothing: one replica at a time on PostgreSQL. Fails at
/// once where another writer has SQLite's write lock; on PostgreSQL no statement waits longer than a second for a lock.
pub fn exclusive_transaction<T>(
    conn: &mut Conn,
    key: &str,
    work: impl FnOnce(&mut Conn) -> Result<T>,
) -> Result<Option<T>> {
    /// Any number that no other program locks; keeps these locks apart from those of the other transactions.
    const LOCK_CLASS: i32 = 0x534c_4132;
    without_waiting(conn, |conn| {
        begin(conn, "BEGIN IMMEDIATE", "BEGIN; SET LOCAL lock_timeout = 1000")
    })?;
    let locked = match conn.database_mut() {
        AnyConnection::Sqlite(_) => Ok(true),
        AnyConnection::Postgres(conn) => sql_query("SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS taken")
            .bind::<Integer, _>(LOCK_CLASS)
            .bind::<Text, _>(key)
            .get_result::<TakenRow>(conn)
            .map(|row| row.taken),
    };
    match locked {
        // Without a key: the work is repeated later if the answer to COMMIT is lost.
        Ok(true) => commit::finish_write(conn, None, None, work).map(Some),
        Ok(false) => {
            roll_back(conn);
            Ok(None)
        }
        Err(error) => {
            roll_back(conn);
            Err(error.into())
        }
    }
}

/// Runs a transaction whose statements wait no longer than a second for locked rows on PostgreSQL. The timeout of SQLite's write lock stays
/// as it is.
pub fn briefly<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    let _start = begin_in_turn(conn, "BEGIN; SET LOCAL lock_timeout = 1000")?;
    finish(conn, work)
}

/// Runs `work` on one snapshot of the database, read-only. On PostgreSQL no statement in it may last longer than `limit`, and none longer than the
/// limit of this thread.
pub fn read_snapshot<T, E: From<Error>>(
    conn: &mut Conn,
    limit: Duration,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    // In one batch: each statement is a round trip to the server, and scrapes wait for it.
    let postgres = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}",
        thread_limit::statement()
            .map_or(limit, |statement| statement.min(limit))
            .as_millis()
            .max(1)
    );
    begin(conn, "BEGIN", &postgres)?;
    finish(conn, work)
}

/// Runs `work`, which changes the schema, in one transaction that no other migration can overlap. SQLite checks no foreign key while tables
/// are recreated, and all of them before it commits.
pub fn migration_transaction<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    /// Any number that no other program locks; the letters of the product's name.
    const LOCK_KEY: i64 = 0x534c_414d_6f6e;
    match conn.database_mut() {
        AnyConnection::Sqlite(inner) => {
            inner.batch_execute("PRAGMA foreign_keys = OFF")?;
            let done = begin(conn, "BEGIN EXCLUSIVE", "").and_then(|()| {
                commit::finish_write(conn, None, None, |conn| {
                    let value = work(conn)?;
                    let orphans = count_orphans(conn)?;
                    if orphans > 0 {
                        return Err(Error::Corrupt(format!(
                            "{orphans} rows refer to rows that do not exist"
                        )));
                    }
                    Ok(value)
                })
            });
            conn.batch_execute("PRAGMA foreign_keys = ON")?;
            done
        }
        AnyConnection::Postgres(_) => {
            begin(conn, "", "BEGIN ISOLATION LEVEL READ COMMITTED")?;
            commit::finish_write(conn, None, None, |conn| {
                conn.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK_KEY})"))?;
                work(conn)
            })
        }
    }
}

#[derive(QueryableByName)]
struct TakenRow {
    #[diesel(sql_type = Bool)]
    taken: bool,
}
