//! What is known of labels where a selector matches no component: the hint behind the note.

use std::collections::{BTreeMap, BTreeSet};

use crate::metrics::answer::selection::Selector;
use crate::text;

/// How many names or values a hint has.
const NEAR_MAX: usize = 5;
/// How long a known text is at least that a typed one may contain by mistake.
const CONTAINED_MIN: usize = 3;
/// How many letters a name or a value may be away from the one that was meant.
const TYPOS_MAX: usize = 2;
/// Longer texts are not compared letter by letter.
const COMPARED_MAX: usize = 60;
/// The label that stands for the name of a component.
const COMPONENT: &str = "component";

/// The name of a component, and its labels.
pub(super) type KnownComponent<'a> = (&'a str, &'a BTreeMap<String, String>);

/// Returns why a selector matches none of these components, called `kind`: which label or value none of them has, with similar ones that there are.
pub(super) fn words(kind: &str, selector: &Selector, components: &[KnownComponent<'_>]) -> String {
    let mut labels = selector.labels.iter();
    let unknown = labels.find_map(|(label, value)| unknown(kind, label, value, components));
    let reason =
        unknown.unwrap_or_else(|| "some component has each of these labels, but none has all of them".to_owned());
    let selector = text::short(&selector.to_string());
    format!("no {kind} matches {selector}: {reason}")
}

/// Returns what is known of a label of components, which are `called` so, if none of these components has it with this value.
fn unknown(called: &str, label: &str, value: &str, components: &[KnownComponent<'_>]) -> Option<String> {
    let value_of = |(name, labels): &KnownComponent<'_>| match label {
        COMPONENT => Some((*name).to_owned()),
        label => labels.get(label).cloned(),
    };
    let values: BTreeSet<String> = components.iter().filter_map(value_of).collect();
    // An empty value stands for a label that is not there.
    let is_found = match value.is_empty() {
        true => components.iter().any(|component| value_of(component).is_none()),
        false => values.contains(value),
    };
    if is_found {
        return None;
    }
    let (typed, kind, known) = match (label, values.is_empty()) {
        (COMPONENT, _) => (value, called, values),
        (label, true) => {
            let labels = components.iter().flat_map(|(_, labels)| labels.keys().cloned());
            (label, "label", labels.collect())
        }
        (label, false) if value.is_empty() => {
            return Some(format!("every component has the label `{}`", text::short(label)));
        }
        (label, false) => {
            let similar = similar("values", value, &values);
            let value = text::short(value);
            return Some(format!(
                "the label `{}` has no value `{value}`{similar}",
                text::short(label)
            ));
        }
    };
    let similar = similar(&format!("{kind}s"), typed, &known);
    Some(format!("there is no {kind} `{}`{similar}", text::short(typed)))
}

/// Returns the known texts that are similar to a typed one, or else the first of all.
fn similar(kinds: &str, typed: &str, known: &BTreeSet<String>) -> String {
    let typed = text::key(typed);
    let is_similar = |known: &&String| {
        let known = text::key(known);
        let contains = !typed.is_empty() && known.contains(&typed);
        contains || known.len() >= CONTAINED_MIN && typed.contains(&known) || is_typo(&typed, &known)
    };
    let shown = |known: &String| text::short(known);
    let near: Vec<String> = known.iter().filter(is_similar).take(NEAR_MAX).map(shown).collect();
    if !near.is_empty() {
        return format!("; did you mean {}?", near.join(", "));
    }
    let first: Vec<String> = known.iter().take(NEAR_MAX).map(shown).collect();
    match (first.is_empty(), known.len() > NEAR_MAX) {
        (true, _) => String::new(),
        (false, true) => format!("; {kinds} are {}, …", first.join(", ")),
        (false, false) => format!("; {kinds} are {}", first.join(", ")),
    }
}

/// Returns whether few changed letters make a known text of a typed one. Short words are near to everything.
fn is_typo(typed: &str, known: &str) -> bool {
    let length = typed.chars().count();
    let is_compared = length <= COMPARED_MAX && known.chars().count() <= COMPARED_MAX;
    is_compared && strsim::osa_distance(typed, known) <= TYPOS_MAX.min(length / 3)
}
