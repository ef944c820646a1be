//! The metrics of one component as a scrape has them, for pages that show them.

use super::component::state::ComponentState;
use crate::calculus::coverage::CoverageValues;
use crate::metrics::format::names::Fact;
use crate::metrics::format::render::{Layout, value};
use crate::metrics::state::snapshot::Component;

/// The metrics of one component.
pub struct MetricLines {
    component: Component,
    layout: Layout,
}

impl MetricLines {
    /// Returns those of a component in a layout.
    #[must_use]
    pub fn new(state: &ComponentState, layout: Layout) -> Self {
        let labels: Vec<(String, String)> = state
            .labels
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Self {
            component: Component::new(&state.name, &labels, 0, state.slo_millipercent),
            layout,
        }
    }

    /// Returns the name of the component.
    #[must_use]
    pub fn component_name(&self) -> &str {
        self.component.name()
    }

    /// Returns the name of the metric of a fact.
    #[must_use]
    pub fn name(&self, fact: Fact) -> String {
        match self.layout {
            Layout::Names => format!("{}{}", self.component.prefix(), fact.suffix()),
            Layout::Labels => fact.family().to_owned(),
        }
    }

    /// Returns a selector of the series of a fact: with the name alone where names are those of components.
    #[must_use]
    pub fn selector(&self, fact: Fact) -> String {
        let only = Component::new(self.component.name(), &[], 0, None);
        format!("{}{}", self.name(fact), only.label_text())
    }

    /// Returns the lines of the five values, as they stand in the exposition; an instant that does not exist has none, and neither have hours
    /// that cannot be read.
    #[must_use]
    pub fn lines(&self, values: Option<CoverageValues>) -> Vec<String> {
        let line = |fact: Fact| {
            let value = value(values?, fact)?;
            Some(format!("{}{} {value}", self.name(fact), self.component.label_text()))
        };
        Fact::ALL.into_iter().filter_map(line).collect()
    }
}
