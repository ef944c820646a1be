//! What the list queries of stores share: the values of filters.

/// Keys that a filter's values name.
#[must_use]
pub fn keys(values: &[String]) -> Vec<i64> {
    values.iter().filter_map(|value| value.parse().ok()).collect()
}

/// Booleans that a filter's values name.
#[must_use]
pub fn flags(values: &[String]) -> Vec<bool> {
    values.iter().map(|value| value == "1").collect()
}
