//! A plan of many changes, and its words.

use std::fmt::{self, Write};

use super::change::{ChangeCounts, ObjectChange};
use super::kinds::{Aspect, EachKind, FileKind, KindVisitor, walk};
use crate::admin::model::ChangePart;
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

impl fmt::Display for ChangePlan {
    /// Writes a line for each object, and one below it for each property that changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        walk(&mut ChangePrinter { plan: self, f })
    }
}

struct ChangePrinter<'a, 'f, 'b> {
    plan: &'a ChangePlan,
    f: &'f mut fmt::Formatter<'b>,
}

impl KindVisitor for ChangePrinter<'_, '_, '_> {
    type Error = fmt::Error;

    fn visit<S: FileKind>(&mut self) -> fmt::Result {
        let f = &mut *self.f;
        for change in S::of(self.plan) {
            match change {
                ObjectChange::Add(state) => writeln!(f, "+ {} {}", S::NAME, state.title())?,
                ObjectChange::Delete { before, .. } => writeln!(f, "- {} {}", S::NAME, before.title())?,
                ObjectChange::Update { before, after, .. } => {
                    writeln!(f, "~ {} {}", S::NAME, before.title())?;
                    f.write_str(&differences(before, after)?)?;
                }
            }
        }
        Ok(())
    }
}

/// Returns a line for each property in which two states differ.
fn differences<S: ObjectState>(before: &S, after: &S) -> Result<String, fmt::Error> {
    let (before, after) = (before.to_json(), after.to_json());
    let mut lines = String::new();
    for (key, value) in &after {
        if before.get(key) != Some(value) {
            let old = before.get(key).unwrap_or(&serde_json::Value::Null);
            // Rules are said as histories say them.
            match past::rule_changes::<S>(key, old, value) {
                None => writeln!(lines, "    {key}: {old} -> {value}")?,
                Some(parts) => parts.iter().try_for_each(|part| write_part(&mut lines, key, part))?,
            }
        }
    }
    if lines.is_empty() {
        lines.push_str("    was unreadable\n");
    }
    Ok(lines)
}

fn write_part(lines: &mut String, key: &str, part: &ChangePart) -> fmt::Result {
    match part {
        ChangePart::Replaced(old, new) => writeln!(lines, "    {key}: {old} -> {new}"),
        ChangePart::Added(words) => writeln!(lines, "    {key}: + {words}"),
        ChangePart::Removed(words) => writeln!(lines, "    {key}: - {words}"),
        ChangePart::Noted(words) => writeln!(lines, "    {key}: {words}"),
    }
}
