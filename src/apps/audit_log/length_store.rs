//! How many entries the audit log has. A database counts each of them every time, PostgreSQL for 75 ms at 300,000, although all but the
//! newest stay as they are. So they are counted once, and after that only those behind the last one that was counted.

use std::sync::{Mutex, PoisonError};

use diesel::prelude::*;

use super::edges_store::{EntryIdentity, LogEdges};
use crate::db::schema::log_entry;
use crate::db::{self, Conn};

/// The most entries behind the last counted one that are counted for each page.
const NEWER_MAX: i64 = 2_000;

/// The number of entries, as far as it is known.
#[derive(Default)]
pub(super) struct LogLength(Mutex<Option<CountedEntries>>);

/// Entries that were counted.
#[derive(Clone)]
struct CountedEntries {
    edges: LogEdges,
    count: i64,
}

impl LogLength {
    /// Returns how many entries there are.
    ///
    /// # Errors
    /// Those of [`db`].
    pub(super) fn count(&self, conn: &mut Conn) -> db::Result<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = match known {
            Some(known) if known.edges.are_there(conn)? => Some(known),
            _ => None,
        };
        let newer = match &known {
            Some(known) => count_between(conn, known.edges.last.id, i64::MAX)?,
            None => 0,
        };
        if let Some(known) = known.as_ref().filter(|_| newer <= NEWER_MAX) {
            return Ok(known.count + newer);
        }
        let (Some(first), Some(last)) = (edge(conn, false)?, edge(conn, true)?) else {
            return Ok(0);
        };
        // No key is below the first one.
        let below = first.id.saturating_sub(1);
        let (base, counted) = known.map_or((below, 0), |known| (known.edges.last.id, known.count));
        let count = counted + count_between(conn, base, last.id)?;
        let edges = LogEdges { first, last };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(CountedEntries { edges, count });
        Ok(count)
    }
}

/// Returns the first entry or the last, by their keys.
fn edge(conn: &mut Conn, last: bool) -> db::Result<Option<EntryIdentity>> {
    let query = log_entry::table.select(EntryIdentity::as_select());
    let found = match last {
        true => query.order(log_entry::id.desc()).first(conn),
        false => query.order(log_entry::id.asc()).first(conn),
    };
    Ok(found.optional()?)
}

/// Returns how many entries there are behind a key, up to another one. One statement, whatever the keys are: it is prepared once for each
/// connection.
fn count_between(conn: &mut Conn, after: i64, until: i64) -> db::Result<i64> {
    let query = log_entry::table
        .filter(log_entry::id.gt(after))
        .filter(log_entry::id.le(until));
    Ok(query.count().get_result(conn)?)
}
