//! The queries that write and delete events.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::LoggedEvent;
use crate::db::schema::{security_event, user_account};
use crate::db::{Conn, Result};

#[derive(Insertable)]
#[diesel(table_name = security_event, treat_none_as_default_value = false)]
struct EventColumns {
    event_time: NaiveDateTime,
    kind: &'static str,
    username: String,
    user_id: Option<i64>,
    address: String,
    request_id: String,
    detail: String,
    minute: Option<NaiveDateTime>,
    occurrences: i64,
}

/// Adds events, or counts them in the row of their minute. To be called under the lock of the events.
pub(super) fn add(conn: &mut Conn, events: &[LoggedEvent]) -> Result<()> {
    let names: Vec<String> = events.iter().map(|event| event.username.clone()).collect();
    let users = user_account::table
        .filter(user_account::username.eq_any(names))
        .select((user_account::username, user_account::id));
    let users: HashMap<String, i64> = users.load::<(String, i64)>(conn)?.into_iter().collect();
    for event in events {
        let minute = event.minute();
        if minute.is_some() && count(conn, event)? {
            continue;
        }
        let LoggedEvent {
            time,
            kind,
            username,
            address,
            request_id,
            detail,
            occurrences,
        } = event.clone();
        let columns = EventColumns {
            event_time: time,
            kind: kind.name(),
            user_id: users.get(&username).copied(),
            username,
            address,
            request_id,
            detail,
            minute,
            occurrences,
        };
        diesel::insert_into(security_event::table)
            .values(columns)
            .execute(conn)?;
    }
    Ok(())
}

/// Counts a refusal in the row of its minute; returns whether there was one.
fn count(conn: &mut Conn, event: &LoggedEvent) -> Result<bool> {
    let same = security_event::table
        .filter(security_event::minute.eq(event.minute()))
        .filter(security_event::kind.eq(event.kind.name()))
        .filter(security_event::username.eq(event.username.clone()))
        .filter(security_event::address.eq(event.address.clone()));
    let counted = diesel::update(same)
        .set(security_event::occurrences.eq(security_event::occurrences + event.occurrences))
        .execute(conn)?;
    Ok(counted > 0)
}

/// Deletes at most `limit` events from before `instant`.
pub(super) fn delete_before(conn: &mut Conn, instant: NaiveDateTime, limit: i64) -> Result<usize> {
    let old = security_event::table.filter(security_event::event_time.lt(instant));
    let ids: Vec<i64> = old.select(security_event::id).limit(limit).load(conn)?;
    Ok(diesel::delete(security_event::table.filter(security_event::id.eq_any(ids))).execute(conn)?)
}
