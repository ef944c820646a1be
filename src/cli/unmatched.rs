//! What is known of labels where a selector matches no component: the hint behind the note.

use std::collections::BTreeSet;

use crate::apps::sla::report::computed::ReportRow;
use crate::metrics::answer::selection::Selector;
use crate::text;

/// How many names or values a hint has.
const NEAR_MAX: usize = 5;
/// How long a known text is at least that a typed one may contain by mistake.
const CONTAINED_MIN: usize = 3;
/// The label that stands for the name of a component.
const COMPONENT: &str = "component";

/// Returns why a selector matches none of these components: which label or value none of them has, with similar ones that there are.
pub(super) fn words(selector: &Selector, rows: &[&ReportRow]) -> String {
    let mut labels = selector.labels.iter();
    let unknown = labels.find_map(|(label, value)| unknown(label, value, rows));
    let reason =
        unknown.unwrap_or_else(|| "some component has each of these labels, but none has all of them".to_owned());
    format!("no component matches {selector}: {reason}")
}

/// Returns what is known of a label, if none of these components has it with this value.
fn unknown(label: &str, value: &str, rows: &[&ReportRow]) -> Option<String> {
    let value_of = |row: &ReportRow| match label {
        COMPONENT => Some(row.name.clone()),
        label => row.labels.get(label).cloned(),
    };
    let values: BTreeSet<String> = rows.iter().filter_map(|row| value_of(row)).collect();
    // An empty value stands for a label that is not there.
    let is_found = match value.is_empty() {
        true => rows.iter().any(|row| value_of(row).is_none()),
        false => values.contains(value),
    };
    if is_found {
        return None;
    }
    let (typed, kind, known) = match (label, values.is_empty()) {
        (COMPONENT, _) => (value, "component", values),
        (label, true) => {
            let labels = rows.iter().flat_map(|row| row.labels.keys().cloned());
            (label, "label", labels.collect())
        }
        (label, false) if value.is_empty() => return Some(format!("every component has the label `{label}`")),
        (label, false) => {
            let similar = similar("values", value, &values);
            let value = text::short(value);
            return Some(format!("the label `{label}` has no value `{value}`{similar}"));
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
        known.contains(&typed) || known.len() >= CONTAINED_MIN && typed.contains(&known)
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
