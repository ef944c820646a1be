//! The keys of everything that something can be linked to, by name.

use std::collections::HashMap;

use super::inventory::Inventory;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{calendar, label, window};
use crate::db::{Conn, Result};

/// Keys of everything that something can be linked to, by name, while a plan is carried out.
#[derive(Default)]
pub struct LinkKeys {
    /// Of labels, by name and value.
    pub labels: HashMap<(String, String), i64>,
    /// Of calendars.
    pub calendars: ByName<i64>,
    /// Of windows.
    pub windows: ByName<i64>,
    /// Of all objects that the plan has added so far, in its order.
    pub added: Vec<i64>,
}

impl From<&Inventory> for LinkKeys {
    fn from(inventory: &Inventory) -> Self {
        let label = |stored: &Stored<LabelState>| ((stored.state.name.clone(), stored.state.value.clone()), stored.id);
        Self {
            labels: inventory.labels.iter().map(label).collect(),
            calendars: by_name(&inventory.calendars),
            windows: by_name(&inventory.windows),
            added: Vec::new(),
        }
    }
}

impl LinkKeys {
    /// Reads the keys without what they belong to.
    pub fn load(conn: &mut Conn) -> Result<Self> {
        Ok(Self {
            labels: label::store::all(conn)?
                .into_iter()
                .map(|row| ((row.name, row.value), row.id))
                .collect(),
            calendars: ByName::of_rows(calendar::store::names(conn)?),
            windows: ByName::of_rows(window::store::names(conn)?),
            added: Vec::new(),
        })
    }
}

fn by_name<S: ObjectState>(stored: &[Stored<S>]) -> ByName<i64> {
    let titles: Vec<String> = stored.iter().map(|stored| stored.state.title()).collect();
    let ids = stored.iter().map(|stored| stored.id);
    titles.iter().map(String::as_str).zip(ids).collect()
}
