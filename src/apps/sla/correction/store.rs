//! Every query of corrections.

use diesel::prelude::*;

use super::model::{CorrectionColumns, CorrectionRow};
use crate::apps::listed::SAMPLE;
use crate::apps::sla::selecting::{counted_in_portions, in_portions};
use crate::audit::Writer;
use crate::db::schema::correction;
use crate::db::{Conn, Result};

/// Returns how many corrections there are.
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(correction::table.count().get_result(conn)?)
}

/// Returns the key of the newest correction that there is; 0 if there is none.
pub fn last_key(conn: &mut Conn) -> Result<i64> {
    let last: Option<i64> = correction::table.select(diesel::dsl::max(correction::id)).first(conn)?;
    Ok(last.unwrap_or(0))
}

/// Returns all corrections.
pub fn all(conn: &mut Conn) -> Result<Vec<CorrectionRow>> {
    let query = correction::table.order(correction::id);
    Ok(query.select(CorrectionRow::as_select()).load(conn)?)
}

/// Returns the corrections of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<CorrectionRow>> {
    in_portions(ids, |ids| {
        let query = correction::table
            .filter(correction::id.eq_any(ids))
            .order(correction::id);
        Ok(query.select(CorrectionRow::as_select()).load(conn)?)
    })
}

/// Returns the corrections that have any of the time from `start` until before `end`, seconds since 1970.
pub fn between(conn: &mut Conn, start: i64, end: i64) -> Result<Vec<CorrectionRow>> {
    let query = correction::table
        .filter(correction::starts_at.lt(end).and(correction::ends_at.gt(start)))
        .order(correction::id);
    Ok(query.select(CorrectionRow::as_select()).load(conn)?)
}

/// Returns the version of a correction, if it is there.
pub fn version(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let query = correction::table.filter(correction::id.eq(id));
    Ok(query.select(correction::version).first(conn).optional()?)
}

/// Returns the corrections of this span of time.
pub fn of_span(conn: &mut Conn, start: i64, end: i64) -> Result<Vec<CorrectionRow>> {
    let query = correction::table
        .filter(correction::starts_at.eq(start).and(correction::ends_at.eq(end)))
        .order(correction::id);
    Ok(query.select(CorrectionRow::as_select()).load(conn)?)
}

/// Returns the corrections of these components: a sample, and how many there are.
pub fn of_components(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<CorrectionRow>, u64)> {
    let mut sample = Vec::new();
    let count = counted_in_portions(ids, |ids| {
        let keys: Vec<Option<i64>> = ids.into_iter().map(Some).collect();
        let found = correction::table.filter(correction::component_id.eq_any(keys));
        let left = SAMPLE - i64::try_from(sample.len()).unwrap_or(SAMPLE);
        let first = found.clone().order(correction::id).limit(left);
        sample.extend(first.select(CorrectionRow::as_select()).load(conn)?);
        Ok(found.count().get_result(conn)?)
    })?;
    Ok((sample, count))
}

/// Stores a correction and returns its key.
pub fn insert(writer: &mut Writer<'_>, columns: &CorrectionColumns) -> Result<i64> {
    Ok(diesel::insert_into(correction::table)
        .values(columns)
        .returning(correction::id)
        .get_result(writer.conn())?)
}

/// Makes a correction what `columns` says.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &CorrectionColumns) -> Result<()> {
    diesel::update(correction::table.filter(correction::id.eq(id)))
        .set(columns)
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes a correction.
pub fn delete(writer: &mut Writer<'_>, id: i64) -> Result<()> {
    diesel::delete(correction::table.filter(correction::id.eq(id))).execute(writer.conn())?;
    Ok(())
}
