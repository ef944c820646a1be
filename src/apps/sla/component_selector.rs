//! Selectors by which indicators and corrections find components: those of `match[]`, by labels alone, and `{}` for all components.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use crate::metrics::answer::selection::{ComponentLabels, Problem, Selector, SelectorError};

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
        let selector = label_selector(text).and_then(|selector| match selector.contradicts_itself() {
            true => Err("one label would have two values".to_owned()),
            false => Ok(selector),
        });
        selector.map(Self::Labelled).map_err(|reason| {
            format!(
                "`{text}` selects no components: {reason}. Give labels, e.g. {{team=\"payments\"}}, or {{}} for all"
            )
        })
    }
}

/// What is wrong with a selector that has no braces.
const NO_BRACES: &str = "character 1: labels stand in braces, and their values in quotes";

/// Reads a selector of labels.
///
/// # Errors
/// What is wrong, and at which character.
pub fn label_selector(text: &str) -> Result<Selector, String> {
    let selector = text.parse::<Selector>().map_err(|error| fault(text, &error))?;
    match (selector.name.is_some(), text.contains('{')) {
        (true, true) => Err("it names a metric, and components have labels alone".to_owned()),
        (true, false) => Err(NO_BRACES.to_owned()),
        (false, _) => Ok(selector),
    }
}

/// Says what is wrong with a selector. What the parameters of a scrape have for it is of no use here.
fn fault(text: &str, error: &SelectorError) -> String {
    let SelectorError { position, problem } = error;
    match problem {
        _ if !text.contains('{') => NO_BRACES.to_owned(),
        Problem::Operator(operator) => format!("character {position}: `{operator}` is not supported, only `=` is"),
        Problem::Everything => "it gives no label a value".to_owned(),
        problem => format!("character {position}: {problem}"),
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
