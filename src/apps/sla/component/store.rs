//! Components and what is put on them: read by keys and versions, and written.

use diesel::prelude::*;

use super::model::{ComponentColumns, ComponentLinks, ComponentRow, LabelLink, ListedComponent, NewComponent};
use crate::apps::sla::selecting::{KEYS_MAX, in_portions};
use crate::audit::Writer;
use crate::db::dialect::{among, prepared};
use crate::db::name_keys::{other, with_key};
use crate::db::schema::{
    calendar, component, component_calendar, component_label, component_window, label, sla_window,
};
use crate::db::{Conn, Result, dialect};
use crate::text;

/// The most links in one INSERT: SQLite takes 32,766 values, and a link has three at most.
const LINKS_MAX: usize = 10_000;

/// Returns the keys of the components that a version after `row_version` stamped, in no order: one would keep SQLite from the index.
pub fn keys_changed_since(conn: &mut Conn, row_version: i64) -> Result<Vec<i64>> {
    let query = component::table.filter(component::row_version.gt(row_version));
    Ok(query.select(component::id).load(conn)?)
}

/// Returns the first `limit` components with a greater key.
pub fn after(conn: &mut Conn, id: i64, limit: i64) -> Result<Vec<ComponentRow>> {
    let query = component::table
        .filter(component::id.gt(id))
        .order(component::id)
        .limit(limit);
    Ok(query.select(ComponentRow::as_select()).load(conn)?)
}

/// Returns the labels of the components with keys from `first` to `last`.
pub fn labels_between(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<LabelLink>> {
    let query = component_label::table
        .inner_join(label::table)
        .filter(component_label::component_id.between(first, last))
        .order((component_label::component_id, component_label::label_name));
    Ok(query
        .select((component_label::component_id, label::id, label::name, label::value))
        .load(conn)?)
}

/// Returns component and label of all links between them; those of a component in the order of the labels' names.
pub fn label_links(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component_label::table.order((component_label::component_id, component_label::label_name));
    Ok(query
        .select((component_label::component_id, component_label::label_id))
        .load(conn)?)
}

/// Returns component and window, of the components with keys from `first` to `last`.
pub fn windows_between(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table
        .filter(component_window::component_id.between(first, last))
        .order((component_window::component_id, component_window::window_id));
    Ok(query
        .select((component_window::component_id, component_window::window_id))
        .load(conn)?)
}

/// Returns component and calendar, of the components with keys from `first` to `last`.
pub fn calendars_between(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table
        .filter(component_calendar::component_id.between(first, last))
        .order((component_calendar::component_id, component_calendar::calendar_id));
    Ok(query
        .select((component_calendar::component_id, component_calendar::calendar_id))
        .load(conn)?)
}

/// Returns the components of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<ComponentRow>> {
    let query = component::table.filter(among(component::id, ids)).order(component::id);
    Ok(query.select(ComponentRow::as_select()).load(conn)?)
}

/// Returns what lists show of the components of these keys, in no order.
pub fn listed(conn: &mut Conn, ids: &[i64]) -> Result<Vec<ListedComponent>> {
    let query = component::table.filter(among(component::id, ids));
    Ok(query.select(ListedComponent::as_select()).load(conn)?)
}

/// Returns the version of a component, if it is there.
pub fn version(conn: &mut Conn, id: i64) -> Result<Option<i64>> {
    let query = component::table.filter(component::id.eq(id));
    Ok(query.select(component::version).first(conn).optional()?)
}

/// Returns the labels of these components.
pub fn labels_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<LabelLink>> {
    let query = component_label::table
        .inner_join(label::table)
        .filter(among(component_label::component_id, ids))
        .order((component_label::component_id, component_label::label_name));
    Ok(query
        .select((component_label::component_id, label::id, label::name, label::value))
        .load(conn)?)
}

/// A link of a component: the component's key, that of the object that it is linked to, and the object's name.
pub type NamedLink = (i64, i64, String);

/// Returns the labels of these components, called `name=value`.
pub fn label_links_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<NamedLink>> {
    let named = |(component, id, name, value): LabelLink| (component, id, format!("{name}={value}"));
    Ok(labels_of(conn, ids)?.into_iter().map(named).collect())
}

/// Returns component and window, of these components.
pub fn windows_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let query = component_window::table
        .filter(among(component_window::component_id, ids))
        .order((component_window::component_id, component_window::window_id));
    Ok(query
        .select((component_window::component_id, component_window::window_id))
        .load(conn)?)
}

/// Returns component and calendar, of these components.
pub fn calendars_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let query = component_calendar::table
        .filter(among(component_calendar::component_id, ids))
        .order((component_calendar::component_id, component_calendar::calendar_id));
    Ok(query
        .select((component_calendar::component_id, component_calendar::calendar_id))
        .load(conn)?)
}

/// Stores components, and returns their keys in the order of the rows.
pub fn insert(writer: &mut Writer<'_>, rows: Vec<ComponentColumns>) -> Result<Vec<i64>> {
    let keys = dialect::new_keys(writer.conn(), "component", rows.len())?;
    let rows = keys.iter().zip(rows).map(|(key, row)| NewComponent::new(*key, row));
    let rows: Vec<NewComponent> = rows.collect();
    dialect::insert_rows!(writer.conn(), component::table, rows)?;
    Ok(keys)
}

