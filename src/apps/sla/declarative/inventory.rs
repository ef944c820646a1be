//! The whole of it as values: what `export` writes and what `apply` compares a file with.

use std::collections::HashMap;

use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::component::state::{ComponentState, components};
use crate::apps::sla::label::state::{LabelState, labels};
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::db::{Conn, Result};

/// Everything in the database.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Labels, by name and value.
    pub labels: Vec<Stored<LabelState>>,
    /// Calendars, in order of age.
    pub calendars: Vec<Stored<CalendarState>>,
    /// Windows, in order of age.
    pub windows: Vec<Stored<WindowState>>,
    /// Components, in order of age.
    pub components: Vec<Stored<ComponentState>>,
}

impl Inventory {
    /// Reads everything. Call it in one transaction. What cannot be understood of a row is in [`Stored::unreadable`].
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let labels = labels(conn, None)?;
        let calendars = calendars(conn, None)?;
        let calendar_names = names(&calendars);
        let windows = windows(conn, None, &calendar_names)?;
        let components = components(conn, None, &names(&windows), &calendar_names)?;
        Ok(Self {
            labels,
            calendars,
            windows,
            components,
        })
    }

    /// Returns the first thing that could not be read, in words for people.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        first_unreadable(&self.calendars).or_else(|| first_unreadable(&self.windows))
    }

    /// Returns how many objects there are.
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

    /// Returns whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn names<S: ObjectState>(stored: &[Stored<S>]) -> HashMap<i64, String> {
    stored.iter().map(|stored| (stored.id, stored.state.title())).collect()
}

fn first_unreadable<S: ObjectState>(stored: &[Stored<S>]) -> Option<String> {
    stored.iter().find_map(|stored| {
        let reason = stored.unreadable.as_ref()?;
        let (name, title) = (S::NAME, stored.state.title());
        Some(format!("{name} `{title}` in the database cannot be read: {reason}"))
    })
}
