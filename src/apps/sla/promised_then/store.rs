//! The queries for what was promised: entries of the audit log since an instant, and when components were created.

use chrono::NaiveDateTime;
use diesel::dsl::{exists, max, not};
use diesel::prelude::*;

use crate::apps::sla::{CALENDAR, COMPONENT, WINDOW};
use crate::db::schema::{component, data_version, log_entry};
use crate::db::{Conn, Result};

/// An entry of the audit log, as far as it says how an object was.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = log_entry)]
pub(super) struct PastEntry {
    pub(super) id: i64,
    pub(super) action_time: NaiveDateTime,
    pub(super) content_type: String,
    pub(super) object_id: i64,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) write_id: Option<String>,
}

/// What was promised, and what people say about it: the data version and the last entry of the audit log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefinitionsState {
    version: Option<i64>,
    log_entry: Option<i64>,
}

/// Returns the state that a connection sees: as long as it is the same, so is what was promised.
///
/// # Errors
/// Those of [`crate::db`].
pub fn definitions_state(conn: &mut Conn) -> Result<DefinitionsState> {
    Ok(DefinitionsState {
        version: data_version::table
            .select(data_version::version)
            .first(conn)
            .optional()?,
        log_entry: log_entry::table.select(max(log_entry::id)).first(conn)?,
    })
}

/// Returns the first `limit` entries behind the key `after` about calendars, windows and components that were made since an instant, in the
/// order in which they were written.
pub(super) fn entries_since(conn: &mut Conn, since: NaiveDateTime, after: i64, limit: i64) -> Result<Vec<PastEntry>> {
    let kinds = [CALENDAR, COMPONENT, WINDOW].map(|model| model.to_string());
    let query = log_entry::table
        .filter(log_entry::action_time.ge(since))
        .filter(log_entry::id.gt(after))
        .filter(log_entry::content_type.eq_any(kinds))
        .order(log_entry::id)
        .limit(limit);
    Ok(query.select(PastEntry::as_select()).load(conn)?)
}

// Entries have no foreign key, by which tables are related in the schema.
diesel::allow_tables_to_appear_in_same_query!(component, log_entry);

/// Returns the components that were created behind an instant without an entry, each with when: of others the entries say it.
pub(super) fn created_after(conn: &mut Conn, instant: NaiveDateTime) -> Result<Vec<(i64, NaiveDateTime)>> {
    let added = log_entry::table
        .filter(log_entry::content_type.eq(COMPONENT.to_string()))
        .filter(log_entry::object_id.eq(component::id))
        .filter(log_entry::action.eq("add"));
    let query = component::table
        .filter(component::created_at.gt(instant))
        .filter(not(exists(added)));
    Ok(query.select((component::id, component::created_at)).load(conn)?)
}
