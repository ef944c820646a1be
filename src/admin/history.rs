//! The audit log for people: what changed, from what to what.

use serde_json::{Map, Value};

use super::context::capitalised;
use super::instant::Instant;
use super::spec::Spec;
use crate::audit::store::LogEntry;
use crate::zones::Zone;

/// An entry as pages show it.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
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

/// Returns an entry for people, its time in `zone`, properties called as in the form of `spec`. Values of a property for which `hidden` has
/// words for their number name objects that the reader may not view.
#[must_use]
pub fn history_entry(
    entry: &LogEntry,
    zone: Zone,
    spec: &Spec,
    hidden: &dyn Fn(&str, usize) -> Option<String>,
) -> HistoryEntry {
    HistoryEntry {
        id: entry.id,
        at: Instant::new(entry.action_time, zone),
        actor: entry.actor.clone(),
        action: match entry.action.as_str() {
            "add" => "Added",
            "delete" => "Deleted",
            _ => "Changed",
        },
        title: entry.object_repr.clone(),
        changes: changes_between(entry, |key| label(spec, key), hidden),
        restorable: state_of(entry).is_some(),
    }
}

/// Returns a state as the audit log keeps it.
#[must_use]
pub fn state(text: &str) -> Option<Map<String, Value>> {
    object(Some(text))
}

/// Returns the state that an entry left behind; that of a deletion is what it took away.
#[must_use]
pub fn state_of(entry: &LogEntry) -> Option<Map<String, Value>> {
    object(entry.after.as_deref()).or_else(|| object(entry.before.as_deref()))
}

/// Returns property, old and new value of everything that an entry changed.
#[must_use]
pub fn changes(entry: &LogEntry) -> Vec<(String, String, String)> {
    changes_between(entry, words, &|_, _| None)
}

fn changes_between(
    entry: &LogEntry,
    label: impl Fn(&str) -> String,
    hidden: &dyn Fn(&str, usize) -> Option<String>,
) -> Vec<(String, String, String)> {
    let before = object(entry.before.as_deref()).unwrap_or_default();
    let after = object(entry.after.as_deref()).unwrap_or_default();
    changes_of(&before, &after, label, hidden)
}

/// Returns property, old and new value of everything in which two states differ, properties called as in the form of `spec`.
#[must_use]
pub fn differences(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    spec: &Spec,
    hidden: &dyn Fn(&str, usize) -> Option<String>,
) -> Vec<(String, String, String)> {
    changes_of(before, after, |key| label(spec, key), hidden)
}

fn changes_of(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    label: impl Fn(&str) -> String,
    hidden: &dyn Fn(&str, usize) -> Option<String>,
) -> Vec<(String, String, String)> {
    let mut keys: Vec<&String> = before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(*key)))
        .collect();
    keys.retain(|key| before.get(*key) != after.get(*key));
    keys.into_iter()
        .map(|key| {
            let (old, new) = pair(before.get(key), after.get(key));
            let number = |value: Option<&Value>| match value {
                Some(Value::Array(items)) => items.len(),
                Some(Value::Object(items)) => items.len(),
                None | Some(Value::Null) => 0,
                Some(_) => 1,
            };
            let words = |value: Option<&Value>, shown: String| match number(value) {
                0 => shown,
                count => hidden(key, count).unwrap_or(shown),
            };
            let (old, new) = (words(before.get(key), old), words(after.get(key), new));
            (label(key), old, new)
        })
        .collect()
}

/// Returns what the form calls a property.
fn label(spec: &Spec, key: &str) -> String {
    let mut fields = spec.fieldsets.iter().flat_map(|set| &set.fields);
    fields
        .find(|field| field.name == key)
        .map_or_else(|| words(key), |field| field.label.to_owned())
}

/// Returns a property without a field: `valid_from` as `Valid from`.
fn words(key: &str) -> String {
    capitalised(&key.replace('_', " "))
}

fn object(text: Option<&str>) -> Option<Map<String, Value>> {
    // A state that is no object was not written by this program; it has nothing to show.
    serde_json::from_str(text?).ok()
}

/// Returns old and new value. Of two lists of rules only those that differ, as long as any do.
fn pair(old: Option<&Value>, new: Option<&Value>) -> (String, String) {
    if let (Some(Value::Array(olds)), Some(Value::Array(news))) = (old, new)
        && olds.iter().chain(news).any(Value::is_object)
    {
        let without = |items: &[Value], others: &[Value]| {
            let mut others = others.to_vec();
            let mut rest = items.to_vec();
            rest.retain(|item| match others.iter().position(|other| other == item) {
                Some(place) => {
                    others.swap_remove(place);
                    false
                }
                None => true,
            });
            rest
        };
        let (gone, come) = (without(olds, news), without(news, olds));
        if !gone.is_empty() || !come.is_empty() {
            return (shown(Some(&Value::Array(gone))), shown(Some(&Value::Array(come))));
        }
    }
    (shown(old), shown(new))
}

/// Returns a value in few characters.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => if *flag { "yes" } else { "no" }.to_owned(),
        Some(Value::Array(items)) if items.is_empty() => "none".to_owned(),
        Some(Value::Array(items)) => {
            let separator = if items.iter().any(Value::is_object) {
                " | "
            } else {
                ", "
            };
            let items: Vec<String> = items.iter().map(|item| shown(Some(item))).collect();
            items.join(separator)
        }
        Some(Value::Object(entries)) if entries.is_empty() => "none".to_owned(),
        // Labels are read as they are written everywhere else; a rule says what its parts are.
        Some(Value::Object(entries)) => {
            let (between, behind) = if entries.contains_key("type") || entries.contains_key("date") {
                (" ", "; ")
            } else {
                ("=", ", ")
            };
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    format!(
                        "{}{between}{}",
                        key.replace('_', if between == "=" { "_" } else { " " }),
                        shown(Some(value))
                    )
                })
                .collect();
            entries.join(behind)
        }
        Some(other) => other.to_string(),
    }
}
