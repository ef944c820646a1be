//! What a file would change: the difference between an inventory and a document, checked as a whole before anything is written.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::change::{ChangePlan, ObjectChange};
use super::document::draft::Draft;
use super::document::node::ReadError;
use super::document::read::FileDocument;
use super::inventory::Inventory;
use super::link_names::{DesiredState, LinkNames, PlannedLinks};
use super::merge::merged;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::label::values::LabelValues;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::merge::merged_window;
use crate::apps::sla::window::state::WindowState;
use crate::text;

/// Compares `document` with `inventory`. With `prune`, what the document does not name is deleted.
///
/// # Errors
/// A name that nothing has, a window without a zone, a validity that ends before it starts, or a pruned object that is still used.
pub fn plan(inventory: &Inventory, document: &FileDocument, prune: bool) -> Result<ChangePlan, ReadError> {
    let calendars = matched(&inventory.calendars, &document.calendars)?;
    let windows = matched(&inventory.windows, &document.windows)?;
    let components = matched(&inventory.components, &document.components)?;

    let links = PlannedLinks::default();
    let calendars = desired(calendars, |draft, stored| merged(draft, stored, &links))?;
    let names = LinkNames::new(&inventory.calendars, &calendars, prune);
    let names = names.beside::<WindowState>(all_names(&inventory.windows, &document.windows));
    let links = links.with::<CalendarState>(names);
    let windows = desired(windows, |draft, stored| merged_window(draft, stored, &links))?;
    let names = LinkNames::new(&inventory.windows, &windows, prune);
    let names = names.beside::<CalendarState>(all_names(&inventory.calendars, &document.calendars));
    let labels = inventory.labels.iter().map(|stored| {
        let LabelState { name, value, .. } = &stored.state;
        (name.as_str(), value.as_str())
    });
    let links = links.with::<WindowState>(names).with_labels(LabelValues::new(labels));
    let components = desired(components, |draft, stored| merged(draft, stored, &links))?;

    Ok(ChangePlan {
        labels: label_changes(inventory, document, &links.labels, &components, prune)?,
        calendars: changes(&inventory.calendars, calendars, prune),
        windows: changes(&inventory.windows, windows, prune),
        components: changes(&inventory.components, components, prune),
    })
}

/// A draft and the stored object that it is about.
struct MatchedDraft<'a, S> {
    draft: &'a Draft<S>,
    stored: Option<&'a Stored<S>>,
}

/// Returns the stored object that each draft is about. Two drafts may not be about one object, nor may two new objects have one key.
fn matched<'a, S: ObjectState>(
    stored: &'a [Stored<S>],
    drafts: &'a [Draft<S>],
) -> Result<Vec<MatchedDraft<'a, S>>, ReadError> {
    let titles: Vec<String> = stored.iter().map(|stored| stored.state.title()).collect();
    let by_name: ByName<&Stored<S>> = titles.iter().map(String::as_str).zip(stored).collect();
    let (mut lines, mut new_lines) = (HashMap::new(), HashMap::new());
    let mut matched = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let (title, line) = (draft.written.title(), draft.place.line);
        let stored = by_name.get(&title).copied();
        let first = match stored {
            Some(stored) => lines.insert(stored.id, line),
            None => new_lines.insert(text::key(&title), line),
        };
        if let Some(first) = first {
            let message = format!(
                "the {} `{title}` stands in line {first} already (letters' case and normalization do not tell names apart)",
                S::NAME
            );
            return Err(draft.place.error(message));
        }
        matched.push(MatchedDraft { draft, stored });
    }
    Ok(matched)
}

fn desired<'a, S>(
    matched: Vec<MatchedDraft<'a, S>>,
    merge: impl Fn(&Draft<S>, Option<&'a Stored<S>>) -> Result<S, ReadError>,
) -> Result<Vec<DesiredState<'a, S>>, ReadError> {
    let mut desired = Vec::with_capacity(matched.len());
    for MatchedDraft { draft, stored } in matched {
        let state = merge(draft, stored)?;
        desired.push(DesiredState { stored, state });
    }
    Ok(desired)
}

