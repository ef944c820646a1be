//! What belongs to rows, by the key of its row.

use std::collections::HashMap;
use std::hash::Hash;

/// Returns values by key, each key's in the order in which they came.
pub(super) fn grouped<K: Hash + Eq, V>(pairs: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}
