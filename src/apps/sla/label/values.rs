//! The values of labels that exist, by which the labels of a file are known.

use std::collections::{HashMap, HashSet};

use crate::metrics::format::names::check_label_value;
use crate::text;

/// The values of labels that exist, found by name and value.
#[derive(Default)]
pub struct LabelValues {
    spelt: HashSet<(String, String)>,
    by_line: HashMap<(String, String), String>,
}

impl LabelValues {
    /// Returns the values of these labels, by name and value.
    pub fn new<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut values = Self::default();
        for (name, value) in labels {
            let key = (name.to_owned(), text::line(value));
            values.by_line.entry(key).or_insert_with(|| value.to_owned());
            values.spelt.insert((name.to_owned(), value.to_owned()));
        }
        values
    }

    /// Returns the value that a file means: one that exists, if only normalization makes a difference, otherwise a new one.
    ///
    /// # Errors
    /// A message about a new value that Prometheus does not take.
    pub fn settle(&self, name: &str, given: &str) -> Result<String, String> {
        if self.spelt.contains(&(name.to_owned(), given.to_owned())) {
            return Ok(given.to_owned());
        }
        let key = (name.to_owned(), text::line(given));
        if let Some(stored) = self.by_line.get(&key) {
            return Ok(stored.clone());
        }
        check_label_value(&key.1)
            .map(|()| key.1)
            .map_err(|error| error.to_string())
    }
}
