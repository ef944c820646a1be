//! The queries of the audit trail: there is one that adds, and none that changes.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use super::Entry;
use crate::auth::{Acting, Permission};
use crate::db::schema::log_entry;
use crate::db::text::Spelling;
use crate::db::{self, Conn, dialect};

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
pub(super) struct Origin<'a> {
    /// Who acted, and by which request.
    pub(super) actor: &'a Acting,
    /// When, UTC.
    pub(super) now: NaiveDateTime,
    /// The random id of the transaction.
    pub(super) write_id: &'a str,
}

/// Adds entries for what was done.
pub(super) fn insert(conn: &mut Conn, origin: &Origin<'_>, done: Permission, entries: &[Entry]) -> db::Result<()> {
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

/// Returns the entries of one object, oldest first.
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
    let query = log_entry::table
        .filter(log_entry::object_repr.eq(title.to_owned()))
        .filter(log_entry::content_type.eq(content_type.to_owned()))
        .order(log_entry::id.desc());
    Ok(query.select(LogEntry::as_select()).first(conn).optional()?)
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
    /// In which order: by what, and whether from the last to the first.
    pub order: Vec<(Order, bool)>,
    /// Whether the key, which breaks ties, descends.
    pub key_descends: bool,
    /// Only entries of these keys.
    pub keys: Option<Vec<i64>>,
    /// Whether so many entries pass that walking them in their order finds a page sooner than looking up all that pass.
    pub many: bool,
}

/// What a list of entries is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// When.
    Time,
    /// Who acted.
    Actor,
    /// What was done.
    Action,
    /// What it was done to.
    Title,
}

type Query = log_entry::BoxedQuery<'static, db::Backend>;

/// Narrows a boxed query from the table of entries to those that a list wants. A macro, because every boxed query has a type of its
/// own.
macro_rules! narrowed {
    ($query:expr, $spelling:expr, $chosen:expr) => {{
        let (mut query, chosen): (_, &Chosen) = ($query, $chosen);
        for term in &chosen.terms {
            query = query.filter($spelling.holds::<log_entry::table>(&["log_entry.object_repr"], term));
        }
        if let Some(users) = &chosen.users {
            let users: Vec<Option<i64>> = users.iter().copied().map(Some).collect();
            query = match chosen.many {
                true => query.filter(
                    $spelling
                        .unindexed::<Nullable<BigInt>>("log_entry.user_id")
                        .eq_any(users),
                ),
                false => query.filter(log_entry::user_id.eq_any(users)),
            };
        }
        if let Some(actions) = chosen.actions.clone() {
            query = match chosen.many {
                true => query.filter($spelling.unindexed::<Text>("log_entry.action").eq_any(actions)),
                false => query.filter(log_entry::action.eq_any(actions)),
            };
        }
        if let Some(content_types) = chosen.content_types.clone() {
            query = match chosen.many {
                true => query.filter(
                    $spelling
                        .unindexed::<Text>("log_entry.content_type")
                        .eq_any(content_types),
                ),
                false => query.filter(log_entry::content_type.eq_any(content_types)),
            };
        }
        if let Some((from, to)) = chosen.between {
            // An order by time walks the index of the time, any other its own.
            let by_time = chosen.order.first().is_none_or(|(order, _)| *order == Order::Time);
            query = match chosen.many && !by_time {
                true => {
                    let time = || $spelling.unindexed::<Timestamp>("log_entry.action_time");
                    query.filter(time().ge(from)).filter(time().lt(to))
                }
                false => query.filter(log_entry::action_time.ge(from).and(log_entry::action_time.lt(to))),
            };
        }
        if let Some(keys) = &chosen.keys {
            query = query.filter(log_entry::id.eq_any(keys.clone()));
        }
        query
    }};
}

fn chosen_rows(spelling: Spelling, chosen: &Chosen) -> Query {
    narrowed!(log_entry::table.into_boxed::<db::Backend>(), spelling, chosen)
}

/// Returns the keys of the wanted entries, at most `limit`.
pub fn keys(conn: &mut Conn, chosen: &Chosen, limit: i64) -> db::Result<Vec<i64>> {
    // Asked for in no order, so that the index of what is searched is enough.
    let query = chosen_rows(dialect::spelling(conn), chosen);
    let mut keys: Vec<i64> = query.limit(limit).select(log_entry::id).load(conn)?;
    keys.sort_unstable();
    Ok(keys)
}

