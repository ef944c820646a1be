//! A label as a value.

use serde_json::{Map, Value, json};

use super::model::LabelRow;
use crate::apps::sla::stored::{State, Stored, object};

/// A label.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelState {
    /// The label's name, as in Prometheus.
    pub name: String,
    /// Its value.
    pub value: String,
    /// For people.
    pub description: String,
}

impl State for LabelState {
    const MODEL: &'static str = "label";

    fn title(&self) -> String {
        format!("{}={}", self.name, self.value)
    }

    fn to_json(&self) -> Map<String, Value> {
        object([
            ("name", json!(self.name)),
            ("value", json!(self.value)),
            ("description", json!(self.description)),
        ])
    }
}

/// Returns the label of a row.
#[must_use]
pub fn stored_label(row: LabelRow) -> Stored<LabelState> {
    let state = LabelState {
        name: row.name,
        value: row.value,
        description: row.description,
    };
    Stored {
        id: row.id,
        version: row.version,
        state,
        unreadable: None,
    }
}
