//! A posted form: values by name, and the errors that reading it finds, each beside its field.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::model::Values;
use super::query::Query;
use crate::auth::password::PasswordHash;

/// Errors by field; those of the whole form under the empty name, those of a row under `prefix-index-field`.
pub type Errors = BTreeMap<String, Vec<String>>;

/// A form that was posted.
pub struct Input<'a> {
    values: &'a Query,
    errors: Errors,
    password: Option<PasswordHash>,
}

/// A row of an inline, as posted.
pub struct InputRow {
    /// `rules-3`.
    pub prefix: String,
    /// The key of the stored row; nothing for a new one.
    pub id: Option<i64>,
}

impl<'a> Input<'a> {
    /// A form without errors yet.
    #[must_use]
    pub fn new(values: &'a Query) -> Self {
        Self {
            values,
            errors: Errors::new(),
            password: None,
        }
    }

    /// The value of a field, trimmed; empty if it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> &'a str {
        self.values.get(name).unwrap_or("").trim()
    }

    /// The value of a field as it was typed, for passwords; empty if it is not there.
    #[must_use]
    pub fn raw(&self, name: &str) -> &'a str {
        self.values.get(name).unwrap_or("")
    }

    /// Whether a check box is ticked.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.values.get(name), Some("on" | "1" | "true"))
    }

    /// All values of a field.
    #[must_use]
    pub fn many(&self, name: &str) -> Vec<&'a str> {
        self.values.all(name)
    }

    /// A field read by `parse`; its error is kept beside the field.
    pub fn take<T, E: Display>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match parse(self.text(name)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error);
                None
            }
        }
    }

    /// Like [`Input::take`] for a field that may be empty.
    pub fn take_optional<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if self.text(name).is_empty() {
            return Some(None);
        }
        self.take(name, parse).map(Some)
    }

    /// Keeps an error beside a field; the empty name is the whole form.
    pub fn refuse(&mut self, name: &str, error: impl Display) {
        self.errors.entry(name.to_owned()).or_default().push(error.to_string());
    }

    /// Rows of an inline that are neither deleted nor untouched, in their order. A broken management form is an error.
    pub fn rows(&mut self, prefix: &str, rows_max: usize, fields: &[&str]) -> Vec<InputRow> {
        let count = |name: &str| {
            self.values
                .get(&format!("{prefix}-{name}"))
                .and_then(|value| value.trim().parse::<usize>().ok())
        };
        let (Some(total), Some(_)) = (count("TOTAL_FORMS"), count("INITIAL_FORMS")) else {
            self.refuse(prefix, "The rows of this form did not arrive whole: the fields TOTAL_FORMS and INITIAL_FORMS are missing or are no numbers.");
            return Vec::new();
        };
        if total > rows_max * 10 {
            self.refuse(prefix, format!("{total} rows are too many."));
            return Vec::new();
        }
        let mut rows = Vec::new();
        for index in 0..total {
            let prefix = format!("{prefix}-{index}");
            let touched = fields.iter().any(|field| {
                self.values
                    .all(&format!("{prefix}-{field}"))
                    .iter()
                    .any(|value| !value.trim().is_empty())
            });
            let id = self
                .values
                .get(&format!("{prefix}-id"))
                .and_then(|id| id.trim().parse().ok());
            if !self.flag(&format!("{prefix}-DELETE")) && (touched || id.is_some()) {
                rows.push(InputRow { prefix, id });
            }
        }
        if rows.len() > rows_max {
            self.refuse(
                prefix,
                format!("{} rows are too many; the limit is {rows_max}.", rows.len()),
            );
        }
        rows
    }

    /// Row keys that a form posted: of a copy, whose rows are all new, every one is as good as none.
    #[must_use]
    pub fn many_row_ids(&self, prefix: &str) -> Vec<i64> {
        let of_row = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.ends_with("-id"));
        self.values
            .pairs()
            .filter(|(name, _)| of_row(name))
            .filter_map(|(_, value)| value.parse().ok())
            .collect()
    }

    /// Keeps a password's hash for the save: making one takes its time, which a transaction must not.
    pub fn keep_password(&mut self, hash: PasswordHash) {
        self.password = Some(hash);
    }

    /// The hash that was kept.
    pub fn take_password(&mut self) -> Option<PasswordHash> {
        self.password.take()
    }

    /// Whether nothing was refused so far.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// What was refused.
    #[must_use]
    pub fn into_errors(self) -> Errors {
        self.errors
    }

    /// The posted values of these fields, to show them again.
    #[must_use]
    pub fn values(query: &Query, names: impl Iterator<Item = String>) -> Values {
        names
            .map(|name| (name.clone(), query.all(&name).into_iter().map(str::to_owned).collect()))
            .collect()
    }
}
