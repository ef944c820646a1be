//! Which components use a label, a window or a calendar.

use diesel::prelude::*;

use crate::apps::sla::selecting::User;
use crate::apps::sla::store::users;
use crate::db::schema::{
    component, component_calendar, component_label, component_window, sla_window, window_calendar,
};
use crate::db::{Conn, Result};

/// Returns label, and key and name of a component that has it, for these labels: a sample, and how many there are.
pub fn users_of_labels(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<User>, u64)> {
    users!(conn, ids, component_label::label_id, component)
}

/// Returns window and key and name of a component that uses it, for these windows: a sample, and how many there are.
pub fn users_of_windows(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<User>, u64)> {
    users!(conn, ids, component_window::window_id, component)
}

/// Returns calendar and key and name of a component that uses it itself, for these calendars: a sample, and how many there are.
pub fn users_of_calendars(conn: &mut Conn, ids: &[i64]) -> Result<(Vec<User>, u64)> {
    users!(conn, ids, component_calendar::calendar_id, component)
}

/// Returns names of the components that have a label, at most `limit`.
pub fn names_with_label(conn: &mut Conn, label_id: i64, limit: i64) -> Result<Vec<String>> {
    let wearing = component_label::table
        .filter(component_label::label_id.eq(label_id))
        .select(component_label::component_id);
    let query = component::table
        .filter(component::id.eq_any(wearing))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}

/// Returns names of the components that use a window, at most `limit`.
pub fn names_with_window(conn: &mut Conn, window_id: i64, limit: i64) -> Result<Vec<String>> {
    let using = component_window::table
        .filter(component_window::window_id.eq(window_id))
        .select(component_window::component_id);
    let query = component::table
        .filter(component::id.eq_any(using))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
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

/// Returns names of the components that use a calendar, at most `limit`.
pub fn names_with_calendar(conn: &mut Conn, calendar_id: i64, limit: i64) -> Result<Vec<String>> {
    let using = component_calendar::table
        .filter(component_calendar::calendar_id.eq(calendar_id))
        .select(component_calendar::component_id);
    let query = component::table
        .filter(component::id.eq_any(using))
        .order(component::name)
        .limit(limit);
    Ok(query.select(component::name).load(conn)?)
}

/// Returns how many components a calendar cuts, by itself or through their windows.
pub fn count_cut_by_calendar(conn: &mut Conn, calendar_id: i64) -> Result<i64> {
    let using = component_calendar::table
        .filter(component_calendar::calendar_id.eq(calendar_id))
        .select(component_calendar::component_id);
    let windows = window_calendar::table
        .filter(window_calendar::calendar_id.eq(calendar_id))
        .select(window_calendar::window_id);
    let through_windows = component_window::table
        .filter(component_window::window_id.eq_any(windows))
        .select(component_window::component_id);
    let query = component::table.filter(component::id.eq_any(using).or(component::id.eq_any(through_windows)));
    Ok(query.count().get_result(conn)?)
}

/// Returns how many components have each label.
pub fn count_all_by_label(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_label::table.group_by(component_label::label_id);
    Ok(query
        .select((component_label::label_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Returns how many components use each window.
pub fn count_all_by_window(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table.group_by(component_window::window_id);
    Ok(query
        .select((component_window::window_id, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Returns how many components use each calendar themselves.
pub fn count_all_by_calendar(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table.group_by(component_calendar::calendar_id);
    Ok(query
        .select((component_calendar::calendar_id, diesel::dsl::count_star()))
        .load(conn)?)
}
