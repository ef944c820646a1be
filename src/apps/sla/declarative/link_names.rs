//! The names that objects can be linked to once a plan is carried out, and what links become.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::document::draft::{Place, Reference};
use super::document::node::ReadError;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::{State, Stored};
use crate::apps::sla::window::state::WindowState;
use crate::text;

/// What an object is to be, and what it is now, if it exists.
pub struct Wanted<'a, T> {
    /// What it is now.
    pub stored: Option<&'a Stored<T>>,
    /// What it is to be.
    pub state: T,
}

/// Names of one model that will exist, under the names by which they may be called.
pub struct Names {
    model: &'static str,
    pruned: bool,
    names: ByName<String>,
    /// Keys of the names of the other kind that components are linked to, and that kind.
    others: HashSet<String>,
    other_model: &'static str,
}

impl Names {
    /// Returns the names of what is stored and of what is wanted.
    #[must_use]
    pub fn new<T: State>(stored: &[Stored<T>], wanted: &[Wanted<'_, T>], pruned: bool) -> Self {
        let renamed: HashMap<i64, String> = wanted
            .iter()
            .filter_map(|wanted| Some((wanted.stored?.id, wanted.state.title())))
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
        for wanted in wanted.iter().filter(|wanted| wanted.stored.is_none()) {
            names.insert(&wanted.state.title(), wanted.state.title());
        }
        Self {
            model: T::MODEL,
            pruned,
            names,
            others: HashSet::new(),
            other_model: "",
        }
    }

    /// Returns names that exist already, by the ids of their objects.
    pub fn existing<T: State>(names: &HashMap<i64, String>) -> Self {
        let mut rows: Vec<(&i64, &String)> = names.iter().collect();
        rows.sort_unstable();
        Self {
            model: T::MODEL,
            pruned: false,
            names: rows
                .into_iter()
                .map(|(_, name)| (name.as_str(), name.clone()))
                .collect(),
            others: HashSet::new(),
            other_model: "",
        }
    }

    /// Adds the names of the other kind that components are linked to: calendars for windows, windows for calendars. A reference to one of
    /// them stands under the wrong key.
    pub fn beside<'a, T: State>(mut self, others: impl Iterator<Item = &'a str>) -> Self {
        self.others = others.map(text::key).collect();
        self.other_model = T::MODEL;
        self
    }

    /// Returns where a name belongs that only an object of the other kind has.
    pub fn misplaced(&self, name: &str) -> Option<String> {
        let is_other = !self.has(name) && self.others.contains(&text::key(name));
        let owner = if self.other_model == WindowState::MODEL {
            " of a component"
        } else {
            ""
        };
        is_other.then(|| format!("`{name}` is a {0}; put it under {0}s:{owner}", self.other_model))
    }

    /// Returns whether something will have this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }

    fn find(&self, name: &str) -> Option<String> {
        self.names.get(name).cloned()
    }

    /// Returns what is said of a name in the file that nothing will have.
    fn unknown(&self, name: &str) -> String {
        if let Some(message) = self.misplaced(name) {
            return message;
        }
        let place = if self.pruned {
            " in the file, and --prune keeps nothing else"
        } else {
            ", neither in the file nor in the database"
        };
        format!("there is no {} `{name}`{place}", self.model)
    }
}

/// Returns the names that an object will be linked to, sorted: those of the file, otherwise those it has; all of them will exist.
pub fn linked(
    draft: Option<&Vec<Reference>>,
    stored: Option<&Vec<String>>,
    place: &Place,
    existing: &Names,
) -> Result<Vec<String>, ReadError> {
    let mut names = match draft {
        Some(references) => references
            .iter()
            .map(|reference| {
                let unknown = || reference.place.error(existing.unknown(&reference.name));
                existing.find(&reference.name).ok_or_else(unknown)
            })
            .collect::<Result<Vec<_>, _>>()?,
        None => stored
            .into_iter()
            .flatten()
            .map(|name| {
                let pruned = || {
                    place.error(format!(
                        "the {} `{name}` would be pruned but is still used here; name it in the file, or give this object's links",
                        existing.model
                    ))
                };
                existing.find(name).ok_or_else(pruned)
            })
            .collect::<Result<Vec<_>, _>>()?,
    };
    names.sort();
    names.dedup();
    // The same links under names that are spelt anew are no change of this object.
    let linked_now = |stored: &Vec<String>| {
        let now: BTreeSet<String> = stored.iter().filter_map(|name| existing.find(name)).collect();
        now.len() == stored.len() && now.iter().eq(&names)
    };
    Ok(match stored {
        Some(stored) if linked_now(stored) => stored.clone(),
        _ => names,
    })
}
