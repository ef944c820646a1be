//! The queries of the list of security events.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::list::{EventFilter, EventOrder};
use crate::db::dialect::among;
use crate::db::schema::security_event;
use crate::db::search_text::Spelling;
use crate::db::{self, Conn, dialect};

/// A stored event.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = security_event)]
#[expect(missing_docs, reason = "the fields are the columns, explained in the migration")]
pub struct StoredEvent {
    pub id: i64,
    pub event_time: NaiveDateTime,
    pub kind: String,
    pub username: String,
    pub address: String,
    pub request_id: String,
    pub detail: String,
    pub occurrences: i64,
}

/// The events of a list.
#[derive(Clone, Debug)]
pub struct EventQuery {
    /// Each must be in the user name, the address, the request's id or the detail.
    pub terms: Vec<String>,
    /// Filters and their values: any of one filter's, all of the filters.
    pub filters: Vec<(EventFilter, Vec<String>)>,
    /// From the first instant until before the second.
    pub between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// The order: by what, and whether from the last to the first.
    pub order: Vec<(EventOrder, bool)>,
    /// Whether the key, which breaks ties, descends.
    pub key_descends: bool,
    /// Only events of these keys.
    pub keys: Option<Vec<i64>>,
}

type BoxedEvents = security_event::BoxedQuery<'static, db::Backend>;

/// The columns that the search looks at.
const SEARCHED: [&str; 4] = [
    "security_event.username",
    "security_event.address",
    "security_event.request_id",
    "security_event.detail",
];

/// Narrows a boxed query from the table of events to those of a list. A macro, because every boxed query has a type of its own.
macro_rules! narrowed {
    ($query:expr, $spelling:expr, $wanted:expr) => {{
        let (mut query, wanted): (_, &EventQuery) = ($query, $wanted);
        for term in &wanted.terms {
            query = query.filter($spelling.holds::<security_event::table>(&SEARCHED, term));
        }
        for (filter, values) in &wanted.filters {
            query = match filter {
                EventFilter::Kind => query.filter(security_event::kind.eq_any(values.clone())),
                EventFilter::User => {
                    let users: Vec<Option<i64>> =
                        values.iter().filter_map(|user| user.parse().ok()).map(Some).collect();
                    query.filter(security_event::user_id.eq_any(users))
                }
            };
        }
        if let Some((from, to)) = wanted.between {
            query = query.filter(
                security_event::event_time
                    .ge(from)
                    .and(security_event::event_time.lt(to)),
            );
        }
        if let Some(keys) = &wanted.keys {
            query = query.filter(security_event::id.eq_any(keys.clone()));
        }
        query
    }};
}

fn rows(spelling: Spelling, wanted: &EventQuery) -> BoxedEvents {
    narrowed!(security_event::table.into_boxed::<db::Backend>(), spelling, wanted)
}

fn ordered(mut query: BoxedEvents, spelling: Spelling, wanted: &EventQuery) -> BoxedEvents {
    for (order, descends) in &wanted.order {
        query = match (order, descends) {
            (EventOrder::Time, false) => query.then_order_by(security_event::event_time.asc()),
            (EventOrder::Time, true) => query.then_order_by(security_event::event_time.desc()),
            (EventOrder::Kind, false) => query.then_order_by(spelling.plain("security_event.kind").asc()),
            (EventOrder::Kind, true) => query.then_order_by(spelling.plain("security_event.kind").desc()),
            (EventOrder::User, false) => query.then_order_by(spelling.plain("security_event.username").asc()),
            (EventOrder::User, true) => query.then_order_by(spelling.plain("security_event.username").desc()),
            (EventOrder::Address, false) => query.then_order_by(spelling.plain("security_event.address").asc()),
            (EventOrder::Address, true) => query.then_order_by(spelling.plain("security_event.address").desc()),
            (EventOrder::Occurrences, false) => query.then_order_by(security_event::occurrences.asc()),
            (EventOrder::Occurrences, true) => query.then_order_by(security_event::occurrences.desc()),
        };
    }
    if wanted.key_descends {
        query.then_order_by(security_event::id.desc())
    } else {
        query.then_order_by(security_event::id.asc())
    }
}

/// Returns an event by its key.
pub fn find(conn: &mut Conn, id: i64) -> db::Result<Option<StoredEvent>> {
    let query = security_event::table.filter(security_event::id.eq(id));
    Ok(query.select(StoredEvent::as_select()).first(conn).optional()?)
}

/// Returns the events of these keys.
pub fn by_ids(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<StoredEvent>> {
    let query = security_event::table.filter(among(security_event::id, ids));
    Ok(query.select(StoredEvent::as_select()).load(conn)?)
}

/// Returns how many events there are.
pub fn count(conn: &mut Conn, wanted: &EventQuery) -> db::Result<i64> {
    Ok(rows(dialect::spelling(conn), wanted).count().get_result(conn)?)
}

/// Returns some of the events.
pub fn select(conn: &mut Conn, wanted: &EventQuery, offset: i64, limit: i64) -> db::Result<Vec<StoredEvent>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(rows(spelling, wanted), spelling, wanted);
    Ok(query
        .offset(offset)
        .limit(limit)
        .select(StoredEvent::as_select())
        .load(conn)?)
}

/// Returns the keys of the events in their order, at most `limit`.
pub fn keys(conn: &mut Conn, wanted: &EventQuery, limit: i64) -> db::Result<Vec<i64>> {
    let spelling = dialect::spelling(conn);
    let query = ordered(rows(spelling, wanted), spelling, wanted);
    Ok(query.limit(limit).select(security_event::id).load(conn)?)
}

/// Returns the first or the last time of the events.
pub fn time(conn: &mut Conn, wanted: &EventQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
    let query = rows(dialect::spelling(conn), wanted);
    let query = match last {
        true => query.order(security_event::event_time.desc()),
        false => query.order(security_event::event_time.asc()),
    };
    Ok(query.select(security_event::event_time).first(conn).optional()?)
}

/// Returns how many of the events each user has.
pub fn count_by_user(conn: &mut Conn, wanted: &EventQuery) -> db::Result<Vec<(Option<i64>, i64)>> {
    let query = security_event::table
        .group_by(security_event::user_id)
        .select((security_event::user_id, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), wanted).load(conn)?)
}

/// Returns how many of the events there are of each kind.
pub fn count_by_kind(conn: &mut Conn, wanted: &EventQuery) -> db::Result<Vec<(String, i64)>> {
    let query = security_event::table
        .group_by(security_event::kind)
        .select((security_event::kind, diesel::dsl::count_star()))
        .into_boxed::<db::Backend>();
    Ok(narrowed!(query, dialect::spelling(conn), wanted).load(conn)?)
}
