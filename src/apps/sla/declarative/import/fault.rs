//! What is refused of a row: of its cells, and of what it is linked to.

use crate::admin::model::not_to_choose;
use crate::admin::transfer::{FileRecord, Incoming};
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::document::node::{At, Node, ReadError};
use crate::apps::sla::declarative::link_names::{LinkNames, PlannedLinks};
use crate::apps::sla::properties::{LinkTarget, ObjectState, PropertyKind, name_parts};
use crate::auth::{Account, Action};

/// Faults of a row that are reported; looking for each reads the row anew.
const FAULTS_MAX: usize = 20;

/// A fault: property, which may be empty, and why.
pub(super) type RowFault = (String, String);

/// A row that was read as far as it can be.
pub(super) struct DraftedRow<S> {
    pub(super) row: Incoming,
    /// What it says without what cannot be read; nothing if it does not even say which object it means.
    pub(super) draft: Option<Draft<S>>,
    /// Everything that cannot be read.
    pub(super) faults: Vec<RowFault>,
}

impl<S: ObjectState> DraftedRow<S> {
    pub(super) fn of(mut row: Incoming) -> Self {
        let identity = name_parts::<S>();
        let mut faults = std::mem::take(&mut row.errors);
        let mut record = row.record.clone();
        let draft = loop {
            let node = Node::from_record(&record, row.number);
            let error = match Draft::read(&At::root(&node)) {
                Ok(draft) => break Some(draft),
                Err(error) => error,
            };
            let fault = fault(&error);
            let property = fault.0.clone();
            // What could not be read as a cell is reported already.
            let is_reported = faults
                .iter()
                .any(|(reported, _)| *reported == property || identity.contains(&reported.as_str()));
            if !is_reported {
                faults.push(fault);
            }
            // Without what objects are known by nothing more can be said.
            let is_enough = faults.len() >= FAULTS_MAX || identity.contains(&property.as_str());
            if is_enough || record.shift_remove(&property).is_none() {
                break None;
            }
        };
        Self { row, draft, faults }
    }
}

/// Returns the property that an error is about, and what is wrong with it.
pub(super) fn fault(error: &ReadError) -> RowFault {
    let property = error.path.split(['.', '[']).next().unwrap_or("");
    let message = if error.path.len() > property.len() {
        format!("{}: {}", error.path, error.message)
    } else {
        error.message.clone()
    };
    (property.to_owned(), message)
}

/// Returns the title of what a row is about, as far as it says.
pub(super) fn title<S: ObjectState>(record: &FileRecord) -> String {
    let parts: Vec<&str> = name_parts::<S>()
        .iter()
        .filter_map(|property| record.get(*property)?.as_str())
        .collect();
    parts.join("=").chars().take(200).collect()
}

/// Takes the names that nothing has out of a draft, and all names of what `account` may not view; returns them as faults.
pub(super) fn take_unknown<S: ObjectState>(
    draft: &mut Draft<S>,
    links: &PlannedLinks,
    account: &Account,
) -> Vec<RowFault> {
    let mut faults = Vec::new();
    for property in S::PROPERTIES {
        match &property.kind {
            PropertyKind::Link(lens, target) => {
                let is_given = draft.given(property.name).is_some();
                let Some(name) = lens.of(&draft.written).as_deref().filter(|_| is_given) else {
                    continue;
                };
                let names = links.names(target);
                let is_known = names.is_none_or(|names| names.has(name));
                let unknown = || (!is_known).then(|| unknown_fault(property.name, target, names, name));
                if let Some(fault) = hidden(property.name, target, account).or_else(unknown) {
                    draft.leave_out(property.name);
                    faults.push(fault);
                }
            }
            PropertyKind::Links(lens, target) => {
                let hidden = hidden(property.name, target, account);
                let is_known = |name: &str| hidden.is_none() && links.names(target).is_none_or(|names| names.has(name));
                let unknown = draft.take_unknown(property.name, lens, is_known);
                match hidden {
                    Some(fault) if !unknown.is_empty() => faults.push(fault),
                    Some(_) => {}
                    None => {
                        let names = links.names(target);
                        faults.extend(
                            unknown
                                .iter()
                                .map(|name| unknown_fault(property.name, target, names, name)),
                        );
                    }
                }
            }
            PropertyKind::Labels(lens, target) => {
                if draft.given(property.name).is_some()
                    && !lens.of(&draft.written).is_empty()
                    && let Some(fault) = hidden(property.name, target, account)
                {
                    draft.leave_out(property.name);
                    faults.push(fault);
                }
            }
            _ => {}
        }
    }
    faults
}

/// Returns the same fault of all names, whatever they are, if `account` may not view what they name.
fn hidden(property: &str, target: &LinkTarget, account: &Account) -> Option<RowFault> {
    if account.may(target.model.permission(Action::View)) {
        return None;
    }
    let why = not_to_choose(target.model);
    let message = format!("{why} Leave them out to keep those that are linked.");
    Some((property.to_owned(), message))
}

fn unknown_fault(property: &str, target: &LinkTarget, names: Option<&LinkNames>, name: &str) -> RowFault {
    let misplaced = names.and_then(|names| names.misplaced(name));
    let message = misplaced.unwrap_or_else(|| format!("There is no {} “{name}”.", target.model.title));
    (property.to_owned(), message)
}
