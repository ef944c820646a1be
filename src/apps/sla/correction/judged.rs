//! What a correction must not be: judgements of several properties together. Pure.

use super::state::CorrectionState;

/// Returns what is refused of a correction: the property, and a message for people.
#[must_use]
pub fn faults(correction: &CorrectionState) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    match (&correction.component, correction.selector.is_empty()) {
        (None, true) => {
            let message = "name a component, or give a selector such as {team=\"payments\"}: a correction is about one or the other";
            faults.push(("component", message.to_owned()));
        }
        (Some(_), false) => {
            let message =
                "a correction is about one component or about those of a selector, not both; leave one of them out";
            faults.push(("selector", message.to_owned()));
        }
        _ => {}
    }
    if correction.end <= correction.start {
        faults.push(("end", "the end is not after the start".to_owned()));
    }
    faults
}
