//! The connection type: one for both databases, which compiles what executes a statement once.
//!
//! Diesel has a type for each query, and compiles for each of them how it is executed, on each database. [`Conn`] hides the type first, so
//! that only what writes the text of a query and its parameters is compiled for each.

use std::cell::{Cell, OnceCell};

use diesel::backend::Backend as DatabaseKind;
use diesel::connection::{
    CacheSize, Connection, Instrumentation, LoadConnection, SimpleConnection, TransactionManager,
    TransactionManagerStatus,
};
use diesel::expression::QueryMetadata;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::Untyped;
use diesel::{ConnectionResult, PgConnection, QueryResult, SqliteConnection};

/// A connection to either database, as diesel writes it.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// SQLite, compiled in.
    Sqlite(SqliteConnection),
    /// PostgreSQL through libpq.
    Postgres(PgConnection),
}

/// The query dialect that both databases share; what boxed queries are made for.
pub type Backend = MultiBackend;

/// What writes the text of a query.
type TextBuilder = <Backend as DatabaseKind>::QueryBuilder;

/// A connection to the database.
pub struct Conn(AnyConnection);

impl Conn {
    /// Returns which database it is to.
    pub(super) fn database(&self) -> &AnyConnection {
        &self.0
    }

    /// Returns the connection to its database, for statements of one database alone.
    pub(crate) fn database_mut(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

impl From<SqliteConnection> for Conn {
    fn from(conn: SqliteConnection) -> Self {
        Self(AnyConnection::Sqlite(conn))
    }
}

impl From<PgConnection> for Conn {
    fn from(conn: PgConnection) -> Self {
        Self(AnyConnection::Postgres(conn))
    }
}

/// A query without its type. Its text is written once, though diesel asks for it several times for one execution.
struct UntypedQuery<'q> {
    query: Box<dyn QueryFragment<Backend> + 'q>,
    text: OnceCell<String>,
    is_safe_to_cache: Cell<Option<bool>>,
}

impl<'q> UntypedQuery<'q> {
    fn new(query: impl QueryFragment<Backend> + 'q) -> Self {
        Self {
            query: Box::new(query),
            text: OnceCell::new(),
            is_safe_to_cache: Cell::new(None),
        }
    }

    fn load<'conn>(
        self,
        conn: &'conn mut AnyConnection,
    ) -> QueryResult<<AnyConnection as LoadConnection>::Cursor<'conn, 'q>> {
        conn.load(self)
    }
}

impl QueryFragment<Backend> for UntypedQuery<'_> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn to_sql(&self, out: &mut TextBuilder, backend: &Backend) -> QueryResult<()> {
        let text = match self.text.get() {
            Some(text) => text,
            None => {
                let mut builder = match out {
                    TextBuilder::Sqlite(_) => TextBuilder::Sqlite(Default::default()),
                    TextBuilder::Postgres(_) => TextBuilder::Postgres(Default::default()),
                };
                self.query.to_sql(&mut builder, backend)?;
                self.text.get_or_init(|| builder.finish())
            }
        };
        out.push_sql(text);
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, backend: &Backend) -> QueryResult<bool> {
        if let Some(is_safe) = self.is_safe_to_cache.get() {
            return Ok(is_safe);
        }
        let is_safe = self.query.is_safe_to_cache_prepared(backend)?;
        self.is_safe_to_cache.set(Some(is_safe));
        Ok(is_safe)
    }
}

/// Prepared statements are found by their text.
impl QueryId for UntypedQuery<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for UntypedQuery<'_> {
    type SqlType = Untyped;
}

impl SimpleConnection for Conn {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.batch_execute(query)
    }
}

// Diesel seals the trait for all but its own derive.
impl diesel::internal::derives::multiconnection::ConnectionSealed for Conn {}

impl Connection for Conn {
    type Backend = Backend;
    type TransactionManager = Self;

    fn establish(url: &str) -> ConnectionResult<Self> {
        AnyConnection::establish(url).map(Self)
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Backend> + QueryId,
    {
        self.0.execute_returning_count(&UntypedQuery::new(source))
    }

    fn transaction_state(&mut self) -> &mut AnyConnection {
        &mut self.0
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.0.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.0.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.0.set_prepared_statement_cache_size(size);
    }
}

impl LoadConnection for Conn {
    type Cursor<'conn, 'query> = <AnyConnection as LoadConnection>::Cursor<'conn, 'query>;
    type Row<'conn, 'query> = MultiRow<'conn, 'query>;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Backend> + QueryId + 'query,
        Backend: QueryMetadata<T::SqlType>,
    {
        UntypedQuery::new(source).load(&mut self.0)
    }
}

impl TransactionManager<Self> for Conn {
    type TransactionStateData = AnyConnection;

    fn begin_transaction(conn: &mut Self) -> QueryResult<()> {
        AnyConnection::begin_transaction(&mut conn.0)
    }

    fn rollback_transaction(conn: &mut Self) -> QueryResult<()> {
        AnyConnection::rollback_transaction(&mut conn.0)
    }

    fn commit_transaction(conn: &mut Self) -> QueryResult<()> {
        AnyConnection::commit_transaction(&mut conn.0)
    }

    fn transaction_manager_status_mut(conn: &mut Self) -> &mut TransactionManagerStatus {
        AnyConnection::transaction_manager_status_mut(&mut conn.0)
    }

    fn is_broken_transaction_manager(conn: &mut Self) -> bool {
        AnyConnection::is_broken_transaction_manager(&mut conn.0)
    }
}

impl R2D2Connection for Conn {
    fn ping(&mut self) -> QueryResult<()> {
        self.0.ping()
    }

    fn is_broken(&mut self) -> bool {
        self.0.is_broken()
    }
}
