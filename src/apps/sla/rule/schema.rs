//! The JSON schema of rules as files write them.

use serde_json::{Map, Value, json};

use super::file::{key, keys};
use super::kind::{RuleField, RuleKind};

/// Returns the schema of a rule of any kind.
#[must_use]
pub fn rule() -> Value {
    let kinds = RuleKind::ALL.into_iter().map(|kind| of_kind(kind, None));
    json!({"oneOf": kinds.collect::<Vec<Value>>()})
}

/// Returns the schema of a rule that may have a zone of its own.
#[must_use]
pub fn rule_with_zone() -> Value {
    let zone = || json!({"type": ["string", "null"]});
    let kinds = RuleKind::ALL.into_iter().map(|kind| of_kind(kind, Some(zone())));
    json!({"oneOf": kinds.collect::<Vec<Value>>()})
}

/// Returns the schema of a whole number that is written as a text.
#[must_use]
pub fn digits() -> Value {
    json!({"type": "string", "pattern": "^[+-]?[0-9]+$"})
}

/// Returns the schema of a yes or no.
#[must_use]
pub fn flag() -> Value {
    json!({"enum": [true, false, "true", "false"]})
}

fn of_kind(kind: RuleKind, zone: Option<Value>) -> Value {
    let all = [RuleField::Kind].into_iter().chain(kind.fields().iter().copied());
    let fields = all.chain([RuleField::Note]);
    let properties = fields.filter_map(|field| Some((key(field)?.to_owned(), value(kind, field))));
    let mut properties: Map<String, Value> = properties.collect();
    properties.extend(zone.map(|zone| ("timezone".to_owned(), zone)));
    let needed = |field: &RuleField| match field {
        RuleField::Kind
        | RuleField::Weekdays
        | RuleField::Recurrence
        | RuleField::Dates
        | RuleField::Start
        | RuleField::StartLocal
        | RuleField::EndLocal => key(*field),
        RuleField::Note
        | RuleField::Anchor
        | RuleField::End
        | RuleField::EndDay
        | RuleField::Length
        | RuleField::Mode => None,
    };
    let own = kind.fields().iter().filter_map(needed);
    let required: Vec<&str> = keys(kind).into_iter().take(1).chain(own).collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}

fn value(kind: RuleKind, field: RuleField) -> Value {
    let text = || json!({"type": "string"});
    let optional_text = || json!({"type": ["string", "null"]});
    match field {
        RuleField::Kind => json!({"const": kind.as_str()}),
        RuleField::Note => json!({"type": ["string", "number", "boolean", "null"]}),
        RuleField::Weekdays => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^[A-Za-z]{2}$"}})
        }
        RuleField::Recurrence | RuleField::Start | RuleField::StartLocal | RuleField::EndLocal => text(),
        RuleField::Anchor | RuleField::End | RuleField::EndDay | RuleField::Mode => optional_text(),
        RuleField::Dates => json!({"type": "array", "items": {"anyOf": [text(), day(), range()]}}),
        RuleField::Length => json!({"anyOf": [{"type": "integer", "minimum": 1}, digits(), {"type": "null"}]}),
    }
}

fn name() -> Value {
    json!({"type": ["string", "number", "boolean", "null"]})
}

fn day() -> Value {
    json!({
        "type": "object",
        "required": ["date"],
        "properties": {"date": {"type": "string"}, "name": name()},
        "additionalProperties": false,
    })
}

fn range() -> Value {
    json!({
        "type": "object",
        "required": ["from", "to"],
        "properties": {"from": {"type": "string"}, "to": {"type": "string"}, "name": name()},
        "additionalProperties": false,
    })
}
