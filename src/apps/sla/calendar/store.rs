//! Every query of calendars and their rules.

use diesel::prelude::*;

use super::model::{CalendarColumns, CalendarRow};
use crate::apps::sla::rule::{NewRule, RuleRow};
use crate::apps::sla::selecting::{counted_in_portions, in_portions};
use crate::apps::sla::store::put_rules;
use crate::audit::Writer;
use crate::db::dialect::{among, prepared};
use crate::db::name_keys::{other, with_key};
use crate::db::schema::{calendar, rule};
use crate::db::{Conn, Result};
use crate::text;

/// Returns the keys of the calendars that a version after `row_version` stamped, in no order: one would keep SQLite from the index.
pub fn keys_changed_since(conn: &mut Conn, row_version: i64) -> Result<Vec<i64>> {
    let query = calendar::table.filter(calendar::row_version.gt(row_version));
    Ok(query.select(calendar::id).load(conn)?)
}

/// Returns how many calendars there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(calendar::table.count().get_result(conn)?)
}

/// Returns all calendars.
pub fn all(conn: &mut Conn) -> Result<Vec<CalendarRow>> {
    let query = calendar::table.order(calendar::id);
    Ok(query.select(CalendarRow::as_select()).load(conn)?)
}

/// Returns the rules of all calendars, in their order.
pub fn all_rules(conn: &mut Conn) -> Result<Vec<RuleRow>> {
    let query =
        rule::table
            .filter(rule::calendar_id.is_not_null())
            .order((rule::calendar_id, rule::position, rule::id));
    Ok(query.select(RuleRow::as_select()).load(conn)?)
}

/// Returns the calendars of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<CalendarRow>> {
    in_portions(ids, |ids| {
        let query = calendar::table.filter(among(calendar::id, ids)).order(calendar::id);
        Ok(query.select(CalendarRow::as_select()).load(conn)?)
    })
}

/// Returns the version of a calendar, if it is there.
pub fn version(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let query = calendar::table.filter(calendar::id.eq(id));
    Ok(query.select(calendar::version).first(conn).optional()?)
}

/// Returns the rules of these calendars, in their order.
pub fn rules_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RuleRow>> {
    let query = rule::table
        .filter(among(rule::calendar_id, ids))
        .order((rule::calendar_id, rule::position, rule::id));
    Ok(query.select(RuleRow::as_select()).load(conn)?)
}

/// Returns how many rules these calendars have.
pub fn count_rules(conn: &mut Conn, ids: &[i64]) -> Result<u64> {
    counted_in_portions(ids, |ids| {
        let query = rule::table.filter(among(rule::calendar_id, ids));
        Ok(query.count().get_result(conn)?)
    })
}

/// Returns key and name of the first calendars, at most `limit`.
pub fn first_names(conn: &mut Conn, limit: i64) -> Result<Vec<(i64, String)>> {
    Ok(calendar::table
        .order(calendar::name)
        .limit(limit)
        .select((calendar::id, calendar::name))
        .load(conn)?)
}

/// Returns key and name of every calendar.
pub fn names(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(calendar::table
        .order(calendar::name)
        .select((calendar::id, calendar::name))
        .load(conn)?)
}

/// Returns key and name of the calendars of these keys.
pub fn names_by_keys(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    in_portions(ids, |ids| {
        let query = calendar::table.filter(among(calendar::id, ids));
        Ok(query.select((calendar::id, calendar::name)).load(conn)?)
    })
}

/// Returns key and name of the calendars of these names, spelt so.
pub fn keys_by_names(conn: &mut Conn, names: &[String]) -> Result<Vec<(i64, String)>> {
    in_portions(names, |names| {
        let query = calendar::table.filter(among(calendar::name, names));
        Ok(query.select((calendar::id, calendar::name)).load(conn)?)
    })
}

/// Returns the name of another calendar than `id` whose key is that of `name`.
pub fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> Result<Option<String>> {
    Ok(other(with_key!(conn, calendar, name, name, text::key)?, id))
}

/// Stores a calendar and returns its key.
pub fn insert(writer: &mut Writer<'_>, columns: &CalendarColumns) -> Result<i64> {
    Ok(diesel::insert_into(calendar::table)
        .values((columns.clone(), calendar::name_key.eq(text::key(&columns.name))))
        .returning(calendar::id)
        .get_result(writer.conn())?)
}

/// Makes a calendar what `columns` says.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &CalendarColumns) -> Result<()> {
    let row = calendar::table.filter(calendar::id.eq(id));
    prepared(diesel::update(row).set(columns)).execute(writer.conn())?;
    Ok(())
}

/// Stores the key of a calendar whose name has changed.
///
/// # Errors
/// A violation when another one has the key, and the others of [`crate::db`].
pub fn set_key(writer: &mut Writer<'_>, id: i64, name: &str) -> Result<()> {
    diesel::update(calendar::table.filter(calendar::id.eq(id)))
        .set(calendar::name_key.eq(text::key(name)))
        .execute(writer.conn())?;
    Ok(())
}

/// Makes the rules of a calendar these; what stays keeps its key.
pub fn replace_rules(writer: &mut Writer<'_>, id: i64, rules: &[NewRule]) -> Result<()> {
    let stored = rules_of(writer.conn(), &[id])?;
    put_rules(writer, stored, rules)
}

/// Deletes a calendar that nothing uses.
///
/// # Errors
/// A violation when something uses it, and the others of [`crate::db`].
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(calendar::table.filter(calendar::id.eq(id))).execute(writer.conn())?;
    Ok(())
}
