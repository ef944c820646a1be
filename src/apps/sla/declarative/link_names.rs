//! The names and labels that objects can be linked to once a plan is carried out.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::document::draft::{DraftPlace, Given};
use super::document::node::ReadError;
use crate::apps::sla::label::values::LabelValues;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::{LinkTarget, ObjectState};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::WindowState;
use crate::auth::Model;
use crate::text;

/// What an object is to be, and what it is now, if it exists.
pub struct DesiredState<'a, S> {
    /// What it is now.
    pub stored: Option<&'a Stored<S>>,
    /// What it is to be.
    pub state: S,
}

/// Everything that objects can be linked to.
#[derive(Default)]
pub struct PlannedLinks {
    names: Vec<(Model, LinkNames)>,
    /// The values of labels.
    pub labels: LabelValues,
}

impl PlannedLinks {
    /// Adds the names of a model.
    pub fn add(&mut self, model: Model, names: LinkNames) {
        self.names.push((model, names));
    }

    /// Adds the values of labels.
    #[must_use]
    pub fn with_labels(mut self, labels: LabelValues) -> Self {
        self.labels = labels;
        self
    }

    /// Returns the names of a model; nothing if objects of the kind at issue are not linked to it.
    #[must_use]
    pub fn names(&self, target: &LinkTarget) -> Option<&LinkNames> {
        let found = self.names.iter().find(|(model, _)| *model == target.model);
        found.map(|(_, names)| names)
    }
}

/// Names of one model that will exist, under the names by which they may be called.
pub struct LinkNames {
    kind: &'static str,
    pruned: bool,
    names: ByName<String>,
    /// What others are linked to as well: each kind, and the keys of its names.
    others: Vec<(&'static str, HashSet<String>)>,
}

impl LinkNames {
    fn of(kind: &'static str, names: ByName<String>, pruned: bool) -> Self {
        Self {
            kind,
            pruned,
            names,
            others: Vec::new(),
        }
    }

    /// Returns the names of what is stored and of what is to be.
    #[must_use]
    pub fn new<S: ObjectState>(stored: &[Stored<S>], desired: &[DesiredState<'_, S>], pruned: bool) -> Self {
        let renamed: HashMap<i64, String> = desired
            .iter()
            .filter_map(|desired| Some((desired.stored?.id, desired.state.title())))
            .collect();
        let mut names = ByName::default();
        for stored in stored {
            let title = stored.state.title();
            match renamed.get(&stored.id) {
                Some(after) => {
                    names.insert(&title, after.clone());
                    names.insert(after, after.clone());
                }
                None if pruned => {}
                None => names.insert(&title, title.clone()),
            }
        }
        for desired in desired.iter().filter(|desired| desired.stored.is_none()) {
            names.insert(&desired.state.title(), desired.state.title());
        }
        Self::of(S::NAME, names, pruned)
    }

    /// Returns names that exist already, by the ids of their objects.
    #[must_use]
    pub fn existing(target: &LinkTarget, names: &HashMap<i64, String>) -> Self {
        let mut rows: Vec<(&i64, &String)> = names.iter().collect();
        rows.sort_unstable();
        let names = rows.into_iter().map(|(_, name)| (name.as_str(), name.clone()));
        Self::of(target.name, names.collect(), false)
    }

    /// Adds the names of another kind that objects are linked to: calendars for windows, windows for calendars. A reference to one of them
    /// stands under the wrong key.
    pub fn beside<S: ObjectState>(&mut self, others: impl Iterator<Item = String>) {
        self.others
            .push((S::NAME, others.map(|name| text::key(&name)).collect()));
    }

    /// Returns where a name belongs that only an object of another kind has.
    #[must_use]
    pub fn misplaced(&self, name: &str) -> Option<String> {
        if self.has(name) {
            return None;
        }
        let key = text::key(name);
        let (other, _) = self.others.iter().find(|(_, keys)| keys.contains(&key))?;
        let owner = if *other == WindowState::NAME {
            " of a component"
        } else {
            ""
        };
        Some(format!("`{name}` is a {other}; put it under {other}s:{owner}"))
    }

    /// Returns whether something will have this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }

    fn find(&self, name: &str) -> Option<String> {
        self.names.get(name).cloned()
    }

    /// Returns a message about a name in the file that nothing will have.
    fn unknown(&self, name: &str) -> String {
        if let Some(message) = self.misplaced(name) {
            return message;
        }
        let place = if self.pruned {
            " in the file, and --prune keeps nothing else"
        } else {
            ", neither in the file nor in the database"
        };
        format!("there is no {} `{}`{place}", self.kind, text::short(name))
    }

    /// Returns the names that a file gives for a property, as they will be, sorted; all of them will exist.
    ///
    /// # Errors
    /// The first name that nothing will have, where it stands.
    pub fn given(
        &self,
        property: &str,
        names: &[String],
        given: &Given,
        place: &DraftPlace,
    ) -> Result<Vec<String>, ReadError> {
        let mut found = Vec::with_capacity(names.len());
        for (number, name) in names.iter().enumerate() {
            let unknown = || match given.items.get(number) {
                Some(item) => place.error_at(&format!("{property}[{}]", item.index), item.line, self.unknown(name)),
                None => place.error_at(property, given.line, self.unknown(name)),
            };
            found.push(self.find(name).ok_or_else(unknown)?);
        }
        Ok(sorted(found))
    }

    /// Returns the names that an object is linked to, as they will be, sorted; all of them will exist.
    ///
    /// # Errors
    /// The first name that would be pruned.
    pub fn kept(&self, names: &[String], place: &DraftPlace) -> Result<Vec<String>, ReadError> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            let pruned = || {
                place.error(format!(
                    "the {} `{name}` would be pruned but is still used here; name it in the file, or give this object's links",
                    self.kind
                ))
            };
            found.push(self.find(name).ok_or_else(pruned)?);
        }
        Ok(sorted(found))
    }

    /// Returns whether these are the links that an object has, under names that are spelt anew: no change of the object.
    #[must_use]
    pub fn are_the_same(&self, stored: &[String], names: &[String]) -> bool {
        let now: BTreeSet<String> = stored.iter().filter_map(|name| self.find(name)).collect();
        now.len() == stored.len() && now.iter().eq(names)
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}
