//! Objects by the names that people type.

use super::CliError;
use crate::apps::sla::names::ByName;
use crate::text;

/// How many similar names a message has.
const NEAR_MAX: usize = 5;

/// All objects of a kind by name.
pub(super) struct ObjectNames {
    /// What they are called: `component`.
    kind: &'static str,
    /// The oldest first.
    rows: Vec<(i64, String)>,
    by_name: ByName<i64>,
}

impl ObjectNames {
    /// Returns the objects of a kind, given as keys and names.
    pub(super) fn new(kind: &'static str, mut rows: Vec<(i64, String)>) -> Self {
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
    pub(super) fn find(&self, name: &str) -> Result<i64, CliError> {
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
        Err(CliError::Refused(format!("there is no {} `{name}`{hint}", self.kind)))
    }
}
