//! How a transaction that writes is committed, and how it is found out whether it was when the answer to COMMIT is lost.

use std::time::Instant;

use diesel::r2d2::R2D2Connection;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use diesel::{OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::{begin, check_written, commit, roll_back};
use crate::db::connection::{self, AnyConnection, Conn};
use crate::db::error::{Error, Result};
use crate::db::pool::Pool;
use crate::db::server::{Outcome, Server, Ticket};
use crate::db::{generation, work};

/// Finds a transaction that writes again: its number, the process that runs it and when both were started.
pub(super) const TICKET: &str = "txid_current() AS txid, pg_backend_pid() AS pid, \
    (SELECT coalesce(backend_start::text, '') FROM pg_stat_get_activity(pg_backend_pid())) AS backend_start, \
    pg_postmaster_start_time()::text AS started";

/// The row of [`TICKET`].
#[derive(QueryableByName)]
pub(super) struct TicketRow {
    #[diesel(sql_type = BigInt)]
    txid: i64,
    #[diesel(sql_type = Integer)]
    pid: i32,
    #[diesel(sql_type = Nullable<Text>)]
    backend_start: Option<String>,
    #[diesel(sql_type = Text)]
    started: String,
}

impl From<TicketRow> for Ticket {
    fn from(row: TicketRow) -> Self {
        Self {
            txid: row.txid,
            pid: row.pid,
            backend_start: row.backend_start.unwrap_or_default(),
            started: row.started,
        }
    }
}

/// Runs `work` in the transaction that is open, then commits it. `write_id` is the id of the entries of the audit trail in it.
///
/// # Errors
/// Those of `work`, after everything it did was rolled back, [`Error::Unavailable`] if nothing was written, and
/// [`Error::OutcomeUnknown`] if the answer to COMMIT was lost and nobody knows what became of it.
pub(super) fn finish_write<T, E: From<Error>>(
    conn: &mut Conn,
    ticket: Option<&Ticket>,
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
    commit_write(conn, ticket, write_id)?;
    Ok(value)
}

fn commit_write(conn: &mut Conn, ticket: Option<&Ticket>, write_id: Option<&str>) -> Result<()> {
    // The server behind an old connection may be one that another was promoted over.
    if generation::of(conn).is_some_and(|generation| generation.is_over()) {
        roll_back(conn);
        return Err(Error::Unavailable(
            "the connections to the database were opened anew before this was committed".to_owned(),
        ));
    }
    let committing = match work::committing() {
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
    let is_lost = matches!(conn, AnyConnection::Postgres(_)) && conn.is_broken();
    if !is_lost {
        roll_back(conn);
        return Err(error.into());
    }
    let reason = Error::from(error).to_string();
    tracing::info!(
        reason,
        "the answer to COMMIT was lost; it is looked up whether the transaction is committed"
    );
    let outcome = match ticket {
        Some(ticket) => find_out(conn, ticket, write_id),
        None => Outcome::Unknown,
    };
    tracing::info!(?outcome, "the transaction whose answer was lost");
    match outcome {
        Outcome::Committed => {
            committing.done();
            Ok(())
        }
        Outcome::RolledBack => Err(Error::Unavailable(reason)),
        Outcome::Unknown => {
            committing.unknown();
            Err(Error::OutcomeUnknown(reason))
        }
    }
}

/// Looks up what became of a transaction, over a new connection that takes the place of the lost one.
fn find_out(conn: &mut Conn, ticket: &Ticket, write_id: Option<&str>) -> Outcome {
    let server = generation::server_of(conn);
    let Some(pool) = generation::of(conn).and_then(|generation| generation.pool()) else {
        return Outcome::Unknown;
    };
    let end = Instant::now() + work::look_limit();
    let mut is_lost = true;
    loop {
        let found = look(&pool, conn, is_lost, (server.as_ref(), ticket), write_id);
        match found {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => is_lost = false,
            Err(error) => {
                tracing::debug!(%error, "a transaction could not be looked up yet");
                is_lost = true;
            }
        }
        if !work::wait_for_next_look(end) {
            return Outcome::Unknown;
        }
    }
}

/// One look. Nothing is known yet while the transaction is in progress.
fn look(
    pool: &Pool,
    conn: &mut Conn,
    is_lost: bool,
    (server, ticket): (Option<&Server>, &Ticket),
    write_id: Option<&str>,
) -> Result<Option<Outcome>> {
    if is_lost {
        *conn = pool.open()?;
    }
    let now = generation::server_of(conn);
    let AnyConnection::Postgres(conn) = conn else {
        return Ok(Some(Outcome::Unknown));
    };
    let has_same_data = matches!((server, &now), (Some(server), Some(now)) if now.has_data_of(server));
    let is_restarted = now.is_none_or(|now| now.started != ticket.started);
    // Asked before the entries are looked for: what is over now is visible then.
    let status = match has_same_data {
        true => status(conn, ticket, is_restarted)?,
        false => Status::Unknown,
    };
    if let Some(write_id) = write_id
        && has_entry(conn, write_id)?
    {
        return Ok(Some(Outcome::Committed));
    }
    Ok(match (status, write_id) {
        (Status::Committed, None) => Some(Outcome::Committed),
        // Without its entries it is another transaction, to which a crash gave the number again.
        (Status::Aborted, _) | (Status::Gone | Status::Committed, Some(_)) => Some(Outcome::RolledBack),
        // Another server need not have everything that this one had.
        (Status::Unknown, _) | (Status::Gone, None) => Some(Outcome::Unknown),
        (Status::InProgress, _) => None,
    })
}

/// What the server says of a transaction.
enum Status {
    Committed,
    Aborted,
    /// The process that ran it is no longer there, and its number says nothing: it is too old, or belongs to another one since a crash.
    Gone,
    InProgress,
    Unknown,
}

fn status(conn: &mut PgConnection, ticket: &Ticket, is_restarted: bool) -> Result<Status> {
    #[derive(QueryableByName)]
    struct Backends {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_ahead: bool,
        #[diesel(sql_type = Nullable<Text>)]
        status: Option<String>,
    }
    // Asked first: the transaction of a process that is no longer there has ended when its number is looked up.
    let backends: Backends =
        sql_query("SELECT count(*) AS count FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2")
            .bind::<Integer, _>(ticket.pid)
            .bind::<Text, _>(&ticket.backend_start)
            .get_result(conn)?;
    // The numbers behind those that have ended are in progress or were not given out yet, which a crash may have taken back.
    let row: Row = sql_query(
        "SELECT $1 >= xmax AS is_ahead, CASE WHEN $1 < xmax THEN txid_status($1) END AS status \
         FROM txid_snapshot_xmax(txid_current_snapshot()) AS xmax",
    )
    .bind::<BigInt, _>(ticket.txid)
    .get_result(conn)?;
    Ok(match row.status.as_deref() {
        Some("aborted") => Status::Aborted,
        _ if is_restarted => Status::Gone,
        Some("committed") => Status::Committed,
        None if backends.count == 0 && row.is_ahead => Status::Aborted,
        None if backends.count == 0 => Status::Gone,
        _ => Status::InProgress,
    })
}

fn has_entry(conn: &mut PgConnection, write_id: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        #[expect(dead_code, reason = "only whether there is a row matters")]
        found: i32,
    }
    let row: Option<Row> = sql_query("SELECT 1 AS found FROM log_entry WHERE write_id = $1 LIMIT 1")
        .bind::<Text, _>(write_id)
        .get_result(conn)
        .optional()?;
    Ok(row.is_some())
}

/// Runs one statement or a few that write what the audit trail does not speak of, in a transaction of their own or in the one that is
/// open already.
///
/// # Errors
/// Those of `work`, and those of [`finish_write`].
pub(super) fn small_transaction<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if is_in_transaction(conn) {
        return work(conn);
    }
    begin(conn, "BEGIN IMMEDIATE", "BEGIN")?;
    let ticket = match ticket(conn, "") {
        Ok(ticket) => ticket,
        Err(error) => {
            roll_back(conn);
            return Err(error);
        }
    };
    finish_write(conn, ticket.as_ref(), None, work)
}

