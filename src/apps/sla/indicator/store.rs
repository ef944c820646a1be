//! Every query of indicators.

use diesel::prelude::*;

use super::model::{IndicatorColumns, IndicatorRow};
use crate::apps::listed::SAMPLE;
use crate::apps::sla::selecting::{Usage, in_portions};
use crate::audit::Writer;
use crate::db::dialect::{among, prepared};
use crate::db::name_keys::{other, with_key};
use crate::db::schema::{component, indicator};
use crate::db::{Conn, Result};
use crate::text;

/// Returns how many indicators there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(indicator::table.count().get_result(conn)?)
}

/// Returns all indicators.
pub fn all(conn: &mut Conn) -> Result<Vec<IndicatorRow>> {
    let query = indicator::table.order(indicator::id);
    Ok(query.select(IndicatorRow::as_select()).load(conn)?)
}

/// Returns the indicators of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<IndicatorRow>> {
    in_portions(ids, |ids| {
        let query = indicator::table.filter(among(indicator::id, ids)).order(indicator::id);
        Ok(query.select(IndicatorRow::as_select()).load(conn)?)
    })
}

/// Returns the version of an indicator, if it is there.
pub fn version(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let query = indicator::table.filter(indicator::id.eq(id));
    Ok(query.select(indicator::version).first(conn).optional()?)
}

/// Returns key and name of every indicator.
pub fn names(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(indicator::table
        .order(indicator::name)
        .select((indicator::id, indicator::name))
        .load(conn)?)
}

/// Returns key and name of the indicators of these keys.
pub fn names_by_keys(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    in_portions(ids, |ids| {
        let query = indicator::table.filter(among(indicator::id, ids));
        Ok(query.select((indicator::id, indicator::name)).load(conn)?)
    })
}

/// Returns key and name of the indicators of these names, spelt so.
pub fn keys_by_names(conn: &mut Conn, names: &[String]) -> Result<Vec<(i64, String)>> {
    in_portions(names, |names| {
        let query = indicator::table.filter(among(indicator::name, names));
        Ok(query.select((indicator::id, indicator::name)).load(conn)?)
    })
}

/// Returns the name of another indicator than `id` whose key is that of `name`.
pub fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> Result<Option<String>> {
    Ok(other(with_key!(conn, indicator, name, name, text::key)?, id))
}

/// Returns indicator, and key and name of a component that names it, for these indicators: a sample, and how many there are.
pub fn users(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<Usage>, u64)> {
    let naming = || component::table.filter(among(component::indicator_id, ids));
    let count: i64 = naming().count().get_result(conn)?;
    let query = naming().order(component::name).limit(SAMPLE);
    let found: Vec<(Option<i64>, i64, String)> = query
        .select((component::indicator_id, component::id, component::name))
        .load(conn)?;
    let users = found
        .into_iter()
        .filter_map(|(indicator, id, name)| Some((indicator?, id, name)));
    Ok((users.collect(), u64::try_from(count).unwrap_or(0)))
}

/// Returns indicator and how many components name it.
pub fn user_counts(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component::table
        .filter(component::indicator_id.is_not_null())
        .group_by(component::indicator_id)
        .select((component::indicator_id, diesel::dsl::count_star()));
    let counts: Vec<(Option<i64>, i64)> = query.load(conn)?;
    Ok(counts
        .into_iter()
        .filter_map(|(id, count)| Some((id?, count)))
        .collect())
}

/// Stores an indicator and returns its key.
pub fn insert(writer: &mut Writer<'_>, columns: &IndicatorColumns) -> Result<i64> {
    Ok(diesel::insert_into(indicator::table)
        .values((columns.clone(), indicator::name_key.eq(text::key(&columns.name))))
        .returning(indicator::id)
        .get_result(writer.conn())?)
}

/// Makes an indicator what `columns` says.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &IndicatorColumns) -> Result<()> {
    let row = indicator::table.filter(indicator::id.eq(id));
    prepared(diesel::update(row).set(columns)).execute(writer.conn())?;
    Ok(())
}

/// Stores the key of an indicator whose name has changed.
///
/// # Errors
/// A violation when another one has the key, and the others of [`crate::db`].
pub fn set_key(writer: &mut Writer<'_>, id: i64, name: &str) -> Result<()> {
    diesel::update(indicator::table.filter(indicator::id.eq(id)))
        .set(indicator::name_key.eq(text::key(name)))
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes an indicator that no component names.
///
/// # Errors
/// A violation when one names it, and the others of [`crate::db`].
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(indicator::table.filter(indicator::id.eq(id))).execute(writer.conn())?;
    Ok(())
}
