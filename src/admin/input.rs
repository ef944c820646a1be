//! A posted form: values by name, and the errors that reading it finds, each beside its field.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use super::model::FormValues;
use super::query::Query;
use super::spec::Inline;
use crate::auth::password::PasswordHash;
use crate::zones::Zone;

/// Errors by field; those of the whole form under the empty name, those of a row under `prefix-index-field`.
pub type Errors = BTreeMap<String, Vec<String>>;

/// Rows that a form may post for each that an inline may have: blank ones, and ones that are ticked to go.
const ROWS_POSTED: usize = 10;

/// The field of a row that says its place among the others; scripts send it, and who does not know it leaves the rows as they are.
pub const ORDER: &str = "ORDER";

/// Returns the place that a row asks for; those that ask for none stand last, in their order.
#[must_use]
pub fn place(order: &str) -> (bool, i64) {
    let place = order.trim().parse().ok();
    (place.is_none(), place.unwrap_or(0))
}

/// A form that was posted.
pub struct FormInput<'a> {
    values: HashMap<&'a str, Vec<&'a str>>,
    errors: Errors,
    password: Option<PasswordHash>,
    zone: Zone,
}

/// A row of an inline, as posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputRow {
    /// `rules-3`.
    pub prefix: String,
    /// The key of the stored row; nothing for a new one.
    pub id: Option<i64>,
    /// Whether it is ticked to go.
    pub deleted: bool,
}

/// Returns whether a check box that posts this is ticked.
#[must_use]
pub fn is_ticked(value: Option<&str>) -> bool {
    !matches!(value.map(str::trim), None | Some("" | "0" | "false" | "False" | "off"))
}

/// Returns the values of each name.
#[must_use]
pub fn by_name(query: &Query) -> HashMap<&str, Vec<&str>> {
    let mut values: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, value) in query.pairs() {
        values.entry(name).or_default().push(value);
    }
    values
}

/// Returns how many rows of an inline a form holds: as many as it says, or as it has where it says nothing sensible.
#[must_use]
pub fn posted_rows(inline: &Inline, posted: &HashMap<&str, Vec<&str>>) -> usize {
    let most = inline.rows_max * ROWS_POSTED;
    let declared = posted
        .get(format!("{}-TOTAL_FORMS", inline.prefix).as_str())
        .and_then(|values| values.last()?.trim().parse::<usize>().ok());
    match declared {
        Some(total) if total <= most => total,
        _ => {
            let index = |name: &str| {
                let rest = name.strip_prefix(inline.prefix)?.strip_prefix('-')?;
                rest.split_once('-')?.0.parse::<usize>().ok()
            };
            let highest = posted.keys().filter_map(|name| index(name)).max();
            highest.map_or(0, |highest| highest.saturating_add(1).min(most))
        }
    }
}

/// Returns whether a row says anything that a blank one would not.
#[must_use]
pub fn is_touched<'a>(inline: &Inline, value: impl Fn(&str) -> Vec<&'a str>) -> bool {
    inline.fields.iter().any(|field| {
        let blank = inline.blank.iter().find(|(name, _)| *name == field.name);
        let blank = blank.map_or("", |(_, value)| *value);
        value(field.name)
            .iter()
            .map(|value| value.trim())
            .any(|value| !value.is_empty() && value != blank)
    })
}

impl<'a> FormInput<'a> {
    /// Returns a form without errors yet.
    #[must_use]
    pub fn new(values: &'a Query) -> Self {
        Self {
            values: by_name(values),
            errors: Errors::new(),
            password: None,
            zone: Zone::utc(),
        }
    }

