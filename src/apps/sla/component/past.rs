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

/// The most entries whose states are read to find out what was linked when. What was linked before the oldest of them is left out.
const STATES_MAX: i64 = 2000;

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

/// Returns the windows and calendars that a component has or had, directly or by a window.
pub(super) fn linked(conn: &mut Conn, id: i64) -> Result<Vec<LinkedPast>> {
    let component = COMPONENT.to_string();
    let states = audit_log::states_of_objects(conn, &component, &[id], STATES_MAX)?;
    let now = store::windows_of(conn, &[id])?;
    let windows = links(conn, &states, &now, (WINDOW, "windows"))?;
    let now = store::calendars_of(conn, &[id])?;
    let mut calendars = links(conn, &states, &now, (CALENDAR, "calendars"))?;

    let ids: BTreeSet<i64> = windows.iter().map(|link| link.target).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let states = audit_log::states_of_objects(conn, &WINDOW.to_string(), &ids, STATES_MAX)?;
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
    states: &[audit_log::StatesOfEntry],
    now: &[(i64, i64)],
    (model, property): (Model, &str),
) -> Result<Vec<PastLink>> {
    let newest = |owner: i64| {
        states
            .iter()
            .find(|(_, of, ..)| *of == owner)
            .map_or(0, |(key, ..)| *key)
    };
    let mut links: Vec<PastLink> = now
        .iter()
        .map(|(owner, target)| PastLink {
            owner: *owner,
            target: *target,
            span: (newest(*owner), i64::MAX),
        })
        .collect();
    let names = names(states, property);
    let titles: BTreeSet<String> = names.iter().map(|past| past.name.clone()).collect();
    if titles.is_empty() {
        return Ok(links);
    }
    let known = audit_log::had_titles(conn, &model.to_string(), titles.into_iter().collect())?;
    for PastName { owner, name, span } in names {
        // Of several objects that had the name one after the other, the last that had it by then.
        let called = known
            .iter()
            .filter(|(first, _, title)| *title == name && *first <= span.1);
        if let Some((_, target, _)) = called.max_by_key(|(first, ..)| *first) {
            let target = *target;
            links.push(PastLink { owner, target, span });
        }
    }
    Ok(links)
}

/// Returns the names that states, newest first, have under a property.
fn names(states: &[audit_log::StatesOfEntry], property: &str) -> Vec<PastName> {
    let is_cut = i64::try_from(states.len()).is_ok_and(|count| count >= STATES_MAX);
    let mut names = Vec::new();
    let mut later: BTreeMap<i64, i64> = BTreeMap::new();
    let mut oldest: BTreeMap<i64, (i64, &Option<String>)> = BTreeMap::new();
    let mut add = |owner: i64, state: &Option<String>, span: LogSpan| {
        let state = state.as_deref().and_then(history::state).unwrap_or_default();
        let listed = state.get(property).and_then(|value| value.as_array());
        let texts = listed.into_iter().flatten().filter_map(|name| name.as_str());
        names.extend(texts.map(|name| PastName {
            owner,
            name: name.to_owned(),
            span,
        }));
    };
    for (key, owner, before, after) in states {
        let next = later.insert(*owner, *key).unwrap_or(i64::MAX);
        add(*owner, after, (*key, next));
        oldest.insert(*owner, (*key, before));
    }
    if !is_cut {
        for (owner, (key, before)) in oldest {
            add(owner, before, (0, key));
        }
    }
    names
}
