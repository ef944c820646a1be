//! Findings about indicators and corrections.

use std::collections::BTreeMap;

use super::finding::Finding;
use crate::apps::sla::component_selector::ComponentSelector;
use crate::apps::sla::correction::judged::faults as correction_faults;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::indicator::judged::faults as indicator_faults;
use crate::apps::sla::properties::ObjectState;

/// Returns the findings about all indicators and corrections.
pub(super) fn all(inventory: &Inventory) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stored in &inventory.indicators {
        let name = &stored.state.name;
        findings.extend(stored.unreadable.as_ref().map(|reason| Finding {
            id: "sla.W030",
            message: format!("indicator `{name}` measures nothing: it cannot be read: {reason}"),
        }));
        findings.extend(
            indicator_faults(&stored.state)
                .into_iter()
                .map(|(property, message)| Finding {
                    id: "sla.W030",
                    message: format!("indicator `{name}` measures nothing: {property}: {message}"),
                }),
        );
        findings.extend(misread(&stored.state.selector, &format!("indicator `{name}`")));
    }
    for stored in &inventory.corrections {
        let title = stored.state.title();
        findings.extend(stored.unreadable.as_ref().map(|reason| Finding {
            id: "sla.W031",
            message: format!("correction `{title}` corrects nothing: it cannot be read: {reason}"),
        }));
        findings.extend(
            correction_faults(&stored.state)
                .into_iter()
                .map(|(property, message)| Finding {
                    id: "sla.W031",
                    message: format!("correction `{title}` corrects nothing: {property}: {message}"),
                }),
        );
        findings.extend(misread(&stored.state.selector, &format!("correction `{title}`")));
    }
    findings.extend(competing(inventory));
    findings
}

/// Finds a selector that cannot be read, as after an edit by hand.
fn misread(selector: &str, owner: &str) -> Option<Finding> {
    let error = selector
        .parse::<ComponentSelector>()
        .err()
        .filter(|_| !selector.is_empty())?;
    Some(Finding {
        id: "sla.W032",
        message: format!("{owner} finds no component: {error}"),
    })
}

/// Finds indicators that are equally near to a component: the first by name measures it.
fn competing(inventory: &Inventory) -> Vec<Finding> {
    let indicators = inventory.indicators.iter().map(|stored| &stored.state);
    let selecting: Vec<(ComponentSelector, &str)> = indicators
        .filter_map(|state| Some((state.selector.parse().ok()?, state.name.as_str())))
        .collect();
    if selecting.len() < 2 {
        return Vec::new();
    }
    // One finding for each set of indicators, with the first component that they compete for.
    let mut found: BTreeMap<Vec<&str>, &str> = BTreeMap::new();
    let components = inventory.components.iter().map(|stored| &stored.state);
    for component in components.filter(|component| component.indicator.is_none()) {
        let taking = selecting
            .iter()
            .filter(|(selector, _)| selector.takes(&component.name, &component.labels));
        let taking: Vec<_> = taking.collect();
        let Some(length) = taking.iter().map(|(selector, _)| selector.length()).max() else {
            continue;
        };
        let nearest = taking.iter().filter(|(selector, _)| selector.length() == length);
        let mut nearest: Vec<&str> = nearest.map(|(_, name)| *name).collect();
        nearest.sort_unstable();
        if nearest.len() > 1 {
            found.entry(nearest).or_insert(&component.name);
        }
    }
    let finding = |(names, component): (Vec<&str>, &str)| Finding {
        id: "sla.W033",
        message: format!(
            "the selectors of the indicators {} find the same components, e.g. `{component}`, which `{}` measures; name one of them there",
            names.join(", "),
            names[0]
        ),
    };
    found.into_iter().map(finding).collect()
}

/// Finds indicators whose source `is_known` does not know.
#[must_use]
pub fn unknown_sources(inventory: &Inventory, is_known: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut by_source: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for stored in &inventory.indicators {
        let state = &stored.state;
        if !is_known(&state.source) {
            by_source.entry(&state.source).or_default().push(&state.name);
        }
    }
    let finding = |(source, names): (&str, Vec<&str>)| Finding {
        id: "sla.W034",
        message: format!(
            "the source `{source}` of the indicators {} is not known to this process; give it --prometheus {source}=URL",
            names.join(", ")
        ),
    };
    by_source.into_iter().map(finding).collect()
}
