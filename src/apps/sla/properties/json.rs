//! States as JSON: in the audit log, in exports and as files write them.

use std::fmt::Display;

use serde_json::{Map, Value, json};

use super::table::{ObjectState, Property, PropertyKind};
use super::text::{self, millipercent};
use crate::apps::sla::declarative::document::node::{At, Node};
use crate::apps::sla::rule::file::{self, rules};
use crate::calculus::civil;
use crate::zones::{self, Zone};

/// Returns a state with all its properties.
#[must_use]
pub fn write<S: ObjectState>(state: &S) -> Map<String, Value> {
    let entry = |property: &Property<S>| (property.name.to_owned(), property.to_json(state));
    S::PROPERTIES.iter().map(entry).collect()
}

/// Reads a state that the audit log kept, as it was: what may be stored has changed since, perhaps.
///
/// # Errors
/// A property that is missing or that cannot be read.
pub fn read<S: ObjectState>(kept: &Map<String, Value>) -> Result<S, String> {
    let mut state = S::blank();
    for property in S::PROPERTIES {
        match kept.get(property.name) {
            Some(value) => property
                .set_json(&mut state, value)
                .map_err(|error| format!("`{}`: {error}", property.name))?,
            None if property.is_newer => {}
            None => return Err(format!("`{}` is missing", property.name)),
        }
    }
    Ok(state)
}

impl<S> Property<S> {
    fn to_json(&self, state: &S) -> Value {
        match &self.kind {
            PropertyKind::Name(lens, _)
            | PropertyKind::Line(lens)
            | PropertyKind::Checked(lens, _)
            | PropertyKind::Text(lens) => json!(lens.of(state)),
            PropertyKind::Choice(lens) => json!((lens.get)(state)),
            PropertyKind::Number(lens, _) => json!(lens.of(state)),
            PropertyKind::Decimal(lens) => json!(lens.of(state)),
            PropertyKind::Instant(lens) => json!(text::instant_text(*lens.of(state))),
            PropertyKind::Flag(lens) => json!(lens.of(state)),
            PropertyKind::Percent(lens) => json!(lens.of(state).map(|share| f64::from(share) / 1000.0)),
            PropertyKind::Zone(lens) => json!(lens.of(state).name()),
            PropertyKind::OptionalZone(lens) => json!(lens.of(state).map(Zone::name)),
            PropertyKind::Date(lens) => json!(lens.of(state).map(|date| date.to_string())),
            PropertyKind::Link(lens, _) => json!(lens.of(state)),
            PropertyKind::Links(lens, _) => json!(lens.of(state)),
            PropertyKind::Labels(lens, _) => json!(lens.of(state)),
            PropertyKind::Rules(lens) => lens.of(state).iter().map(file::to_json).collect(),
        }
    }

    fn set_json(&self, state: &mut S, value: &Value) -> Result<(), String> {
        match &self.kind {
            PropertyKind::Name(lens, _)
            | PropertyKind::Line(lens)
            | PropertyKind::Checked(lens, _)
            | PropertyKind::Text(lens) => {
                lens.set(state, words(value)?.to_owned());
            }
            PropertyKind::Choice(lens) => lens.put(state, words(value)?)?,
            PropertyKind::Number(lens, _) => lens.set(state, value.as_i64().ok_or("no whole number")?),
            PropertyKind::Decimal(lens) => {
                lens.set(
                    state,
                    optional(value, |value| value.as_f64().ok_or_else(|| "no number".to_owned()))?,
                );
            }
            PropertyKind::Instant(lens) => lens.set(state, parsed(value, |text| text::instant(text, Zone::utc()))?),
            PropertyKind::Flag(lens) => lens.set(state, value.as_bool().ok_or("neither true nor false")?),
            PropertyKind::Percent(lens) => {
                lens.set(state, optional(value, |value| millipercent(&value.to_string()))?);
            }
            PropertyKind::Zone(lens) => lens.set(state, parsed(value, zones::parse)?),
            PropertyKind::OptionalZone(lens) => {
                lens.set(state, optional(value, |value| parsed(value, zones::parse))?);
            }
            PropertyKind::Date(lens) => {
                lens.set(state, optional(value, |value| parsed(value, civil::parse_date))?);
            }
            PropertyKind::Link(lens, _) => {
                lens.set(state, optional(value, |value| words(value).map(str::to_owned))?);
            }
            PropertyKind::Links(lens, _) => {
                let items = value.as_array().ok_or("no list")?;
                let names = items.iter().map(|item| words(item).map(str::to_owned));
                lens.set(state, names.collect::<Result<_, _>>()?);
            }
            PropertyKind::Labels(lens, _) => {
                let entries = value.as_object().ok_or("no mapping")?;
                let labels = entries
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), words(value)?.to_owned())));
                lens.set(state, labels.collect::<Result<_, String>>()?);
            }
            PropertyKind::Rules(lens) => {
                let node = Node::from_json(value, 1);
                lens.set(state, rules(&At::root(&node)).map_err(|error| error.to_string())?);
            }
        }
        Ok(())
    }
}

fn words(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "no text".to_owned())
}

fn parsed<T, E: Display>(value: &Value, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, String> {
    parse(words(value)?).map_err(|error| error.to_string())
}

fn optional<T>(value: &Value, read: impl FnOnce(&Value) -> Result<T, String>) -> Result<Option<T>, String> {
    match value {
        Value::Null => Ok(None),
        value => read(value).map(Some),
    }
}
