//! A label as a value, and how it is read and stored.

use chrono::NaiveDateTime;

use super::model::{LabelColumns, LabelRow};
use super::store;
use crate::apps::sla::stored::Stored;
use crate::db::{Conn, Result};

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

impl LabelState {
    /// Returns the columns that store the label.
    #[must_use]
    pub fn columns(&self, version: i64, updated_at: NaiveDateTime) -> LabelColumns {
        let Self {
            name,
            value,
            description,
        } = self.clone();
        LabelColumns {
            name,
            value,
            description,
            version,
            updated_at,
        }
    }
}

/// Returns the labels of these keys; all without keys.
pub fn labels(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<LabelState>>> {
    let rows = match ids {
        Some(ids) => store::by_ids(conn, ids)?,
        None => store::all(conn)?,
    };
    Ok(rows.into_iter().map(stored_label).collect())
}

fn stored_label(row: LabelRow) -> Stored<LabelState> {
    let LabelRow {
        id,
        name,
        value,
        description,
        version,
    } = row;
    Stored {
        id,
        version,
        state: LabelState {
            name,
            value,
            description,
        },
        unreadable: None,
    }
}
