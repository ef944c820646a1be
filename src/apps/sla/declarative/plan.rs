//! What a file would change: the difference between an inventory and a document, checked as a whole before anything is written.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::change::{Change, Plan};
use super::document::draft::{Place, Written};
use super::document::node::ReadError;
use super::document::read::Document;
use super::inventory::Inventory;
use super::link_names::{Names, Wanted};
use super::settle::settled_area;
use crate::apps::sla::calendar::merge::calendar;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::merge::component;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::label::merge::{LabelValues, label_value};
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::{State, Stored};
use crate::apps::sla::window::merge::window;
use crate::apps::sla::window::state::WindowState;
use crate::text;

/// Compares `document` with `inventory`. With `prune`, what the document does not name is deleted.
///
/// # Errors
/// A name that nothing has, a window without a zone, a validity that ends before it starts, or a pruned object that is still used.
pub fn plan(inventory: &Inventory, document: &Document, prune: bool) -> Result<Plan, ReadError> {
    let labels = LabelValues::new(inventory.labels.iter().map(|stored| {
        let LabelState { name, value, .. } = &stored.state;
        (name.as_str(), value.as_str())
    }));
    let calendars = meant(&inventory.calendars, &document.calendars, |draft| {
        (&draft.name, &draft.place)
    })?;
    let windows = meant(&inventory.windows, &document.windows, |draft| {
        (&draft.name, &draft.place)
    })?;
    let components = meant(&inventory.components, &document.components, |draft| {
        (&draft.name, &draft.place)
    })?;

    let wanted_calendars = collect(&document.calendars, calendars, |draft, stored| calendar(draft, stored))?;
    let drafted = document.windows.iter().map(|draft| draft.name.text.as_str());
    let all_windows = drafted.chain(inventory.windows.iter().map(|stored| stored.state.name.as_str()));
    let calendar_names = Names::new(&inventory.calendars, &wanted_calendars, prune).beside::<WindowState>(all_windows);
    let wanted_windows = collect(&document.windows, windows, |draft, stored| {
        window(draft, stored, &calendar_names)
    })?;
    let drafted = document.calendars.iter().map(|draft| draft.name.text.as_str());
    let all_calendars = drafted.chain(inventory.calendars.iter().map(|stored| stored.state.name.as_str()));
    let window_names = Names::new(&inventory.windows, &wanted_windows, prune).beside::<CalendarState>(all_calendars);
    let wanted_components = collect(&document.components, components, |draft, stored| {
        component(draft, stored, &window_names, &calendar_names, &labels)
    })?;

    Ok(Plan {
        labels: label_changes(inventory, document, &labels, &wanted_components, prune)?,
        calendars: changes(&inventory.calendars, wanted_calendars, prune),
        windows: changes(&inventory.windows, wanted_windows, prune),
        components: changes(&inventory.components, wanted_components, prune),
    })
}

/// Returns the stored object that each draft means. Two drafts may not mean one object, nor may two new objects have one key.
fn meant<'a, D, T: State>(
    stored: &'a [Stored<T>],
    drafts: &[D],
    parts: impl Fn(&D) -> (&Written, &Place),
) -> Result<Vec<Option<&'a Stored<T>>>, ReadError> {
    let titles: Vec<String> = stored.iter().map(|stored| stored.state.title()).collect();
    let known: ByName<&Stored<T>> = titles.iter().map(String::as_str).zip(stored).collect();
    let (mut lines, mut new_lines) = (HashMap::new(), HashMap::new());
    let one = |draft| {
        let (name, place): (&Written, &Place) = parts(draft);
        let found = known.get(&name.text).copied();
        let first = match found {
            Some(found) => lines.insert(found.id, place.line),
            None => new_lines.insert(text::key(&name.text), place.line),
        };
        match first {
            None => Ok(found),
            Some(first) => Err(place.error(format!(
                "the {} `{}` stands in line {first} already (letters' case and normalization do not tell names apart)",
                T::MODEL,
                name.text
            ))),
        }
    };
    drafts.iter().map(one).collect()
}

fn collect<'a, D, T>(
    drafts: &[D],
    stored: Vec<Option<&'a Stored<T>>>,
    read: impl Fn(&D, Option<&'a Stored<T>>) -> Result<T, ReadError>,
) -> Result<Vec<Wanted<'a, T>>, ReadError> {
    let pairs = drafts.iter().zip(stored);
    pairs
        .map(|(draft, stored)| {
            Ok(Wanted {
                state: read(draft, stored)?,
                stored,
            })
        })
        .collect()
}

fn changes<'a, T: State>(stored: &[Stored<T>], wanted: Vec<Wanted<'a, T>>, prune: bool) -> Vec<Change<T>> {
    let mut named = HashSet::new();
    let mut changes = Vec::new();
    for Wanted {
        stored: existing,
        state,
    } in wanted
    {
        let Some(existing) = existing else {
            changes.push(Change::Add(state));
            continue;
        };
        named.insert(existing.id);
        if existing.unreadable.is_some() || existing.state != state {
            changes.push(Change::Update {
                id: existing.id,
                version: existing.version,
                before: existing.state.clone(),
                after: state,
            });
        }
    }
    let unnamed = stored.iter().filter(|stored| prune && !named.contains(&stored.id));
    changes.extend(unnamed.map(|stored| Change::Delete {
        id: stored.id,
        version: stored.version,
        before: stored.state.clone(),
    }));
    changes
}

/// Labels are wanted because the file lists them or because a component of the file wears them.
fn label_changes(
    inventory: &Inventory,
    document: &Document,
    values: &LabelValues,
    components: &[Wanted<'_, ComponentState>],
    prune: bool,
) -> Result<Vec<Change<LabelState>>, ReadError> {
    let mut wanted: BTreeMap<(&str, &str), Option<&String>> = BTreeMap::new();
    for component in components {
        wanted.extend(
            component
                .state
                .labels
                .iter()
                .map(|(name, value)| ((name.as_str(), value.as_str()), None)),
        );
    }
    let mut lines: HashMap<(&str, String), usize> = HashMap::new();
    let mut listed = Vec::with_capacity(document.labels.len());
    for draft in &document.labels {
        let value = label_value(draft, values)?;
        if let Some(first) = lines.insert((draft.name.as_str(), value.clone()), draft.place.line) {
            return Err(draft.place.error(format!(
                "the label `{}={value}` stands in line {first} already",
                draft.name
            )));
        }
        listed.push((draft, value));
    }
    wanted.extend(
        listed
            .iter()
            .map(|(draft, value)| ((draft.name.as_str(), value.as_str()), draft.description.as_ref())),
    );
    let mut changes = Vec::new();
    for stored in &inventory.labels {
        let state = &stored.state;
        let (id, version, before) = (stored.id, stored.version, state.clone());
        match wanted.remove(&(state.name.as_str(), state.value.as_str())) {
            None if prune => changes.push(Change::Delete { id, version, before }),
            Some(Some(description)) => {
                let description = settled_area(Some(description), Some(&state.description));
                if description == state.description {
                    continue;
                }
                let after = LabelState {
                    description,
                    ..state.clone()
                };
                changes.push(Change::Update {
                    id,
                    version,
                    before,
                    after,
                });
            }
            _ => {}
        }
    }
    changes.extend(wanted.into_iter().map(|((name, value), description)| {
        Change::Add(LabelState {
            name: name.to_owned(),
            value: value.to_owned(),
            description: settled_area(description, None),
        })
    }));
    Ok(changes)
}