/// Makes a component what `columns` says.
pub fn update(writer: &mut Writer<'_>, id: i64, columns: &ComponentColumns) -> Result<()> {
    let row = component::table.filter(component::id.eq(id));
    prepared(diesel::update(row).set(columns)).execute(writer.conn())?;
    Ok(())
}

/// Stores the key of a component whose name has changed.
///
/// # Errors
/// A violation when another one has the key, and the others of [`crate::db`].
pub fn set_key(writer: &mut Writer<'_>, id: i64, name: &str) -> Result<()> {
    diesel::update(component::table.filter(component::id.eq(id)))
        .set(component::name_key.eq(text::key(name)))
        .execute(writer.conn())?;
    Ok(())
}

/// Deletes components and what is put on them.
pub fn delete(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(KEYS_MAX) {
        diesel::delete(component::table.filter(among(component::id, chunk))).execute(writer.conn())?;
    }
    Ok(())
}

/// Puts labels, windows and calendars on components.
pub fn insert_links(writer: &mut Writer<'_>, links: &ComponentLinks) -> Result<()> {
    let ComponentLinks {
        labels,
        windows,
        calendars,
    } = links;
    dialect::insert_rows!(writer.conn(), component_label::table, labels, LINKS_MAX)?;
    dialect::insert_rows!(writer.conn(), component_window::table, windows, LINKS_MAX)?;
    dialect::insert_rows!(writer.conn(), component_calendar::table, calendars, LINKS_MAX)
}

/// Takes everything off components.
pub fn delete_links(writer: &mut Writer<'_>, ids: &[i64]) -> Result<()> {
    for chunk in ids.chunks(KEYS_MAX) {
        let conn = writer.conn();
        diesel::delete(component_label::table.filter(among(component_label::component_id, chunk))).execute(conn)?;
        diesel::delete(component_window::table.filter(among(component_window::component_id, chunk))).execute(conn)?;
        diesel::delete(component_calendar::table.filter(among(component_calendar::component_id, chunk)))
            .execute(conn)?;
    }
    Ok(())
}

/// Returns key and name of every component.
pub fn names(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(component::table.select((component::id, component::name)).load(conn)?)
}

/// Returns key and name of the components of these keys.
pub fn names_by_keys(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, String)>> {
    in_portions(ids, |ids| {
        let query = component::table.filter(among(component::id, ids));
        Ok(query.select((component::id, component::name)).load(conn)?)
    })
}

/// Returns key and SLO of every component.
pub fn slos(conn: &mut Conn) -> Result<Vec<(i64, Option<i32>)>> {
    Ok(component::table
        .select((component::id, component::slo_millipercent))
        .load(conn)?)
}

/// Returns key and name of the components of these names, spelt so.
pub fn keys_by_names(conn: &mut Conn, names: &[String]) -> Result<Vec<(i64, String)>> {
    in_portions(names, |names| {
        let query = component::table.filter(among(component::name, names));
        Ok(query.select((component::id, component::name)).load(conn)?)
    })
}

/// Returns the zones of the enabled windows of a component, each once.
pub fn zones_of(conn: &mut Conn, id: i64) -> Result<Vec<String>> {
    let query = component_window::table
        .inner_join(sla_window::table)
        .filter(component_window::component_id.eq(id))
        .filter(sla_window::enabled.eq(true));
    Ok(query.select(sla_window::timezone).distinct().load(conn)?)
}

/// Returns the windows of these components.
pub fn window_links_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<NamedLink>> {
    let query = component_window::table
        .inner_join(sla_window::table)
        .filter(among(component_window::component_id, ids));
    Ok(query
        .select((component_window::component_id, sla_window::id, sla_window::name))
        .load(conn)?)
}

/// Returns the calendars of these components.
pub fn calendar_links_of(conn: &mut Conn, ids: &[i64]) -> Result<Vec<NamedLink>> {
    let query = component_calendar::table
        .inner_join(calendar::table)
        .filter(among(component_calendar::component_id, ids))
        .order((component_calendar::component_id, calendar::name));
    Ok(query
        .select((component_calendar::component_id, calendar::id, calendar::name))
        .load(conn)?)
}

/// Returns the name of another component than `id` whose key is that of `name`.
pub fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> Result<Option<String>> {
    Ok(other(with_key!(conn, component, name, name, text::key)?, id))
}

/// Returns how many links to labels, windows and calendars components have.
pub fn count_links(conn: &mut Conn, ids: &[i64]) -> Result<u64> {
    let mut links = 0;
    for chunk in ids.chunks(KEYS_MAX) {
        let labels = component_label::table.filter(among(component_label::component_id, chunk));
        let windows = component_window::table.filter(among(component_window::component_id, chunk));
        let calendars = component_calendar::table.filter(among(component_calendar::component_id, chunk));
        for count in [
            labels.count().get_result::<i64>(conn)?,
            windows.count().get_result(conn)?,
            calendars.count().get_result(conn)?,
        ] {
            links += u64::try_from(count).unwrap_or(0);
        }
    }
    Ok(links)
}
