//! Everything that the two databases say differently. No other file tells them apart, save for opening and migrating.

mod commit;

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::sql_types::{Integer, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};

use super::blocker::Watch;
use super::connection::{self, AnyConnection, Conn, SQLITE_BUSY_TIMEOUT_MS, Synchronous};
use super::error::{Error, Result};
use super::limit;
use super::mark::{Mark, MarkQuery};
use super::text::Spelling;

pub use commit::{server, waits_for, working};

/// The most rows that one INSERT carries: PostgreSQL takes 65,535 values in a statement, SQLite 32,766.
pub const INSERT_ROWS_MAX: usize = 500;

/// Inserts a slice of insertable values, [`INSERT_ROWS_MAX`] at a time. Batches do not exist on the shared backend, hence the
/// match here; a macro because the table and the values keep their own types.
///
/// Values with an `Option` need `treat_none_as_default_value = false`: otherwise diesel runs a statement for each row on SQLite.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let mut outcome: $crate::db::Result<()> = Ok(());
        for chunk in $rows.chunks($crate::db::dialect::INSERT_ROWS_MAX) {
            let inserted = match $conn {
                $crate::db::connection::AnyConnection::Sqlite(conn) => {
                    diesel::insert_into($table).values(chunk).execute(conn)
                }
                $crate::db::connection::AnyConnection::Postgres(conn) => {
                    diesel::insert_into($table).values(chunk).execute(conn)
                }
            };
            if let Err(error) = inserted {
                outcome = Err(error.into());
                break;
            }
        }
        outcome
    }};
}
pub(crate) use insert_rows;

/// Runs `work` in a transaction that may write. Writers come one after the other on both databases: SQLite has one write lock,
/// and on PostgreSQL the row of the data version is locked first, which also rules out deadlocks between writers. `write_id` is the id
/// that the entries of the audit trail in it have, by which the transaction is found if the answer to COMMIT is lost.
///
/// # Errors
/// Those of `work`, after everything it did was rolled back, those of the database, and [`Error::OutcomeUnknown`].
pub fn write_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    write_id: Option<&str>,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    let _watch = begin_write(conn, "BEGIN ISOLATION LEVEL READ COMMITTED")?;
    match commit::ticket(conn, "FROM data_version WHERE id = 1 FOR UPDATE") {
        Ok(ticket) => commit::finish_write(conn, ticket.as_ref(), write_id, work),
        Err(error) => {
            roll_back(conn);
            Err(error.into())
        }
    }
}

/// Runs `work` in a transaction that may write tables outside of the data version, and comes one after the other with those of the
/// same `key` only: on PostgreSQL somebody can sign in while a long change of components goes on.
///
/// # Errors
/// Those of `work`, after everything it did was rolled back, those of the database, and [`Error::OutcomeUnknown`].
pub fn keyed_transaction<T, E: From<Error>>(
    conn: &mut Conn,
    key: &str,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    /// Any number that no other program locks; keeps these locks apart from that of the migrations.
    const LOCK_CLASS: i32 = 0x534c_4131;
    let _watch = begin_write(conn, "BEGIN")?;
    let locked = match conn {
        AnyConnection::Sqlite(conn) => connection::check_file(conn),
        AnyConnection::Postgres(conn) => sql_query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
            .bind::<Integer, _>(LOCK_CLASS)
            .bind::<Text, _>(key)
            .execute(conn)
            .map(drop)
            .map_err(Error::from),
    };
    match locked.and_then(|()| commit::ticket(conn, "")) {
        Ok(ticket) => commit::finish_write(conn, ticket.as_ref(), None, work),
        Err(error) => {
            roll_back(conn);
            Err(error.into())
        }
    }
}

/// Runs one statement that writes in a transaction of its own.
///
/// # Errors
/// Those of `work`, [`Error::FileChanged`] where the file behind SQLite is another one, and [`Error::OutcomeUnknown`].
pub fn write_statement<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    commit::small_transaction(conn, work)
}

