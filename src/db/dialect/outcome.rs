//! What became of a transaction on PostgreSQL when the answer to COMMIT is lost.

use std::time::Instant;

use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::catalog::CountRow;
use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::Result;
use crate::db::pool::Pool;
use crate::db::server::{CommitOutcome, Server, TransactionKey};
use crate::db::{generation, request_writes};

/// Looks up what became of a transaction, over a new connection that takes the place of the lost one.
pub(super) fn find_out(conn: &mut Conn, key: &TransactionKey, write_id: Option<&str>) -> CommitOutcome {
    let server = generation::server_of(conn);
    let Some(pool) = generation::of(conn).and_then(|generation| generation.pool()) else {
        return CommitOutcome::Unknown;
    };
    let end = Instant::now() + request_writes::look_timeout();
    let mut is_lost = true;
    loop {
        let found = look(&pool, conn, is_lost, (server.as_ref(), key), write_id);
        match found {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => is_lost = false,
            Err(error) => {
                tracing::debug!(%error, "a transaction could not be looked up yet");
                is_lost = true;
            }
        }
        if !request_writes::wait_for_next_look(end) {
            return CommitOutcome::Unknown;
        }
    }
}

/// Looks once, over a new connection if the one at `conn` is lost. Returns nothing while the transaction is in progress.
fn look(
    pool: &Pool,
    conn: &mut Conn,
    is_lost: bool,
    (server, key): (Option<&Server>, &TransactionKey),
    write_id: Option<&str>,
) -> Result<Option<CommitOutcome>> {
    if is_lost {
        *conn = pool.open()?;
    }
    let now = generation::server_of(conn);
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return Ok(Some(CommitOutcome::Unknown));
    };
    let has_same_data = matches!((server, &now), (Some(server), Some(now)) if now.has_data_of(server));
    let is_restarted = now.is_none_or(|now| now.started != key.started);
    // Asked before the entries are looked for: what is over now is visible then.
    let status = match has_same_data {
        true => status(conn, key, is_restarted)?,
        false => TransactionStatus::Unknown,
    };
    if let Some(write_id) = write_id
        && has_entry(conn, write_id)?
    {
        return Ok(Some(CommitOutcome::Committed));
    }
    Ok(match (status, write_id) {
        (TransactionStatus::Committed, None) => Some(CommitOutcome::Committed),
        // Without its entries it is another transaction, to which a crash gave the number again.
        (TransactionStatus::Aborted, _) | (TransactionStatus::Forgotten | TransactionStatus::Committed, Some(_)) => {
            Some(CommitOutcome::RolledBack)
        }
        // Another server need not have everything that this one had.
        (TransactionStatus::Unknown, _) | (TransactionStatus::Forgotten, None) => Some(CommitOutcome::Unknown),
        (TransactionStatus::InProgress, _) => None,
    })
}

/// What the server reports about a transaction.
enum TransactionStatus {
    Committed,
    Aborted,
    /// The process that ran it has ended, and its number means nothing: it is too old, or belongs to another transaction since a crash.
    Forgotten,
    InProgress,
    Unknown,
}

/// Asks the server what became of a transaction.
fn status(conn: &mut PgConnection, key: &TransactionKey, is_restarted: bool) -> Result<TransactionStatus> {
    #[derive(QueryableByName)]
    struct StatusRow {
        #[diesel(sql_type = Bool)]
        is_ahead: bool,
        #[diesel(sql_type = Nullable<Text>)]
        status: Option<String>,
    }
    // Asked first: the transaction of a process that has ended is over when its number is looked up.
    let backends: CountRow =
        sql_query("SELECT count(*) AS count FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2")
            .bind::<Integer, _>(key.pid)
            .bind::<Text, _>(&key.backend_start)
            .get_result(conn)?;
    // The numbers behind those that have ended are in progress or were not given out yet, which a crash may have taken back.
    let row: StatusRow = sql_query(
        "SELECT $1 >= xmax AS is_ahead, CASE WHEN $1 < xmax THEN txid_status($1) END AS status \
         FROM txid_snapshot_xmax(txid_current_snapshot()) AS xmax",
    )
    .bind::<BigInt, _>(key.txid)
    .get_result(conn)?;
    Ok(match row.status.as_deref() {
        Some("aborted") => TransactionStatus::Aborted,
        _ if is_restarted => TransactionStatus::Forgotten,
        Some("committed") => TransactionStatus::Committed,
        None if backends.count == 0 && row.is_ahead => TransactionStatus::Aborted,
        None if backends.count == 0 => TransactionStatus::Forgotten,
        _ => TransactionStatus::InProgress,
    })
}

/// Returns whether the audit log has entries of this transaction.
fn has_entry(conn: &mut PgConnection, write_id: &str) -> QueryResult<bool> {
    let entries = "SELECT count(*) AS count FROM (SELECT 1 FROM log_entry WHERE write_id = $1 LIMIT 1) AS entry";
    let found: CountRow = sql_query(entries).bind::<Text, _>(write_id).get_result(conn)?;
    Ok(found.count > 0)
}
