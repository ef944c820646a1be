//! The version of the data, and what shows that it is still the data that was read.
//!
//! A version alone does not show it: a backup that is restored in place brings versions of its own. The query has to be cheap, because
//! every scrape begins with it.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::sqlite::Sqlite;

use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::Result;

/// SQLite counts every change of the schema. Restoring a backup, by the command of the shell or by a script that recreates the tables,
/// moves that count, because other connections have to read the schema again.
const OF_SQLITE: &str = "SELECT version, tombstone_floor, '', \
    CAST((SELECT schema_version FROM pragma_schema_version) AS TEXT) || ' ' || \
    (SELECT count(*) || ' ' || max(version) FROM __diesel_schema_migrations), 0, 0 FROM data_version WHERE id = 1";

/// On PostgreSQL a table that is recreated or truncated has another file, and the transaction that writes the version leaves its number. A
/// pooler may go over to another server behind an open connection; that one was started at another time.
const OF_POSTGRES: &str = "SELECT version, tombstone_floor, xmin::text, concat_ws(' ', pg_postmaster_start_time(), \
    pg_relation_filenode('data_version'), pg_relation_filenode('tombstone'), pg_relation_filenode('component'), \
    pg_relation_filenode('sla_window'), pg_relation_filenode('calendar'), pg_relation_filenode('rule'), \
    pg_relation_filenode('label'), pg_relation_filenode('component_label'), pg_relation_filenode('component_window'), \
    pg_relation_filenode('component_calendar'), pg_relation_filenode('window_calendar'), \
    (SELECT count(*) || ' ' || max(version) FROM __diesel_schema_migrations)), \
    pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on' FROM data_version WHERE id = 1";

/// The version of the data at one instant.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Mark {
    /// The version that the last committed change to the models left behind.
    pub version: i64,
    /// The last version whose tombstones may be pruned.
    tombstone_floor: i64,
    /// The transaction that wrote the version, where the database knows it.
    written_by: String,
    /// What the tables are, and how many migrations made them what they are.
    tables: String,
    /// Whether the server is a standby.
    is_standby: bool,
    /// Whether the session is read-only. It stays so when others that begin are not any more.
    pub is_read_only_session: bool,
}

impl Mark {
    /// Returns whether the server takes changes over this session.
    pub fn takes_changes(&self) -> bool {
        !self.is_standby && !self.is_read_only_session
    }

    /// Returns whether the tables may be others than those of `earlier`.
    pub fn has_other_tables(&self, earlier: &Self) -> bool {
        self.tables != earlier.tables
    }

    /// Returns whether the rows stamped and the tombstones set since `earlier` are all that has changed since then.
    pub fn continues(&self, earlier: &Self) -> bool {
        let is_later = self.version > earlier.version
            || (self.version == earlier.version && self.written_by == earlier.written_by);
        is_later && earlier.version >= self.tombstone_floor && self.tables == earlier.tables
    }
}

/// Asks for the [`Mark`]. A query of its own type, so that it is prepared once.
#[derive(Clone, Copy, Debug, QueryId)]
struct MarkQuery;

impl Query for MarkQuery {
    type SqlType = (BigInt, BigInt, Text, Text, Bool, Bool);
}

/// Returns the version of the data.
pub fn mark(conn: &mut Conn) -> Result<Mark> {
    Ok(match conn.database_mut() {
        AnyConnection::Sqlite(conn) => MarkQuery.get_result(conn)?,
        AnyConnection::Postgres(conn) => MarkQuery.get_result(conn)?,
    })
}

impl<C> RunQueryDsl<C> for MarkQuery {}

impl QueryFragment<Sqlite> for MarkQuery {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(OF_SQLITE);
        Ok(())
    }
}

impl QueryFragment<Pg> for MarkQuery {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(OF_POSTGRES);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    fn mark(version: i64, tombstone_floor: i64, written_by: &str, tables: &str) -> Mark {
        Mark {
            version,
            tombstone_floor,
            written_by: written_by.to_owned(),
            tables: tables.to_owned(),
            is_standby: false,
            is_read_only_session: false,
        }
    }

    #[test]
    fn changes_alone_lead_from_one_mark_to_a_later_one_of_the_same_tables() {
        let earlier = mark(7, 0, "a", "t");
        for (later, expected) in [
            (mark(7, 0, "a", "t"), true),
            (mark(8, 0, "b", "t"), true),
            (mark(8, 7, "b", "t"), true),
            (mark(8, 8, "b", "t"), false),
            (mark(6, 0, "b", "t"), false),
            (mark(7, 0, "b", "t"), false),
            (mark(8, 0, "b", "u"), false),
        ] {
            assert_eq!(later.continues(&earlier), expected, "{later:?}");
        }
    }
}
