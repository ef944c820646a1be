//! Which indicator measures a component. Pure.

use std::collections::BTreeMap;

use super::state::IndicatorState;
use crate::apps::sla::component_selector::ComponentSelector;

/// Indicators with their selectors read, to find the one of each component.
pub struct ApplyingIndicators<'a> {
    by_name: BTreeMap<&'a str, &'a IndicatorState>,
    /// Those that have a selector: the ones that ask for more labels first, then by name.
    selecting: Vec<(ComponentSelector, &'a IndicatorState)>,
}

impl<'a> ApplyingIndicators<'a> {
    /// Returns these indicators. One whose selector cannot be read finds no component by it.
    pub fn new(indicators: impl Iterator<Item = &'a IndicatorState> + Clone) -> Self {
        let selector = |state: &'a IndicatorState| Some((state.selector.parse::<ComponentSelector>().ok()?, state));
        let with_selector = indicators.clone().filter(|state| !state.selector.is_empty());
        let mut selecting: Vec<(ComponentSelector, &IndicatorState)> = with_selector.filter_map(selector).collect();
        selecting.sort_by(|(one, of_one), (other, of_other)| {
            other
                .length()
                .cmp(&one.length())
                .then_with(|| of_one.name.cmp(&of_other.name))
        });
        Self {
            by_name: indicators.map(|state| (state.name.as_str(), state)).collect(),
            selecting,
        }
    }

    /// Returns the indicator that measures a component: the one that it names, else of those whose selector finds it the one that asks for
    /// most labels, and of several such the first by name.
    #[must_use]
    pub fn of(
        &self,
        component: &str,
        labels: &BTreeMap<String, String>,
        named: Option<&str>,
    ) -> Option<&'a IndicatorState> {
        if let Some(name) = named {
            return self.by_name.get(name).copied();
        }
        let mut selecting = self.selecting.iter();
        let found = selecting.find(|(selector, _)| selector.takes(component, labels));
        found.map(|(_, state)| *state)
    }
}
