//! Queries of rows: all of them in portions, those that changed, or one portion.

use crate::apps::sla::selecting::KEYS_MAX;
use crate::apps::sla::snapshot::compile::SnapshotRows;
use crate::apps::sla::{calendar, component, store, window};
use crate::db::{Conn, Result};

/// Reads all rows and passes them to `take`: windows and calendars first, then `portion` components at a time.
pub fn everything(
    conn: &mut Conn,
    version: i64,
    portion: i64,
    mut take: impl FnMut(SnapshotRows) -> Result<()>,
) -> Result<()> {
    let mut rows = schedules(conn)?;
    let mut after = Some(i64::MIN);
    while let Some(last) = after {
        after = put_portion(conn, last, portion, &mut rows)?;
        rows.version = version;
        take(std::mem::take(&mut rows))?;
    }
    Ok(())
}

/// Returns all windows and calendars.
pub fn schedules(conn: &mut Conn) -> Result<SnapshotRows> {
    Ok(SnapshotRows {
        calendars: calendar::store::all(conn)?,
        calendar_rules: calendar::store::all_rules(conn)?,
        windows: window::store::all(conn)?,
        window_rules: window::store::all_rules(conn)?,
        window_calendars: window::store::all_calendars(conn)?,
        ..SnapshotRows::default()
    })
}

/// Returns at most `limit` components after a key, and the last key among them if there may be more.
pub fn portion(conn: &mut Conn, after: i64, limit: i64) -> Result<(SnapshotRows, Option<i64>)> {
    let mut rows = SnapshotRows::default();
    let last = put_portion(conn, after, limit, &mut rows)?;
    Ok((rows, last))
}

fn put_portion(conn: &mut Conn, after: i64, limit: i64, rows: &mut SnapshotRows) -> Result<Option<i64>> {
    rows.components = component::store::after(conn, after, limit)?;
    let (Some(first), Some(last)) = (rows.components.first(), rows.components.last()) else {
        return Ok(None);
    };
    let (first, last) = (first.id, last.id);
    rows.component_labels = component::store::labels_between(conn, first, last)?;
    rows.component_windows = component::store::windows_between(conn, first, last)?;
    rows.component_calendars = component::store::calendars_between(conn, first, last)?;
    let is_full = i64::try_from(rows.components.len()).is_ok_and(|count| count == limit);
    Ok(is_full.then_some(last))
}

/// Returns what was changed or deleted after `since`; nothing if that is more than `components_max` components. Together, because names
/// may have changed hands.
pub fn changed_rows(conn: &mut Conn, since: i64, version: i64, components_max: usize) -> Result<Option<SnapshotRows>> {
    let components = in_order(component::store::keys_changed_since(conn, since)?);
    if components.len() > components_max {
        return Ok(None);
    }
    let mut rows = SnapshotRows {
        version,
        tombstones: store::tombstones_since(conn, since)?,
        ..SnapshotRows::default()
    };
    for ids in in_order(calendar::store::keys_changed_since(conn, since)?).chunks(KEYS_MAX) {
        rows.calendars.extend(calendar::store::by_ids(conn, ids)?);
        rows.calendar_rules.extend(calendar::store::rules_of(conn, ids)?);
    }
    for ids in in_order(window::store::keys_changed_since(conn, since)?).chunks(KEYS_MAX) {
        rows.windows.extend(window::store::by_ids(conn, ids)?);
        rows.window_rules.extend(window::store::rules_of(conn, ids)?);
        rows.window_calendars.extend(window::store::calendars_of(conn, ids)?);
    }
    for ids in components.chunks(KEYS_MAX) {
        rows.components.extend(component::store::by_ids(conn, ids)?);
        rows.component_labels.extend(component::store::labels_of(conn, ids)?);
        rows.component_windows.extend(component::store::windows_of(conn, ids)?);
        rows.component_calendars
            .extend(component::store::calendars_of(conn, ids)?);
    }
    Ok(Some(rows))
}

/// Returns keys in their order, in which rows and what they own are looked at together.
fn in_order(mut keys: Vec<i64>) -> Vec<i64> {
    keys.sort_unstable();
    keys
}
