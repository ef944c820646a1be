//! Statements that are prepared once for each connection. Diesel prepares some of them for each call: those whose text depends on how many
//! values they have, and every UPDATE. To SQLite an UPDATE is a program with all triggers of its table; to PostgreSQL it is another round
//! trip.

use std::sync::OnceLock;

use diesel::backend::Backend as DatabaseKind;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};
use serde::Serialize;

use crate::db::conn::{Backend, Conn};

/// The condition that a column has one of some values, from [`among`].
#[derive(Debug)]
pub struct Among<C, V> {
    column: C,
    values: Vec<V>,
    /// The values as SQLite gets them.
    json: OnceLock<String>,
}

/// Returns the condition that `column` has one of `values`, as one statement for any number of them: they are one parameter, an array for
/// PostgreSQL and JSON for SQLite.
pub fn among<C, V>(column: C, values: impl Into<Vec<V>>) -> Among<C, V>
where
    C: Expression,
    V: ColumnValue<C::SqlType>,
{
    Among {
        column,
        values: values.into(),
        json: OnceLock::new(),
    }
}

/// A value that a column of the type `T` may have.
pub trait ColumnValue<T>: Listed {}

/// A value in a list.
pub trait Listed: Serialize + 'static {
    /// Its type in the database.
    type SqlType: 'static;
}

impl Listed for i64 {
    type SqlType = BigInt;
}

impl Listed for String {
    type SqlType = Text;
}

impl ColumnValue<BigInt> for i64 {}

impl ColumnValue<Nullable<BigInt>> for i64 {}

impl ColumnValue<Text> for String {}

impl<C, V: Serialize> Among<C, V> {
    fn json(&self) -> &str {
        // Numbers and texts can always be written.
        self.json
            .get_or_init(|| serde_json::to_string(&self.values).unwrap_or_default())
    }
}

impl<C, V> Expression for Among<C, V> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<T>, V, T> AppearsOnTable<T> for Among<C, V> {}

impl<C: SelectableExpression<T>, V, T> SelectableExpression<T> for Among<C, V> {}

impl<C: ValidGrouping<G>, V, G> ValidGrouping<G> for Among<C, V> {
    type IsAggregate = C::IsAggregate;
}

impl<C: QueryId, V: 'static> QueryId for Among<C, V> {
    type QueryId = Among<C::QueryId, V>;

    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: QueryFragment<Sqlite>, V: Listed> QueryFragment<Sqlite> for Among<C, V> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, str>(self.json())?;
        out.push_sql("))");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>, V: Listed> QueryFragment<Pg> for Among<C, V>
where
    Vec<V>: ToSql<Array<V::SqlType>, Pg>,
    Pg: diesel::sql_types::HasSqlType<Array<V::SqlType>>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<V::SqlType>, Vec<V>>(&self.values)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C, V> QueryFragment<Backend> for Among<C, V>
where
    Self: QueryFragment<Sqlite> + QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        Backend::walk_variant_ast(self, out)
    }
}

/// A statement that is prepared once for each connection and each text that it has, from [`prepared`].
#[derive(Clone, Copy, Debug)]
pub struct Prepared<Q>(Q);

/// Returns a statement that is prepared once for each connection. For those that have one text, or few of them: all are kept.
pub const fn prepared<Q>(statement: Q) -> Prepared<Q> {
    Prepared(statement)
}

/// It is found by its text.
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<D>, D: DatabaseKind> QueryFragment<D> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, D>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &D) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q> RunQueryDsl<Conn> for Prepared<Q> {}