    /// Returns the form with its times without a UTC offset in this zone.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Returns the zone of times without a UTC offset.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Returns the value of a field, trimmed; empty if it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> &'a str {
        self.raw(name).trim()
    }

    /// Returns the value of a field as it was typed, for passwords; empty if it is not there.
    #[must_use]
    pub fn raw(&self, name: &str) -> &'a str {
        self.last(name).unwrap_or("")
    }

    fn last(&self, name: &str) -> Option<&'a str> {
        self.values.get(name).and_then(|values| values.last()).copied()
    }

    /// Returns whether a check box is ticked.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        is_ticked(self.last(name))
    }

    /// Returns all values of a field.
    #[must_use]
    pub fn many(&self, name: &str) -> Vec<&'a str> {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// Takes the values that `is_kept` does not want out of a field; answers whether there were any.
    pub fn retain(&mut self, name: &str, is_kept: impl Fn(&str) -> bool) -> bool {
        let Some(values) = self.values.get_mut(name) else {
            return false;
        };
        let count = values.len();
        values.retain(|value| is_kept(value));
        values.len() < count
    }

    /// Returns a field read by `parse`; its error is kept beside the field.
    pub fn take<T, E: Display>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match parse(self.text(name)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(name, error);
                None
            }
        }
    }

    /// Takes a field that must not be empty, as [`FormInput::take`] does. One whose values were refused already has been filled in.
    pub fn take_required<T, E: Display>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        if self.text(name).is_empty() {
            if !self.errors.contains_key(name) {
                self.refuse(name, "This field is required.");
            }
            return None;
        }
        self.take(name, parse)
    }

    /// Takes a field that may be empty, as [`FormInput::take`] does.
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

    /// Returns rows of an inline in their order, without new ones that are untouched or ticked to go. A broken management form is an error,
    /// and so is a key that is none or that stands twice.
    pub fn rows(&mut self, inline: &Inline) -> Vec<InputRow> {
        let prefix = inline.prefix;
        let count = |name: &str| {
            self.last(&format!("{prefix}-{name}"))
                .and_then(|value| value.trim().parse::<usize>().ok())
        };
        let (Some(total), Some(_)) = (count("TOTAL_FORMS"), count("INITIAL_FORMS")) else {
            self.refuse(prefix, "The rows of this form did not arrive whole: the fields TOTAL_FORMS and INITIAL_FORMS are missing or are no numbers.");
            return Vec::new();
        };
        let most = inline.rows_max * ROWS_POSTED;
        if total > most {
            self.refuse(prefix, format!("{total} rows are too many; send at most {most}."));
            return Vec::new();
        }
        let mut rows: Vec<InputRow> = Vec::new();
        for index in 0..total {
            let prefix = format!("{prefix}-{index}");
            let id = match self.text(&format!("{prefix}-id")) {
                "" => None,
                text => match text.parse::<i64>() {
                    Ok(id) if id > 0 && rows.iter().all(|row| row.id != Some(id)) => Some(id),
                    Ok(id) if id > 0 => {
                        self.refuse(&prefix, format!("The row {id} stands in this form twice."));
                        continue;
                    }
                    _ => {
                        self.refuse(&prefix, format!("“{text}” is no key of a row."));
                        continue;
                    }
                },
            };
            let deleted = self.flag(&format!("{prefix}-DELETE"));
            let touched = is_touched(inline, |field| self.many(&format!("{prefix}-{field}")));
            if id.is_some() || (touched && !deleted) {
                rows.push(InputRow { prefix, id, deleted });
            }
        }
        rows.sort_by_key(|row| place(self.text(&format!("{}-{ORDER}", row.prefix))));
        let kept = rows.iter().filter(|row| !row.deleted).count();
        if kept > inline.rows_max {
            self.refuse(
                prefix,
                format!("{kept} rows are too many; the limit is {}.", inline.rows_max),
            );
        }
        rows
    }

    /// Keeps a password's hash for the save: making one takes its time, which a transaction must not.
    pub fn keep_password(&mut self, hash: PasswordHash) {
        self.password = Some(hash);
    }

    /// Returns the hash that was kept.
    pub fn take_password(&mut self) -> Option<PasswordHash> {
        self.password.take()
    }

    /// Returns whether nothing was refused so far.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns what was refused.
    #[must_use]
    pub fn into_errors(self) -> Errors {
        self.errors
    }

    /// Returns the posted values of these fields, to show them again.
    #[must_use]
    pub fn values(query: &Query, names: impl Iterator<Item = String>) -> FormValues {
        names
            .map(|name| (name.clone(), query.all(&name).into_iter().map(str::to_owned).collect()))
            .collect()
    }
}

/// Returns the fields that a form with these values posts.
#[must_use]
pub fn as_posted(values: &FormValues) -> Vec<(String, String)> {
    let pairs = values
        .iter()
        .flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())));
    pairs.collect()
}
