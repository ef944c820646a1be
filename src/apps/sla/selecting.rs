//! What the list queries of stores share: the values of filters, and keys by the portion.

use crate::db::{Result, limit};

/// Keys that one statement names at most.
pub const KEYS_MAX: usize = 500;

/// The key of what is used, and key and name of what uses it.
pub type Usage = (i64, i64, String);

/// Returns keys that a filter's values name.
#[must_use]
pub fn keys(values: &[String]) -> Vec<i64> {
    values.iter().filter_map(|value| value.parse().ok()).collect()
}

/// Returns the booleans that a filter's values name.
#[must_use]
pub fn flags(values: &[String]) -> Vec<bool> {
    values.iter().map(|value| value == "1").collect()
}

/// Returns what `load` finds for keys or names, a portion at a time.
///
/// # Errors
/// Those of `load`.
pub fn in_portions<K: Clone, T>(keys: &[K], mut load: impl FnMut(Vec<K>) -> Result<Vec<T>>) -> Result<Vec<T>> {
    let mut found = Vec::new();
    for portion in keys.chunks(KEYS_MAX) {
        limit::check()?;
        found.extend(load(portion.to_vec())?);
    }
    Ok(found)
}

/// Returns the sum of what `count` counts for the keys, a portion at a time.
///
/// # Errors
/// Those of `count`.
pub fn counted_in_portions(ids: &[i64], mut count: impl FnMut(Vec<i64>) -> Result<i64>) -> Result<u64> {
    let mut sum = 0;
    for portion in ids.chunks(KEYS_MAX) {
        limit::check()?;
        sum += u64::try_from(count(portion.to_vec())?).unwrap_or(0);
    }
    Ok(sum)
}