/// Returns the ticket of the transaction that is open, from a query that ends with `from`; none on SQLite, whose file has to be there.
pub(super) fn ticket(conn: &mut Conn, from: &str) -> Result<Option<Ticket>> {
    let conn = match conn {
        AnyConnection::Sqlite(conn) => return connection::check_file(conn).map(|()| None),
        AnyConnection::Postgres(conn) => conn,
    };
    let row: Option<TicketRow> = sql_query(format!("SELECT {TICKET} {from}"))
        .get_result(conn)
        .optional()?;
    Ok(row.map(Ticket::from))
}

fn is_in_transaction(conn: &mut Conn) -> bool {
    use diesel::connection::TransactionManager;
    let status = match conn {
        AnyConnection::Sqlite(conn) => {
            <diesel::SqliteConnection as diesel::Connection>::TransactionManager::transaction_manager_status_mut(conn)
        }
        AnyConnection::Postgres(conn) => {
            <PgConnection as diesel::Connection>::TransactionManager::transaction_manager_status_mut(conn)
        }
    };
    status.transaction_depth().is_ok_and(|depth| depth.is_some())
}

/// Returns what a connection says of the server behind it; none on SQLite, and where a server does not say.
pub fn server(conn: &mut Conn) -> Option<Server> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        system: String,
        #[diesel(sql_type = Text)]
        timeline: String,
        #[diesel(sql_type = Text)]
        address: String,
        #[diesel(sql_type = Text)]
        started: String,
        #[diesel(sql_type = Integer)]
        pid: i32,
    }
    let AnyConnection::Postgres(conn) = conn else {
        return None;
    };
    let row: QueryResult<Row> = sql_query(
        "SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system, \
         CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline, \
         concat_ws(' ', inet_server_addr(), inet_server_port()) AS address, \
         pg_postmaster_start_time()::text AS started, pg_backend_pid() AS pid",
    )
    .get_result(conn);
    match row {
        Ok(row) => Some(Server {
            system: row.system,
            timeline: u32::from_str_radix(&row.timeline, 16).ok(),
            address: row.address,
            started: row.started,
            pid: row.pid,
        }),
        Err(error) => {
            tracing::debug!(%error, "the server does not say who it is");
            None
        }
    }
}

