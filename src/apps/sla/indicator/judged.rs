//! What an indicator must not be: judgements of several properties together, and of texts that no database checks. Pure.

use super::expression::Expression;
use super::state::{IndicatorKind, IndicatorState};

/// Returns what is refused of an indicator: the property, and a message for people.
#[must_use]
pub fn faults(indicator: &IndicatorState) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    if indicator.expression.trim().is_empty() {
        let example = "enter an expression of PromQL, e.g. probe_success{component=$component}";
        faults.push(("expression", format!("An indicator needs one: {example}.")));
        return faults;
    }
    let expression = match Expression::parse(&indicator.expression) {
        Ok(expression) => expression,
        Err(error) => {
            faults.push(("expression", error));
            return faults;
        }
    };
    if indicator.kind == IndicatorKind::Mean {
        if !expression.is_selector() {
            let message = "the mean of samples can be taken of a selector alone, such as probe_success{component=$component}; choose the \
                           kind state for any other expression";
            faults.push(("kind", message.to_owned()));
        }
        if indicator.threshold.is_some() {
            let message =
                "a mean is the share that is up itself, and has no threshold; leave it empty, or choose the kind state";
            faults.push(("threshold", message.to_owned()));
        }
    }
    faults
}
