//! The hours of the rows of a page.

use std::collections::HashMap;
use std::rc::Rc;

use crate::apps::sla::drawing::bars;
use crate::apps::sla::hours::book::{HoursBook, NamedHours};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::visible_names::VisibleNames;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::db::{self, Conn, limit};

/// The most spans of a row that are kept one by one, and the most cuts.
pub(super) const SPANS_MAX: usize = 5_000;

/// After so many spans a look is taken whether the work may go on.
const SPANS_UNCHECKED: usize = 1_000;

/// The longest range in which each cut is named, seconds: a month. In a longer one they are summed up.
const NAMED_MAX: i64 = 32 * 86_400;

/// The hours of one row.
pub(super) struct RowHours {
    pub(super) id: i64,
    pub(super) name: String,
    /// What there is instead of hours, if there are none: `disabled`, or why they are unknown.
    pub(super) note: String,
    /// Whether it is inside now; nothing if that is unknown or has no meaning.
    pub(super) is_inside: Option<bool>,
    pub(super) hours: Rc<ShownHours>,
}

/// Hours in the range of a page.
#[derive(Debug, Default)]
pub(super) struct ShownHours {
    /// What is drawn.
    pub(super) hours: NamedHours,
    /// Whether the spans are too many to be kept: near ones are merged, and cuts are left out.
    pub(super) is_merged: bool,
    /// How many spans there are.
    pub(super) count: usize,
    /// How many seconds are promised.
    pub(super) promised: i64,
}

/// Returns the hours of objects in a range, in the order of `keys`; those that were deleted meanwhile are left out.
pub(super) fn row_hours(
    conn: &mut Conn,
    are_windows: bool,
    keys: &[i64],
    (range, now): (Span, i64),
    names: VisibleNames,
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
    let mut evaluated = EvaluatedRows {
        book: HoursBook::new(&stored),
        range,
        now,
        names,
        known: HashMap::new(),
    };
    let mut rows = Vec::with_capacity(objects.len());
    for (id, name, enabled, key) in objects {
        limit::check()?;
        let (note, is_inside, hours) = match evaluated.shown(&key, enabled)? {
            Ok((is_inside, hours)) => (String::new(), Some(is_inside), hours),
            Err(note) => (note, None, Rc::default()),
        };
        rows.push(RowHours {
            id,
            name,
            note,
            is_inside,
            hours,
        });
    }
    let place = |id: i64| keys.iter().position(|key| *key == id);
    rows.sort_by_key(|row| place(row.id));
    Ok(rows)
}

/// Hours, each distinct ones evaluated once.
struct EvaluatedRows {
    book: HoursBook,
    range: Span,
    now: i64,
    names: VisibleNames,
    known: HashMap<ScheduleKey, Result<(bool, Rc<ShownHours>), String>>,
}

impl EvaluatedRows {
    /// Returns whether an object is inside, and its hours; or what there is instead. What it would promise, if it is disabled, is not shown.
    fn shown(&mut self, key: &ScheduleKey, enabled: bool) -> db::Result<Result<(bool, Rc<ShownHours>), String>> {
        if !enabled {
            return Ok(Err("disabled".to_owned()));
        }
        if !self.book.has_enabled_window(key) {
            return Ok(Err("no hours: it has no enabled window".to_owned()));
        }
        if let Some(known) = self.known.get(key) {
            return Ok(known.clone());
        }
        let found = match self.book.coverage(key) {
            Ok(coverage) => {
                let hours = self.hours(key, &coverage)?;
                Ok((coverage.covers(self.now), Rc::new(hours)))
            }
            Err(reason) => Err(match self.names.reason(&reason) {
                Some(reason) => format!("unknown: {reason}"),
                None => "unknown: a window or calendar of it cannot be read".to_owned(),
            }),
        };
        self.known.insert(key.clone(), found.clone());
        Ok(found)
    }

    fn hours(&mut self, key: &ScheduleKey, coverage: &Coverage) -> db::Result<ShownHours> {
        let (from, to) = (self.range.start, self.range.end);
        if let Ok(Some(mut hours)) = self.book.hours_up_to(key, (from, to), SPANS_MAX) {
            if self.range.seconds() <= NAMED_MAX {
                // What could be evaluated can be named.
                drop(self.book.name_cuts(key, &mut hours.cuts));
            }
            return Ok(ShownHours {
                is_merged: false,
                count: hours.spans.len(),
                promised: hours.spans.iter().map(Span::seconds).sum(),
                hours,
            });
        }
        let gap = bars::least_gap(self.range);
        let mut shown = ShownHours {
            is_merged: true,
            ..ShownHours::default()
        };
        for span in coverage.each_span(from, to) {
            if shown.count.is_multiple_of(SPANS_UNCHECKED) {
                limit::check()?;
            }
            shown.count += 1;
            shown.promised += span.seconds();
            match shown.hours.spans.last_mut() {
                Some(last) if span.start - last.end < gap => last.end = span.end,
                _ => shown.hours.spans.push(span),
            }
        }
        Ok(shown)
    }
}
