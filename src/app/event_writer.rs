//! Stores the security log, on a thread of its own: no request waits for it or fails because of it.

use std::thread::Builder;
use std::time::Duration;

use crate::auth::event::{self, EventQueue, EventReceiver, LoggedEvent, RowLimit};
use crate::db::Result;
use crate::db::pool::Pool;

/// How long the end of the program waits for the last events.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// The thread. It is not waited for beyond [`FLUSH_LIMIT`]: it may be in a call to a database that hangs.
pub(super) struct EventWriter(EventQueue);

impl EventWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, which refuses a thread.
    pub(super) fn start(pool: Pool) -> std::io::Result<Self> {
        let (queue, receiver) = EventQueue::new();
        Builder::new()
            .name("event-writer".to_owned())
            .spawn(move || run(&pool, &receiver))?;
        Ok(Self(queue))
    }

    /// Returns the queue of the events.
    pub(super) fn queue(&self) -> EventQueue {
        self.0.clone()
    }

    /// Waits a moment for the last events.
    pub(super) fn flush(&self) {
        self.0.flush(FLUSH_LIMIT);
    }
}

fn run(pool: &Pool, receiver: &EventReceiver) {
    let mut limit = RowLimit::default();
    receiver.run(|batch| {
        let count = batch.len();
        match store(pool, &mut limit, batch) {
            Ok(()) => tracing::debug!(count, "security events were stored"),
            Err(error) => tracing::warn!(%error, count, "security events were not stored"),
        }
    });
}

fn store(pool: &Pool, limit: &mut RowLimit, batch: Vec<LoggedEvent>) -> Result<()> {
    let rows = limit.rows(batch);
    event::store(&mut *pool.get()?, &rows)
}
