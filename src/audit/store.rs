//! The queries of the audit trail: there is one that adds, and none that changes.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Entry;
use crate::auth::{Actor, Permission};
use crate::db::schema::log_entry;
use crate::db::{self, Conn, dialect};

#[derive(Insertable)]
#[diesel(table_name = log_entry)]
struct NewLogEntry {
    action_time: NaiveDateTime,
    actor: String,
    user_id: Option<i64>,
    action: &'static str,
    content_type: String,
    object_id: i64,
    object_repr: String,
    object_version: i64,
    before: Option<String>,
    after: Option<String>,
}

/// Adds entries for what `actor` did.
pub(super) fn insert(
    conn: &mut Conn,
    actor: &Actor,
    now: NaiveDateTime,
    done: Permission,
    entries: &[Entry],
) -> db::Result<()> {
    let user_id = actor.user_id();
    let actor = actor.name();
    let content_type = done.model.to_string();
    let rows: Vec<NewLogEntry> = entries
        .iter()
        .map(|entry| NewLogEntry {
            action_time: now,
            actor: actor.clone(),
            user_id,
            action: done.action.as_str(),
            content_type: content_type.clone(),
            object_id: entry.object_id,
            object_repr: entry.object_repr.clone(),
            object_version: entry.object_version,
            before: entry.before.as_ref().map(ToString::to_string),
            after: entry.after.as_ref().map(ToString::to_string),
        })
        .collect();
    dialect::insert_rows!(conn, log_entry::table, rows)
}