/// Returns the entries in the order of the list.
fn ordered(mut query: Query, spelling: Spelling, chosen: &Chosen) -> Query {
    for (order, descends) in &chosen.order {
        query = match (order, descends) {
            // Entries are added in the order of time, and their keys grow: the index of the key serves every filter beside.
            (Order::Time, _) if chosen.between.is_none() => query,
            (Order::Time, false) => query.then_order_by(log_entry::action_time.asc()),
            (Order::Time, true) => query.then_order_by(log_entry::action_time.desc()),
            (Order::Actor, false) => query.then_order_by(spelling.plain("log_entry.actor").asc()),
            (Order::Actor, true) => query.then_order_by(spelling.plain("log_entry.actor").desc()),
            (Order::Action, false) => query.then_order_by(spelling.plain("log_entry.action").asc()),
            (Order::Action, true) => query.then_order_by(spelling.plain("log_entry.action").desc()),
            (Order::Title, false) => query.then_order_by(spelling.plain("log_entry.object_repr").asc()),
            (Order::Title, true) => query.then_order_by(spelling.plain("log_entry.object_repr").desc()),
        };
        if *order == Order::Time {
            // The key tells entries of one time apart, so that nothing which follows has a say.
            break;
        }
    }
    let time = chosen.order.iter().find(|(order, _)| *order == Order::Time);
    if time.map_or(chosen.key_descends, |(_, descends)| *descends) {
        query.then_order_by(log_entry::id.desc())
    } else {
        query.then_order_by(log_entry::id.asc())
    }
}

/// Returns the keys of the wanted entries, in their order.
pub fn keys_in_order(conn: &mut Conn, chosen: &Chosen) -> db::Result<Vec<i64>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(chosen_rows(spelling, chosen), spelling, chosen);
    Ok(query.select(log_entry::id).load(conn)?)
}

/// Returns the entries of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table.filter(log_entry::id.eq_any(ids.to_vec()));
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// Returns how many entries are wanted.
pub fn count(conn: &mut Conn, chosen: &Chosen) -> db::Result<i64> {
    let found_first = Chosen {
        many: false,
        ..chosen.clone()
    };
    Ok(chosen_rows(dialect::spelling(conn), &found_first)
        .count()
        .get_result(conn)?)
}

/// Returns some of the wanted entries.
pub fn select(conn: &mut Conn, chosen: &Chosen, offset: i64, limit: i64) -> db::Result<Vec<LogEntry>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(chosen_rows(spelling, chosen), spelling, chosen);
    Ok(query
        .offset(offset)
        .limit(limit)
        .select(LogEntry::as_select())
        .load(conn)?)
}

/// Returns the first or the last instant of the wanted entries.
pub fn time(conn: &mut Conn, chosen: &Chosen, last: bool) -> db::Result<Option<NaiveDateTime>> {
    let by_time = Chosen {
        order: Vec::new(),
        ..chosen.clone()
    };
    let query = chosen_rows(dialect::spelling(conn), &by_time);
    let query = if last {
        query.order((log_entry::action_time.desc(), log_entry::id.desc()))
    } else {
        query.order((log_entry::action_time.asc(), log_entry::id.asc()))
    };
    Ok(query.select(log_entry::action_time).first(conn).optional()?)
}

/// Returns how many of the wanted entries each user made.
pub fn count_by_user(conn: &mut Conn, chosen: &Chosen) -> db::Result<Vec<(Option<i64>, i64)>> {
    let query = log_entry::table
        .group_by(log_entry::user_id)
        .select((log_entry::user_id, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), chosen).load(conn)?)
}

/// Returns how many of the wanted entries there are of each action.
pub fn count_by_action(conn: &mut Conn, chosen: &Chosen) -> db::Result<Vec<(String, i64)>> {
    let query = log_entry::table
        .group_by(log_entry::action)
        .select((log_entry::action, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), chosen).load(conn)?)
}

/// Returns how many of the wanted entries speak of each kind of object.
pub fn count_by_content_type(conn: &mut Conn, chosen: &Chosen) -> db::Result<Vec<(String, i64)>> {
    let query = log_entry::table
        .group_by(log_entry::content_type)
        .select((log_entry::content_type, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), chosen).load(conn)?)
}
