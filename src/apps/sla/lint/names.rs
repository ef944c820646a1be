//! Names that people cannot distinguish.

use std::collections::BTreeMap;

use super::finding::Finding;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::stored::Stored;
use crate::text;

/// Returns the groups of two and more names that look alike.
#[must_use]
pub fn alike<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Vec<&'a str>> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in names {
        groups.entry(text::loose_key(name)).or_default().push(name);
    }
    groups.into_values().filter(|names| names.len() > 1).collect()
}

/// Finds objects of one model whose names look alike.
#[must_use]
pub fn look_alike<'a>(id: &'static str, model: &str, names: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let finding = |names: &Vec<&str>| Finding {
        id,
        message: format!(
            "the names of the {model} {} look alike; rename all but one",
            listed(names)
        ),
    };
    alike(names).iter().map(finding).collect()
}

/// Returns names as a message lists them, with what cannot be seen written out.
fn listed(names: &[&str]) -> String {
    let shown = |name: &&str| {
        let characters = name.chars().map(|character| match text::is_unprintable(character) {
            true => character.escape_unicode().to_string(),
            false => character.to_string(),
        });
        format!("`{}`", characters.collect::<String>())
    };
    names.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Finds names that people cannot distinguish, and such values of one label.
pub(super) fn twins(inventory: &Inventory) -> Vec<Finding> {
    let models = [
        ("components", names(&inventory.components, |state| &state.name)),
        ("SLA windows", names(&inventory.windows, |state| &state.name)),
        ("calendars", names(&inventory.calendars, |state| &state.name)),
    ];
    let mut findings = Vec::new();
    for (model, names) in models {
        findings.extend(look_alike("sla.W021", model, names.into_iter()));
    }
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stored in &inventory.labels {
        values.entry(&stored.state.name).or_default().push(&stored.state.value);
    }
    for (name, values) in values {
        findings.extend(alike(values.into_iter()).iter().map(|values| Finding {
            id: "sla.W020",
            message: format!(
                "the values {} of the label `{name}` look alike, and are different values for Prometheus; use one of them",
                listed(values)
            ),
        }));
    }
    findings
}

fn names<T>(stored: &[Stored<T>], name: impl Fn(&T) -> &String) -> Vec<&str> {
    stored.iter().map(|stored| name(&stored.state).as_str()).collect()
}
