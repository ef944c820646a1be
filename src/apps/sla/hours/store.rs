//! Queries for hours: what components have of windows and calendars, and nothing else of them.

use diesel::prelude::*;

use crate::apps::sla::selecting::in_portions;
use crate::db::dialect::among;
use crate::db::schema::{component, component_calendar, component_window};
use crate::db::{Conn, Result};

/// Key, name, and whether it is enabled, of a component.
pub type NamedComponent = (i64, String, bool);

/// Returns the components of these keys.
pub fn named(conn: &mut Conn, ids: &[i64]) -> Result<Vec<NamedComponent>> {
    in_portions(ids, |ids| {
        let query = component::table.filter(among(component::id, ids));
        Ok(query
            .select((component::id, component::name, component::enabled))
            .load(conn)?)
    })
}

/// Returns the first `limit` components with a greater key, by key.
pub fn named_after(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<NamedComponent>> {
    let query = component::table
        .filter(component::id.gt(id))
        .order(component::id)
        .limit(limit);
    Ok(query
        .select((component::id, component::name, component::enabled))
        .load(conn)?)
}

/// Returns all components.
pub fn all_named(conn: &mut Conn) -> Result<Vec<NamedComponent>> {
    let columns = (component::id, component::name, component::enabled);
    Ok(component::table.select(columns).load(conn)?)
}

/// Returns component and window of all links between them.
pub fn all_windows(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let columns = (component_window::component_id, component_window::window_id);
    Ok(component_window::table.select(columns).load(conn)?)
}

/// Returns component and calendar of all links between them.
pub fn all_calendars(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let columns = (component_calendar::component_id, component_calendar::calendar_id);
    Ok(component_calendar::table.select(columns).load(conn)?)
}

/// Returns component and window, of these components.
pub fn windows_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    in_portions(ids, |ids| {
        let query = component_window::table.filter(among(component_window::component_id, ids));
        Ok(query
            .select((component_window::component_id, component_window::window_id))
            .load(conn)?)
    })
}

/// Returns component and calendar, of these components.
pub fn calendars_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    in_portions(ids, |ids| {
        let query = component_calendar::table.filter(among(component_calendar::component_id, ids));
        Ok(query
            .select((component_calendar::component_id, component_calendar::calendar_id))
            .load(conn)?)
    })
}

/// Returns the keys of the components that have one of these windows.
pub fn users_of_windows(conn: &mut Conn, ids: &[i64]) -> Result<Vec<i64>> {
    in_portions(ids, |ids| {
        let query = component_window::table.filter(among(component_window::window_id, ids));
        Ok(query.select(component_window::component_id).load(conn)?)
    })
}

/// Returns the keys of the components that have one of these calendars themselves.
pub fn users_of_calendars(conn: &mut Conn, ids: &[i64]) -> Result<Vec<i64>> {
    in_portions(ids, |ids| {
        let query = component_calendar::table.filter(among(component_calendar::calendar_id, ids));
        Ok(query.select(component_calendar::component_id).load(conn)?)
    })
}
