//! Changes of objects, and a plan of many.

use std::fmt::{self, Write};

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::WindowState;

/// A change of one object.
#[derive(Clone, Debug)]
pub enum ObjectChange<S> {
    /// Make it.
    Add(S),
    /// Turn `before` into `after`.
    Update {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: S,
        /// What is to be.
        after: S,
    },
    /// Delete it.
    Delete {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: S,
    },
}

/// All changes, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct ChangePlan {
    /// Of labels.
    pub labels: Vec<ObjectChange<LabelState>>,
    /// Of calendars.
    pub calendars: Vec<ObjectChange<CalendarState>>,
    /// Of windows.
    pub windows: Vec<ObjectChange<WindowState>>,
    /// Of components.
    pub components: Vec<ObjectChange<ComponentState>>,
}

/// How many objects a plan adds, changes and deletes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Objects that are added.
    pub added: usize,
    /// Objects that are changed.
    pub changed: usize,
    /// Objects that are deleted.
    pub deleted: usize,
}

/// A kind of object that plans change.
pub trait PlannedState: ObjectState {
    /// Returns the changes of its kind.
    fn changes(plan: &mut ChangePlan) -> &mut Vec<ObjectChange<Self>>;
}

impl PlannedState for LabelState {
    fn changes(plan: &mut ChangePlan) -> &mut Vec<ObjectChange<Self>> {
        &mut plan.labels
    }
}

impl PlannedState for CalendarState {
    fn changes(plan: &mut ChangePlan) -> &mut Vec<ObjectChange<Self>> {
        &mut plan.calendars
    }
}

impl PlannedState for WindowState {
    fn changes(plan: &mut ChangePlan) -> &mut Vec<ObjectChange<Self>> {
        &mut plan.windows
    }
}

impl PlannedState for ComponentState {
    fn changes(plan: &mut ChangePlan) -> &mut Vec<ObjectChange<Self>> {
        &mut plan.components
    }
}

impl<S: PartialEq> ObjectChange<S> {
    /// Returns the change from a stored state, if there is one, to `after`; nothing if they are the same. What could only be read in part is
    /// written anew in any case.
    #[must_use]
    pub fn between(stored: Option<Stored<S>>, after: S) -> Option<Self> {
        match stored {
            None => Some(Self::Add(after)),
            Some(stored) if stored.unreadable.is_none() && stored.state == after => None,
            Some(stored) => Some(Self::Update {
                id: stored.id,
                version: stored.version,
                before: stored.state,
                after,
            }),
        }
    }

    /// Returns the deletion of what is stored.
    #[must_use]
    pub fn deletion(stored: Stored<S>) -> Self {
        Self::Delete {
            id: stored.id,
            version: stored.version,
            before: stored.state,
        }
    }
}

impl ChangePlan {
    /// Returns a plan of changes of one kind.
    #[must_use]
    pub fn of<S: PlannedState>(changes: impl IntoIterator<Item = ObjectChange<S>>) -> Self {
        let mut plan = Self::default();
        S::changes(&mut plan).extend(changes);
        plan
    }

    /// Returns whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many objects would change.
    #[must_use]
    pub fn len(&self) -> usize {
        let Self {
            labels,
            calendars,
            windows,
            components,
        } = self;
        labels.len() + calendars.len() + windows.len() + components.len()
    }

    /// Returns how many objects are added, changed and deleted.
    #[must_use]
    pub fn counts(&self) -> ChangeCounts {
        let Self {
            labels,
            calendars,
            windows,
            components,
        } = self;
        let mut counts = ChangeCounts::default();
        counts.add(labels);
        counts.add(calendars);
        counts.add(windows);
        counts.add(components);
        counts
    }
}

impl ChangeCounts {
    fn add<S>(&mut self, changes: &[ObjectChange<S>]) {
        for change in changes {
            match change {
                ObjectChange::Add(_) => self.added += 1,
                ObjectChange::Update { .. } => self.changed += 1,
                ObjectChange::Delete { .. } => self.deleted += 1,
            }
        }
    }
}

impl fmt::Display for ChangePlan {
    /// Writes a line for each object, and one below it for each property that changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            labels,
            calendars,
            windows,
            components,
        } = self;
        show(labels, f)?;
        show(calendars, f)?;
        show(windows, f)?;
        show(components, f)
    }
}

fn show<S: ObjectState>(changes: &[ObjectChange<S>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for change in changes {
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

/// Returns a line for each property in which two states differ.
fn differences<S: ObjectState>(before: &S, after: &S) -> Result<String, fmt::Error> {
    let (before, after) = (before.to_json(), after.to_json());
    let mut lines = String::new();
    for (key, value) in &after {
        if before.get(key) != Some(value) {
            let old = before.get(key).unwrap_or(&serde_json::Value::Null);
            writeln!(lines, "    {key}: {old} -> {value}")?;
        }
    }
    if lines.is_empty() {
        lines.push_str("    was unreadable\n");
    }
    Ok(lines)
}
