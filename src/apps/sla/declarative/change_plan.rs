//! A plan of many changes, and its words.

use super::change::{ChangeCounts, ObjectChange};
use super::kinds::{Aspect, EachKind, FileKind, KindVisitor, walk};
use crate::admin::model::ChangePart;
use crate::api::answers::{PlannedAction, PlannedChange};
use crate::apps::sla::properties::{ObjectState, past};

/// The changes of objects.
#[derive(Clone, Debug, Default)]
pub struct Changes;

impl Aspect for Changes {
    type Of<S: FileKind> = ObjectChange<S>;
}

/// All changes, in the order of the file.
pub type ChangePlan = EachKind<Changes>;

impl ChangePlan {
    /// Returns a plan of changes of one kind.
    #[must_use]
    pub fn of<S: FileKind>(changes: impl IntoIterator<Item = ObjectChange<S>>) -> Self {
        let mut plan = Self::default();
        S::of_mut(&mut plan).extend(changes);
        plan
    }

    /// Returns how many objects are added, changed and deleted.
    #[must_use]
    pub fn counts(&self) -> ChangeCounts {
        let mut counter = ChangeCounter {
            plan: self,
            counts: ChangeCounts::default(),
        };
        let Ok(()) = walk(&mut counter);
        counter.counts
    }
}

struct ChangeCounter<'a> {
    plan: &'a ChangePlan,
    counts: ChangeCounts,
}

impl KindVisitor for ChangeCounter<'_> {
    type Error = std::convert::Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Self::Error> {
        self.counts.add(S::of(self.plan));
        Ok(())
    }
}

impl ChangePlan {
    /// Returns each object that changes, with a line for each property that changes.
    #[must_use]
    pub fn planned(&self) -> Vec<PlannedChange> {
        let mut lister = ChangeLister {
            plan: self,
            changes: Vec::with_capacity(self.len()),
        };
        let Ok(()) = walk(&mut lister);
        lister.changes
    }
}

struct ChangeLister<'a> {
    plan: &'a ChangePlan,
    changes: Vec<PlannedChange>,
}

impl KindVisitor for ChangeLister<'_> {
    type Error = std::convert::Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Self::Error> {
        for change in S::of(self.plan) {
            let (action, state, properties) = match change {
                ObjectChange::Add(state) => (PlannedAction::Add, state, Vec::new()),
                ObjectChange::Delete { before, .. } => (PlannedAction::Delete, before, Vec::new()),
                ObjectChange::Update { before, after, .. } => {
                    (PlannedAction::Change, before, differences(before, after))
                }
            };
            self.changes.push(PlannedChange {
                action,
                kind: S::NAME.to_owned(),
                name: state.title(),
                properties,
            });
        }
        Ok(())
    }
}

/// Returns a line for each property in which two states differ.
fn differences<S: ObjectState>(before: &S, after: &S) -> Vec<String> {
    let (before, after) = (before.to_json(), after.to_json());
    let mut lines = Vec::new();
    for (key, value) in &after {
        if before.get(key) != Some(value) {
            let old = before.get(key).unwrap_or(&serde_json::Value::Null);
            // Rules are said as histories say them.
            match past::rule_changes::<S>(key, old, value) {
                None => lines.push(format!("{key}: {old} -> {value}")),
                Some(parts) => lines.extend(parts.iter().map(|part| part_words(key, part))),
            }
        }
    }
    if lines.is_empty() {
        lines.push("was unreadable".to_owned());
    }
    lines
}

fn part_words(key: &str, part: &ChangePart) -> String {
    match part {
        ChangePart::Replaced(old, new) => format!("{key}: {old} -> {new}"),
        ChangePart::Added(words) => format!("{key}: + {words}"),
        ChangePart::Removed(words) => format!("{key}: - {words}"),
        ChangePart::Noted(words) => format!("{key}: {words}"),
    }
}
