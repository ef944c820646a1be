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
}

/// The entries of one object, oldest first.
///
/// # Errors
/// Those of the database.
pub fn of_object(
    conn: &mut Conn,
    content_type: &str,
    object_id: i64,
    offset: i64,
    limit: i64,
) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id))
        .order(log_entry::id)
        .offset(offset)
        .limit(limit);
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// How many entries one object has.
///
/// # Errors
/// Those of the database.
pub fn count_of_object(conn: &mut Conn, content_type: &str, object_id: i64) -> db::Result<i64> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id));
    Ok(query.count().get_result(conn)?)
}

/// The newest entry of one object.
///
/// # Errors
/// Those of the database.
pub fn newest_of_object(conn: &mut Conn, content_type: &str, object_id: i64) -> db::Result<Option<LogEntry>> {
    let query = log_entry::table
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .filter(log_entry::object_id.eq(object_id))
        .order(log_entry::id.desc());
    Ok(query.select(LogEntry::as_select()).first(conn).optional()?)
}

/// The newest entries of one user.
///
/// # Errors
/// Those of the database.
pub fn newest_of_user(conn: &mut Conn, user_id: i64, limit: i64) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table
        .filter(log_entry::user_id.eq(user_id))
        .order(log_entry::id.desc())
        .limit(limit);
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// An entry by its key.
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut Conn, id: i64) -> db::Result<Option<LogEntry>> {
    Ok(log_entry::table
        .filter(log_entry::id.eq(id))
        .select(LogEntry::as_select())
        .first(conn)
        .optional()?)
}

/// Which entries a list wants.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Each must be in the object's name.
    pub terms: Vec<String>,
    /// Of these users.
    pub users: Option<Vec<i64>>,
    /// Of these actions.
    pub actions: Option<Vec<String>>,
    /// Of these kinds of object.
    pub content_types: Option<Vec<String>>,
    /// From the first instant until before the second.
    pub between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// In which order.
    pub order: Order,
}

/// The order of a list of entries.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    /// By time.
    Time {
        /// Newest first.
        descending: bool,
    },
    /// By who acted.
    Actor {
        /// From the last to the first.
        descending: bool,
    },
    /// By what it was done to.
    Title {
        /// From the last to the first.
        descending: bool,
    },
}

type Query = log_entry::BoxedQuery<'static, db::Backend>;

fn chosen_rows(chosen: &Chosen) -> Query {
    let mut query = log_entry::table.into_boxed::<db::Backend>();
    for term in &chosen.terms {
        query = query.filter(
            crate::db::text::lower(log_entry::object_repr)
                .like(crate::db::text::pattern(term))
                .escape('\\'),
        );
    }
    if let Some(users) = &chosen.users {
        let users: Vec<Option<i64>> = users.iter().copied().map(Some).collect();
        query = query.filter(log_entry::user_id.eq_any(users));
    }
    if let Some(actions) = &chosen.actions {
        query = query.filter(log_entry::action.eq_any(actions.clone()));
    }
    if let Some(content_types) = &chosen.content_types {
        query = query.filter(log_entry::content_type.eq_any(content_types.clone()));
    }
    if let Some((from, to)) = chosen.between {
        query = query.filter(log_entry::action_time.ge(from).and(log_entry::action_time.lt(to)));
    }
    query
}

/// How many entries are wanted.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut Conn, chosen: &Chosen) -> db::Result<i64> {
    Ok(chosen_rows(chosen).count().get_result(conn)?)
}

/// Some of the wanted entries.
///
/// # Errors
/// Those of the database.
pub fn select(conn: &mut Conn, chosen: &Chosen, offset: i64, limit: i64) -> db::Result<Vec<LogEntry>> {
    let query = chosen_rows(chosen);
    let query = match chosen.order {
        Order::Time { descending: true } => query.order(log_entry::id.desc()),
        Order::Time { descending: false } => query.order(log_entry::id.asc()),
        Order::Actor { descending: true } => query.order((log_entry::actor.desc(), log_entry::id.desc())),
        Order::Actor { descending: false } => query.order((log_entry::actor.asc(), log_entry::id.desc())),
        Order::Title { descending: true } => query.order((log_entry::object_repr.desc(), log_entry::id.desc())),
        Order::Title { descending: false } => query.order((log_entry::object_repr.asc(), log_entry::id.desc())),
    };
    Ok(query
        .offset(offset)
        .limit(limit)
        .select(LogEntry::as_select())
        .load(conn)?)
}

/// The instants of the wanted entries, each once.
///
/// # Errors
/// Those of the database.
pub fn times(conn: &mut Conn, chosen: &Chosen) -> db::Result<Vec<NaiveDateTime>> {
    Ok(chosen_rows(chosen)
        .select(log_entry::action_time)
        .distinct()
        .load(conn)?)
}

/// The kinds of object that the trail speaks of.
///
/// # Errors
/// Those of the database.
pub fn content_types(conn: &mut Conn) -> db::Result<Vec<String>> {
    Ok(log_entry::table
        .select(log_entry::content_type)
        .distinct()
        .order(log_entry::content_type)
        .load(conn)?)
}
