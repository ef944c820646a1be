//! Questions about the schema and the data as a whole.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::Result;

/// Returns whether the schema has a table of this name.
pub fn has_table(conn: &mut Conn, table: &str) -> Result<bool> {
    let query = match conn.database_mut() {
        AnyConnection::Sqlite(_) => "SELECT count(*) AS count FROM sqlite_master WHERE type = 'table' AND name = ",
        // The information schema would hide a table from a role without rights on it.
        AnyConnection::Postgres(_) => {
            "SELECT count(*) AS count FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND oid = to_regclass("
        }
    };
    let end = if matches!(conn.database_mut(), AnyConnection::Sqlite(_)) {
        ""
    } else {
        ")"
    };
    let count = sql_query(format!("{query}'{}'{end}", table.replace('\'', "''"))).get_result::<CountRow>(conn)?;
    Ok(count.count > 0)
}

/// Returns how many rows each table of the schema has, by its name.
pub fn row_counts(conn: &mut Conn) -> Result<BTreeMap<String, i64>> {
    let query = match conn.database_mut() {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        }
    };
    let tables = sql_query(query).load::<TableName>(conn)?;
    let mut counts = BTreeMap::new();
    for TableName { name } in tables {
        let quoted = name.replace('"', "\"\"");
        let count = sql_query(format!("SELECT count(*) AS count FROM \"{quoted}\"")).get_result::<CountRow>(conn)?;
        counts.insert(name, count.count);
    }
    Ok(counts)
}

/// Fills the empty keys of names of printable ASCII characters without blanks at their ends, unless another row has the key, and returns
/// how many. Databases fold such names as the program does, and this is quicker than row by row.
pub fn fill_ascii_name_keys(conn: &mut Conn, table: &str, column: &str) -> Result<usize> {
    let fill = |lower: &str, is_ascii: &str| {
        format!(
            "UPDATE {table} SET name_key = {lower} WHERE name_key IS NULL AND {is_ascii} \
             AND NOT EXISTS (SELECT 1 FROM {table} AS other WHERE other.name_key = {lower})"
        )
    };
    let filled = match conn.database_mut() {
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

/// Returns how many rows of a SQLite database refer to rows that do not exist.
pub(in crate::db) fn count_orphans(conn: &mut Conn) -> Result<i64> {
    let orphans = sql_query("SELECT count(*) AS count FROM pragma_foreign_key_check");
    Ok(orphans.get_result::<CountRow>(conn)?.count)
}

#[derive(QueryableByName)]
struct TableName {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The row of a query that counts.
#[derive(QueryableByName)]
pub(super) struct CountRow {
    #[diesel(sql_type = BigInt)]
    pub(super) count: i64,
}
