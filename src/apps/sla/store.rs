//! Queries that belong to no single model: the data version, the tombstones and how many rows there are.

use diesel::prelude::*;

use super::catalog::Sizes;
use crate::db::schema::{calendar, component, data_version, sla_window, tombstone};
use crate::db::{Conn, Result};

/// The version that the last committed change to the models left behind.
///
/// # Errors
/// Those of the database.
pub fn version(conn: &mut Conn) -> Result<i64> {
    Ok(data_version::table.select(data_version::version).first(conn)?)
}

/// Model and key of everything deleted by a version after `version`.
///
/// # Errors
/// Those of the database.
pub fn tombstones_since(conn: &mut Conn, version: i64) -> Result<Vec<(String, i64)>> {
    let query = tombstone::table.filter(tombstone::version.gt(version));
    Ok(query.select((tombstone::model, tombstone::object_id)).load(conn)?)
}

/// How many models are stored.
///
/// # Errors
/// Those of the database.
pub fn sizes(conn: &mut Conn) -> Result<Sizes> {
    let whole = |count: i64| usize::try_from(count).unwrap_or(0);
    Ok(Sizes {
        components: whole(component::table.count().get_result(conn)?),
        windows: whole(sla_window::table.count().get_result(conn)?),
        calendars: whole(calendar::table.count().get_result(conn)?),
    })
}
