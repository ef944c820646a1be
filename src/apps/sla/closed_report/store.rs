//! The queries of closed reports: one adds, none changes.

use diesel::prelude::*;

use super::model::{ClosedPeriod, ClosedReport, ClosedReportColumns};
use crate::apps::sla::selecting::in_portions;
use crate::audit::Writer;
use crate::db::schema::closed_report;
use crate::db::{Conn, Result};

/// Returns how many closed reports there are.
///
/// # Errors
/// Those of [`crate::db`].
pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(closed_report::table.count().get_result(conn)?)
}

/// Returns all closed reports.
///
/// # Errors
/// Those of [`crate::db`].
pub fn all(conn: &mut Conn) -> Result<Vec<ClosedReport>> {
    let query = closed_report::table.order(closed_report::id);
    Ok(query.select(ClosedReport::as_select()).load(conn)?)
}

/// Returns the closed reports of these keys.
///
/// # Errors
/// Those of [`crate::db`].
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<ClosedReport>> {
    in_portions(ids, |ids| {
        let query = closed_report::table
            .filter(closed_report::id.eq_any(ids))
            .order(closed_report::id);
        Ok(query.select(ClosedReport::as_select()).load(conn)?)
    })
}

/// Returns the closed reports of the days of a period, by the midnights of any zone and of any definitions, in the order in which they were
/// closed.
///
/// # Errors
/// Those of [`crate::db`].
pub fn of_days(conn: &mut Conn, of: &ClosedPeriod) -> Result<Vec<ClosedReport>> {
    let query = closed_report::table
        .filter(closed_report::period.eq(of.period))
        .filter(closed_report::first_day.eq(of.first_day))
        .order(closed_report::id);
    Ok(query.select(ClosedReport::as_select()).load(conn)?)
}

/// Returns the closed reports whose period has any of the time from `start` until before `end`, seconds since 1970.
///
/// # Errors
/// Those of [`crate::db`].
pub fn touching(conn: &mut Conn, start: i64, end: i64) -> Result<Vec<ClosedReport>> {
    let query = closed_report::table
        .filter(
            closed_report::range_start
                .lt(end)
                .and(closed_report::range_end.gt(start)),
        )
        .order(closed_report::id);
    Ok(query.select(ClosedReport::as_select()).load(conn)?)
}

/// Returns the components and the figures of a closed report, as they are stored; nothing if it is not there.
///
/// # Errors
/// Those of [`crate::db`].
pub fn figures(conn: &mut Conn, id: i64) -> Result<Option<(String, String)>> {
    let query = closed_report::table.filter(closed_report::id.eq(id));
    let columns = (closed_report::components, closed_report::figures);
    Ok(query.select(columns).first(conn).optional()?)
}

/// Stores a closed report and returns its key.
///
/// # Errors
/// A violation if the same report is closed already, and the others of [`crate::db`].
pub fn insert(writer: &mut Writer<'_>, columns: &ClosedReportColumns) -> Result<i64> {
    Ok(diesel::insert_into(closed_report::table)
        .values(columns)
        .returning(closed_report::id)
        .get_result(writer.conn())?)
}
