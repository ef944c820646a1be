//! What changed in a property between two states of the audit log, in words.

use serde_json::Value;

use super::table::{ObjectState, PropertyKind};
use crate::admin::history::shown;
use crate::admin::model::ChangePart;
use crate::apps::sla::rule;

/// Says what changed in the rules of this model; nothing for a property that has none.
#[must_use]
pub fn rule_changes<S: ObjectState>(property: &str, old: &Value, new: &Value) -> Option<Vec<ChangePart>> {
    let property = S::PROPERTIES.iter().find(|known| known.name == property)?;
    match &property.kind {
        PropertyKind::Rules(_) => rule::past::in_words(old, new),
        _ => None,
    }
}

/// Says what changed in a property of this model; nothing for texts, flags, links and labels, which read as they are stored.
#[must_use]
pub fn change_words<S: ObjectState>(property: &str, old: &Value, new: &Value) -> Option<Vec<ChangePart>> {
    let property = S::PROPERTIES.iter().find(|known| known.name == property)?;
    let with = |words: fn(&Value) -> String| Some(vec![ChangePart::Replaced(words(old), words(new))]);
    match &property.kind {
        PropertyKind::Rules(_) => rule::past::in_words(old, new),
        PropertyKind::Percent(_) => with(|value| match value {
            Value::Null => "none".to_owned(),
            value => format!("{} %", shown(value).trim_end_matches(".0")),
        }),
        PropertyKind::OptionalZone(_) => with(|value| match value {
            Value::Null => "that of each window".to_owned(),
            value => shown(value),
        }),
        PropertyKind::Date(_) => with(|value| match value {
            Value::Null => "no limit".to_owned(),
            value => shown(value),
        }),
        PropertyKind::Decimal(_) => with(|value| match value {
            Value::Null => "none".to_owned(),
            value => shown(value).trim_end_matches(".0").to_owned(),
        }),
        PropertyKind::Name(..)
        | PropertyKind::Line(_)
        | PropertyKind::Checked(..)
        | PropertyKind::Choice(_)
        | PropertyKind::Number(..)
        | PropertyKind::Instant(_)
        | PropertyKind::Text(_)
        | PropertyKind::Flag(_)
        | PropertyKind::Zone(_)
        | PropertyKind::Link(..)
        | PropertyKind::Links(..)
        | PropertyKind::Labels(..) => None,
    }
}
