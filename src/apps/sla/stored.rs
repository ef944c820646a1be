//! Rows as values: what every kind of object has in common, however it is stored.

use std::collections::HashMap;

use crate::apps::sla::rule::{Effect, RuleDefinition, RuleRow};
use crate::apps::sla::{calendar, window};
use crate::db::{Conn, Result};

/// A state as the database has it.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    /// The row's key.
    pub id: i64,
    /// The object's version.
    pub version: i64,
    /// What could be read.
    pub state: T,
    /// Why something could not be read, as after an edit by hand; that part is missing in `state`.
    pub unreadable: Option<String>,
}

/// Returns names by key of all windows and of all calendars.
pub fn all_names(conn: &mut Conn) -> Result<(HashMap<i64, String>, HashMap<i64, String>)> {
    Ok((
        window::store::names(conn)?.into_iter().collect(),
        calendar::store::names(conn)?.into_iter().collect(),
    ))
}

/// Returns the names behind keys, sorted; a key without a row (foreign keys were off when it was deleted) is passed over.
pub fn names_of(ids: Option<Vec<i64>>, by_id: &HashMap<i64, String>) -> Vec<String> {
    let mut names: Vec<String> = ids
        .unwrap_or_default()
        .iter()
        .filter_map(|id| by_id.get(id).cloned())
        .collect();
    names.sort();
    names
}

/// Includes and excludes among `rows`; the first that cannot be read is noted.
pub fn read_rules(rows: &[RuleRow], unreadable: &mut Option<String>) -> (Vec<RuleDefinition>, Vec<RuleDefinition>) {
    let (mut includes, mut excludes) = (Vec::new(), Vec::new());
    for row in rows {
        let read = row
            .read()
            .map_err(|error| format!("rule {}: {error}", row.position + 1));
        if let Some(definition) = noted(read, unreadable) {
            match row.effect() {
                Effect::Include => includes.push(definition),
                Effect::Exclude => excludes.push(definition),
            }
        }
    }
    (includes, excludes)
}

/// Returns what was read; the first reason why something cannot be is noted.
pub fn noted<T>(read: std::result::Result<T, String>, unreadable: &mut Option<String>) -> Option<T> {
    read.map_err(|reason| unreadable.get_or_insert(reason)).ok()
}