/// Locks rows of the transaction that is under way by `statements`, a batch of `SELECT … FOR SHARE`. SQLite's write lock holds all rows.
pub fn lock_rows(conn: &mut Conn, statements: &str) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => Ok(conn.batch_execute(statements)?),
    }
}

/// Runs `work` where nobody else does so under the same `key` now: one replica at a time on PostgreSQL. Gives nothing if somebody does, and
/// fails at once where another writer holds SQLite's only lock; on PostgreSQL no statement of it waits longer than a second for a lock.
///
/// # Errors
/// Those of `work`, after everything it did was rolled back, and those of the database.
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
    let locked = match conn {
        AnyConnection::Sqlite(_) => Ok(true),
        AnyConnection::Postgres(conn) => sql_query("SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS taken")
            .bind::<Integer, _>(LOCK_CLASS)
            .bind::<Text, _>(key)
            .get_result::<Taken>(conn)
            .map(|row| row.taken),
    };
    match locked {
        // It is done again some time if its answer is lost.
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

/// Runs a transaction whose statements wait no longer than a second for rows that others hold on PostgreSQL; SQLite's write lock is waited
/// for as ever.
///
/// # Errors
/// Those of `work` and those of the database.
pub fn briefly<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    begin(conn, "BEGIN IMMEDIATE", "BEGIN; SET LOCAL lock_timeout = 1000")?;
    finish(conn, work)
}

/// Runs one statement that is not worth waiting for: where another writer holds SQLite's only lock, it fails at once.
///
/// # Errors
/// Those of `work` and those of the database.
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

/// Runs one statement whose loss in a power cut would harm nothing: SQLite does not wait for the disk at its commit. The next commit that
/// waits brings it to the disk as well. Call it outside of transactions.
///
/// # Errors
/// Those of `work` and those of the database.
pub fn without_sync<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    if let AnyConnection::Sqlite(conn) = conn {
        conn.batch_execute(Synchronous::Normal.pragma())?;
    }
    let done = work(conn);
    if let AnyConnection::Sqlite(conn) = conn {
        conn.batch_execute(connection::synchronous().pragma())?;
    }
    done
}

/// Fills the empty keys of names of printable ASCII characters without blanks at their ends, unless another row has the key, and returns how many. Databases fold such
/// names as the program does, and this is quicker than row by row.
pub fn fill_ascii_name_keys(conn: &mut Conn, table: &str, column: &str) -> Result<usize> {
    let fill = |lower: &str, is_ascii: &str| {
        format!(
            "UPDATE {table} SET name_key = {lower} WHERE name_key IS NULL AND {is_ascii} \
             AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.name_key = {lower})"
        )
    };
    let filled = match conn {
        AnyConnection::Sqlite(conn) => sql_query(fill(
            &format!("lower({table}.{column})"),
            &format!("{column} NOT GLOB '*[^ -~]*' AND {column} = trim({column})"),
        ))
        .execute(conn),
        AnyConnection::Postgres(conn) => sql_query(fill(
            &format!("lower({table}.{column} COLLATE \"C\")"),
            &format!("{column} COLLATE \"C\" ~ '^[ -~]*$' AND {column} = trim({column})"),
        ))
        .execute(conn),
    };
    Ok(filled?)
}

/// Runs `work` on one unmoving state of the database, read-only. On PostgreSQL no statement in it may last longer than `limit`.
///
/// # Errors
/// Those of `work` and those of the database.
pub fn read_snapshot<T, E: From<Error>>(
    conn: &mut Conn,
    limit: Duration,
    work: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    // At once: each statement is a way to the server and back, and scrapes wait for it.
    let postgres = format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {}",
        limit.as_millis().max(1)
    );
    begin(conn, "BEGIN", &postgres)?;
    finish(conn, work)
}

