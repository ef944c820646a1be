//! What the audit log says about calendars, windows and components since an instant. It is read portion by portion, and of what it says only that
//! is kept on which hours depend: an object that was edited a thousand times in other ways has one state.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::names_then::{LogPosition, NamesThen};
use super::store::{self, PastEntry};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::properties::{ObjectState, json};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::WindowState;
use crate::apps::sla::{CALENDAR, COMPONENT, WINDOW};
use crate::db::{Conn, Result, limit};

/// How many entries are read at a time.
const PORTION: i64 = 2_000;

/// A component as an entry has it; texts that this program does not need are passed over.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct KeptComponent {
    pub(super) name: String,
    pub(super) enabled: bool,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) windows: Vec<String>,
    pub(super) calendars: Vec<String>,
    #[serde(skip)]
    pub(super) unreadable: Option<String>,
}

/// An object before an entry.
#[derive(Clone, Debug)]
pub(super) enum StateBefore<T> {
    /// As the entry before left it.
    AsLeft,
    /// As this entry says.
    Logged(Option<T>),
}

/// What an entry says about an object.
#[derive(Clone, Debug)]
pub(super) struct LoggedState<T> {
    /// When it was written, in seconds.
    pub(super) at: i64,
    /// Which of the transactions wrote it.
    pub(super) transaction: usize,
    pub(super) before: StateBefore<T>,
    pub(super) after: Option<T>,
}

/// What entries say about objects of one kind, by their keys.
pub(super) type Logged<T> = BTreeMap<i64, Vec<LoggedState<T>>>;

/// What the audit log says since an instant.
#[derive(Default)]
pub(super) struct PastLog {
    pub(super) calendars: Logged<Stored<CalendarState>>,
    pub(super) windows: Logged<Stored<WindowState>>,
    pub(super) components: Logged<KeptComponent>,
    /// The keys of the first and the last entry of each transaction.
    pub(super) transactions: Vec<(LogPosition, LogPosition)>,
}

impl KeptComponent {
    fn read(text: &str) -> Self {
        read_json(text).unwrap_or_else(|reason| Self {
            enabled: true,
            unreadable: Some(reason),
            ..Self::default()
        })
    }

    /// Returns whether another state comes to the same hours. What it is called and its labels may be others: the last ones count.
    fn has_same_hours(&self, other: &Self) -> bool {
        let links = (&self.windows, &self.calendars) == (&other.windows, &other.calendars);
        links && (self.enabled, &self.unreadable) == (other.enabled, &other.unreadable)
    }
}

fn read_json<T: DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("a state in the audit log cannot be read: {error}"))
}

/// Reads a state of the audit log; one that cannot be read has the reason.
fn read_state<S: ObjectState>(id: i64, text: &str) -> Stored<S> {
    let read = read_json::<Map<String, Value>>(text).and_then(|kept| {
        json::read::<S>(&kept).map_err(|error| format!("a state in the audit log cannot be read: {error}"))
    });
    let (state, unreadable) = match read {
        Ok(state) => (state, None),
        Err(reason) => (S::blank(), Some(reason)),
    };
    Stored {
        id,
        version: 0,
        state,
        unreadable,
    }
}

fn is_same_state<S: ObjectState>(one: &Stored<S>, other: &Stored<S>) -> bool {
    one.state == other.state && one.unreadable == other.unreadable
}

impl PastLog {
    /// Reads the entries since an instant.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub(super) fn read(conn: &mut Conn, since: NaiveDateTime) -> Result<Self> {
        let mut log = Self::default();
        let mut last_write: Option<(NaiveDateTime, Option<String>)> = None;
        let mut after = i64::MIN;
        loop {
            limit::check()?;
            let entries = store::entries_since(conn, since, after, PORTION)?;
            let Some(last) = entries.last() else {
                return Ok(log);
            };
            after = last.id;
            for entry in entries {
                let write = (entry.action_time, entry.write_id.clone());
                match log.transactions.last_mut() {
                    Some(transaction) if last_write.as_ref() == Some(&write) => transaction.1 = entry.id,
                    _ => log.transactions.push((entry.id, entry.id)),
                }
                last_write = Some(write);
                log.add(&entry);
            }
        }
    }

    fn add(&mut self, entry: &PastEntry) {
        let transaction = self.transactions.len() - 1;
        let id = entry.object_id;
        let kind = entry.content_type.as_str();
        if kind == COMPONENT.to_string() {
            let is_same = KeptComponent::has_same_hours;
            add_entry(&mut self.components, entry, transaction, KeptComponent::read, is_same);
        } else if kind == WINDOW.to_string() {
            add_entry(
                &mut self.windows,
                entry,
                transaction,
                |text| read_state(id, text),
                is_same_state,
            );
        } else if kind == CALENDAR.to_string() {
            add_entry(
                &mut self.calendars,
                entry,
                transaction,
                |text| read_state(id, text),
                is_same_state,
            );
        }
    }
}

