//! The first and the last entry of what is known of the audit log. Entries are appended, one transaction after the other under the lock of
//! the data version, and no trigger lets them change: as long as both are what they were, so are those between them, and what was added
//! since stands behind the last one.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::log_entry;
use crate::db::{self, Conn};

/// What tells an entry from one of the same key in another file or server.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = log_entry)]
pub(super) struct EntryIdentity {
    pub(super) id: i64,
    pub(super) action_time: NaiveDateTime,
    pub(super) actor: String,
    pub(super) content_type: String,
    pub(super) object_id: i64,
    pub(super) write_id: Option<String>,
}

/// The first and the last of entries that are known.
#[derive(Clone, Debug)]
pub(super) struct LogEdges {
    pub(super) first: EntryIdentity,
    pub(super) last: EntryIdentity,
}

impl LogEdges {
    /// Returns whether both entries are still what they were.
    ///
    /// # Errors
    /// Those of [`db`].
    pub(super) fn are_there(&self, conn: &mut Conn) -> db::Result<bool> {
        let query = log_entry::table
            .filter(log_entry::id.eq(self.first.id).or(log_entry::id.eq(self.last.id)))
            .order(log_entry::id)
            .select(EntryIdentity::as_select());
        let found: Vec<EntryIdentity> = query.load(conn)?;
        Ok(found.first() == Some(&self.first) && found.last() == Some(&self.last))
    }
}