/// Ends every statement of this connection that lasts longer than `limit`, where the database can do that: PostgreSQL.
pub fn limit_statements(conn: &mut Conn, limit: Duration) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(()),
        AnyConnection::Postgres(conn) => {
            Ok(conn.batch_execute(&format!("SET statement_timeout = {}", limit.as_millis().max(1)))?)
        }
    }
}

/// Runs `work`, in which no statement lasts longer than `statement_limit` or waits longer for a lock than the limit of this thread says,
/// where the database can end one: on PostgreSQL. What `work` came to is returned whatever becomes of the connection.
///
/// # Errors
/// Those of the database, before `work`.
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

/// Runs `work`, which changes the schema, in one transaction that no other migration can overlap. SQLite checks no foreign key
/// while tables are remade, and all of them before it commits.
///
/// # Errors
/// Those of `work`, after everything it did was rolled back, and those of the database.
pub fn migration_transaction<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    /// Any number that no other program locks; the letters of the product's name.
    const LOCK_KEY: i64 = 0x534c_414d_6f6e;
    match conn {
        AnyConnection::Sqlite(inner) => {
            inner.batch_execute("PRAGMA foreign_keys = OFF")?;
            let done = begin(conn, "BEGIN EXCLUSIVE", "").and_then(|()| {
                commit::finish_write(conn, None, None, |conn| {
                    let value = work(conn)?;
                    let broken = sql_query("SELECT count(*) AS count FROM pragma_foreign_key_check")
                        .get_result::<Count>(conn)?;
                    if broken.count > 0 {
                        return Err(Error::Corrupt(format!(
                            "{} rows point to rows that are not there",
                            broken.count
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

/// Returns how this database wants texts compared.
#[must_use]
pub fn spelling(conn: &Conn) -> Spelling {
    match conn {
        AnyConnection::Sqlite(_) => Spelling::Sqlite,
        AnyConnection::Postgres(_) => Spelling::Postgres,
    }
}

/// Returns where the data stands.
pub fn mark(conn: &mut Conn) -> Result<Mark> {
    Ok(match conn {
        AnyConnection::Sqlite(conn) => MarkQuery.get_result(conn)?,
        AnyConnection::Postgres(conn) => MarkQuery.get_result(conn)?,
    })
}

/// Returns whether all rows of a table are counted in no time. SQLite has the number of entries of each page of an index, PostgreSQL looks
/// at every row.
#[must_use]
pub fn counts_at_once(conn: &Conn) -> bool {
    matches!(conn, AnyConnection::Sqlite(_))
}

/// Returns whether the database is another process, which may hang.
#[must_use]
pub fn is_remote(conn: &Conn) -> bool {
    matches!(conn, AnyConnection::Postgres(_))
}

/// Returns whether the schema has a table of this name.
pub fn has_table(conn: &mut Conn, table: &str) -> Result<bool> {
    let query = match conn {
        AnyConnection::Sqlite(_) => "SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = ",
        // The information schema would hide a table from a role without rights on it.
        AnyConnection::Postgres(_) => {
            "SELECT count(*) AS count FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND oid = to_regclass("
        }
    };
    let end = if matches!(conn, AnyConnection::Sqlite(_)) {
        ""
    } else {
        ")"
    };
    let count = sql_query(format!("{query}'{}'{end}", table.replace('\'', "''"))).get_result::<Count>(conn)?;
    Ok(count.count > 0)
}

/// Returns how many rows each table of the schema has, by its name.
pub fn row_counts(conn: &mut Conn) -> Result<BTreeMap<String, i64>> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        }
    };
    let tables = sql_query(query).load::<Named>(conn)?;
    let mut counts = BTreeMap::new();
    for Named { name } in tables {
        let quoted = name.replace('"', "\"\"");
        let count = sql_query(format!("SELECT count(*) AS count FROM \"{quoted}\"")).get_result::<Count>(conn)?;
        counts.insert(name, count.count);
    }
    Ok(counts)
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    taken: bool,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn begin(conn: &mut Conn, sqlite: &str, postgres: &str) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, sqlite)?,
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, postgres)?,
    }
    Ok(())
}

/// Begins a transaction that writes. If the thread's limit says so, it waits for locks no longer than that, and what is returned looks
/// for who holds them.
fn begin_write(conn: &mut Conn, postgres: &str) -> Result<Option<Watch>> {
    let Some(wait) = limit::lock_wait().map(|wait| wait.as_millis()) else {
        begin(conn, "BEGIN IMMEDIATE", postgres)?;
        return Ok(None);
    };
    if let AnyConnection::Sqlite(inner) = conn {
        // The write lock is the only one that is waited for.
        inner.batch_execute(&format!("PRAGMA busy_timeout = {wait}"))?;
        let begun = begin(conn, "BEGIN IMMEDIATE", "");
        conn.batch_execute(&format!("PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}"))?;
        begun?;
        return Ok(None);
    }
    begin(conn, "", &format!("{postgres}; SET LOCAL lock_timeout = {wait}"))?;
    Ok(Watch::begin(conn))
}

/// Who holds what the server's process `backend` waits for, at the end of the line of those who wait themselves; nothing if it waits
/// for nobody.
pub(super) fn blocker_of(conn: &mut Conn, backend: i32) -> Result<Option<String>> {
    const BLOCKER: &str = "WITH RECURSIVE line (pid) AS (SELECT unnest(pg_blocking_pids($1)) \
        UNION SELECT unnest(pg_blocking_pids(line.pid)) FROM line) \
        SELECT concat_ws(', ', 'pid ' || activity.pid, 'user ' || activity.usename, \
            'application ' || nullif(activity.application_name, ''), \
            'since ' || to_char(activity.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC', \
            'last query: ' || nullif(left(regexp_replace(activity.query, '\\s+', ' ', 'g'), 60), '')) AS blocker \
        FROM line JOIN pg_stat_activity AS activity ON activity.pid = line.pid \
        ORDER BY coalesce(activity.wait_event_type = 'Lock', false), activity.xact_start LIMIT 1";
    match conn {
        AnyConnection::Sqlite(_) => Ok(None),
        AnyConnection::Postgres(conn) => {
            let found = sql_query(BLOCKER).bind::<Integer, _>(backend).load::<Blocker>(conn)?;
            Ok(found.into_iter().next().map(|found| found.blocker))
        }
    }
}

#[derive(QueryableByName)]
struct Blocker {
    #[diesel(sql_type = Text)]
    blocker: String,
}

/// Ends a transaction of which it need not be found out whether it was committed: one that reads, or that can be repeated.
fn finish<T, E: From<Error>>(
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

/// Asks whether what was just committed is in the file that has the name of the database.
fn check_written(conn: &mut Conn) -> Result<()> {
    let AnyConnection::Sqlite(conn) = conn else {
        return Ok(());
    };
    connection::check_file(conn).map_err(|error| Error::OutcomeUnknown(error.to_string()))
}

fn commit(conn: &mut Conn) -> diesel::QueryResult<()> {
    match conn {
        AnyConnection::Sqlite(inner) => {
            <diesel::SqliteConnection as Connection>::TransactionManager::commit_transaction(inner)
        }
        AnyConnection::Postgres(inner) => {
            <diesel::PgConnection as Connection>::TransactionManager::commit_transaction(inner)
        }
    }
}

/// A rollback that fails leaves a connection that the pool finds broken and drops, which rolls back as well; the error that
/// led here is the one to tell.
fn roll_back(conn: &mut Conn) {
    let rolled_back = match conn {
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::rollback_transaction(inner),
        AnyConnection::Postgres(inner) => AnsiTransactionManager::rollback_transaction(inner),
    };
    if let Err(error) = rolled_back {
        tracing::debug!(%error, "a rollback failed; the connection is dropped");
    }
}
