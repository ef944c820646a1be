//! Rows as values: what every kind of object has in common, however it is stored.

use std::collections::HashMap;

use crate::apps::grouped::grouped;
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

/// Returns the names of what each object is linked to, sorted, by the object's key. A link to what has no name (foreign keys were off when
/// it was deleted) is passed over.
pub fn named_links(links: Vec<(i64, i64)>, names: &HashMap<i64, String>) -> HashMap<i64, Vec<String>> {
    let named = links
        .into_iter()
        .filter_map(|(owner, id)| Some((owner, names.get(&id)?.clone())));
    sorted_links(named)
}

/// Returns names of links, sorted, by the key of the object that has the link.
pub fn sorted_links(links: impl Iterator<Item = (i64, String)>) -> HashMap<i64, Vec<String>> {
    let mut links = grouped(links);
    links.values_mut().for_each(|names| names.sort_unstable());
    links
}

/// Returns includes and excludes among `rows`; the first that cannot be read is noted.
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
