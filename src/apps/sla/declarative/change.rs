//! Changes of objects, and a plan of many.

use std::fmt::{self, Write};

use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::stored::State;
use crate::apps::sla::window::state::WindowState;

/// A change of one object.
#[derive(Clone, Debug)]
pub enum Change<T> {
    /// Make it.
    Add(T),
    /// Turn `before` into `after`.
    Update {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: T,
        /// What is to be.
        after: T,
    },
    /// Delete it.
    Delete {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: T,
    },
}

/// All changes, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Of labels.
    pub labels: Vec<Change<LabelState>>,
    /// Of calendars.
    pub calendars: Vec<Change<CalendarState>>,
    /// Of windows.
    pub windows: Vec<Change<WindowState>>,
    /// Of components.
    pub components: Vec<Change<ComponentState>>,
}

impl Plan {
    /// Returns whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many objects would change.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() + self.calendars.len() + self.windows.len() + self.components.len()
    }

    /// Added, changed and deleted objects.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        count(&self.labels, &mut counts);
        count(&self.calendars, &mut counts);
        count(&self.windows, &mut counts);
        count(&self.components, &mut counts);
        counts
    }
}

impl fmt::Display for Plan {
    /// Returns a line for each object, and one below it for each property that changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.labels, f)?;
        show(&self.calendars, f)?;
        show(&self.windows, f)?;
        show(&self.components, f)
    }
}

fn count<T>(changes: &[Change<T>], (added, changed, deleted): &mut (usize, usize, usize)) {
    for change in changes {
        match change {
            Change::Add(_) => *added += 1,
            Change::Update { .. } => *changed += 1,
            Change::Delete { .. } => *deleted += 1,
        }
    }
}

fn show<T: State>(changes: &[Change<T>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for change in changes {
        match change {
            Change::Add(state) => writeln!(f, "+ {} {}", T::MODEL, state.title())?,
            Change::Delete { before, .. } => writeln!(f, "- {} {}", T::MODEL, before.title())?,
            Change::Update { before, after, .. } => {
                writeln!(f, "~ {} {}", T::MODEL, before.title())?;
                let (before, after) = (before.to_json(), after.to_json());
                let mut differences = String::new();
                for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
                    let old = before.get(key).unwrap_or(&serde_json::Value::Null);
                    writeln!(differences, "    {key}: {old} -> {value}")?;
                }
                f.write_str(if differences.is_empty() {
                    "    was unreadable\n"
                } else {
                    &differences
                })?;
            }
        }
    }
    Ok(())
}
