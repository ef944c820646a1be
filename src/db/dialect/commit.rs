//! How a transaction that writes is committed.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};

use super::bounds::{begin_in_turn, check_written, commit, is_in_transaction, roll_back};
use super::outcome;
use crate::db::conn::{AnyConnection, Conn};
use crate::db::connection;
use crate::db::error::{Error, Result};
use crate::db::server::{CommitOutcome, TransactionKey};
use crate::db::{generation, request_writes};

/// What identifies a transaction that writes: its number, the process that runs it and when both were started.
const TRANSACTION_KEY: &str = "txid_current() AS txid, pg_backend_pid() AS pid, \
    (SELECT coalesce(backend_start::text, '') FROM pg_stat_get_activity(pg_backend_pid())) AS backend_start, \
    pg_postmaster_start_time()::text AS started";

/// The row of [`TRANSACTION_KEY`].
#[derive(Queryable)]
struct TransactionKeyRow {
    txid: i64,
    pid: i32,
    backend_start: Option<String>,
    started: String,
}

/// Asks for the key of the open transaction. A query of its own type, so that it is prepared once.
#[derive(Clone, Copy, Debug, QueryId)]
struct TransactionKeyQuery;

/// Asks for the key of the open transaction and locks the row of the data version.
#[derive(Clone, Copy, Debug, QueryId)]
struct LockedVersionQuery;

impl Query for TransactionKeyQuery {
    type SqlType = (BigInt, Integer, Nullable<Text>, Text);
}

impl Query for LockedVersionQuery {
    type SqlType = (BigInt, Integer, Nullable<Text>, Text);
}

impl<C> RunQueryDsl<C> for TransactionKeyQuery {}

impl<C> RunQueryDsl<C> for LockedVersionQuery {}

impl QueryFragment<Pg> for TransactionKeyQuery {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_sql(TRANSACTION_KEY);
        Ok(())
    }
}

impl QueryFragment<Pg> for LockedVersionQuery {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_sql(TRANSACTION_KEY);
        out.push_sql(" FROM data_version WHERE id = 1 FOR UPDATE");
        Ok(())
    }
}

impl From<TransactionKeyRow> for TransactionKey {
    fn from(row: TransactionKeyRow) -> Self {
        Self {
            txid: row.txid,
            pid: row.pid,
            backend_start: row.backend_start.unwrap_or_default(),
            started: row.started,
        }
    }
}

/// Runs `work` in the open transaction, then commits it. `write_id` is the id of the entries that it adds to the audit log.
///
/// # Errors
/// The error of `work`, after everything it did was rolled back, [`Error::Unavailable`] if nothing was written, and
/// [`Error::OutcomeUnknown`] if the answer to COMMIT was lost and the outcome cannot be found out.
pub(super) fn finish_write<T, E: From<Error>>(
    conn: &mut Conn,
    key: Option<&TransactionKey>,
    write_id: Option<&str>,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let value = match work(conn) {
        Ok(value) => value,
        Err(error) => {
            roll_back(conn);
            return Err(error);
        }
    };
    commit_write(conn, key, write_id)?;
    Ok(value)
}

/// Commits, unless the connection or the request was given up, and finds out the outcome if the answer is lost.
fn commit_write(conn: &mut Conn, key: Option<&TransactionKey>, write_id: Option<&str>) -> Result<()> {
    // The server behind an old connection may be one that another was promoted over.
    if generation::of(conn).is_some_and(|generation| generation.is_over()) {
        roll_back(conn);
        return Err(Error::Unavailable(
            "the connections to the database were opened anew before this was committed".to_owned(),
        ));
    }
    let committing = match request_writes::committing() {
        Ok(committing) => committing,
        Err(error) => {
            roll_back(conn);
            return Err(error);
        }
    };
    let Err(error) = commit(conn) else {
        let written = check_written(conn);
        match written {
            Ok(()) => committing.done(),
            Err(_) => committing.unknown(),
        }
        return written;
    };
    let is_lost = matches!(conn.database_mut(), AnyConnection::Postgres(_)) && conn.is_broken();
    if !is_lost {
        roll_back(conn);
        return Err(error.into());
    }
    let reason = Error::from(error).to_string();
    tracing::info!(
        reason,
        "the answer to COMMIT was lost; it is looked up whether the transaction is committed"
    );
    let outcome = match key {
        Some(key) => outcome::find_out(conn, key, write_id),
        None => CommitOutcome::Unknown,
    };
    tracing::info!(?outcome, "the outcome of the transaction was looked up");
    match outcome {
        CommitOutcome::Committed => {
            committing.done();
            Ok(())
        }
        CommitOutcome::RolledBack => Err(Error::Unavailable(reason)),
        CommitOutcome::Unknown => {
            committing.unknown();
            Err(Error::OutcomeUnknown(reason))
        }
    }
}

/// Runs a few statements that write what the audit log does not record, in the open transaction or in one of their own.
///
/// # Errors
/// The error of `work`, [`Error::FileChanged`] where SQLite's file was replaced, and [`Error::OutcomeUnknown`].
pub fn write_statement<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if is_in_transaction(conn) {
        return work(conn);
    }
    let _start = begin_in_turn(conn, "BEGIN")?;
    let key = match key(conn) {
        Ok(key) => key,
        Err(error) => {
            roll_back(conn);
            return Err(error);
        }
    };
    finish_write(conn, key.as_ref(), None, work)
}

/// Returns the key of the open transaction; none on SQLite, of which it checks the file.
pub(super) fn key(conn: &mut Conn) -> Result<Option<TransactionKey>> {
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => connection::check_file(conn).map(|()| None),
        AnyConnection::Postgres(conn) => {
            let row: TransactionKeyRow = TransactionKeyQuery.get_result(conn)?;
            Ok(Some(row.into()))
        }
    }
}

/// Returns what [`key`] does, once the row of the data version is locked on PostgreSQL.
pub(super) fn key_of_version(conn: &mut Conn) -> Result<Option<TransactionKey>> {
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return key(conn);
    };
    let row: Option<TransactionKeyRow> = LockedVersionQuery.get_result(conn).optional()?;
    Ok(row.map(TransactionKey::from))
}
