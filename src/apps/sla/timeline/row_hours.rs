//! The hours of the rows of a page.

use crate::apps::sla::hours::book::{HoursBook, NamedHours};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::calculus::span::Span;
use crate::db::{self, Conn, limit};

/// The hours of one row.
pub(super) struct RowHours {
    pub(super) id: i64,
    pub(super) name: String,
    /// What there is instead of hours, if there are none: `disabled`, or why they are unknown.
    pub(super) note: String,
    /// Whether it is inside now; nothing if that is unknown or has no meaning.
    pub(super) is_inside: Option<bool>,
    pub(super) hours: NamedHours,
}

/// Returns the hours of objects in a range, in the order of `keys`; those that were deleted meanwhile are left out.
pub(super) fn row_hours(
    conn: &mut Conn,
    are_windows: bool,
    keys: &[i64],
    range: Span,
    now: i64,
) -> db::Result<Vec<RowHours>> {
    let stored = match are_windows {
        true => StoredHours::of_windows(conn, keys)?,
        false => StoredHours::of_components(conn, keys)?,
    };
    // Key, name, whether it is enabled, and what its hours depend on.
    let objects: Vec<(i64, String, bool, ScheduleKey)> = match are_windows {
        true => {
            let windows = stored.windows.iter().map(|window| &window.stored);
            let objects = windows.map(|stored| {
                let state = &stored.state;
                (
                    stored.id,
                    state.name.clone(),
                    state.enabled,
                    (vec![stored.id], Vec::new()),
                )
            });
            objects.collect()
        }
        false => {
            let components = stored.components.iter();
            let objects = components.map(|one| (one.id, one.name.clone(), one.enabled, one.key.clone()));
            objects.collect()
        }
    };
    let mut book = HoursBook::new(&stored);
    let mut rows = Vec::with_capacity(objects.len());
    for (id, name, enabled, key) in objects {
        limit::check()?;
        rows.push(row(&mut book, (id, name, enabled, key), range, now));
    }
    let place = |id: i64| keys.iter().position(|key| *key == id);
    rows.sort_by_key(|row| place(row.id));
    Ok(rows)
}

/// Returns the hours of one object: what it would promise, if it is disabled, is not shown.
fn row(
    book: &mut HoursBook,
    (id, name, enabled, key): (i64, String, bool, ScheduleKey),
    range: Span,
    now: i64,
) -> RowHours {
    let none = |note: String| RowHours {
        id,
        name: name.clone(),
        note,
        is_inside: None,
        hours: NamedHours::default(),
    };
    if !enabled {
        return none("disabled".to_owned());
    }
    if !book.has_enabled_window(&key) {
        return none("no hours: it has no enabled window".to_owned());
    }
    let found = book.coverage(&key).map(|coverage| coverage.covers(now));
    match found.and_then(|is_inside| Ok((is_inside, book.hours(&key, range.start, range.end)?))) {
        Ok((is_inside, hours)) => RowHours {
            id,
            name,
            note: String::new(),
            is_inside: Some(is_inside),
            hours,
        },
        Err(reason) => none(format!("unknown: {reason}")),
    }
}
