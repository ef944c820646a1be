//! What changed between two stored states of an object, in words.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value};

use crate::admin::spec::Spec;
use crate::auth::Model;
use crate::text::capitalised;

/// A state as the audit log keeps it: properties by name.
pub type StoredState = Map<String, Value>;

/// What changed in one property of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// What people call the property.
    pub label: String,
    /// What changed in it, in order; never empty.
    pub parts: Vec<ChangePart>,
    /// How many items were removed from a list of them, and how many added.
    pub counts: (usize, usize),
}

/// The most items that a history names one by one.
const NAMED_MAX: usize = 8;

impl PropertyChange {
    /// Returns whether so many items were removed or added that a history says how many.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.counts.0.max(self.counts.1) > NAMED_MAX
    }

    /// Returns the parts, those that name many items below words for all of them: `30 labels added`. The words of the others are empty.
    #[must_use]
    pub fn folded(&self) -> Vec<(String, &ChangePart)> {
        let (removed, added) = self.counts;
        let what = self.label.to_lowercase();
        let words = |part: &ChangePart| match part {
            ChangePart::Removed(_) if removed > NAMED_MAX => format!("{removed} {what} removed"),
            ChangePart::Added(_) if added > NAMED_MAX => format!("{added} {what} added"),
            _ => String::new(),
        };
        self.parts.iter().map(|part| (words(part), part)).collect()
    }
}

/// A part of what changed in a property: its value, or one item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangePart {
    /// From what to what.
    Replaced(String, String),
    /// What was not there before.
    Added(String),
    /// What is not there any more.
    Removed(String),
    /// What else is to be said.
    Noted(&'static str),
}

/// Another object whose changes belong to the history of an object, while it was part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedPast {
    /// Its model.
    pub model: Model,
    /// Its key.
    pub id: i64,
    /// The keys of the first and the last entry of the audit log between which it was part.
    pub spans: Vec<(i64, i64)>,
}

/// Says what changed in the property of this name, from the first value to the second; null stands for none. Nothing where the model has no
/// words of its own for the property: texts, flags, lists of names and pairs of names and values.
pub type ChangeWords = fn(&str, &Value, &Value) -> Option<Vec<ChangePart>>;

/// Says in a few words what a change at an instant, in Unix seconds, led to; nothing where the model has nothing to say. The state of an object
/// that is not there is empty.
pub type OutcomeWords = fn(&StoredState, &StoredState, i64) -> Option<String>;

/// What a model calls the properties of its stored states, and how it says what changed in them.
#[derive(Clone)]
pub struct StateWords {
    labels: BTreeMap<&'static str, &'static str>,
    change: ChangeWords,
    outcome: OutcomeWords,
}

impl StateWords {
    /// Returns the words of a model: its properties are called as in its form.
    #[must_use]
    pub fn new(spec: &Spec, (change, outcome): (ChangeWords, OutcomeWords)) -> Self {
        let fields = spec.fieldsets.iter().flat_map(|set| &set.fields);
        Self {
            labels: fields.map(|field| (field.name, field.label)).collect(),
            change,
            outcome,
        }
    }

    /// Returns what a property is called. One without a field: `valid_from` as `Valid from`.
    #[must_use]
    pub fn label(&self, property: &str) -> String {
        match self.labels.get(property) {
            Some(label) => (*label).to_owned(),
            None => capitalised(&property.replace('_', " ")),
        }
    }

    /// Says what changed in a property, if the model has words of its own for it.
    #[must_use]
    pub fn change(&self, property: &str, old: &Value, new: &Value) -> Option<Vec<ChangePart>> {
        (self.change)(property, old, new)
    }

    /// Says what a change led to, if the model has something to say.
    #[must_use]
    pub fn outcome(&self, before: &StoredState, after: &StoredState, at: i64) -> Option<String> {
        (self.outcome)(before, after, at)
    }
}

impl Default for StateWords {
    /// Returns the words of a model that has none of its own.
    fn default() -> Self {
        Self {
            labels: BTreeMap::new(),
            change: |_, _, _| None,
            outcome: |_, _, _| None,
        }
    }
}

impl ChangePart {
    /// Returns the word in front of it; empty where an arrow says it.
    #[must_use]
    pub fn lead(&self) -> &'static str {
        match self {
            Self::Replaced(..) => "",
            Self::Added(_) => "added",
            Self::Removed(_) => "removed",
            Self::Noted(words) => words,
        }
    }

    /// Returns what was there before.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        match self {
            Self::Replaced(old, _) | Self::Removed(old) => Some(old),
            Self::Added(_) | Self::Noted(_) => None,
        }
    }

    /// Returns what is there now.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        match self {
            Self::Replaced(_, new) | Self::Added(new) => Some(new),
            Self::Removed(_) | Self::Noted(_) => None,
        }
    }

    /// Returns the same with other words.
    #[must_use]
    pub fn map(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Replaced(old, new) => Self::Replaced(change(&old), change(&new)),
            Self::Added(new) => Self::Added(change(&new)),
            Self::Removed(old) => Self::Removed(change(&old)),
            Self::Noted(words) => Self::Noted(words),
        }
    }
}

impl Display for ChangePart {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced(old, new) => write!(formatter, "{old} → {new}"),
            Self::Added(words) | Self::Removed(words) => write!(formatter, "{} {words}", self.lead()),
            Self::Noted(words) => formatter.write_str(words),
        }
    }
}

impl Display for PropertyChange {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.parts.iter().map(ToString::to_string).collect();
        write!(formatter, "{}: {}", self.label, parts.join("; "))
    }
}
