//! The queries of the audit log: there is one that adds, and none that changes.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::AuditEntry;
use crate::auth::{Acting, Permission};
use crate::db::dialect::among;
use crate::db::schema::log_entry;
use crate::db::{self, Conn, dialect};

/// What an entry's object is called. PostgreSQL finds titles by an index that compares code points, and only where a statement compares them so.
const TITLE: &str = "log_entry.object_repr";

#[derive(Insertable)]
#[diesel(table_name = log_entry, treat_none_as_default_value = false)]
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
    write_id: String,
    request_id: Option<String>,
    client_address: Option<String>,
}

/// Where entries come from.
pub(super) struct EntryOrigin<'a> {
    /// Who acted, and by which request.
    pub(super) actor: &'a Acting,
    /// When, UTC.
    pub(super) now: NaiveDateTime,
    /// The random id of the transaction.
    pub(super) write_id: &'a str,
}

/// Adds entries for what was done.
pub(super) fn insert(
    conn: &mut Conn,
    origin: &EntryOrigin<'_>,
    done: Permission,
    entries: &[AuditEntry],
) -> db::Result<()> {
    let user_id = origin.actor.user_id();
    let request = origin.actor.request().cloned().unwrap_or_default();
    let actor = origin.actor.name();
    let content_type = done.model.to_string();
    let rows: Vec<NewLogEntry> = entries
        .iter()
        .map(|entry| NewLogEntry {
            action_time: origin.now,
            actor: actor.clone(),
            user_id,
            action: done.action.as_str(),
            content_type: content_type.clone(),
            object_id: entry.object_id,
            object_repr: entry.object_repr.clone(),
            object_version: entry.object_version,
            before: entry.before.as_ref().map(ToString::to_string),
            after: entry.after.as_ref().map(ToString::to_string),
            write_id: origin.write_id.to_owned(),
            request_id: request.id.clone(),
            client_address: request.client_address.clone(),
        })
        .collect();
    dialect::insert_rows!(conn, log_entry::table, rows)
}

/// A stored entry.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = log_entry)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct LogEntry {
    pub id: i64,
    pub action_time: NaiveDateTime,
    pub actor: String,
    pub user_id: Option<i64>,
    pub action: String,
    pub content_type: String,
    pub object_id: i64,
    pub object_repr: String,
    pub object_version: i64,
    pub before: Option<String>,
    pub after: Option<String>,
    pub write_id: Option<String>,
    pub request_id: Option<String>,
    pub client_address: Option<String>,
}

impl LogEntry {
    /// Returns what was done, in a word: `Added`, `Changed` or `Deleted`.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self.action.as_str() {
            "add" => "Added",
            "delete" => "Deleted",
            _ => "Changed",
        }
    }
}

/// Returns how many entries one object has.
pub fn count_of_object(conn: &mut Conn, content_type: &str, object_id: i64) -> db::Result<i64> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id));
    Ok(query.count().get_result(conn)?)
}

/// Returns the newest entry of one object.
pub fn newest_of_object(conn: &mut Conn, content_type: &str, object_id: i64) -> db::Result<Option<LogEntry>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id))
        .order(log_entry::id.desc());
    Ok(query.select(LogEntry::as_select()).first(conn).optional()?)
}

/// Returns the newest entry in which an object of this kind is called so.
pub fn newest_of_title(conn: &mut Conn, content_type: &str, title: &str) -> db::Result<Option<LogEntry>> {
    let titled = dialect::spelling(conn).plain(TITLE).eq(title.to_owned());
    let query = log_entry::table
        .filter(titled)
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .order(log_entry::id.desc());
    Ok(query.select(LogEntry::as_select()).first(conn).optional()?)
}

/// Returns the deletions of other objects of this kind that were called so, the newest first, at most `limit`.
pub fn deletions_of_title(
    conn: &mut Conn,
    content_type: &str,
    title: &str,
    other_than: i64,
    limit: i64,
) -> db::Result<Vec<LogEntry>> {
    let titled = dialect::spelling(conn).plain(TITLE).eq(title.to_owned());
    let query = log_entry::table
        .filter(titled)
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::action.eq("delete"))
        .filter(log_entry::object_id.ne(other_than))
        .order(log_entry::id.desc())
        .limit(limit);
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// Returns the state of one object at a version, as JSON: what an entry made it, or what the next one found.
pub fn state_at(conn: &mut Conn, content_type: &str, object_id: i64, version: i64) -> db::Result<Option<String>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id))
        .filter(log_entry::object_version.between(version, version.saturating_add(1)))
        .order(log_entry::id)
        .select((log_entry::object_version, log_entry::before, log_entry::after));
    let entries: Vec<(i64, Option<String>, Option<String>)> = query.load(conn)?;
    let states = entries.into_iter().map(|(of, before, after)| match after {
        // The entry of a deletion names the last version that there was.
        Some(after) if of == version => Some(after),
        None if of == version => before,
        Some(_) => before,
        None => None,
    });
    Ok(states.flatten().next())
}

