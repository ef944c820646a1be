//! Objects by the names that people type.

use super::names::ByName;
use crate::text;

/// How many similar names a message has.
const NEAR_MAX: usize = 5;

/// There is no object of a name, in words, with similar names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoSuchObject(String);

/// All objects of a kind by name.
pub struct ObjectNames {
    /// What they are called: `component`.
    kind: &'static str,
    /// The oldest first.
    rows: Vec<(i64, String)>,
    by_name: ByName<i64>,
}

impl ObjectNames {
    /// Returns the objects of a kind, given as keys and names.
    #[must_use]
    pub fn new(kind: &'static str, mut rows: Vec<(i64, String)>) -> Self {
        rows.sort_unstable();
        Self {
            kind,
            by_name: ByName::of_rows(rows.clone()),
            rows,
        }
    }

    /// Returns the key of the object that a name means.
    ///
    /// # Errors
    /// Refuses a name that nothing has, and names similar ones.
    pub fn find(&self, name: &str) -> Result<i64, NoSuchObject> {
        if let Some(id) = self.by_name.get(name) {
            return Ok(*id);
        }
        let wanted = text::key(name);
        let near = self.rows.iter().filter(|(_, name)| text::key(name).contains(&wanted));
        let near: Vec<&str> = near.take(NEAR_MAX).map(|(_, name)| name.as_str()).collect();
        let hint = match near.is_empty() {
            true => String::new(),
            false => format!("; did you mean {}?", near.join(", ")),
        };
        let name = text::short(name);
        Err(NoSuchObject(format!("there is no {} `{name}`{hint}", self.kind)))
    }
}
