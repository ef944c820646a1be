//! Random lists, as the engine asks a model for them.

use chrono::DateTime;
use proptest::prelude::*;
use sla_monitor::admin::model::ListQuery;
use sla_monitor::admin::spec::Sort;

use super::edits::START;

const TERMS: [&str; 16] = [
    "pay",
    "API",
    "e",
    "é",
    "ecl",
    "OMEGA",
    "fin",
    "arzte",
    "מ",
    "שלום",
    "strasse",
    "1",
    "%",
    "team=",
    "TEAM=blü",
    "tier=gold",
];
pub(super) const SORTS: [&str; 4] = ["name", "display_name", "enabled", "updated_at"];

/// What a list is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) terms: Vec<usize>,
    pub(super) filters: Vec<(&'static str, Vec<i64>)>,
    pub(super) created: Option<(i64, i64)>,
    pub(super) updated: Option<(i64, i64)>,
    pub(super) slo: Option<(i64, i64)>,
    pub(super) sorts: Vec<(usize, bool)>,
    pub(super) keys: Option<Vec<i64>>,
}

pub(super) fn asked() -> impl Strategy<Value = Asked> {
    let keys = || prop::collection::vec(1..5_i64, 1..3);
    let flags = || prop::collection::vec(0..2_i64, 1..3);
    let filter = prop_oneof![
        flags().prop_map(|values| ("enabled__exact", values)),
        keys().prop_map(|values| ("labels__id__exact", values)),
        keys().prop_map(|values| ("labels__id__not", values)),
        keys().prop_map(|values| ("windows__id__exact", values)),
        keys().prop_map(|values| ("calendars__id__exact", values)),
        keys().prop_map(|values| ("cut_by__id__exact", values)),
        flags().prop_map(|values| ("labels__isnull", values)),
        flags().prop_map(|values| ("windows__isnull", values)),
        flags().prop_map(|values| ("calendars__isnull", values)),
        flags().prop_map(|values| ("slo__isnull", values)),
    ];
    let days = || prop::option::weighted(0.2, (0..5_i64, 3..9_i64));
    (
        prop::collection::vec(0..TERMS.len(), 0..3),
        prop::collection::vec(filter, 0..3),
        days(),
        days(),
        prop::option::weighted(0.2, (99_000..99_950_i64, 99_900..100_001_i64)),
        prop::collection::vec((0..SORTS.len(), any::<bool>()), 0..4),
        prop::option::weighted(0.2, prop::collection::vec(1..40_i64, 0..20)),
    )
        .prop_map(|(terms, filters, created, updated, slo, sorts, keys)| Asked {
            terms,
            filters,
            created,
            updated,
            slo,
            sorts,
            keys,
        })
}

impl Asked {
    pub(super) fn query(&self) -> ListQuery {
        let range = |(from, to): (i64, i64)| {
            [from, to].map(|days| {
                DateTime::from_timestamp(START + days * 86_400, 0)
                    .expect("it is an instant")
                    .naive_utc()
            })
        };
        let mut sort: Vec<Sort> = Vec::new();
        for (column, descending) in &self.sorts {
            let key = SORTS[*column];
            if sort.iter().all(|known| known.key != key) {
                sort.push(Sort {
                    key,
                    descending: *descending,
                });
            }
        }
        let value = |key: &str, value: &i64| match key.ends_with("__isnull") {
            true => if *value == 1 { "True" } else { "False" }.to_owned(),
            false => value.to_string(),
        };
        let mut filters: Vec<(&'static str, Vec<String>)> = Vec::new();
        for (key, values) in &self.filters {
            if filters.iter().all(|(known, _)| known != key) {
                filters.push((key, values.iter().map(|of| value(key, of)).collect()));
            }
        }
        ListQuery {
            terms: self.terms.iter().map(|term| TERMS[*term].to_owned()).collect(),
            filters,
            between: self.created.map(range).map(|[from, to]| (from, to)),
            instants: self
                .updated
                .map(range)
                .map(|[from, to]| ("updated_at", from, to))
                .into_iter()
                .collect(),
            numbers: self.slo.map(|(from, to)| ("slo", from, to)).into_iter().collect(),
            sort,
            keys: self.keys.clone(),
            ..ListQuery::default()
        }
    }
}
