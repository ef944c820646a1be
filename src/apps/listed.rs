//! Lists of models that have few rows: searched, filtered and sorted in memory, after one query for all.

use std::cmp::Ordering;

use crate::admin::model::Wanted;

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A number, or a yes or no.
    Number(i64),
    /// A text; the letters' case does not matter.
    Text(String),
}

impl Key {
    /// A text's key.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// Rows of a model with few of them.
pub trait Listed {
    /// The row's key, the last thing that it is sorted by.
    fn id(&self) -> i64;
    /// What the search looks at.
    fn texts(&self) -> Vec<&str>;
    /// Whether it passes a filter with these values.
    fn passes(&self, filter: &str, values: &[String]) -> bool;
    /// What it is sorted by in a column.
    fn key(&self, column: &str) -> Key;
}

/// The rows that a list wants, in its order.
#[must_use]
pub fn listed<T: Listed>(rows: Vec<T>, wanted: &Wanted) -> Vec<T> {
    let found = |row: &T, term: &str| {
        row.texts()
            .iter()
            .any(|text| text.to_lowercase().contains(&term.to_lowercase()))
    };
    let mut rows: Vec<T> = rows
        .into_iter()
        .filter(|row| wanted.terms.iter().all(|term| found(row, term)))
        .filter(|row| wanted.filters.iter().all(|(filter, values)| row.passes(filter, values)))
        .collect();
    rows.sort_by(|a, b| {
        let by_columns = wanted.sort.iter().map(|sort| {
            let order = a.key(sort.key).cmp(&b.key(sort.key));
            if sort.descending { order.reverse() } else { order }
        });
        by_columns
            .into_iter()
            .find(|order| *order != Ordering::Equal)
            .unwrap_or_else(|| a.id().cmp(&b.id()))
    });
    rows
}

/// Some rows of a list.
#[must_use]
pub fn slice<T>(rows: Vec<T>, offset: i64, limit: i64) -> Vec<T> {
    let number = |value: i64| usize::try_from(value).unwrap_or(0);
    rows.into_iter().skip(number(offset)).take(number(limit)).collect()
}

/// How many rows there are, counted no further than `limit`.
#[must_use]
pub fn count<T>(rows: &[T], limit: i64) -> i64 {
    i64::try_from(rows.len()).unwrap_or(limit).min(limit)
}

/// Whether a yes or no is among the values of a filter.
#[must_use]
pub fn is_among(flag: bool, values: &[String]) -> bool {
    values.iter().any(|value| (value == "1") == flag)
}

/// Choices that contain a term, as autocomplete and filters offer them.
#[must_use]
pub fn choices(all: Vec<(i64, String)>, term: &str, limit: i64) -> Vec<(String, String)> {
    let term = term.to_lowercase();
    let found = all
        .into_iter()
        .filter(|(_, words)| term.is_empty() || words.to_lowercase().contains(&term));
    found
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .map(|(id, words)| (id.to_string(), words))
        .collect()
}
