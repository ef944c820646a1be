//! The audit log for people: what changed, from what to what.

use serde_json::Value;

use super::instant::Instant;
use super::model::{ChangePart, PropertyChange, StateWords, StoredState};
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
    /// What changed, property by property.
    pub changes: Vec<PropertyChange>,
    /// Whether a stored state cannot be read: the changes say so, whatever the action.
    pub is_unreadable: bool,
    /// What that led to, in words; nothing if there is nothing to say.
    pub outcome: Option<String>,
    /// Whether there is a state to go back to.
    pub restorable: bool,
}

/// Returns an entry for people, its time in `zone`. Values of a property for which `hidden` has words for their number name objects that the
/// reader may not view.
#[must_use]
pub fn history_entry(
    entry: &LogEntry,
    zone: Zone,
    words: &StateWords,
    hidden: &dyn Fn(&str, usize) -> Option<String>,
) -> HistoryEntry {
    let read = comparable_states(entry);
    HistoryEntry {
        id: entry.id,
        at: Instant::new(entry.action_time, zone),
        actor: entry.actor.clone(),
        action: entry.verb(),
        title: entry.object_repr.clone(),
        changes: match &read {
            Some((before, after)) => differences(before, after, words, hidden),
            None => vec![unknown_change()],
        },
        is_unreadable: read.is_none(),
        // An entry has at least one of both states.
        restorable: read.is_some() || restorable_state(entry).is_some(),
        outcome: read
            .and_then(|(before, after)| words.outcome(&before, &after, entry.action_time.and_utc().timestamp())),
    }
}

/// Reads the text of one state as the audit log keeps it; nothing for a text that is none, which this program did not write.
#[must_use]
pub fn read_state(text: &str) -> Option<StoredState> {
    serde_json::from_str(text).ok()
}

/// Returns the state that an entry left behind, to go back to it, if it can be read; that of a deletion is what it took away.
#[must_use]
pub fn restorable_state(entry: &LogEntry) -> Option<StoredState> {
    entry.after.as_deref().or(entry.before.as_deref()).and_then(read_state)
}

/// Returns the states before and after an entry, for what they name; that of an object that was not there is empty. Nothing stands for one that
/// cannot be read: it may have named anything.
#[must_use]
pub fn before_and_after(entry: &LogEntry) -> [Option<StoredState>; 2] {
    let read = |text: &Option<String>| text.as_deref().map_or_else(|| Some(StoredState::new()), read_state);
    [read(&entry.before), read(&entry.after)]
}

/// Returns the states before and after an entry, for what changed between them, if both can be read; logs what cannot.
fn comparable_states(entry: &LogEntry) -> Option<(StoredState, StoredState)> {
    let read = |text: &Option<String>| {
        text.as_deref()
            .map_or_else(|| Ok(StoredState::new()), serde_json::from_str)
    };
    let noted = |which: &'static str, read: serde_json::Result<StoredState>| {
        read.inspect_err(|error| {
            let (id, line, column) = (entry.id, error.line(), error.column());
            tracing::warn!(
                entry = id,
                which,
                line,
                column,
                "a state in the audit log cannot be read, so that what changed is unknown"
            );
        })
        .ok()
    };
    let (before, after) = (noted("before", read(&entry.before)), noted("after", read(&entry.after)));
    Some((before?, after?))
}

/// Says that nothing can be said.
fn unknown_change() -> PropertyChange {
    PropertyChange {
        label: "Changes".to_owned(),
        parts: vec![ChangePart::Noted(
            "what changed is unknown, because the state that was recorded cannot be read",
        )],
        counts: (0, 0),
    }
}

/// Returns what an entry changed.
#[must_use]
pub fn changes(entry: &LogEntry, words: &StateWords) -> Vec<PropertyChange> {
    match comparable_states(entry) {
        Some((before, after)) => differences(&before, &after, words, &|_, _| None),
        None => vec![unknown_change()],
    }
}

/// Returns everything in which two states differ.
#[must_use]
pub fn differences(
    before: &StoredState,
    after: &StoredState,
    words: &StateWords,
    hidden: &dyn Fn(&str, usize) -> Option<String>,
) -> Vec<PropertyChange> {
    let added = after.keys().filter(|key| !before.contains_key(*key));
    let keys = before.keys().chain(added);
    let changed = keys.filter(|key| before.get(*key) != after.get(*key));
    let change = |key: &String| {
        let value = |state: &StoredState| state.get(key).cloned().unwrap_or_default();
        let (old, new) = (value(before), value(after));
        let (parts, counts) = if hidden(key, 1).is_some() {
            (counted(&old, &new, |count| hidden(key, count)), (0, 0))
        } else {
            match words.change(key, &old, &new) {
                Some(parts) => (parts, (0, 0)),
                None => parts(&old, &new),
            }
        };
        let label = words.label(key);
        (!parts.is_empty()).then_some(PropertyChange { label, parts, counts })
    };
    changed.filter_map(change).collect()
}

