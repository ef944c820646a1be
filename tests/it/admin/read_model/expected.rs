//! The answer that a plain look at the rows gives.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use sla_monitor::apps::sla::component::model::ComponentRow;
use sla_monitor::apps::sla::snapshot::compile::SnapshotRows;
use sla_monitor::text::folded;

use super::asked::Asked;

/// What a list says.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) keys: Vec<i64>,
    pub(super) count: i64,
    pub(super) page: Vec<i64>,
    pub(super) facets: BTreeMap<(&'static str, String), i64>,
    pub(super) edges: [Option<NaiveDateTime>; 2],
}

/// A component with what it is linked to, as the rows have it.
struct Known<'a> {
    row: &'a ComponentRow,
    labels: Vec<(i64, String, String)>,
    windows: Vec<i64>,
    calendars: Vec<i64>,
    /// Its calendars and those of its windows.
    cut_by: BTreeSet<i64>,
    has_window: bool,
}

impl Known<'_> {
    /// Returns the values of a filter that find it.
    fn values(&self, filter: &str) -> Vec<String> {
        let flag = |flag: bool| vec![if flag { "True" } else { "False" }.to_owned()];
        let texts = |ids: Vec<i64>| ids.iter().map(i64::to_string).collect();
        match filter {
            "enabled__exact" => vec![i64::from(self.row.enabled).to_string()],
            "labels__id__exact" => texts(self.labels.iter().map(|(id, ..)| *id).collect()),
            "windows__id__exact" => texts(self.windows.clone()),
            "calendars__id__exact" => texts(self.calendars.clone()),
            "cut_by__id__exact" => texts(self.cut_by.iter().copied().collect()),
            "labels__isnull" => flag(self.labels.is_empty()),
            "windows__isnull" => flag(!self.has_window),
            "calendars__isnull" => flag(self.calendars.is_empty()),
            "slo__isnull" => flag(self.row.slo_millipercent.is_none()),
            other => panic!("{other} is not known"),
        }
    }

    fn passes(&self, filter: &str, wanted: &[String]) -> bool {
        match filter {
            "labels__id__not" => self.labels.iter().all(|(id, ..)| !wanted.contains(&id.to_string())),
            filter => self.values(filter).iter().any(|value| wanted.contains(value)),
        }
    }

    fn holds(&self, term: &str) -> bool {
        let term = folded(term).into_owned();
        let ComponentRow {
            name,
            display_name,
            description,
            ..
        } = self.row;
        let is_labelled = |(name, value): (&str, &str)| {
            self.labels
                .iter()
                .any(|(_, of, own)| folded(of) == name && folded(own).contains(value))
        };
        [name, display_name, description]
            .iter()
            .any(|text| folded(text).contains(&term))
            || term.split_once('=').is_some_and(is_labelled)
    }
}

/// Returns all components with what they are linked to.
fn all_known(rows: &SnapshotRows) -> impl Iterator<Item = Known<'_>> {
    let enabled: BTreeSet<i64> = rows
        .windows
        .iter()
        .filter(|row| row.enabled)
        .map(|row| row.id)
        .collect();
    let linked = |links: &[(i64, i64)], id: i64| links.iter().filter(|(of, _)| *of == id).map(|(_, to)| *to).collect();
    rows.components.iter().map(move |row| {
        let windows: Vec<i64> = linked(&rows.component_windows, row.id);
        let calendars: Vec<i64> = linked(&rows.component_calendars, row.id);
        let of_windows = windows.iter().flat_map(|id| linked(&rows.window_calendars, *id));
        let labels = rows.component_labels.iter().filter(|(of, ..)| *of == row.id);
        Known {
            row,
            labels: labels
                .map(|(_, id, name, value)| (*id, name.clone(), value.clone()))
                .collect(),
            has_window: windows.iter().any(|id| enabled.contains(id)),
            cut_by: of_windows.chain(calendars.iter().copied()).collect(),
            calendars,
            windows,
        }
    })
}

/// Returns the answer that a plain look at the rows gives.
pub(super) fn expected(rows: &SnapshotRows, asked: &Asked) -> Answer {
    let wanted = asked.query();
    let mut found: Vec<Known<'_>> = all_known(rows)
        .filter(|known| {
            let ComponentRow {
                id,
                created_at,
                updated_at,
                slo_millipercent,
                ..
            } = known.row;
            let slo = slo_millipercent.map(i64::from);
            wanted.keys.as_ref().is_none_or(|keys| keys.contains(id))
                && wanted.terms.iter().all(|term| known.holds(term))
                && wanted.filters.iter().all(|(key, values)| known.passes(key, values))
                && wanted
                    .between
                    .is_none_or(|(from, to)| from <= *created_at && *created_at < to)
                && wanted
                    .instants
                    .iter()
                    .all(|(_, from, to)| from <= updated_at && updated_at < to)
                && wanted
                    .numbers
                    .iter()
                    .all(|(_, from, to)| slo.is_some_and(|slo| *from <= slo && slo <= *to))
        })
        .collect();
    found.sort_by(|one, other| {
        let by_column = wanted.sort.iter().map(|sort| {
            let (one, other) = (one.row, other.row);
            let order = match sort.key {
                "name" => folded(&one.name).cmp(&folded(&other.name)),
                "display_name" => folded(&one.display_name).cmp(&folded(&other.display_name)),
                "enabled" => one.enabled.cmp(&other.enabled),
                _ => one.updated_at.cmp(&other.updated_at),
            };
            if sort.descending { order.reverse() } else { order }
        });
        let by_key = one.row.id.cmp(&other.row.id);
        let by_key = if wanted.key_descends() {
            by_key.reverse()
        } else {
            by_key
        };
        by_column.into_iter().find(|order| order.is_ne()).unwrap_or(by_key)
    });
    let keys: Vec<i64> = found.iter().map(|known| known.row.id).collect();
    let created = || found.iter().map(|known| known.row.created_at);
    Answer {
        count: i64::try_from(keys.len()).expect("they are few"),
        page: keys.iter().copied().skip(1).take(3).collect(),
        keys,
        facets: facets(&found, rows.component_labels.iter().map(|(_, id, ..)| *id).collect()),
        edges: [created().min(), created().max()],
    }
}

/// Returns how many components each value of each filter finds, as far as any is linked to it.
fn facets(found: &[Known<'_>], labels: BTreeSet<i64>) -> BTreeMap<(&'static str, String), i64> {
    let filters = [
        "enabled__exact",
        "labels__id__exact",
        "windows__id__exact",
        "calendars__id__exact",
        "cut_by__id__exact",
        "labels__isnull",
        "windows__isnull",
        "calendars__isnull",
        "slo__isnull",
    ];
    let mut counts = BTreeMap::new();
    for known in found {
        for filter in filters {
            for value in known.values(filter) {
                *counts.entry((filter, value)).or_default() += 1;
            }
        }
    }
    let all = i64::try_from(found.len()).expect("they are few");
    // What has a label is counted under it; all others do without, if any component has it.
    for label in labels {
        let with = counts
            .get(&("labels__id__exact", label.to_string()))
            .copied()
            .unwrap_or(0);
        if with < all {
            counts.insert(("labels__id__not", label.to_string()), all - with);
        }
    }
    counts
}
