//! A hash of each row as the metrics show it: finds rows that changed among those that were read, and differences between what is
//! stored and what was read. The key of the hashes is another one in each process, so that rows with equal hashes cannot be made.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use crate::apps::sla::calendar::model::CalendarRow;
use crate::apps::sla::component::model::ComponentRow;
use crate::apps::sla::rule::{RuleHours, RuleRow};
use crate::apps::sla::snapshot::compile::SnapshotRows;
use crate::apps::sla::store::RowCounts;
use crate::apps::sla::window::model::WindowRow;

/// Hashes by key.
type Hashes = BTreeMap<i64, u64>;

/// The hashes of all rows that were read.
#[derive(Default)]
pub(super) struct RowHashes {
    state: RandomState,
    components: Hashes,
    windows: Hashes,
    calendars: Hashes,
}

impl RowHashes {
    /// Returns how many rows were read.
    pub(super) fn row_counts(&self) -> RowCounts {
        RowCounts {
            components: self.components.len(),
            windows: self.windows.len(),
            calendars: self.calendars.len(),
        }
    }

    /// Keeps the hashes of `rows` and leaves only those rows that changed. What belongs to the others stays in `rows`, and is not used.
    pub(super) fn keep_changed(&mut self, rows: &mut SnapshotRows) {
        for (model, id) in &rows.tombstones {
            let hashes = match model.as_str() {
                "component" => &mut self.components,
                "sla_window" => &mut self.windows,
                _ => &mut self.calendars,
            };
            hashes.remove(id);
        }
        let (components, windows, calendars) = (self.components(rows), self.windows(rows), self.calendars(rows));
        keep(&mut self.components, components, &mut rows.components);
        keep(&mut self.windows, windows, &mut rows.windows);
        keep(&mut self.calendars, calendars, &mut rows.calendars);
    }

    /// Returns whether all windows and calendars are these.
    pub(super) fn has_schedules(&self, rows: &SnapshotRows) -> bool {
        let is_known = |hashes: &Hashes, found: Vec<(i64, u64)>| hashes.iter().map(owned).eq(found);
        is_known(&self.windows, self.windows(rows)) && is_known(&self.calendars, self.calendars(rows))
    }

    /// Returns whether the components with keys beyond `after`, up to `last` if there is one, are these.
    pub(super) fn has_components(&self, after: i64, last: Option<i64>, rows: &SnapshotRows) -> bool {
        use std::ops::Bound::{Excluded, Included};
        let known = self
            .components
            .range((Excluded(after), Included(last.unwrap_or(i64::MAX))));
        known.map(owned).eq(self.components(rows))
    }

    fn components(&self, rows: &SnapshotRows) -> Vec<(i64, u64)> {
        let mut labels = OwnedRows::new(&rows.component_labels, |(id, ..)| *id);
        let mut windows = OwnedRows::new(&rows.component_windows, |(id, _)| *id);
        let mut calendars = OwnedRows::new(&rows.component_calendars, |(id, _)| *id);
        let hash = |row: &ComponentRow| {
            let parts = (labels.of(row.id), windows.of(row.id), calendars.of(row.id));
            (row.id, self.state.hash_one((row.exposed(), parts)))
        };
        rows.components.iter().map(hash).collect()
    }

    fn windows(&self, rows: &SnapshotRows) -> Vec<(i64, u64)> {
        let mut rules = OwnedRows::new(&rows.window_rules, |rule| rule.window_id.unwrap_or_default());
        let mut calendars = OwnedRows::new(&rows.window_calendars, |(id, _)| *id);
        let hash = |row: &WindowRow| {
            let parts = (hours(rules.of(row.id)), calendars.of(row.id));
            (row.id, self.state.hash_one((row.exposed(), parts)))
        };
        rows.windows.iter().map(hash).collect()
    }

    fn calendars(&self, rows: &SnapshotRows) -> Vec<(i64, u64)> {
        let mut rules = OwnedRows::new(&rows.calendar_rules, |rule| rule.calendar_id.unwrap_or_default());
        let hash = |row: &CalendarRow| {
            let hash = self.state.hash_one((row.exposed(), hours(rules.of(row.id))));
            (row.id, hash)
        };
        rows.calendars.iter().map(hash).collect()
    }
}

/// Returns what rules grant or take, in their order.
fn hours(rules: &[RuleRow]) -> Vec<(i32, RuleHours<'_>)> {
    rules.iter().map(|rule| (rule.position, rule.hours())).collect()
}

fn owned((id, hash): (&i64, &u64)) -> (i64, u64) {
    (*id, *hash)
}

/// Keeps the hashes that were found, and of the rows those with another hash than before.
fn keep<T>(hashes: &mut Hashes, found: Vec<(i64, u64)>, rows: &mut Vec<T>) {
    let mut found = found.into_iter();
    rows.retain(|_| {
        found
            .next()
            .is_some_and(|(id, hash)| hashes.insert(id, hash) != Some(hash))
    });
}

/// What rows own, in the order of their keys: what a row owns stands after what the row before it owns.
struct OwnedRows<'a, T> {
    left: &'a [T],
    owner: fn(&T) -> i64,
}

impl<'a, T> OwnedRows<'a, T> {
    fn new(parts: &'a [T], owner: fn(&T) -> i64) -> Self {
        Self { left: parts, owner }
    }

    fn of(&mut self, id: i64) -> &'a [T] {
        // What none of the rows owns is passed over.
        let before = self.left.iter().take_while(|part| (self.owner)(part) < id).count();
        let rest = &self.left[before..];
        let own = rest.iter().take_while(|part| (self.owner)(part) == id).count();
        let (own, left) = rest.split_at(own);
        self.left = left;
        own
    }
}

#[cfg(test)]
mod tests {
    use super::{CalendarRow, RowHashes, SnapshotRows, WindowRow};

    fn rows(name: &str, timezone: &str) -> SnapshotRows {
        let window = WindowRow {
            id: 1,
            name: name.to_owned(),
            description: format!("Hours of {name}"),
            timezone: timezone.to_owned(),
            valid_from: None,
            valid_until: None,
            enabled: true,
            version: 1,
        };
        let calendar = CalendarRow {
            id: 1,
            name: name.to_owned(),
            description: format!("Days of {name}"),
            timezone: Some(timezone.to_owned()),
            enabled: true,
            version: 1,
        };
        SnapshotRows {
            windows: vec![window],
            calendars: vec![calendar],
            ..SnapshotRows::default()
        }
    }

    #[test]
    fn only_what_the_metrics_show_is_news() {
        let mut hashes = RowHashes::default();
        let cases = [
            ("Desk", "UTC", (1, 1)),
            ("Office", "UTC", (0, 1)),
            ("Office", "UTC", (0, 0)),
            ("Office", "Europe/Berlin", (1, 1)),
        ];
        for (name, timezone, news) in cases {
            let mut found = rows(name, timezone);
            hashes.keep_changed(&mut found);
            assert_eq!((found.windows.len(), found.calendars.len()), news, "{name} {timezone}");
            // The metrics have the names of calendars, not those of windows.
            let mut renamed = rows("another name", timezone);
            assert!(!hashes.has_schedules(&renamed));
            renamed.calendars.clone_from(&rows(name, timezone).calendars);
            assert!(hashes.has_schedules(&renamed));
        }
    }
}
