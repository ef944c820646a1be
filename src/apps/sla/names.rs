//! Objects found by name: first by the very name, then by one that differs by normalization alone, then by the key of the name.

use std::collections::HashMap;

use crate::text;

/// Values by the names of what they belong to.
#[derive(Clone, Debug)]
pub struct ByName<T> {
    spelt: HashMap<String, T>,
    by_key: HashMap<String, T>,
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self {
            spelt: HashMap::new(),
            by_key: HashMap::new(),
        }
    }
}

impl<'a, T: Clone> FromIterator<(&'a str, T)> for ByName<T> {
    /// Collects names. Of those with equal keys the first is found by the key.
    fn from_iter<I: IntoIterator<Item = (&'a str, T)>>(named: I) -> Self {
        let mut by_name = Self::default();
        for (name, value) in named {
            by_name.insert(name, value);
        }
        by_name
    }
}

impl<T: Clone> ByName<T> {
    /// Adds a value under a name. Names that came before keep what they are found by, the very name aside.
    pub fn insert(&mut self, name: &str, value: T) {
        let normal = text::line(name);
        if normal != name {
            self.spelt.entry(normal).or_insert_with(|| value.clone());
        }
        self.by_key.entry(text::key(name)).or_insert_with(|| value.clone());
        self.spelt.insert(name.to_owned(), value);
    }

    /// Returns the value of the very name, or of one that differs by normalization alone.
    #[must_use]
    pub fn spelt(&self, name: &str) -> Option<&T> {
        self.spelt.get(name).or_else(|| self.spelt.get(&text::line(name)))
    }

    /// Returns the value that `name` means.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.spelt(name).or_else(|| self.by_key.get(&text::key(name)))
    }
}

impl ByName<i64> {
    /// Returns the ids of rows by their names; the oldest counts first.
    #[must_use]
    pub fn of_rows(mut rows: Vec<(i64, String)>) -> Self {
        rows.sort_unstable();
        rows.iter().map(|(id, name)| (name.as_str(), *id)).collect()
    }
}
