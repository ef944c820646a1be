//! Everything that the two databases do differently. No other file knows which of them it talks to, except for opening a connection.

mod bounds;
mod catalog;
mod commit;
mod keys;
pub mod mark;
pub mod migrations;
mod outcome;
mod prepared;
mod rights;
pub mod search_text;
mod server;
mod settings;
mod transaction;

use super::conn::{AnyConnection, Conn};
use search_text::Spelling;

pub use bounds::is_in_transaction;
pub use catalog::{fill_ascii_name_keys, has_table, row_counts};
pub use commit::write_statement;
pub use keys::new_keys;
pub use mark::mark;
pub use prepared::{among, prepared};
pub use rights::lock_rights;
pub use server::{TextSettings, server, text_settings, waits_for, working};
pub use settings::{check_out, limit_statements, without_sync, without_waiting};
pub use transaction::{
    briefly, exclusive_transaction, keyed_transaction, lock_rows, migration_transaction, read_snapshot, wait_for_key,
    write_transaction,
};

pub(super) use catalog::count_orphans;
pub(super) use server::blocker_of;

/// The most rows that one INSERT carries: PostgreSQL takes 65,535 values in a statement, SQLite 32,766, and no table has 22 columns. The more
/// the better: SQLite copies every page that a statement changes once, in case it fails.
pub const INSERT_ROWS_MAX: usize = 1_500;

/// Inserts a slice of insertable values, [`INSERT_ROWS_MAX`] or as many as are named at a time. Batches do not exist on the shared backend, hence the
/// match here; a macro because the table and the values keep their own types.
///
/// Values need `treat_none_as_default_value = false`: otherwise diesel runs a statement and a savepoint for each row on SQLite.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::db::dialect::insert_rows!($conn, $table, $rows, $crate::db::dialect::INSERT_ROWS_MAX)
    };
    ($conn:expr, $table:expr, $rows:expr, $most:expr) => {{
        let mut outcome: $crate::db::Result<()> = Ok(());
        for chunk in $rows.chunks($most) {
            // One row is a statement that is prepared once.
            let inserted = match (chunk, &mut *$conn) {
                ([row], conn) => diesel::insert_into($table).values(row).execute(conn),
                (rows, conn) => match conn.database_mut() {
                    $crate::db::conn::AnyConnection::Sqlite(conn) => {
                        diesel::insert_into($table).values(rows).execute(conn)
                    }
                    $crate::db::conn::AnyConnection::Postgres(conn) => {
                        diesel::insert_into($table).values(rows).execute(conn)
                    }
                },
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

/// Returns how this database compares texts.
pub fn spelling(conn: &Conn) -> Spelling {
    match conn.database() {
        AnyConnection::Sqlite(_) => Spelling::Sqlite,
        AnyConnection::Postgres(_) => Spelling::Postgres,
    }
}

/// Returns whether all rows of a table are counted quickly. SQLite has the number of entries of each page of an index, PostgreSQL looks
/// at every row.
pub fn counts_at_once(conn: &Conn) -> bool {
    matches!(conn.database(), AnyConnection::Sqlite(_))
}

/// Returns whether the database is another process, which may hang.
pub fn is_remote(conn: &Conn) -> bool {
    matches!(conn.database(), AnyConnection::Postgres(_))
}
