//! Every query of SLA windows, their rules and their calendars.

use diesel::prelude::*;

use super::model::{WindowCalendar, WindowColumns, WindowRow};
use crate::apps::sla::rule::{NewRule, RuleRow};
use crate::apps::sla::selecting::{Usage, counted_in_portions, in_portions};
use crate::apps::sla::store::put_rules;
use crate::apps::sla::store::users;
use crate::audit::Writer;
use crate::db::dialect::{among, prepared};
use crate::db::name_keys::{other, with_key};
use crate::db::schema::{calendar, rule, sla_window, window_calendar};
use crate::db::{Conn, Result, dialect};
use crate::text;

/// Returns the keys of the windows that a version after `row_version` stamped, in no order: one would keep SQLite from the index.
pub fn keys_changed_since(conn: &mut Conn, row_version: i64) -> Result<Vec<i64>> {
    let query = sla_window::table.filter(sla_window::row_version.gt(row_version));
    Ok(query.select(sla_window::id).load(conn)?)
}

/// Returns how many windows there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(sla_window::table.count().get_result(conn)?)
}

/// Returns all windows.
pub fn all(conn: &mut Conn) -> Result<Vec<WindowRow>> {
    let query = sla_window::table.order(sla_window::id);
    Ok(query.select(WindowRow::as_select()).load(conn)?)
}

/// Returns the rules of all windows, in their order.
pub fn all_rules(conn: &mut Conn) -> Result<Vec<RuleRow>> {
    let query = rule::table
        .filter(rule::window_id.is_not_null())
        .order((rule::window_id, rule::position, rule::id));
    Ok(query.select(RuleRow::as_select()).load(conn)?)
}

/// Returns window and calendar, for all windows.
pub fn all_calendars(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = window_calendar::table.order((window_calendar::window_id, window_calendar::calendar_id));
    Ok(query
        .select((window_calendar::window_id, window_calendar::calendar_id))
        .load(conn)?)
}

/// Returns the windows of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<WindowRow>> {
    in_portions(ids, |ids| {
        let query = sla_window::table
            .filter(among(sla_window::id, ids))
            .order(sla_window::id);
        Ok(query.select(WindowRow::as_select()).load(conn)?)
    })
}

/// Returns the version of a window, if it is there.
pub fn version(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let query = sla_window::table.filter(sla_window::id.eq(id));
    Ok(query.select(sla_window::version).first(conn).optional()?)
}

/// Returns the rules of these windows, in their order.
pub fn rules_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<RuleRow>> {
    let query = rule::table
        .filter(among(rule::window_id, ids))
        .order((rule::window_id, rule::position, rule::id));
    Ok(query.select(RuleRow::as_select()).load(conn)?)
}

/// Returns how many rules these windows have.
pub fn count_rules(conn: &mut Conn, ids: &[i64]) -> Result<u64> {
    counted_in_portions(ids, |ids| {
        let query = rule::table.filter(among(rule::window_id, ids));
        Ok(query.count().get_result(conn)?)
    })
}

/// Returns key and name of the first windows, at most `limit`.
pub fn first_names(conn: &mut Conn, limit: i64) -> Result<Vec<(i64, String)>> {
    Ok(sla_window::table
        .order(sla_window::name)
        .limit(limit)
        .select((sla_window::id, sla_window::name))
        .load(conn)?)
}

/// Returns key and name of every window.
pub fn names(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(sla_window::table
        .order(sla_window::name)
        .select((sla_window::id, sla_window::name))
        .load(conn)?)
}

/// Returns every zone that windows have, each once.
pub fn zones(conn: &mut Conn) -> Result<Vec<String>> {
    let query = sla_window::table.select(sla_window::timezone).distinct();
    Ok(query.load(conn)?)
}

/// Returns key and name of the SLA windows of these keys.
pub fn names_by_keys(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    in_portions(ids, |ids| {
        let query = sla_window::table.filter(among(sla_window::id, ids));
        Ok(query.select((sla_window::id, sla_window::name)).load(conn)?)
    })
}

/// Returns key and name of the SLA windows of these names, spelt so.
pub fn keys_by_names(conn: &mut Conn, names: &[String]) -> Result<Vec<(i64, String)>> {
    in_portions(names, |names| {
        let query = sla_window::table.filter(among(sla_window::name, names));
        Ok(query.select((sla_window::id, sla_window::name)).load(conn)?)
    })
}

