//! Queries that belong to no single model: the data version, the tombstones, how many rows there are, and the rules that windows and
//! calendars have alike.

use diesel::prelude::*;

use super::rule::{NewRule, RuleRow};
use crate::audit::Writer;
use crate::db::dialect::{among, prepared};
use crate::db::schema::{calendar, component, data_version, rule, sla_window, tombstone};
use crate::db::{Conn, Result, dialect};

/// How many there are of each model, stored or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Components, enabled or not.
    pub components: usize,
    /// Windows.
    pub windows: usize,
    /// Calendars.
    pub calendars: usize,
}

/// Returns the version that the last committed change to the models left behind.
pub fn version(conn: &mut Conn) -> Result<i64> {
    Ok(data_version::table.select(data_version::version).first(conn)?)
}

/// Returns what uses objects of these keys, by a table of links: key of the used one, key and name of its user; a sample, and how many
/// there are. A macro, because every table has a type of its own.
macro_rules! users {
    ($conn:expr, $ids:expr, $links:ident::$used:ident, $user:ident) => {{
        let mut sample = Vec::new();
        let count = $crate::apps::sla::selecting::counted_in_portions($ids, |ids| {
            let links = $links::table.filter($links::$used.eq_any(ids));
            let left = $crate::apps::listed::SAMPLE;
            let left = left - i64::try_from(sample.len()).unwrap_or(left);
            let named = links.clone().inner_join($user::table).order($user::name);
            let named = named.select(($links::$used, $user::id, $user::name)).limit(left);
            sample.extend(named.load::<$crate::apps::sla::selecting::Usage>($conn)?);
            Ok(links.count().get_result($conn)?)
        })?;
        Ok((sample, count))
    }};
}
pub(crate) use users;

/// Returns model and key of everything deleted by a version after `version`.
pub fn tombstones_since(conn: &mut Conn, version: i64) -> Result<Vec<(String, i64)>> {
    let query = tombstone::table.filter(tombstone::version.gt(version));
    Ok(query.select((tombstone::model, tombstone::object_id)).load(conn)?)
}

/// Returns how many rows each model has.
pub fn row_counts(conn: &mut Conn) -> Result<RowCounts> {
    let whole = |count: i64| usize::try_from(count).unwrap_or(0);
    Ok(RowCounts {
        components: whole(component::table.count().get_result(conn)?),
        windows: whole(sla_window::table.count().get_result(conn)?),
        calendars: whole(calendar::table.count().get_result(conn)?),
    })
}

/// Returns which of these keys rules of any window or calendar have.
pub fn rules_that_exist(conn: &mut Conn, ids: &[i64]) -> Result<Vec<i64>> {
    let query = rule::table.filter(among(rule::id, ids));
    Ok(query.select(rule::id).load(conn)?)
}

/// Makes the stored rules of one owner what is `wanted`. A rule that stays keeps its key, one that became another one too: forms name
/// rules by their keys, and a form that is sent again after another user's change must still find them.
pub fn put_rules(writer: &mut Writer<'_>, mut stored: Vec<RuleRow>, wanted: &[NewRule]) -> Result<()> {
    let mut take = |matches: &dyn Fn(&RuleRow) -> bool| {
        let place = stored.iter().position(matches)?;
        Some(stored.remove(place))
    };
    let same: Vec<Option<RuleRow>> = wanted.iter().map(|new| take(&|row| new.is_same(row))).collect();
    let mut added = Vec::new();
    for (new, same) in wanted.iter().zip(same) {
        let row = match same {
            Some(row) if row.position == new.position() => continue,
            Some(row) => Some(row),
            None => take(&|_| true),
        };
        match row {
            Some(row) => {
                let row = rule::table.filter(rule::id.eq(row.id));
                prepared(diesel::update(row).set(new)).execute(writer.conn())?;
            }
            None => added.push(new.clone()),
        }
    }
    let left: Vec<i64> = stored.iter().map(|row| row.id).collect();
    if !left.is_empty() {
        diesel::delete(rule::table.filter(among(rule::id, left))).execute(writer.conn())?;
    }
    dialect::insert_rows!(writer.conn(), rule::table, added)
}
