//! A correction as a value, and how it is read.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::model::{CorrectionColumns, CorrectionRow};
use super::store;
use crate::apps::sla::component;
use crate::apps::sla::component_selector::ComponentSelector;
use crate::apps::sla::stored::{Stored, noted};
use crate::db::{Conn, Result};

pub use crate::calculus::attainment::correction::CorrectionEffect;

/// A correction.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrectionState {
    /// The name of the component that it is about; none if a selector finds them.
    pub component: Option<String>,
    /// The selector of the components that it is about; empty if it names one.
    pub selector: String,
    /// Its first second, since 1970.
    pub start: i64,
    /// The second after its last.
    pub end: i64,
    /// What its time counts as.
    pub effect: CorrectionEffect,
    /// Why, for people.
    pub reason: String,
}

impl CorrectionEffect {
    /// The words, and what people read in their place.
    pub const CHOICES: [(&'static str, &'static str); 4] = [
        ("exclude", "exclude: not accounted for"),
        ("up", "up"),
        ("down", "down"),
        ("unknown", "unknown"),
    ];

    /// Returns the word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exclude => "exclude",
            Self::Up => "up",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// Returns what a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Exclude, Self::Up, Self::Down, Self::Unknown];
        all.into_iter().find(|effect| effect.as_str() == word)
    }
}

impl CorrectionState {
    /// Returns whether it is about a component.
    #[must_use]
    pub fn is_about(&self, component: &str, labels: &BTreeMap<String, String>) -> bool {
        match &self.component {
            Some(name) => name == component,
            None => {
                let selector = self.selector.parse::<ComponentSelector>();
                selector.is_ok_and(|selector| selector.takes(component, labels))
            }
        }
    }

    /// Returns the columns that store the correction; `component_id` is the key of its component.
    #[must_use]
    pub fn columns(&self, component_id: Option<i64>, version: i64, updated_at: NaiveDateTime) -> CorrectionColumns {
        let Self {
            component: _,
            selector,
            start,
            end,
            effect,
            reason,
        } = self;
        CorrectionColumns {
            component_id,
            selector: selector.clone(),
            starts_at: *start,
            ends_at: *end,
            effect: effect.as_str().to_owned(),
            reason: reason.clone(),
            version,
            updated_at,
        }
    }
}

/// Returns the corrections of these keys; all without keys.
pub fn corrections(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<CorrectionState>>> {
    let rows = match ids {
        Some(ids) => store::by_ids(conn, ids)?,
        None => store::all(conn)?,
    };
    stored_corrections(conn, rows)
}

/// Returns the corrections of these rows, with the names of their components.
pub fn stored_corrections(conn: &mut Conn, rows: Vec<CorrectionRow>) -> Result<Vec<Stored<CorrectionState>>> {
    let mut ids: Vec<i64> = rows.iter().filter_map(|row| row.component_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let names: BTreeMap<i64, String> = component::store::names_by_keys(conn, &ids)?.into_iter().collect();
    Ok(rows.into_iter().map(|row| stored_correction(row, &names)).collect())
}

fn stored_correction(row: CorrectionRow, names: &BTreeMap<i64, String>) -> Stored<CorrectionState> {
    let CorrectionRow {
        id,
        component_id,
        selector,
        starts_at,
        ends_at,
        effect,
        reason,
        version,
    } = row;
    let mut unreadable = None;
    let read = CorrectionEffect::parse(&effect).ok_or_else(|| format!("`{effect}` is no effect"));
    Stored {
        id,
        version,
        state: CorrectionState {
            component: component_id.and_then(|id| names.get(&id).cloned()),
            selector,
            start: starts_at,
            end: ends_at,
            effect: noted(read, &mut unreadable).unwrap_or(CorrectionEffect::Unknown),
            reason,
        },
        unreadable,
    }
}