/// Adds what an entry says, unless it goes on from the state before and leads to one that is the same.
fn add_entry<T>(
    logged: &mut Logged<T>,
    entry: &PastEntry,
    transaction: usize,
    read: impl Fn(&str) -> T,
    is_same: impl Fn(&T, &T) -> bool,
) {
    let are_same = |one: Option<&T>, other: Option<&T>| match (one, other) {
        (Some(one), Some(other)) => is_same(one, other),
        (None, None) => true,
        _ => false,
    };
    let before = entry.before.as_deref().map(&read);
    let after = entry.after.as_deref().map(&read);
    let states = logged.entry(entry.object_id).or_default();
    let before = match states.last_mut() {
        Some(last) if are_same(last.after.as_ref(), before.as_ref()) => {
            if are_same(last.after.as_ref(), after.as_ref()) {
                last.after = after;
                return;
            }
            StateBefore::AsLeft
        }
        _ => StateBefore::Logged(before),
    };
    states.push(LoggedState {
        at: entry.action_time.and_utc().timestamp(),
        transaction,
        before,
        after,
    });
}

/// Returns what objects of one kind were called when; those without an entry have always had the name that they have.
pub(super) fn names<'a, T>(
    logged: &Logged<T>,
    transactions: &[(LogPosition, LogPosition)],
    present: impl Iterator<Item = (i64, &'a String)>,
    name: impl Fn(&T) -> &String,
) -> NamesThen {
    let mut names = NamesThen::default();
    for (id, current) in present {
        if !logged.contains_key(&id) {
            names.add(current, id, LogPosition::MIN, LogPosition::MAX);
        }
    }
    for (id, entries) in logged {
        let first = |entry: &LoggedState<T>| transactions[entry.transaction].0;
        if let Some(entry) = entries.first()
            && let StateBefore::Logged(Some(before)) = &entry.before
        {
            names.add(name(before), *id, LogPosition::MIN, first(entry));
        }
        for (index, entry) in entries.iter().enumerate() {
            let until = entries.get(index + 1).map_or(LogPosition::MAX, first);
            if let Some(after) = &entry.after {
                names.add(name(after), *id, first(entry), until);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(windows: &[&str], team: &str) -> Option<String> {
        let state = serde_json::json!({
            "name": "api", "enabled": true, "labels": {"team": team}, "windows": windows, "calendars": [], "slo": 99.9,
        });
        Some(state.to_string())
    }

    fn entry(id: i64, before: Option<String>, after: Option<String>) -> PastEntry {
        PastEntry {
            id,
            action_time: chrono::DateTime::from_timestamp(id, 0).unwrap_or_default().naive_utc(),
            content_type: COMPONENT.to_string(),
            object_id: 7,
            before,
            after,
            write_id: None,
        }
    }

    #[test]
    fn what_hours_do_not_depend_on_is_not_kept() {
        let mut log = PastLog::default();
        let mut add = |entry: PastEntry| {
            log.transactions.push((entry.id, entry.id));
            log.add(&entry);
        };
        add(entry(1, None, component(&["W"], "a")));
        for id in 2..1_000 {
            add(entry(id, component(&["W"], "a"), component(&["W"], "b")));
        }
        add(entry(1_000, component(&["W"], "b"), component(&["V"], "b")));
        // Something was changed without an entry before this one.
        add(entry(1_001, component(&["U"], "b"), component(&["U"], "c")));
        add(entry(1_002, component(&["U"], "c"), None));
        let states = &log.components[&7];
        let kept: Vec<(i64, bool)> = states
            .iter()
            .map(|state| (state.at, matches!(state.before, StateBefore::AsLeft)))
            .collect();
        assert_eq!(kept, [(1, false), (1_000, true), (1_001, false), (1_002, true)]);
        let labels = states[0].after.as_ref().map(|kept| kept.labels["team"].clone());
        assert_eq!(labels.as_deref(), Some("b"), "the last ones count");
    }
}
