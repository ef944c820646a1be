//! The security log as rows for people to read: logins, refusals, and what left the admin as a file.
//!
//! No request waits for a row: events go through an [`EventQueue`] to one thread, which stores them in batches. What cannot be stored is
//! reported in the log and given up. Guesses cannot fill the disk: refusals of one kind, user and address are one row a minute with a
//! count ([`RowLimit`] keeps their number small), and old rows are deleted.

mod kind;
mod queue;
mod store;

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDateTime, NaiveTime, Timelike};

pub use self::kind::SecurityEvent;
pub use self::queue::{EventQueue, EventReceiver};

use super::Model;
use crate::db::{Conn, Result, dialect};
use crate::text;

/// The rows of the security log, which can be viewed and exported only.
pub const EVENT: Model = Model {
    app: "audit",
    name: "event",
    title: "security event",
};

/// Rows of refusals that one process adds in a minute; further ones are counted in one row of their kind, without user and address.
const ROWS_A_MINUTE_MAX: usize = 60;
/// Characters of a text that are kept.
const TEXT_MAX: usize = 200;
/// The lock of everything that stores events, so that replicas count in the same row.
const LOCK: &str = "security_event";

/// An event, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// The time, UTC.
    pub time: NaiveDateTime,
    /// Its kind. Refusals count in the row of their minute.
    pub kind: SecurityEvent,
    /// The stored name of the user; empty if none is known.
    pub username: String,
    /// The client's address; empty if unknown.
    pub address: String,
    /// The id of the request; empty if it has none.
    pub request_id: String,
    /// The object or the reason.
    pub detail: String,
    /// How often it happened.
    pub occurrences: i64,
}

impl LoggedEvent {
    /// Returns the minute in whose row the event counts; nothing for one with a row of its own.
    fn minute(&self) -> Option<NaiveDateTime> {
        let time = self.time.time();
        let minute = NaiveTime::from_hms_opt(time.hour(), time.minute(), 0).unwrap_or(time);
        self.kind.is_refusal().then(|| self.time.date().and_time(minute))
    }

    fn key(&self) -> EventKey {
        (self.kind, self.username.clone(), self.address.clone())
    }

    /// Shortens texts and takes control characters out of them: part of them is what clients sent.
    fn clean(mut self) -> Self {
        for text in [
            &mut self.username,
            &mut self.address,
            &mut self.request_id,
            &mut self.detail,
        ] {
            if text.chars().nth(TEXT_MAX).is_some() || text.contains(text::is_beyond_line) {
                *text = text
                    .chars()
                    .map(|letter| if text::is_beyond_line(letter) { ' ' } else { letter })
                    .take(TEXT_MAX)
                    .collect();
            }
        }
        self
    }
}

/// What the refusals of one row have in common.
type EventKey = (SecurityEvent, String, String);

/// Counts the rows of refusals of the minute, and merges those beyond the limit.
#[derive(Debug, Default)]
pub struct RowLimit {
    minute: Option<NaiveDateTime>,
    keys: HashSet<EventKey>,
}

impl RowLimit {
    /// Returns the rows of a batch of events: refusals of one minute, kind, user and address are one.
    #[must_use]
    pub fn rows(&mut self, batch: Vec<LoggedEvent>) -> Vec<LoggedEvent> {
        let mut rows: Vec<LoggedEvent> = Vec::new();
        let mut places: HashMap<EventKey, usize> = HashMap::new();
        for event in batch {
            let event = self.limited(event.clean());
            if event.minute().is_none() {
                rows.push(event);
                continue;
            }
            match places.get(&event.key()).and_then(|place| rows.get_mut(*place)) {
                Some(row) if row.minute() == event.minute() => row.occurrences += event.occurrences,
                _ => {
                    places.insert(event.key(), rows.len());
                    rows.push(event);
                }
            }
        }
        rows
    }

    fn limited(&mut self, mut event: LoggedEvent) -> LoggedEvent {
        let minute = event.minute();
        if minute.is_none() {
            return event;
        }
        if self.minute != minute {
            self.minute = minute;
            self.keys.clear();
        }
        if self.keys.len() >= ROWS_A_MINUTE_MAX && !self.keys.contains(&event.key()) {
            event.username.clear();
            event.address.clear();
            event.request_id.clear();
            "more refusals in this minute than rows for them".clone_into(&mut event.detail);
            return event;
        }
        self.keys.insert(event.key());
        event
    }
}

/// Stores rows of [`RowLimit::rows`].
pub fn store(conn: &mut Conn, rows: &[LoggedEvent]) -> Result<()> {
    dialect::without_sync(conn, |conn| {
        dialect::keyed_transaction(conn, LOCK, |conn| store::add(conn, rows))
    })
}

/// Deletes at most `limit` events from before `instant`; returns how many.
pub fn clear_old(conn: &mut Conn, instant: NaiveDateTime, limit: i64) -> Result<usize> {
    store::delete_before(conn, instant, limit)
}
