//! Selectors by which indicators and corrections find components: those of `match[]`, by labels alone, and `{}` for all components.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use crate::metrics::answer::selection::{ComponentLabels, Selector};

/// Which components are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComponentSelector {
    /// All of them: `{}`.
    All,
    /// Those with these labels: `{team="payments",env="prod"}`.
    Labelled(Selector),
}

/// Labels as states have them.
struct StateLabels<'a>(&'a BTreeMap<String, String>);

impl ComponentLabels for StateLabels<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name).map(|value| Cow::Borrowed(value.as_str()))
    }
}

impl FromStr for ComponentSelector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let inside = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if inside.is_some_and(|inside| inside.trim().is_empty()) {
            return Ok(Self::All);
        }
        let refused = |reason: &dyn std::fmt::Display| {
            format!(
                "`{text}` selects no components: {reason}. Give labels, e.g. {{team=\"payments\"}}, or {{}} for all"
            )
        };
        let selector: Selector = text.parse().map_err(|error| refused(&error))?;
        if selector.name.is_some() {
            return Err(refused(&"it names a metric"));
        }
        if selector.contradicts_itself() {
            return Err(refused(&"one label would have two values"));
        }
        Ok(Self::Labelled(selector))
    }
}

impl ComponentSelector {
    /// Returns whether a component with this name and these labels is meant.
    #[must_use]
    pub fn takes(&self, component: &str, labels: &BTreeMap<String, String>) -> bool {
        match self {
            Self::All => true,
            Self::Labelled(selector) => selector.takes_component(component, &StateLabels(labels)),
        }
    }

    /// Returns how many labels it asks for: of two selectors that find a component, the one that asks for more is the nearer.
    #[must_use]
    pub fn length(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Labelled(selector) => selector.labels.len(),
        }
    }
}

/// Checks a selector; an empty one finds nothing.
///
/// # Errors
/// A message for people.
pub fn check_selector(text: &str) -> Result<(), String> {
    match text {
        "" => Ok(()),
        text => text.parse::<ComponentSelector>().map(drop),
    }
}
