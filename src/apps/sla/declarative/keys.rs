//! The keys of everything that something can be linked to, by name.

use std::collections::HashMap;

use super::inventory::Inventory;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{calendar, label, window};
use crate::db::{Conn, Result as DbResult};

/// Keys of everything that something can be linked to, by name.
#[derive(Default)]
pub struct Keys {
    /// Of labels, by name and value.
    pub labels: HashMap<(String, String), i64>,
    /// Of calendars.
    pub calendars: ByName<i64>,
    /// Of windows.
    pub windows: ByName<i64>,
}

impl From<&Inventory> for Keys {
    fn from(inventory: &Inventory) -> Self {
        let label = |stored: &Stored<LabelState>| ((stored.state.name.clone(), stored.state.value.clone()), stored.id);
        Self {
            labels: inventory.labels.iter().map(label).collect(),
            calendars: inventory
                .calendars
                .iter()
                .map(|stored| (stored.state.name.as_str(), stored.id))
                .collect(),
            windows: inventory
                .windows
                .iter()
                .map(|stored| (stored.state.name.as_str(), stored.id))
                .collect(),
        }
    }
}

impl Keys {
    /// Reads the keys without what they belong to.
    pub fn load(conn: &mut Conn) -> DbResult<Self> {
        Ok(Self {
            labels: label::store::all(conn)?
                .into_iter()
                .map(|row| ((row.name, row.value), row.id))
                .collect(),
            calendars: ByName::of_rows(calendar::store::names(conn)?),
            windows: ByName::of_rows(window::store::names(conn)?),
        })
    }
}
