//! Which components use a label, a window or a calendar.

use diesel::prelude::*;

use crate::apps::sla::selecting::Usage;
use crate::apps::sla::store::users;
use crate::db::schema::{component, component_calendar, component_label, component_window, sla_window};
use crate::db::{Conn, Result};

/// Returns label, and key and name of a component that has it, for these labels: a sample, and how many there are.
pub fn users_of_labels(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<Usage>, u64)> {
    users!(conn, ids, component_label::label_id, component)
}

/// Returns window and key and name of a component that uses it, for these windows: a sample, and how many there are.
pub fn users_of_windows(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<Usage>, u64)> {
    users!(conn, ids, component_window::window_id, component)
}

/// Returns calendar and key and name of a component that uses it itself, for these calendars: a sample, and how many there are.
pub fn users_of_calendars(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<Usage>, u64)> {
    users!(conn, ids, component_calendar::calendar_id, component)
}

/// Returns names of the enabled components that use a window and no other one that is enabled, at most `limit`.
pub fn names_depending_on(conn: &mut Conn, window_id: i64, limit: i64) -> Result<Vec<String>> {
    let using = component_window::table
        .filter(component_window::window_id.eq(window_id))
        .select(component_window::component_id);
    let others = component_window::table
        .inner_join(sla_window::table)
        .filter(sla_window::enabled.eq(true).and(sla_window::id.ne(window_id)))
        .select(component_window::component_id);
    let query = component::table
        .filter(component::enabled.eq(true))
        .filter(component::id.eq_any(using))
        .filter(component::id.ne_all(others))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}
