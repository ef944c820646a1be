//! The queries of the list of log entries.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use super::list::{EntryFilter, EntryOrder};
use crate::audit::store::LogEntry;
use crate::db::dialect::among;
use crate::db::schema::log_entry;
use crate::db::search_text::Spelling;
use crate::db::{self, Conn, dialect};

/// The most keys that are fetched to count entries, and the most entries that are read at once.
const FETCHED_MAX: i64 = 5_000;

/// Which entries a list wants.
#[derive(Clone, Debug)]
pub struct EntryQuery {
    /// Each must be in the object's name.
    pub terms: Vec<String>,
    /// Filters and their values: any of one filter's, all of the filters.
    pub filters: Vec<(EntryFilter, Vec<String>)>,
    /// From the first instant until before the second.
    pub between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// In which order: by what, and whether from the last to the first.
    pub order: Vec<(EntryOrder, bool)>,
    /// Whether the key, which breaks ties, descends.
    pub key_descends: bool,
    /// Only entries of these keys.
    pub keys: Option<Vec<i64>>,
    /// No entries about objects of these kinds, but for those of the keys in `shown_keys`.
    pub hidden_kinds: Vec<String>,
    /// The keys of entries that are not left out, whatever they are about: in ascending order.
    pub shown_keys: Vec<i64>,
    /// Whether so many entries pass that walking them in their order finds a page sooner than looking up all that pass.
    pub many: bool,
}

type BoxedEntries = log_entry::BoxedQuery<'static, db::Backend>;

/// Narrows a boxed query from the table of entries to those that a list wants. A macro, because every boxed query has a type of its
/// own.
macro_rules! narrowed {
    ($query:expr, $spelling:expr, $chosen:expr) => {{
        let (mut query, chosen): (_, &EntryQuery) = ($query, $chosen);
        for term in &chosen.terms {
            query = query.filter($spelling.holds::<log_entry::table>(&["log_entry.object_repr"], term));
        }
        for (filter, values) in &chosen.filters {
            query = match filter {
                EntryFilter::User => {
                    let users: Vec<Option<i64>> =
                        values.iter().filter_map(|user| user.parse().ok()).map(Some).collect();
                    match chosen.many {
                        true => query.filter(
                            $spelling
                                .unindexed::<Nullable<BigInt>>("log_entry.user_id")
                                .eq_any(users),
                        ),
                        false => query.filter(log_entry::user_id.eq_any(users)),
                    }
                }
                EntryFilter::Action => match chosen.many {
                    true => query.filter($spelling.unindexed::<Text>("log_entry.action").eq_any(values.clone())),
                    false => query.filter(log_entry::action.eq_any(values.clone())),
                },
                EntryFilter::ContentType => match chosen.many {
                    true => query.filter(
                        $spelling
                            .unindexed::<Text>("log_entry.content_type")
                            .eq_any(values.clone()),
                    ),
                    false => query.filter(log_entry::content_type.eq_any(values.clone())),
                },
            };
        }
        if let Some((from, to)) = chosen.between {
            // An order by time walks the index of the time, any other its own.
            let by_time = chosen.order.first().is_none_or(|(order, _)| *order == EntryOrder::Time);
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
        if !chosen.hidden_kinds.is_empty() {
            let content_type = $spelling.unindexed::<Text>("log_entry.content_type");
            let is_of_others = content_type.ne_all(chosen.hidden_kinds.clone());
            query = match chosen.shown_keys.is_empty() {
                true => query.filter(is_of_others),
                false => query.filter(is_of_others.or(among(log_entry::id, chosen.shown_keys.clone()))),
            };
        }
        query
    }};
}

fn chosen_rows(spelling: Spelling, chosen: &EntryQuery) -> BoxedEntries {
    narrowed!(log_entry::table.into_boxed::<db::Backend>(), spelling, chosen)
}

/// Returns the keys of the wanted entries, at most `limit`.
pub fn keys(conn: &mut Conn, chosen: &EntryQuery, limit: i64) -> db::Result<Vec<i64>> {
    // Asked for in no order, so that the index of what is searched is enough.
    let query = chosen_rows(dialect::spelling(conn), chosen);
    let mut keys: Vec<i64> = query.limit(limit).select(log_entry::id).load(conn)?;
    keys.sort_unstable();
    Ok(keys)
}

/// Returns the entries in the order of the list.
fn ordered(mut query: BoxedEntries, spelling: Spelling, chosen: &EntryQuery) -> BoxedEntries {
    for (order, descends) in &chosen.order {
        query = match (order, descends) {
            // Keys grow in the order in which changes took effect. The times of neighbours may contradict it by what a change waited for others,
            // and by how far the clocks of replicas are apart. The index of the key serves every filter beside, that of the time none.
            (EntryOrder::Time, _) if chosen.between.is_none() => query,
            (EntryOrder::Time, false) => query.then_order_by(log_entry::action_time.asc()),
            (EntryOrder::Time, true) => query.then_order_by(log_entry::action_time.desc()),
            (EntryOrder::User, false) => query.then_order_by(spelling.plain("log_entry.actor").asc()),
            (EntryOrder::User, true) => query.then_order_by(spelling.plain("log_entry.actor").desc()),
            (EntryOrder::Action, false) => query.then_order_by(spelling.plain("log_entry.action").asc()),
            (EntryOrder::Action, true) => query.then_order_by(spelling.plain("log_entry.action").desc()),
            (EntryOrder::Object, false) => query.then_order_by(spelling.plain("log_entry.object_repr").asc()),
            (EntryOrder::Object, true) => query.then_order_by(spelling.plain("log_entry.object_repr").desc()),
        };
        if *order == EntryOrder::Time {
            // Keys are unique, so that no further order matters among entries of one time.
            break;
        }
    }
    let time = chosen.order.iter().find(|(order, _)| *order == EntryOrder::Time);
    if time.map_or(chosen.key_descends, |(_, descends)| *descends) {
        query.then_order_by(log_entry::id.desc())
    } else {
        query.then_order_by(log_entry::id.asc())
    }
}

/// Returns the keys of some of the wanted entries, in their order.
pub fn keys_in_order(conn: &mut Conn, chosen: &EntryQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(chosen_rows(spelling, chosen), spelling, chosen);
    Ok(query.select(log_entry::id).offset(offset).limit(limit).load(conn)?)
}

/// Returns the entries of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<LogEntry>> {
    let query = log_entry::table.filter(among(log_entry::id, ids));
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// Returns how many entries are wanted, counted no further than `limit`. Where that is little, the keys are fetched, which ends the count.
pub fn count(conn: &mut Conn, chosen: &EntryQuery, limit: i64) -> db::Result<i64> {
    let found_first = EntryQuery {
        many: false,
        ..chosen.clone()
    };
    let query = chosen_rows(dialect::spelling(conn), &found_first);
    if limit > FETCHED_MAX {
        let count: i64 = query.count().get_result(conn)?;
        return Ok(count.min(limit));
    }
    let found: Vec<i64> = query.limit(limit).select(log_entry::id).load(conn)?;
    Ok(i64::try_from(found.len()).unwrap_or(limit))
}

/// Returns some of the wanted entries. Those before them are passed over by their keys, which an index has, without their states.
pub fn select(conn: &mut Conn, chosen: &EntryQuery, offset: i64, limit: i64) -> db::Result<Vec<LogEntry>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(chosen_rows(spelling, chosen), spelling, chosen);
    let query = query.offset(offset).limit(limit);
    if offset == 0 {
        return Ok(query.select(LogEntry::as_select()).load(conn)?);
    }
    let ids: Vec<i64> = query.select(log_entry::id).load(conn)?;
    in_order(conn, &ids)
}

