//! Removes what is not needed any more while the program serves: sessions that have ended, failures to log in that no longer count, imports
//! that were not confirmed, answers of the API that are not sent again, and old security events.
//!
//! A thread of its own does it, in portions of few rows, each a transaction of its own. On PostgreSQL one replica does it at a time. Where
//! others hold locks it gives up, and tries again at the next time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use chrono::NaiveDateTime;

use crate::admin::transfer::pending;
use crate::api::replay;
use crate::auth::{event, policy, session, throttle};
use crate::clock::Clock;
use crate::db::pool::Pool;
use crate::db::{Conn, Result, dialect};

/// How often it is done; the first time at the start.
const INTERVAL: Duration = Duration::from_secs(600);
/// Rows that are deleted in one transaction.
const PORTION: i64 = 500;
/// Portions of one kind at a time; what is left waits for the next time.
const PORTIONS_MAX: usize = 200;

/// The thread; it ends by itself once this is dropped. It is not waited for: it may be in a call to a database that hangs.
pub(super) struct Cleaner {
    _stop: Sender<()>,
}

impl Cleaner {
    /// Starts the thread.
    ///
    /// # Errors
    /// The operating system's, which refuses a thread.
    pub(super) fn start(pool: Pool, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        Builder::new()
            .name("cleaner".to_owned())
            .spawn(move || run(&pool, &*clock, &stopped))?;
        Ok(Self { _stop: stop })
    }
}

fn run(pool: &Pool, clock: &dyn Clock, stopped: &Receiver<()>) {
    loop {
        if let Err(error) = clean(pool, clock.now(), stopped) {
            tracing::debug!(%error, "what is over was not removed; it is tried again later");
        }
        match stopped.recv_timeout(INTERVAL) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Deletes a portion of one kind, and returns how many rows.
type Portion = fn(&mut Conn, NaiveDateTime) -> Result<usize>;

/// What there is to delete.
const KINDS: [(&str, Portion); 5] = [
    ("sessions", |conn, now| {
        session::clear_expired(conn, now, Some(policy::current().session_idle), PORTION)
    }),
    ("failures to log in", |conn, now| {
        throttle::clear_old(conn, now, PORTION)
    }),
    ("imports", |conn, now| pending::clear_expired(conn, now, PORTION)),
    ("answers of the API", |conn, now| replay::clear_old(conn, now, PORTION)),
    ("security events", |conn, now| match policy::current().events_kept {
        Some(kept) => event::clear_old(conn, now - kept, PORTION),
        None => Ok(0),
    }),
];

fn clean(pool: &Pool, now: NaiveDateTime, stopped: &Receiver<()>) -> Result<()> {
    for (kind, portion) in KINDS {
        let mut removed = 0;
        for _ in 0..PORTIONS_MAX {
            let is_stopped = matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected));
            if is_stopped {
                return Ok(());
            }
            // The connection goes back between portions.
            let mut conn = pool.get()?;
            let Some(count) = dialect::exclusive_transaction(&mut conn, "cleaning", |conn| portion(conn, now))? else {
                return Ok(());
            };
            removed += count;
            if i64::try_from(count).unwrap_or(PORTION) < PORTION {
                break;
            }
        }
        if removed > 0 {
            tracing::info!(kind, removed, "what is over was removed");
        }
    }
    Ok(())
}
