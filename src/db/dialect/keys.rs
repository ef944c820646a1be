//! Keys of rows before they are inserted, so that what refers to them needs no look-up by name.

use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, sql_query};

use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::{Error, Result};

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Returns keys for so many new rows of a table whose keys the database generates. Call it in the transaction that inserts them; of keys
/// that are not used no other row gets one on PostgreSQL.
///
/// # Errors
/// [`Error::Corrupt`] when a table of SQLite has no more keys, and the others of [`crate::db`].
pub fn new_keys(conn: &mut Conn, table: &'static str, count: usize) -> Result<Vec<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    match conn.database_mut() {
        // What SQLite itself does for a table with AUTOINCREMENT.
        AnyConnection::Sqlite(conn) => {
            let query = format!(
                "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0), \
                 coalesce((SELECT max(id) FROM \"{table}\"), 0)) AS id"
            );
            let last = sql_query(query).get_result::<KeyRow>(conn)?.id;
            let end = last
                .checked_add(count)
                .ok_or_else(|| Error::Corrupt(format!("the table {table} has no more keys")))?;
            Ok((last..end).map(|key| key + 1).collect())
        }
        AnyConnection::Postgres(conn) => {
            let query =
                format!("SELECT nextval(pg_get_serial_sequence('{table}', 'id')) AS id FROM generate_series(1, $1)");
            let rows: Vec<KeyRow> = sql_query(query).bind::<BigInt, _>(count).load(conn)?;
            Ok(rows.into_iter().map(|row| row.id).collect())
        }
    }
}