/// Returns the entries about objects of a model whose titles hold all of these terms: a portion of those behind a key, in the order of keys.
pub fn titled(conn: &mut Conn, content_type: String, terms: &[String], after: i64) -> db::Result<Vec<LogEntry>> {
    let spelling = dialect::spelling(conn);
    let mut query = log_entry::table
        .filter(log_entry::content_type.eq(content_type))
        .filter(log_entry::id.gt(after))
        .into_boxed::<db::Backend>();
    for term in terms {
        query = query.filter(spelling.holds::<log_entry::table>(&["log_entry.object_repr"], term));
    }
    let query = query.order(log_entry::id.asc()).limit(FETCHED_MAX);
    Ok(query.select(LogEntry::as_select()).load(conn)?)
}

/// Returns the entries of these keys, in the order of the keys.
pub fn in_order(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<LogEntry>> {
    let mut entries: HashMap<i64, LogEntry> = by_ids(conn, ids)?.into_iter().map(|entry| (entry.id, entry)).collect();
    Ok(ids.iter().filter_map(|id| entries.remove(id)).collect())
}

/// Returns the first or the last instant of the wanted entries.
pub fn time(conn: &mut Conn, chosen: &EntryQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
    let by_time = EntryQuery {
        order: Vec::new(),
        ..chosen.clone()
    };
    let query = chosen_rows(dialect::spelling(conn), &by_time);
    // Without an order among entries of one instant: PostgreSQL would read all of them, and one `apply` may have added a hundred thousand.
    let query = match last {
        true => query.order(log_entry::action_time.desc()),
        false => query.order(log_entry::action_time.asc()),
    };
    Ok(query.select(log_entry::action_time).first(conn).optional()?)
}

/// Returns how many of the wanted entries each user made.
pub fn count_by_user(conn: &mut Conn, chosen: &EntryQuery) -> db::Result<Vec<(Option<i64>, i64)>> {
    let query = log_entry::table
        .group_by(log_entry::user_id)
        .select((log_entry::user_id, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), chosen).load(conn)?)
}

/// Returns how many of the wanted entries there are of each action.
pub fn count_by_action(conn: &mut Conn, chosen: &EntryQuery) -> db::Result<Vec<(String, i64)>> {
    let query = log_entry::table
        .group_by(log_entry::action)
        .select((log_entry::action, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), chosen).load(conn)?)
}

/// Returns how many of the wanted entries speak of each kind of object.
pub fn count_by_content_type(conn: &mut Conn, chosen: &EntryQuery) -> db::Result<Vec<(String, i64)>> {
    let query = log_entry::table
        .group_by(log_entry::content_type)
        .select((log_entry::content_type, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), chosen).load(conn)?)
}
