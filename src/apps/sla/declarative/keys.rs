//! The keys of everything that something can be linked to, by name.

use std::collections::HashMap;

use crate::apps::sla::label;
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::LinkTarget;
use crate::auth::Model;
use crate::db::{Conn, Result};

/// Keys of everything that something can be linked to, by name, while a plan is carried out.
#[derive(Default)]
pub struct LinkKeys {
    /// Of labels, by name and value.
    pub labels: HashMap<(String, String), i64>,
    /// Of all other objects.
    linked: Vec<(Model, ByName<i64>)>,
    /// Of all objects that the plan has added so far, in its order.
    pub added: Vec<i64>,
}

impl LinkKeys {
    /// Adds the keys of a model.
    pub fn add(&mut self, model: Model, keys: ByName<i64>) {
        self.linked.push((model, keys));
    }

    /// Adds the keys of some objects of a model, or of none yet.
    pub fn extend(&mut self, model: Model, mut rows: Vec<(i64, String)>) {
        rows.sort_unstable();
        let place = self.linked.iter().position(|(known, _)| *known == model);
        let place = place.unwrap_or_else(|| {
            self.linked.push((model, ByName::default()));
            self.linked.len() - 1
        });
        let (_, keys) = &mut self.linked[place];
        for (key, name) in rows {
            keys.insert(&name, key);
        }
    }

    /// Returns the key of the object of a name, if one has it.
    #[must_use]
    pub fn of(&self, target: &LinkTarget, name: &str) -> Option<i64> {
        let (_, keys) = self.linked.iter().find(|(model, _)| *model == target.model)?;
        keys.get(name).copied()
    }

    /// Notes the key of an object that was added or renamed, if others can be linked to its model.
    pub fn note(&mut self, model: Model, name: &str, key: i64) {
        if let Some((_, keys)) = self.linked.iter_mut().find(|(known, _)| *known == model) {
            keys.insert(name, key);
        }
    }
}

/// Returns the keys of stored labels, by name and value.
///
/// # Errors
/// Those of [`crate::db`].
pub fn label_keys(conn: &mut Conn, labels: &[(String, String)]) -> Result<HashMap<(String, String), i64>> {
    let rows = label::store::by_labels(conn, labels)?.into_iter();
    Ok(rows.map(|row| ((row.name, row.value), row.id)).collect())
}