/// Returns the newest entries of one object behind a version, oldest first.
pub fn since_version(
    conn: &mut Conn,
    content_type: &str,
    object_id: i64,
    version: i64,
    limit: i64,
) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id))
        .filter(log_entry::object_version.gt(version))
        .order(log_entry::id.desc())
        .limit(limit);
    let mut entries: Vec<LogEntry> = query.select(LogEntry::as_select()).load(conn)?;
    entries.reverse();
    Ok(entries)
}

/// Returns the newest entries of one user.
pub fn newest_of_user(conn: &mut Conn, user_id: i64, limit: i64) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table
        .filter(log_entry::user_id.eq(user_id))
        .order(log_entry::id.desc())
        .limit(limit);
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// Returns an entry by its key.
pub fn find(conn: &mut Conn, id: i64) -> db::Result<Option<LogEntry>> {
    Ok(log_entry::table
        .filter(log_entry::id.eq(id))
        .select(LogEntry::as_select())
        .first(conn)
        .optional()?)
}

/// The states around an entry: its key, the object's key, before and after.
pub type StatesOfEntry = (i64, i64, Option<String>, Option<String>);

/// Returns the key of each entry of these objects of one kind, and the object's.
pub fn keys_of_objects(conn: &mut Conn, content_type: &str, ids: &[i64]) -> db::Result<Vec<(i64, i64)>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(among(log_entry::object_id, ids))
        .select((log_entry::id, log_entry::object_id));
    Ok(query.load(conn)?)
}

// SQLite takes an index that has the kind and gives the order, and reads all entries of the kind, unless the order is that of an expression.

/// Returns the newest of those keys before an entry, newest first, at most `limit`.
pub fn newest_keys_of_objects(
    conn: &mut Conn,
    content_type: &str,
    ids: &[i64],
    (before, limit): (i64, i64),
) -> db::Result<Vec<(i64, i64)>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(among(log_entry::object_id, ids))
        .filter((log_entry::id + 0).lt(before))
        .order((log_entry::id + 0).desc())
        .limit(limit)
        .select((log_entry::id, log_entry::object_id));
    Ok(query.load(conn)?)
}

/// Returns the states around the newest entries of these objects of one kind, newest first.
pub fn states_of_objects(
    conn: &mut Conn,
    content_type: &str,
    ids: &[i64],
    limit: i64,
) -> db::Result<Vec<StatesOfEntry>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(among(log_entry::object_id, ids))
        .order((log_entry::id + 0).desc())
        .limit(limit)
        .select((log_entry::id, log_entry::object_id, log_entry::before, log_entry::after));
    Ok(query.load(conn)?)
}

/// Returns the writes that added these entries; an entry of which none is known is left out.
pub fn writes_of(conn: &mut Conn, keys: &[i64]) -> db::Result<Vec<(i64, String)>> {
    let query = log_entry::table
        .filter(among(log_entry::id, keys))
        .select((log_entry::id, log_entry::write_id));
    let rows: Vec<(i64, Option<String>)> = query.load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(key, write)| Some((key, write?)))
        .collect())
}

/// Returns which objects of one kind had these titles: the key of the first entry that says so, the object's key and the title.
pub fn had_titles(conn: &mut Conn, content_type: &str, titles: Vec<String>) -> db::Result<Vec<(i64, i64, String)>> {
    let title = dialect::spelling(conn).plain(TITLE);
    let query = log_entry::table
        .filter(log_entry::content_type.concat("").eq(content_type.to_owned()))
        .filter(among(title, titles))
        .group_by((log_entry::object_id, log_entry::object_repr))
        .select((
            diesel::dsl::min(log_entry::id),
            log_entry::object_id,
            log_entry::object_repr,
        ));
    let rows: Vec<(Option<i64>, i64, String)> = query.load(conn)?;
    let known = rows.into_iter();
    Ok(known
        .filter_map(|(first, object, title)| Some((first?, object, title)))
        .collect())
}

/// Returns the entries of these keys, newest first.
pub fn by_keys(conn: &mut Conn, keys: &[i64]) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table
        .filter(among(log_entry::id, keys))
        .order(log_entry::id.desc());
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}
