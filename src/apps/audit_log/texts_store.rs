//! Keeps the entries of the audit log in memory for searches. They are read at the first search, and after that those behind the last one that
//! was read; a log whose first or last known entry is another one is read anew.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use diesel::prelude::*;

use super::edges_store::{EntryIdentity, LogEdges};
use super::texts::{EntryGroup, EntryTexts, SearchedEntry};
use crate::db::schema::log_entry;
use crate::db::{self, Conn, dialect, limit};

/// How many entries are read at once.
const PORTION: i64 = 5_000;
/// The most memory that entries take, about a million of them. A longer log is searched by the database.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// The entries that were read.
#[derive(Default)]
pub(super) struct KeptEntries {
    newest: Mutex<Option<KeptState>>,
    /// Held while more than a portion is read.
    reading: Mutex<()>,
}

/// The entries up to one of them.
#[derive(Clone)]
struct KeptState {
    edges: LogEdges,
    /// Nothing once they take too much memory.
    texts: Option<Arc<EntryTexts>>,
}

/// What is read of an entry: also the user's key, the action and the title.
type SearchedRow = (EntryIdentity, Option<i64>, String, String);

impl KeptEntries {
    /// Returns all entries that `conn` sees; nothing where the database has to be asked: in a transaction, which may see others, for a log
    /// that takes too much memory, and while another thread reads it for the first time.
    ///
    /// # Errors
    /// Those of [`db`], but for entries that cannot be read.
    pub(super) fn current(&self, conn: &mut Conn) -> db::Result<Option<Arc<EntryTexts>>> {
        if dialect::is_in_transaction(conn) {
            return Ok(None);
        }
        match self.read(conn) {
            // What cannot be read keeps no other entry from being found: the database is asked, and reports what it finds itself.
            Err(db::Error::Other(_)) => Ok(None),
            read => read,
        }
    }

    fn read(&self, conn: &mut Conn) -> db::Result<Option<Arc<EntryTexts>>> {
        let known = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = match known {
            Some(known) if known.edges.are_there(conn)? => Some(known),
            _ => None,
        };
        let (edges, mut texts) = match known {
            Some(KeptState { texts: None, .. }) => return Ok(None),
            Some(KeptState {
                edges,
                texts: Some(texts),
            }) => (Some(edges), texts),
            None => (None, Arc::default()),
        };
        let after = edges.as_ref().map_or(i64::MIN, |edges| edges.last.id);
        let mut first = edges.map(|edges| edges.first);
        let mut rows = rows_behind(conn, after)?;
        let _turn = match is_full(&rows) {
            true => match self.reading.try_lock() {
                Ok(turn) => Some(turn),
                Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
                Err(TryLockError::WouldBlock) => return Ok(None),
            },
            false => None,
        };
        while let (Some((oldest, ..)), Some((last, ..))) = (rows.first(), rows.last()) {
            let first = first.get_or_insert_with(|| oldest.clone());
            let edges = LogEdges {
                first: first.clone(),
                last: last.clone(),
            };
            let (after, is_last) = (last.id, !is_full(&rows));
            let grown = Arc::make_mut(&mut texts);
            rows.into_iter().map(searched).for_each(|entry| grown.push(entry));
            let is_too_large = grown.bytes() > BYTES_MAX;
            // Each portion is kept, so that a search whose time is over leaves less to read for the next one.
            let kept = KeptState {
                edges,
                texts: (!is_too_large).then(|| Arc::clone(&texts)),
            };
            *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
            if is_too_large {
                return Ok(None);
            }
            if is_last {
                break;
            }
            limit::check()?;
            rows = rows_behind(conn, after)?;
        }
        Ok(Some(texts))
    }
}

/// Returns whether more rows may follow.
fn is_full(rows: &[SearchedRow]) -> bool {
    i64::try_from(rows.len()).is_ok_and(|length| length >= PORTION)
}

/// Returns the entries behind a key, a portion of them.
fn rows_behind(conn: &mut Conn, key: i64) -> db::Result<Vec<SearchedRow>> {
    let query = log_entry::table
        .filter(log_entry::id.gt(key))
        .order(log_entry::id)
        .limit(PORTION)
        .select((
            EntryIdentity::as_select(),
            log_entry::user_id,
            log_entry::action,
            log_entry::object_repr,
        ));
    Ok(query.load(conn)?)
}

fn searched((identity, user, action, title): SearchedRow) -> SearchedEntry {
    SearchedEntry {
        id: identity.id,
        at: identity.action_time,
        group: EntryGroup {
            user,
            action,
            content_type: identity.content_type,
        },
        title,
    }
}
