//! Lists of models that have few rows: searched, filtered and sorted in memory, after one query for all.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use crate::admin::model::{ListQuery, NamedObject};
use crate::auth::Model;
use crate::db::text::holds;

/// The most objects that a page names one by one; beyond, it counts.
pub const SAMPLE: i64 = 100;

/// The most parts of one object that a page names one by one; beyond, it counts.
const PARTS_MAX: usize = 20;

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A number, or a yes or no.
    Number(i64),
    /// A text; the letters' case does not matter.
    Text(String),
}

impl Key {
    /// Returns a text's key.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// Rows of a model with few of them.
pub trait Listed {
    /// Returns the row's key, the last thing that it is sorted by.
    fn id(&self) -> i64;
    /// Returns what the search looks at.
    fn texts(&self) -> Vec<&str>;
    /// Returns the values of a filter that find it.
    fn values(&self, filter: &str) -> Vec<String>;
    /// Returns the number that a range looks at; a row without one is in no range.
    fn number(&self, _range: &str) -> Option<i64> {
        None
    }
    /// Returns the instant that a range looks at.
    fn instant(&self, _range: &str) -> Option<NaiveDateTime> {
        None
    }
    /// Returns what it is sorted by in a column.
    fn key(&self, column: &str) -> Key;
}

/// Returns the rows that a list wants, in its order.
#[must_use]
pub fn listed<T: Listed>(rows: Vec<T>, wanted: &ListQuery) -> Vec<T> {
    let found = |row: &T, term: &str| row.texts().iter().any(|text| holds(text, term));
    let passes = |row: &T, filter: &str, values: &[String]| row.values(filter).iter().any(|of| values.contains(of));
    let keys: Option<HashSet<i64>> = wanted.keys.as_ref().map(|keys| keys.iter().copied().collect());
    let mut rows: Vec<T> = rows
        .into_iter()
        .filter(|row| keys.as_ref().is_none_or(|keys| keys.contains(&row.id())))
        .filter(|row| wanted.terms.iter().all(|term| found(row, term)))
        .filter(|row| {
            wanted
                .filters
                .iter()
                .all(|(filter, values)| passes(row, filter, values))
        })
        .filter(|row| is_in_ranges(row, wanted))
        .collect();
    let directed = |order: Ordering, descends: bool| if descends { order.reverse() } else { order };
    rows.sort_by(|a, b| {
        let mut by_columns = wanted
            .order()
            .map(|(column, descends)| directed(a.key(column).cmp(&b.key(column)), descends));
        by_columns
            .find(|order| *order != Ordering::Equal)
            .unwrap_or_else(|| directed(a.id().cmp(&b.id()), wanted.key_descends()))
    });
    rows
}

fn is_in_ranges<T: Listed>(row: &T, wanted: &ListQuery) -> bool {
    let in_numbers = |&(range, from, to): &(&str, i64, i64)| row.number(range).is_some_and(|n| from <= n && n <= to);
    let in_instants = |&(range, from, to): &(&str, NaiveDateTime, NaiveDateTime)| {
        row.instant(range).is_some_and(|at| from <= at && at < to)
    };
    wanted.numbers.iter().all(in_numbers) && wanted.instants.iter().all(in_instants)
}

/// Returns how many rows each value of a filter finds.
#[must_use]
pub fn facets<T: Listed>(rows: &[T], filter: &str) -> Vec<(String, i64)> {
    let mut counts: HashMap<String, i64> = HashMap::new();
    for value in rows.iter().flat_map(|row| row.values(filter)) {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().collect()
}

/// Returns some rows of a list.
#[must_use]
pub fn slice<T>(rows: Vec<T>, offset: i64, limit: i64) -> Vec<T> {
    let number = |value: i64| usize::try_from(value).unwrap_or(0);
    rows.into_iter().skip(number(offset)).take(number(limit)).collect()
}

/// Returns the keys of rows, at most `limit`.
#[must_use]
pub fn keys<T: Listed>(rows: &[T], limit: i64) -> Vec<i64> {
    let keys = rows.iter().map(Listed::id);
    keys.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect()
}

/// Returns how many rows there are, counted no further than `limit`.
#[must_use]
pub fn count<T>(rows: &[T], limit: i64) -> i64 {
    i64::try_from(rows.len()).unwrap_or(limit).min(limit)
}

/// Returns the value of a filter that finds a yes or a no.
#[must_use]
pub fn flag(flag: bool) -> Vec<String> {
    vec![if flag { "1" } else { "0" }.to_owned()]
}

/// Choices that contain every word of a term, as autocomplete and filters offer them: first what begins with the term, then what has a
/// part that begins with its first word, each in the order of `all`.
#[must_use]
pub fn choices(all: Vec<(i64, String)>, term: &str, limit: i64) -> Vec<(String, String)> {
    let terms: Vec<&str> = term.split_whitespace().collect();
    let rank = |text: &str| {
        let (text, term) = (text.to_lowercase(), term.trim().to_lowercase());
        let first = terms.first().map(|first| first.to_lowercase()).unwrap_or_default();
        let mut parts = text.split(|character: char| !character.is_alphanumeric());
        match text.starts_with(&term) {
            true => 0,
            false if parts.any(|part| part.starts_with(&first)) => 1,
            false => 2,
        }
    };
    let found = all
        .into_iter()
        .filter(|(_, words)| terms.iter().all(|term| holds(words, term)));
    let mut found: Vec<(i64, String)> = found.collect();
    if !terms.is_empty() {
        found.sort_by_cached_key(|(_, words)| rank(words));
    }
    found
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .map(|(id, words)| (id.to_string(), words))
        .collect()
}

/// Returns a sample of names and, if there are more, how many.
#[must_use]
pub fn sample(names: impl Iterator<Item = NamedObject>, count: u64) -> Vec<NamedObject> {
    sample_of(names, count, usize::try_from(SAMPLE).unwrap_or(0))
}

fn sample_of(names: impl Iterator<Item = NamedObject>, count: u64, shown: usize) -> Vec<NamedObject> {
    let mut sample: Vec<NamedObject> = names.take(shown).collect();
    let more = count.saturating_sub(sample.len() as u64);
    if more > 0 {
        sample.push(format!("… and {more} more").into());
    }
    sample
}

/// Gives the keys among `ids` that a page names one by one.
#[must_use]
pub fn sampled(ids: &[i64]) -> &[i64] {
    let shown = usize::try_from(SAMPLE).unwrap_or(0).min(ids.len());
    &ids[..shown]
}

/// Parts of objects, by the key of the object that each goes along with.
pub type Parts = HashMap<i64, Vec<NamedObject>>;

/// Returns a sample of the objects of a deletion, and of the parts that go along with each.
#[must_use]
pub fn tree(
    model: Model,
    names: impl Iterator<Item = (i64, String)>,
    count: u64,
    mut parts: Parts,
) -> Vec<(NamedObject, Vec<NamedObject>)> {
    let objects = sample(names.map(|(id, name)| NamedObject::object(model, id, name)), count);
    let with_parts = |object: NamedObject| {
        let parts = object.object.and_then(|(_, id)| parts.remove(&id)).unwrap_or_default();
        let count = parts.len() as u64;
        (object, sample_of(parts.into_iter(), count, PARTS_MAX))
    };
    objects.into_iter().map(with_parts).collect()
}
