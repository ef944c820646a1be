//! What properties become of which a file speaks.

use super::document::draft::{Place, Written};
use super::document::node::ReadError;
use crate::apps::sla::rule::{self, RuleDefinition};
use crate::text;

/// Returns what a name becomes.
///
/// # Errors
/// What is refused.
pub fn settled_name(
    written: &Written,
    place: &Place,
    stored: Option<&String>,
    check: impl FnOnce(&str) -> Result<(), String>,
) -> Result<String, ReadError> {
    let stored = stored.map(String::as_str);
    text::settle_line(stored, &written.text, check).map_err(|error| place.error_at("name", written.line, error))
}

/// Returns what a text of several lines becomes; one that a file leaves out stays.
pub fn settled_area(draft: Option<&String>, stored: Option<&String>) -> String {
    match draft {
        Some(given) => text::settle_area(stored.map(String::as_str), given),
        None => stored.cloned().unwrap_or_default(),
    }
}

/// Returns what rules become; those that a file leaves out stay.
///
/// # Errors
/// What is refused.
pub fn settled_rules(
    property: &str,
    draft: Option<&Vec<RuleDefinition>>,
    stored: Option<&Vec<RuleDefinition>>,
    place: &Place,
) -> Result<Vec<RuleDefinition>, ReadError> {
    let Some(given) = draft else {
        return Ok(stored.cloned().unwrap_or_default());
    };
    let stored = stored.map_or(&[][..], Vec::as_slice);
    rule::settle(given, stored)
        .map_err(|(index, error)| place.error_at(&format!("{property}[{index}]"), place.line, error))
}
