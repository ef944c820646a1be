//! How many entries the audit log has. A database counts each of them every time, PostgreSQL for 75 ms at 300,000, although all but the
//! newest stay as they are: entries are appended, one transaction after the other under the lock of the data version, and no trigger lets
//! them change. So they are counted once, and after that only those behind the last one that was counted.

use std::sync::{Mutex, PoisonError};

use chrono::NaiveDateTime;
use diesel::prelude::*;

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
    first: EntryIdentity,
    last: EntryIdentity,
    count: i64,
}

/// What tells an entry from one of the same key in another file or server.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = log_entry)]
struct EntryIdentity {
    id: i64,
    action_time: NaiveDateTime,
    actor: String,
    content_type: String,
    object_id: i64,
    write_id: Option<String>,
}

impl LogLength {
    /// Returns how many entries there are.
    ///
    /// # Errors
    /// Those of [`db`].
    pub(super) fn count(&self, conn: &mut Conn) -> db::Result<i64> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = match known {
            Some(known) if is_there(conn, &known)? => Some(known),
            _ => None,
        };
        let newer = match &known {
            Some(known) => count_between(conn, known.last.id, i64::MAX)?,
            None => 0,
        };
        if let Some(known) = known.as_ref().filter(|_| newer <= NEWER_MAX) {
            return Ok(known.count + newer);
        }
        let (Some(first), Some(last)) = (edge(conn, false)?, edge(conn, true)?) else {
            return Ok(0);
        };
        // No key is below the first one.
        let (base, counted) = known.map_or((first.id.saturating_sub(1), 0), |known| (known.last.id, known.count));
        let count = counted + count_between(conn, base, last.id)?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(CountedEntries { first, last, count });
        Ok(count)
    }
}

/// Returns whether the first and the last of the counted entries are still what they were.
fn is_there(conn: &mut Conn, known: &CountedEntries) -> db::Result<bool> {
    let query = log_entry::table
        .filter(log_entry::id.eq(known.first.id).or(log_entry::id.eq(known.last.id)))
        .order(log_entry::id)
        .select(EntryIdentity::as_select());
    let found: Vec<EntryIdentity> = query.load(conn)?;
    Ok(found.first() == Some(&known.first) && found.last() == Some(&known.last))
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
