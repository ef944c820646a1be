//! The last use of tokens, for their users to see. No request waits for it to be written: the first use in a minute goes through a queue to a thread
//! that writes it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{NaiveDateTime, TimeDelta};

use super::store;
use crate::db::{Conn, Result, dialect};

/// How old the note of the last use may be before it is written again.
const STEP: TimeDelta = TimeDelta::minutes(1);

/// Uses that wait to be written. One that does not fit is not noted; the next one, a minute later, is.
const LENGTH: usize = 1_000;

/// A use of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUse {
    /// The key of the token.
    pub token: i64,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// From which address; empty if unknown.
    pub address: String,
}

/// The end of the queue that requests have.
#[derive(Clone, Debug)]
pub struct TokenUses {
    sender: SyncSender<TokenUse>,
    /// When this process noted the last use of each token.
    noted: Arc<Mutex<HashMap<i64, NaiveDateTime>>>,
}

/// The end of the queue that the writing thread has.
#[derive(Debug)]
pub struct TokenUseReceiver(Receiver<TokenUse>);

impl TokenUses {
    /// Returns both ends of a queue.
    #[must_use]
    pub fn new() -> (Self, TokenUseReceiver) {
        let (sender, receiver) = sync_channel(LENGTH);
        let noted = Arc::default();
        (Self { sender, noted }, TokenUseReceiver(receiver))
    }

    /// Notes that a token was used, unless a use of the last minute is noted.
    pub fn note(&self, token: i64, at: NaiveDateTime, address: Option<IpAddr>) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |last: &NaiveDateTime| *last <= at && at - *last < STEP;
        if noted.get(&token).is_some_and(is_recent) {
            return;
        }
        let address = address
            .map(|address| address.to_canonical().to_string())
            .unwrap_or_default();
        // A full queue, or a process that ends: the note is for people who look at a list.
        if self.sender.try_send(TokenUse { token, at, address }).is_ok() {
            noted.insert(token, at);
        }
    }
}

impl TokenUseReceiver {
    /// Hands uses to `write`, until every other end of the queue is dropped.
    pub fn run(&self, write: impl FnMut(TokenUse)) {
        self.0.iter().for_each(write);
    }
}

impl TokenUse {
    /// Writes it to the row of its token.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn write(&self, conn: &mut Conn) -> Result<()> {
        dialect::without_sync(conn, |conn| {
            dialect::briefly(conn, |conn| store::note_use(conn, self.token, self.at, &self.address))
        })
    }
}