/// Returns those of the processes `pids` of the server behind `conn` that are in a statement, each with whether it does anything else
/// than wait until a standby has what was committed.
pub fn working(conn: &mut Conn, pids: &[i32]) -> Result<Vec<(i32, bool)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        pid: i32,
        #[diesel(sql_type = Bool)]
        works: bool,
    }
    let AnyConnection::Postgres(conn) = conn else {
        return Ok(pids.iter().map(|pid| (*pid, true)).collect());
    };
    let rows: Vec<Row> = sql_query(
        "SELECT pid, coalesce(wait_event, '') <> 'SyncRep' AS works FROM pg_stat_activity WHERE pid = ANY ($1) AND state = 'active'",
    )
    .bind::<Array<Integer>, _>(pids)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.pid, row.works)).collect())
}

/// Says what the process `pid` of the server behind `conn` waits for, in words; nothing on SQLite, or if it waits for nothing.
pub fn waits_for(conn: &mut Conn, pid: i32) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        event: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        blockers: Option<String>,
    }
    let AnyConnection::Postgres(conn) = conn else {
        return Ok(None);
    };
    let row: Option<Row> = sql_query(
        "SELECT lower(wait_event_type) || ' ' || wait_event AS event, (SELECT string_agg(concat_ws(' ', 'process', b.pid, \
         'of ' || b.usename, nullif(b.application_name, '')), ', ') FROM pg_stat_activity AS b WHERE b.pid = ANY (pg_blocking_pids(a.pid))) \
         AS blockers FROM pg_stat_activity AS a WHERE pid = $1",
    )
    .bind::<Integer, _>(pid)
    .get_result(conn)
    .optional()?;
    Ok(row.and_then(|row| match (row.blockers, row.event) {
        (Some(blockers), _) => Some(format!("a lock that {blockers} holds")),
        (None, event) => event,
    }))
}