/// Returns window and calendar, of these windows.
pub fn calendars_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let query = window_calendar::table
        .filter(among(window_calendar::window_id, ids))
        .order((window_calendar::window_id, window_calendar::calendar_id));
    Ok(query
        .select((window_calendar::window_id, window_calendar::calendar_id))
        .load(conn)?)
}

/// Returns windows and the names of their calendars, of these windows.
pub fn calendar_names_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    let query = window_calendar::table
        .inner_join(calendar::table)
        .filter(among(window_calendar::window_id, ids));
    Ok(query.select((window_calendar::window_id, calendar::name)).load(conn)?)
}

/// Returns the name of another window than `id` whose key is that of `name`.
pub fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> Result<Option<String>> {
    Ok(other(with_key!(conn, sla_window, name, name, text::key)?, id))
}

/// Returns those of these names that enabled windows have.
pub fn enabled_among(conn: &mut Conn, names: &[String]) -> Result<Vec<String>> {
    in_portions(names, |names| {
        let query = sla_window::table
            .filter(among(sla_window::name, names))
            .filter(sla_window::enabled.eq(true));
        Ok(query.select(sla_window::name).load(conn)?)
    })
}

/// Returns names of the windows that use a calendar, at most `limit`.
pub fn names_with_calendar(conn: &mut Conn, calendar_id: i64, limit: i64) -> Result<Vec<String>> {
    let query = window_calendar::table
        .inner_join(sla_window::table)
        .filter(window_calendar::calendar_id.eq(calendar_id));
    Ok(query
        .order(sla_window::name)
        .limit(limit)
        .select(sla_window::name)
        .load(conn)?)
}

/// Returns calendar and name of a window that uses it, for these calendars: a sample, and how many there are.
pub fn users_of_calendars(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<Usage>, u64)> {
    users!(conn, ids, window_calendar::calendar_id, sla_window)
}

/// Returns how many windows use a calendar.
pub fn count_by_calendar(conn: &mut Conn, calendar_id: i64) -> Result<i64> {
    let query = window_calendar::table.filter(window_calendar::calendar_id.eq(calendar_id));
    Ok(query.count().get_result(conn)?)
}

/// Returns how many windows use each calendar.
pub fn count_all_by_calendar(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = window_calendar::table.group_by(window_calendar::calendar_id);
    Ok(query
        .select((window_calendar::calendar_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Stores a window and returns its key.
pub fn insert(writer: &mut Writer<'_>, columns: &WindowColumns) -> Result<i64> {
    Ok(diesel::insert_into(sla_window::table)
        .values((columns.clone(), sla_window::name_key.eq(text::key(&columns.name))))
        .returning(sla_window::id)
        .get_result(writer.conn())?)
}

/// Makes a window what `columns` says.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &WindowColumns) -> Result<()> {
    let row = sla_window::table.filter(sla_window::id.eq(id));
    prepared(diesel::update(row).set(columns)).execute(writer.conn())?;
    Ok(())
}

/// Stores the key of a window whose name has changed.
///
/// # Errors
/// A violation when another one has the key, and the others of [`crate::db`].
pub fn set_key(writer: &mut Writer<'_>, id: i64, name: &str) -> Result<()> {
    diesel::update(sla_window::table.filter(sla_window::id.eq(id)))
        .set(sla_window::name_key.eq(text::key(name)))
        .execute(writer.conn())?;
    Ok(())
}

/// Replaces the rules and calendars of a window.
pub fn replace_parts(writer: &mut Writer<'_>, id: i64, rules: &[NewRule], calendars: &[WindowCalendar]) -> Result<()> {
    let stored = rules_of(writer.conn(), &[id])?;
    put_rules(writer, stored, rules)?;
    diesel::delete(window_calendar::table.filter(window_calendar::window_id.eq(id))).execute(writer.conn())?;
    dialect::insert_rows!(writer.conn(), window_calendar::table, calendars)
}

/// Deletes a window that no component uses.
///
/// # Errors
/// A violation when one uses it, and the others of [`crate::db`].
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(sla_window::table.filter(sla_window::id.eq(id))).execute(writer.conn())?;
    Ok(())
}
