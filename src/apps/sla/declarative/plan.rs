//! What a file would change: the difference between an inventory and a document, checked as a whole before anything is written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;
use std::marker::PhantomData;

use super::change::ObjectChange;
use super::change_plan::ChangePlan;
use super::document::draft::Draft;
use super::document::node::ReadError;
use super::document::read::FileDocument;
use super::inventory::Inventory;
use super::kinds::{Aspect, EachKind, FileKind, KindVisitor, is_linked, is_linked_in_lists, walk};
use super::link_names::{DesiredState, LinkNames, PlannedLinks};
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::label::values::LabelValues;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::{ObjectState, PropertyKind};
use crate::apps::sla::stored::Stored;
use crate::auth::Model;
use crate::text;

/// Compares `document` with `inventory`. With `prune`, what the document does not name is deleted.
///
/// # Errors
/// A name that nothing has, a window without a zone, a validity that ends before it starts, or a pruned object that is still used.
pub fn plan(inventory: &Inventory, document: &FileDocument, prune: bool) -> Result<ChangePlan, ReadError> {
    let labels = inventory.labels.iter().map(|stored| {
        let LabelState { name, value, .. } = &stored.state;
        (name.as_str(), value.as_str())
    });
    let mut matcher = Matcher {
        inventory,
        document,
        matched: EachKind::default(),
    };
    walk(&mut matcher)?;
    let mut merger = Merger {
        inventory,
        document,
        prune,
        links: PlannedLinks::default().with_labels(LabelValues::new(labels)),
        matched: matcher.matched,
        desired: EachKind::default(),
    };
    walk(&mut merger)?;
    let Merger { links, desired, .. } = merger;
    let labels = label_changes(inventory, document, &links.labels, &desired, prune)?;
    let mut comparer = Comparer {
        inventory,
        prune,
        desired,
        plan: ChangePlan::default(),
    };
    let Ok(()) = walk(&mut comparer);
    comparer.plan.labels = labels;
    Ok(comparer.plan)
}

/// Drafts with the stored objects that they are about.
struct Matched<'a>(PhantomData<&'a ()>);

impl<'a> Aspect for Matched<'a> {
    type Of<S: FileKind> = MatchedDraft<'a, S>;
}

/// What objects are to be.
struct Desired<'a>(PhantomData<&'a ()>);

impl<'a> Aspect for Desired<'a> {
    type Of<S: FileKind> = DesiredState<'a, S>;
}

/// Finds what is stored of each draft. Labels are not matched: those that a file does not list may be meant as well.
struct Matcher<'a> {
    inventory: &'a Inventory,
    document: &'a FileDocument,
    matched: EachKind<Matched<'a>>,
}

impl KindVisitor for Matcher<'_> {
    type Error = ReadError;

    fn visit<S: FileKind>(&mut self) -> Result<(), ReadError> {
        if !S::IS_IMPLIED {
            *S::of_mut(&mut self.matched) = matched(S::of(self.inventory), S::of(&self.document.drafts))?;
        }
        Ok(())
    }
}

/// Makes states of drafts; what others are linked to comes first.
struct Merger<'a> {
    inventory: &'a Inventory,
    document: &'a FileDocument,
    prune: bool,
    links: PlannedLinks,
    matched: EachKind<Matched<'a>>,
    desired: EachKind<Desired<'a>>,
}

impl KindVisitor for Merger<'_> {
    type Error = ReadError;

    fn visit<S: FileKind>(&mut self) -> Result<(), ReadError> {
        let matched = std::mem::take(S::of_mut(&mut self.matched));
        let mut desired = Vec::with_capacity(matched.len());
        for MatchedDraft { draft, stored } in matched {
            let state = S::merged(draft, stored, &self.links)?;
            desired.push(DesiredState { stored, state });
        }
        if is_linked(S::MODEL) {
            let mut others = OtherNames {
                inventory: self.inventory,
                document: self.document,
                names: LinkNames::new(S::of(self.inventory), &desired, self.prune),
                of: S::MODEL,
            };
            let Ok(()) = walk(&mut others);
            self.links.add(S::MODEL, others.names);
        }
        *S::of_mut(&mut self.desired) = desired;
        Ok(())
    }
}

/// Adds the names of everything that is stored or in the file and that objects are linked to beside the model `of`.
struct OtherNames<'a> {
    inventory: &'a Inventory,
    document: &'a FileDocument,
    names: LinkNames,
    of: Model,
}

impl KindVisitor for OtherNames<'_> {
    type Error = Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Infallible> {
        if S::MODEL != self.of && is_linked_in_lists(S::MODEL) {
            let drafted = S::of(&self.document.drafts).iter().map(|draft| draft.written.title());
            let stored = S::of(self.inventory).iter().map(|stored| stored.state.title());
            self.names.beside::<S>(drafted.chain(stored));
        }
        Ok(())
    }
}

/// Compares what is to be with what is, labels aside.
struct Comparer<'a> {
    inventory: &'a Inventory,
    prune: bool,
    desired: EachKind<Desired<'a>>,
    plan: ChangePlan,
}

impl KindVisitor for Comparer<'_> {
    type Error = Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Infallible> {
        if !S::IS_IMPLIED {
            let desired = std::mem::take(S::of_mut(&mut self.desired));
            *S::of_mut(&mut self.plan) = changes(S::of(self.inventory), desired, self.prune);
        }
        Ok(())
    }
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
                "the {} `{title}` stands in line {first} already (names that differ in letter case or normalization alone are the same)",
                S::NAME
            );
            return Err(draft.place.error(message));
        }
        matched.push(MatchedDraft { draft, stored });
    }
    Ok(matched)
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

/// Collects the labels that objects are to have.
struct UsedLabels<'d, 'a> {
    desired: &'d EachKind<Desired<'a>>,
    /// What a file gives as the description of each.
    labels: BTreeMap<(&'d str, &'d str), Option<&'d str>>,
}

impl KindVisitor for UsedLabels<'_, '_> {
    type Error = Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Infallible> {
        for property in S::PROPERTIES {
            if let PropertyKind::Labels(lens, _) = &property.kind {
                for desired in S::of(self.desired) {
                    let labels = lens.of(&desired.state).iter();
                    let labels = labels.map(|(name, value)| ((name.as_str(), value.as_str()), None));
                    self.labels.extend(labels);
                }
            }
        }
        Ok(())
    }
}

/// Returns the changes of labels. They have to be there because the file lists them or because an object of the file has them.
fn label_changes(
    inventory: &Inventory,
    document: &FileDocument,
    values: &LabelValues,
    desired: &EachKind<Desired<'_>>,
    prune: bool,
) -> Result<Vec<ObjectChange<LabelState>>, ReadError> {
    let listed = listed_labels(document, values)?;
    let mut used = UsedLabels {
        desired,
        labels: BTreeMap::new(),
    };
    let Ok(()) = walk(&mut used);
    let mut desired = used.labels;
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
                    description: text::updated_area(Some(description), given),
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
            description: description.map_or_else(String::new, |given| text::updated_area(None, given)),
        }));
    }
    Ok(changes)
}

/// Returns the labels of the list in the file. None may stand in it twice.
fn listed_labels<'a>(document: &'a FileDocument, values: &LabelValues) -> Result<Vec<ListedLabel<'a>>, ReadError> {
    let mut lines = HashMap::new();
    let mut listed = Vec::with_capacity(document.drafts.labels.len());
    for draft in &document.drafts.labels {
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
