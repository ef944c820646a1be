//! The audit trail for people: what changed, from what to what.

use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::context::Instant;
use crate::audit::store::LogEntry;

/// An entry as pages show it.
#[derive(Clone, Debug)]
pub struct Told {
    /// The entry's key.
    pub id: i64,
    /// When, in the viewer's zone.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// `Added`, `Changed` or `Deleted`.
    pub action: &'static str,
    /// How the object was called.
    pub title: String,
    /// Property, old and new value.
    pub changes: Vec<(String, String, String)>,
    /// Whether there is a state to go back to.
    pub restorable: bool,
}

/// An entry for people, its time in `zone`.
#[must_use]
pub fn told(entry: &LogEntry, zone: Tz) -> Told {
    Told {
        id: entry.id,
        at: Instant::new(entry.action_time, zone),
        actor: entry.actor.clone(),
        action: match entry.action.as_str() {
            "add" => "Added",
            "delete" => "Deleted",
            _ => "Changed",
        },
        title: entry.object_repr.clone(),
        changes: changes(entry),
        restorable: entry.after.is_some(),
    }
}

/// A state as the trail keeps it.
#[must_use]
pub fn state(text: &str) -> Option<Map<String, Value>> {
    object(Some(text))
}

/// The state after an entry.
#[must_use]
pub fn state_after(entry: &LogEntry) -> Option<Map<String, Value>> {
    object(entry.after.as_deref())
}

/// Property, old and new value of everything that an entry changed.
#[must_use]
pub fn changes(entry: &LogEntry) -> Vec<(String, String, String)> {
    let before = object(entry.before.as_deref()).unwrap_or_default();
    let after = object(entry.after.as_deref()).unwrap_or_default();
    let mut keys: Vec<&String> = before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(*key)))
        .collect();
    keys.retain(|key| before.get(*key) != after.get(*key));
    keys.into_iter()
        .map(|key| (key.replace('_', " "), shown(before.get(key)), shown(after.get(key))))
        .collect()
}

fn object(text: Option<&str>) -> Option<Map<String, Value>> {
    // A state that is no object was not written by this program; it has nothing to show.
    serde_json::from_str(text?).ok()
}

/// A value in few characters.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
        Some(Value::Array(items)) if items.is_empty() => "none".to_owned(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| shown(Some(item)))
            .collect::<Vec<_>>()
            .join(", "),
        Some(Value::Object(entries)) => entries
            .iter()
            .map(|(key, value)| format!("{key} {}", shown(Some(value))))
            .collect::<Vec<_>>()
            .join("; "),
        Some(other) => other.to_string(),
    }
}
