//! What a PostgreSQL server reports about itself and its processes.

use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};
use diesel::{OptionalExtension, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::Result;
use crate::db::server::Server;

/// Returns what a connection reports about the server behind it; none on SQLite, and where a server does not report it.
pub fn server(conn: &mut Conn) -> Option<Server> {
    #[derive(QueryableByName)]
    struct ServerRow {
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
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return None;
    };
    let row: QueryResult<ServerRow> = sql_query(
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
            tracing::debug!(%error, "the server does not identify itself");
            None
        }
    }
}

/// How a server writes its messages and stores texts.
#[derive(Debug, QueryableByName)]
pub struct TextSettings {
    /// The locale of its messages to this role, as `lc_messages` has it.
    #[diesel(sql_type = Text)]
    pub language: String,
    /// The encoding of the database, as `UTF8`.
    #[diesel(sql_type = Text)]
    pub encoding: String,
}

/// Returns how the server behind a connection writes its messages and stores texts; none on SQLite.
pub fn text_settings(conn: &mut Conn) -> Result<Option<TextSettings>> {
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return Ok(None);
    };
    let settings = "SELECT current_setting('lc_messages') AS language, current_setting('server_encoding') AS encoding";
    Ok(Some(sql_query(settings).get_result(conn)?))
}

/// Returns the processes among `pids` of the server behind `conn` that are in a statement, each with whether it works: one that only waits
/// until a standby has what was committed does not.
pub fn working(conn: &mut Conn, pids: &[i32]) -> Result<Vec<(i32, bool)>> {
    #[derive(QueryableByName)]
    struct WorkingRow {
        #[diesel(sql_type = Integer)]
        pid: i32,
        #[diesel(sql_type = Bool)]
        works: bool,
    }
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return Ok(pids.iter().map(|pid| (*pid, true)).collect());
    };
    let rows: Vec<WorkingRow> = sql_query(
        "SELECT pid, coalesce(wait_event, '') <> 'SyncRep' AS works FROM pg_stat_activity WHERE pid = ANY ($1) AND state = 'active'",
    )
    .bind::<Array<Integer>, _>(pids)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.pid, row.works)).collect())
}

/// Returns what the process `pid` of the server behind `conn` waits for, in words; nothing on SQLite, or if it waits for nothing.
pub fn waits_for(conn: &mut Conn, pid: i32) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct EventRow {
        #[diesel(sql_type = Nullable<Text>)]
        event: Option<String>,
    }
    if let Some(blocker) = blocker_of(conn, pid)? {
        return Ok(Some(format!("a lock, held by {blocker}")));
    }
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return Ok(None);
    };
    let row: Option<EventRow> =
        sql_query("SELECT lower(wait_event_type) || ' ' || wait_event AS event FROM pg_stat_activity WHERE pid = $1")
            .bind::<Integer, _>(pid)
            .get_result(conn)
            .optional()?;
    Ok(row.and_then(|row| row.event))
}

/// Returns the transaction that blocks the process `pid` of the server behind `conn`, in words: the one at the end of the queue, which waits
/// for no other itself. Nothing on SQLite, or if no lock is waited for.
pub(in crate::db) fn blocker_of(conn: &mut Conn, pid: i32) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct BlockerRow {
        #[diesel(sql_type = Text)]
        blocker: String,
    }
    const BLOCKER: &str = "WITH RECURSIVE line (pid) AS (SELECT unnest(pg_blocking_pids($1)) \
        UNION SELECT unnest(pg_blocking_pids(line.pid)) FROM line) \
        SELECT concat_ws(', ', 'pid ' || activity.pid, 'user ' || activity.usename, \
            'application ' || nullif(activity.application_name, ''), \
            'since ' || to_char(activity.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC', \
            'last query: ' || nullif(left(regexp_replace(activity.query, '\\s+', ' ', 'g'), 60), '')) AS blocker \
        FROM line JOIN pg_stat_activity AS activity ON activity.pid = line.pid \
        ORDER BY coalesce(activity.wait_event_type = 'Lock', false), activity.xact_start LIMIT 1";
    let AnyConnection::Postgres(conn) = conn.database_mut() else {
        return Ok(None);
    };
    let row: Option<BlockerRow> = sql_query(BLOCKER).bind::<Integer, _>(pid).get_result(conn).optional()?;
    Ok(row.map(|row| row.blocker))
}
