//! Whether the database accepts connections, and since when it does not: requests learn it at once and need not each find it out.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::error::Error;

/// How often an outage is logged while it lasts.
const LOG_PERIOD: Duration = Duration::from_secs(60);

/// The outcome of the last attempts to open a connection.
#[derive(Debug, Default)]
pub(super) struct Availability(Mutex<Option<Outage>>);

#[derive(Debug)]
struct Outage {
    since: Instant,
    logged: Instant,
    reason: String,
}

impl Availability {
    /// Notes that a connection could not be opened.
    pub(super) fn refused(&self, error: &Error) {
        let (now, reason) = (Instant::now(), error.to_string());
        let mut outage = self.lock();
        let outage = outage.get_or_insert_with(|| {
            tracing::error!(%error, "the database refuses connections");
            Outage {
                since: now,
                logged: now,
                reason: String::new(),
            }
        });
        if now.duration_since(outage.logged) >= LOG_PERIOD {
            outage.logged = now;
            let seconds = now.duration_since(outage.since).as_secs();
            tracing::error!(%error, seconds, "the database still refuses connections");
        }
        outage.reason = reason;
    }

    /// Notes that a connection was opened.
    pub(super) fn accepted(&self) {
        let Some(outage) = self.lock().take() else {
            return;
        };
        let seconds = outage.since.elapsed().as_secs();
        tracing::info!(seconds, "database available again after {seconds} s");
    }

    /// Forgets refusals: the next attempts lead to another server or another file.
    pub(super) fn forget(&self) {
        self.lock().take();
    }

    /// Returns the error for callers while connections are refused.
    pub(super) fn refusal(&self) -> Option<Error> {
        self.lock().as_ref().map(|outage| Error::Refused {
            since: outage.since,
            reason: outage.reason.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Outage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
