//! Queries that belong to no single model: the data version and the tombstones.

use diesel::prelude::*;

use crate::db::schema::{data_version, tombstone};
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
