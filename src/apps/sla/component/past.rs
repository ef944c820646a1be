//! Whose changes moved the hours of a component: its windows and calendars, each while it was linked.
//!
//! States of the audit log name windows and calendars as they were called then; the log also says which object was called so.

use std::collections::{BTreeMap, BTreeSet};

use super::store;
use crate::admin::history;
use crate::admin::model::LinkedPast;
use crate::apps::sla::{CALENDAR, COMPONENT, WINDOW, window};
use crate::audit::store as audit_log;
use crate::auth::Model;
use crate::db::{Conn, Result};

/// The keys of the first and the last entry of the audit log between which a link was there.
type LogSpan = (i64, i64);

/// A link from one object to another, while it was there.
struct PastLink {
    owner: i64,
    target: i64,
    span: LogSpan,
}

/// A name in the states of an object, while it was there.
struct PastName {
    owner: i64,
    name: String,
    span: LogSpan,
}

/// The states around the newest entries of some objects, newest first.
struct PastStates {
    entries: Vec<audit_log::StatesOfEntry>,
    /// Whether there may be older ones.
    are_cut: bool,
}

impl PastStates {
    fn newest(conn: &mut Conn, model: Model, ids: &[i64], max: i64) -> Result<Self> {
        let entries = audit_log::states_of_objects(conn, &model.to_string(), ids, max)?;
        let are_cut = i64::try_from(entries.len()).is_ok_and(|count| count >= max);
        Ok(Self { entries, are_cut })
    }

    /// Returns the key of the newest entry of an object; of one without an entry the first from which on its links are known.
    fn newest_of(&self, owner: i64) -> i64 {
        let newest = self.entries.iter().find(|(_, of, ..)| *of == owner);
        let oldest = self.entries.last().filter(|_| self.are_cut);
        newest.or(oldest).map_or(0, |(key, ..)| *key)
    }
}

/// Returns the windows and calendars that a component has or had, directly or by a window. At most `entries_max` entries are read of the
/// component, and of its windows; what was linked before the oldest of them is left out.
pub(super) fn linked(conn: &mut Conn, id: i64, entries_max: i64) -> Result<Vec<LinkedPast>> {
    let states = PastStates::newest(conn, COMPONENT, &[id], entries_max)?;
    let now = store::windows_of(conn, &[id])?;
    let windows = links(conn, &states, &now, (WINDOW, "windows"))?;
    let now = store::calendars_of(conn, &[id])?;
    let mut calendars = links(conn, &states, &now, (CALENDAR, "calendars"))?;

    let ids: BTreeSet<i64> = windows.iter().map(|link| link.target).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let states = PastStates::newest(conn, WINDOW, &ids, entries_max)?;
    let now = window::store::calendars_of(conn, &ids)?;
    let of_windows = links(conn, &states, &now, (CALENDAR, "calendars"))?;
    for link in of_windows {
        let owners = windows.iter().filter(|window| window.target == link.owner);
        let common = owners.map(|window| (window.span.0.max(link.span.0), window.span.1.min(link.span.1)));
        calendars.extend(common.filter(|(first, last)| first <= last).map(|span| PastLink {
            owner: id,
            target: link.target,
            span,
        }));
    }
    let mut linked = grouped(WINDOW, windows);
    linked.extend(grouped(CALENDAR, calendars));
    Ok(linked)
}

fn grouped(model: Model, links: Vec<PastLink>) -> Vec<LinkedPast> {
    let mut spans: BTreeMap<i64, Vec<LogSpan>> = BTreeMap::new();
    for link in links {
        spans.entry(link.target).or_default().push(link.span);
    }
    let linked = spans.into_iter();
    linked.map(|(id, spans)| LinkedPast { model, id, spans }).collect()
}

/// Returns the links that states name under a property, and those that are there `now`.
fn links(
    conn: &mut Conn,
    states: &PastStates,
    now: &[(i64, i64)],
    (model, property): (Model, &str),
) -> Result<Vec<PastLink>> {
    let mut links: Vec<PastLink> = now
        .iter()
        .map(|(owner, target)| PastLink {
            owner: *owner,
            target: *target,
            span: (states.newest_of(*owner), i64::MAX),
        })
        .collect();
    let names = names(states, property);
    let titles: BTreeSet<String> = names.iter().map(|past| past.name.clone()).collect();
    if titles.is_empty() {
        return Ok(links);
    }
    let known = audit_log::had_titles(conn, &model.to_string(), titles.into_iter().collect())?;
    let mut added = Vec::new();
    for PastName { owner, name, span } in names {
        // Of several objects that had the name one after the other, the last that had it by then.
        let called = known
            .iter()
            .filter(|(first, _, title)| *title == name && *first <= span.1);
        if let Some((first, target, _)) = called.max_by_key(|(first, ..)| *first) {
            let target = *target;
            let is_change = states
                .entries
                .iter()
                .any(|(key, _, before, _)| *key == span.0 && before.is_some());
            if is_change && *first < span.0 {
                added.push((*first, links.len()));
            }
            links.push(PastLink { owner, target, span });
        }
    }
    begin_with_additions(conn, &mut links, &added)?;
    Ok(links)
}

/// Lets links begin with the entry that added their target, if the same write added it and linked it to what was there already: the entry of the
/// link has no more than its name. `added` are the entries that may have, with the places of the links.
fn begin_with_additions(conn: &mut Conn, links: &mut [PastLink], added: &[(i64, usize)]) -> Result<()> {
    let begun = added.iter().map(|(first, place)| (*first, links[*place].span.0));
    let keys: BTreeSet<i64> = begun.flat_map(|(first, began)| [first, began]).collect();
    let keys: Vec<i64> = keys.into_iter().collect();
    let writes: BTreeMap<i64, String> = audit_log::writes_of(conn, &keys)?.into_iter().collect();
    for (first, place) in added {
        let span = &mut links[*place].span;
        let write = writes.get(first);
        if write.is_some() && write == writes.get(&span.0) {
            span.0 = *first;
        }
    }
    Ok(())
}

/// Returns the names that states have under a property.
fn names(states: &PastStates, property: &str) -> Vec<PastName> {
    let mut names = Vec::new();
    let mut later: BTreeMap<i64, i64> = BTreeMap::new();
    let mut oldest: BTreeMap<i64, (i64, &Option<String>)> = BTreeMap::new();
    let mut add = |owner: i64, state: &Option<String>, span: LogSpan| {
        let state = state.as_deref().and_then(history::read_state).unwrap_or_default();
        let listed = state.get(property).and_then(|value| value.as_array());
        let texts = listed.into_iter().flatten().filter_map(|name| name.as_str());
        names.extend(texts.map(|name| PastName {
            owner,
            name: name.to_owned(),
            span,
        }));
    };
    for (key, owner, before, after) in &states.entries {
        let next = later.insert(*owner, *key).unwrap_or(i64::MAX);
        add(*owner, after, (*key, next));
        oldest.insert(*owner, (*key, before));
    }
    if !states.are_cut {
        for (owner, (key, before)) in oldest {
            add(owner, before, (0, key));
        }
    }
    names
}
