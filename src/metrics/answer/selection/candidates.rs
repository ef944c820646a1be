//! Where to look for the components of a selection, so that a scrape of few of them costs little among many.

use std::collections::BTreeSet;

use super::selector::COMPONENT_LABEL;
use super::{Selection, Selector};
use crate::metrics::format::names::{Fact, LabelsFact};
use crate::metrics::format::render::Layout;

/// Among which components a selection finds all that it wants.
///
/// They may be too many, so each is asked about with [`Selection::of_component`]; they are never too few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidates<'a> {
    /// All of them.
    All,
    /// Those that any of these keys leads to; none if there is no key.
    Keys(BTreeSet<CandidateKey<'a>>),
}

/// What leads to components.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateKey<'a> {
    /// The component of this name.
    Component(&'a str),
    /// The components whose metrics begin with this, in the layout by names.
    Prefix(&'a str),
    /// The components that carry all of these labels, of which there is at least one and none is empty. Those that carry the rarest of them
    /// are enough.
    Labels(Vec<(&'a str, &'a str)>),
}

/// What one part of a selection says about the components that it wants.
enum Reach<'a> {
    Nothing,
    Anything,
    Key(CandidateKey<'a>),
}

impl Selection {
    /// Returns among which components to look, by the part of the selection that leaves the fewest.
    #[must_use]
    pub fn candidates(&self, layout: Layout) -> Candidates<'_> {
        let components = self.components.iter();
        let by_part = [
            union(components.map(|name| Reach::Key(CandidateKey::Component(name)))),
            union(self.names.iter().map(|name| by_name(name, layout))),
            union(self.matches.iter().map(|selector| by_selector(selector, layout))),
        ];
        // A name leads to one component or very few, labels to any number.
        let cost = |keys: &BTreeSet<CandidateKey<'_>>| {
            (
                keys.iter().any(|key| matches!(key, CandidateKey::Labels(_))),
                keys.len(),
            )
        };
        by_part
            .into_iter()
            .flatten()
            .min_by_key(cost)
            .map_or(Candidates::All, Candidates::Keys)
    }
}

/// Returns the keys of alternatives; nothing if there are no alternatives, or one of them leads anywhere.
fn union<'a>(reaches: impl Iterator<Item = Reach<'a>>) -> Option<BTreeSet<CandidateKey<'a>>> {
    let mut reaches = reaches.peekable();
    reaches.peek()?;
    let mut keys = BTreeSet::new();
    for reach in reaches {
        match reach {
            Reach::Nothing => {}
            Reach::Anything => return None,
            Reach::Key(key) => drop(keys.insert(key)),
        }
    }
    Some(keys)
}

/// Returns which components have a family of this name.
fn by_name(family: &str, layout: Layout) -> Reach<'_> {
    match layout {
        Layout::Names => {
            Fact::split(family).map_or(Reach::Nothing, |(prefix, _)| Reach::Key(CandidateKey::Prefix(prefix)))
        }
        Layout::Labels => {
            let is_fact = Fact::ALL.iter().any(|fact| fact.family() == family);
            let is_known = is_fact || LabelsFact::ALL.iter().any(|fact| fact.family() == family);
            if is_known { Reach::Anything } else { Reach::Nothing }
        }
    }
}

fn by_selector(selector: &Selector, layout: Layout) -> Reach<'_> {
    let by_name = selector
        .name
        .as_deref()
        .map_or(Reach::Anything, |name| by_name(name, layout));
    let pairs = selector
        .labels
        .iter()
        .map(|(label, value)| (label.as_str(), value.as_str()));
    let component = pairs.clone().find(|(label, _)| *label == COMPONENT_LABEL);
    match (by_name, component) {
        (Reach::Nothing, _) | (_, Some((_, ""))) => Reach::Nothing,
        _ if selector.contradicts_itself() => Reach::Nothing,
        (_, Some((_, name))) => Reach::Key(CandidateKey::Component(name)),
        (Reach::Key(key), None) => Reach::Key(key),
        (Reach::Anything, None) => {
            let carried: Vec<(&str, &str)> = pairs.filter(|(_, value)| !value.is_empty()).collect();
            if carried.is_empty() {
                Reach::Anything
            } else {
                Reach::Key(CandidateKey::Labels(carried))
            }
        }
    }
}
