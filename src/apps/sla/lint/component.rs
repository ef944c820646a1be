//! Findings about components.

use std::collections::{BTreeMap, HashSet};

use super::finding::Finding;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::inventory::Inventory;
use crate::metrics::format::names::metric_prefix;

/// Returns the findings about all enabled components.
pub(super) fn all(inventory: &Inventory) -> Vec<Finding> {
    let windows = inventory.windows.iter().map(|stored| &stored.state);
    let enabled_windows: HashSet<String> = windows
        .filter(|window| window.enabled)
        .map(|window| window.name.clone())
        .collect();
    let mut findings = Vec::new();
    let mut names_by_prefix: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let components = inventory.components.iter().map(|stored| &stored.state);
    for component in components.filter(|component| component.enabled) {
        findings.extend(without_window(component, &enabled_windows));
        let prefix = metric_prefix(&component.name);
        names_by_prefix.entry(prefix).or_default().push(component.name.clone());
    }
    findings.extend(names_by_prefix.values().filter_map(|names| shared_metrics(names)));
    findings
}

/// Finds an enabled component that is never in a window; `enabled_windows` are names.
#[must_use]
pub fn without_window(component: &ComponentState, enabled_windows: &HashSet<String>) -> Option<Finding> {
    let is_in_one = component.windows.iter().any(|window| enabled_windows.contains(window));
    (component.enabled && !is_in_one).then(|| Finding {
        id: "sla.W001",
        message: format!(
            "component `{}` has no enabled window: it is never in service",
            component.name
        ),
    })
}

/// Finds that components have the same metric names; `names` are those of one prefix.
#[must_use]
pub fn shared_metrics(names: &[String]) -> Option<Finding> {
    let first = names.first().filter(|_| names.len() > 1)?;
    Some(Finding {
        id: "sla.W005",
        message: format!(
            "the components {} share the metric names {}_service_window_…; only the label `component` distinguishes them",
            names.join(", "),
            metric_prefix(first)
        ),
    })
}