/// Returns the names of everything of a kind that is stored or in the file.
fn all_names<'a, S: ObjectState>(stored: &'a [Stored<S>], drafts: &'a [Draft<S>]) -> impl Iterator<Item = String> + 'a {
    let drafted = drafts.iter().map(|draft| draft.written.title());
    drafted.chain(stored.iter().map(|stored| stored.state.title()))
}

fn changes<S: ObjectState>(
    stored: &[Stored<S>],
    desired: Vec<DesiredState<'_, S>>,
    prune: bool,
) -> Vec<ObjectChange<S>> {
    let mut named = HashSet::new();
    let mut changes = Vec::new();
    for DesiredState { stored, state } in desired {
        named.extend(stored.map(|stored| stored.id));
        // What stays is not copied: there may be many.
        if stored.is_none_or(|stored| stored.unreadable.is_some() || stored.state != state) {
            changes.extend(ObjectChange::between(stored.cloned(), state));
        }
    }
    if prune {
        let unnamed = stored.iter().filter(|stored| !named.contains(&stored.id));
        changes.extend(unnamed.cloned().map(ObjectChange::deletion));
    }
    changes
}

/// A label of the list in a file.
struct ListedLabel<'a> {
    name: &'a str,
    value: String,
    /// What the file gives.
    description: Option<&'a str>,
}

/// Labels have to be there because the file lists them or because a component of the file has them.
fn label_changes(
    inventory: &Inventory,
    document: &FileDocument,
    values: &LabelValues,
    components: &[DesiredState<'_, ComponentState>],
    prune: bool,
) -> Result<Vec<ObjectChange<LabelState>>, ReadError> {
    let listed = listed_labels(document, values)?;
    let mut desired: BTreeMap<(&str, &str), Option<&str>> = BTreeMap::new();
    for component in components {
        let labels = component.state.labels.iter();
        desired.extend(labels.map(|(name, value)| ((name.as_str(), value.as_str()), None)));
    }
    for label in &listed {
        desired.insert((label.name, &label.value), label.description);
    }
    let mut changes = Vec::new();
    for stored in &inventory.labels {
        let LabelState {
            name,
            value,
            description,
        } = &stored.state;
        match desired.remove(&(name.as_str(), value.as_str())) {
            None if prune => changes.push(ObjectChange::deletion(stored.clone())),
            Some(Some(given)) => {
                let after = LabelState {
                    name: name.clone(),
                    value: value.clone(),
                    description: text::settle_area(Some(description), given),
                };
                changes.extend(ObjectChange::between(Some(stored.clone()), after));
            }
            None | Some(None) => {}
        }
    }
    for ((name, value), description) in desired {
        changes.push(ObjectChange::Add(LabelState {
            name: name.to_owned(),
            value: value.to_owned(),
            description: description.map_or_else(String::new, |given| text::settle_area(None, given)),
        }));
    }
    Ok(changes)
}

/// Returns the labels of the list in the file. None may stand in it twice.
fn listed_labels<'a>(document: &'a FileDocument, values: &LabelValues) -> Result<Vec<ListedLabel<'a>>, ReadError> {
    let mut lines = HashMap::new();
    let mut listed = Vec::with_capacity(document.labels.len());
    for draft in &document.labels {
        let LabelState {
            name,
            value,
            description,
        } = &draft.written;
        let line = draft.given("value").map_or(draft.place.line, |given| given.line);
        let value = values
            .settle(name, value)
            .map_err(|error| draft.place.error_at("value", line, error))?;
        if let Some(first) = lines.insert((name, value.clone()), draft.place.line) {
            let message = format!("the label `{name}={value}` stands in line {first} already");
            return Err(draft.place.error(message));
        }
        listed.push(ListedLabel {
            name,
            value,
            description: draft.given("description").map(|_| description.as_str()),
        });
    }
    Ok(listed)
}
