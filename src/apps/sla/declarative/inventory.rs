//! The whole of it as values: what `export` writes and what `apply` compares a file with.

use std::collections::HashMap;

use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::component::state::{ComponentState, components};
use crate::apps::sla::label;
use crate::apps::sla::label::state::{LabelState, stored_label};
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
    /// Reads everything. Call it in one transaction.
    ///
    /// # Errors
    /// Those of the database; a row that cannot be understood is told in [`Stored::unreadable`].
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let labels = label::store::all(conn)?.into_iter().map(stored_label).collect();
        let calendars = calendars(conn, None)?;
        let calendar_names: HashMap<i64, String> = calendars
            .iter()
            .map(|calendar| (calendar.id, calendar.state.name.clone()))
            .collect();
        let windows = windows(conn, None, &calendar_names)?;
        let window_names: HashMap<i64, String> = windows
            .iter()
            .map(|window| (window.id, window.state.name.clone()))
            .collect();
        let components = components(conn, None, &window_names, &calendar_names)?;
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
        let calendars = self
            .calendars
            .iter()
            .filter_map(|calendar| told("calendar", &calendar.state.name, calendar.unreadable.as_ref()));
        let windows = self
            .windows
            .iter()
            .filter_map(|window| told("window", &window.state.name, window.unreadable.as_ref()));
        calendars.chain(windows).next()
    }

    /// Returns how many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() + self.calendars.len() + self.windows.len() + self.components.len()
    }

    /// Returns whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn told(model: &str, name: &str, unreadable: Option<&String>) -> Option<String> {
    unreadable.map(|reason| format!("{model} `{name}` in the database cannot be read: {reason}"))
}