/// Returns how many objects were added to those that a property names and how many removed, in the place of their names.
fn counted(old: &Value, new: &Value, words: impl Fn(usize) -> Option<String>) -> Vec<ChangePart> {
    let items = |value: &Value| match value {
        Value::Array(items) => items.clone(),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| Value::from(pair(name, value)))
            .collect(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    };
    let (removed, added) = unequal(&items(old), &items(new));
    let words = |items: &[Value]| if items.is_empty() { None } else { words(items.len()) };
    removed_and_added(words(&removed), words(&added))
}

/// Returns what was removed and what was added, in words, as parts of a change.
#[must_use]
pub fn removed_and_added(removed: Option<String>, added: Option<String>) -> Vec<ChangePart> {
    let removed = removed.map(ChangePart::Removed).into_iter();
    removed.chain(added.map(ChangePart::Added)).collect()
}

/// What changed in a value, and how many items of it are named there as removed and as added.
type CountedParts = (Vec<ChangePart>, (usize, usize));

/// Says what changed in a value of any kind.
fn parts(old: &Value, new: &Value) -> CountedParts {
    let none = StoredState::new();
    match (old, new) {
        (Value::Array(olds), Value::Array(news)) => lists(olds, news),
        (Value::Array(olds), Value::Null) => lists(olds, &[]),
        (Value::Null, Value::Array(news)) => lists(&[], news),
        (Value::Object(olds), Value::Object(news)) => pairs(olds, news),
        (Value::Object(olds), Value::Null) => pairs(olds, &none),
        (Value::Null, Value::Object(news)) => pairs(&none, news),
        _ => {
            let (old, new) = (shown(old), shown(new));
            // No value and an empty text say the same.
            let is_same = old == new;
            let replaced = ChangePart::Replaced(old, new);
            (if is_same { Vec::new() } else { vec![replaced] }, (0, 0))
        }
    }
}

/// Says which items were removed from a list, and which were added.
fn lists(olds: &[Value], news: &[Value]) -> CountedParts {
    let (removed, added) = unequal(olds, news);
    if removed.is_empty() && added.is_empty() {
        return (vec![ChangePart::Noted("in another order")], (0, 0));
    }
    let words = |items: &[Value]| {
        let items: Vec<String> = items.iter().map(shown).collect();
        (!items.is_empty()).then(|| items.join(", "))
    };
    let parts = removed_and_added(words(&removed), words(&added));
    (parts, (removed.len(), added.len()))
}

/// Returns the items of each list that are not in the other one, as often as they are missing there.
#[must_use]
pub fn unequal<T: PartialEq + Clone>(olds: &[T], news: &[T]) -> (Vec<T>, Vec<T>) {
    let without = |items: &[T], others: &[T]| {
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
    (without(olds, news), without(news, olds))
}

/// Says which names have another value, and which were removed and added with theirs.
fn pairs(olds: &StoredState, news: &StoredState) -> CountedParts {
    let mut parts = Vec::new();
    for (name, old) in olds {
        if let Some(new) = news.get(name).filter(|new| *new != old) {
            parts.push(ChangePart::Replaced(pair(name, old), pair(name, new)));
        }
    }
    let lone = |entries: &StoredState, others: &StoredState| -> Vec<String> {
        let lone = entries.iter().filter(|(name, _)| !others.contains_key(*name));
        lone.map(|(name, value)| pair(name, value)).collect()
    };
    let words = |lone: &[String]| (!lone.is_empty()).then(|| lone.join(", "));
    let (removed, added) = (lone(olds, news), lone(news, olds));
    parts.extend(removed_and_added(words(&removed), words(&added)));
    (parts, (removed.len(), added.len()))
}

fn pair(name: &str, value: &Value) -> String {
    format!("{name}={}", shown(value))
}

/// Returns a value of any kind in few characters.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) if text.is_empty() => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(entries) => {
            let words = |(key, value): (&String, &Value)| format!("{} {}", key.replace('_', " "), shown(value));
            entries.iter().map(words).collect::<Vec<_>>().join("; ")
        }
    }
}
