//! Every query of components and of what is put on them.

use diesel::prelude::*;

use super::model::{ComponentColumns, ComponentRow, Links};
use crate::audit::Writer;
use crate::db::schema::{component, component_calendar, component_label, component_window, label};
use crate::db::{Conn, Result, dialect};

/// Keys that one statement names at most.
const KEYS_MAX: usize = 500;

/// The components that a version after `row_version` stamped; all of them after -1.
///
/// # Errors
/// Those of the database.
pub fn changed_since(conn: &mut Conn, row_version: i64) -> Result<Vec<ComponentRow>> {
    let query = component::table
        .filter(component::row_version.gt(row_version))
        .order(component::id);
    Ok(query.select(ComponentRow::as_select()).load(conn)?)
}

/// Component, label name and label value, for the components of [`changed_since`].
///
/// # Errors
/// Those of the database.
pub fn labels_since(conn: &mut Conn, row_version: i64) -> Result<Vec<(i64, String, String)>> {
    let query = component_label::table
        .inner_join(component::table)
        .inner_join(label::table)
        .filter(component::row_version.gt(row_version))
        .order((component_label::component_id, component_label::label_name));
    Ok(query
        .select((component_label::component_id, label::name, label::value))
        .load(conn)?)
}

/// Component and window, for the components of [`changed_since`].
///
/// # Errors
/// Those of the database.
pub fn windows_since(conn: &mut Conn, row_version: i64) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table
        .inner_join(component::table)
        .filter(component::row_version.gt(row_version))
        .order((component_window::component_id, component_window::window_id));
    Ok(query
        .select((component_window::component_id, component_window::window_id))
        .load(conn)?)
}

/// Component and calendar, for the components of [`changed_since`].
///
/// # Errors
/// Those of the database.
pub fn calendars_since(conn: &mut Conn, row_version: i64) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table
        .inner_join(component::table)
        .filter(component::row_version.gt(row_version))
        .order((component_calendar::component_id, component_calendar::calendar_id));
    Ok(query
        .select((component_calendar::component_id, component_calendar::calendar_id))
        .load(conn)?)
}

/// Name and key of the components of these names, spelt exactly so.
///
/// # Errors
/// Those of the database.
pub fn keys(conn: &mut Conn, names: Vec<String>) -> Result<Vec<(String, i64)>> {
    let query = component::table.filter(component::name.eq_any(names));
    Ok(query.select((component::name, component::id)).load(conn)?)
}

/// Stores components.
///
/// # Errors
/// Those of the database.
pub fn insert(writer: &mut Writer<'_>, rows: &[ComponentColumns]) -> Result<()> {
    dialect::insert_rows!(writer.conn(), component::table, rows)
}

/// Makes a component what `columns` says.
///
/// # Errors
/// Those of the database.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &ComponentColumns) -> Result<()> {
    diesel::update(component::table.filter(component::id.eq(id)))
        .set(columns)
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes components and what is put on them.
///
/// # Errors
/// Those of the database.
pub fn delete(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(KEYS_MAX) {
        diesel::delete(component::table.filter(component::id.eq_any(chunk.to_vec()))).execute(writer.conn())?;
    }
    Ok(())
}

/// Puts labels, windows and calendars on components.
///
/// # Errors
/// Those of the database.
pub fn insert_links(writer: &mut Writer<'_>, links: &Links) -> Result<()> {
    dialect::insert_rows!(writer.conn(), component_label::table, links.labels)?;
    dialect::insert_rows!(writer.conn(), component_window::table, links.windows)?;
    dialect::insert_rows!(writer.conn(), component_calendar::table, links.calendars)
}

/// Takes everything off components.
///
/// # Errors
/// Those of the database.
pub fn delete_links(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(KEYS_MAX) {
        let conn = writer.conn();
        diesel::delete(component_label::table.filter(component_label::component_id.eq_any(chunk.to_vec())))
            .execute(conn)?;
        diesel::delete(component_window::table.filter(component_window::component_id.eq_any(chunk.to_vec())))
            .execute(conn)?;
        diesel::delete(component_calendar::table.filter(component_calendar::component_id.eq_any(chunk.to_vec())))
            .execute(conn)?;
    }
    Ok(())
}
