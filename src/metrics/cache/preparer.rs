//! The thread that makes pages before scrapes ask for them.
//!
//! Nothing depends on it: a scrape that finds no page of the state now makes it itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ExpositionCache;
use crate::metrics::lock;
use crate::metrics::own::instruments::Failure;

/// After a panic the next attempt waits so long, unless a scrape wakes the preparer.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(60);

/// The preparer, as long as it runs.
pub struct Preparer(Arc<ExpositionCache>);

impl Preparer {
    /// Starts the thread. It does nothing until the first scrape.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(cache: &Arc<ExpositionCache>) -> std::io::Result<Self> {
        let own = Arc::clone(cache);
        std::thread::Builder::new()
            .name("scrape-preparer".to_owned())
            .spawn(move || run(&own))?;
        Ok(Self(Arc::clone(cache)))
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.0.wakeup.end();
    }
}

fn run(cache: &ExpositionCache) {
    let mut limit = None;
    while cache.wakeup.wait(limit) {
        limit = catch_unwind(AssertUnwindSafe(|| cache.prepare())).unwrap_or_else(|_| {
            tracing::error!("preparing the next scrape panicked; scrapes do without");
            cache.current.instruments.failed(Failure::Panic);
            Some(PAUSE_AFTER_PANIC)
        });
    }
}

/// What the preparer waits for.
#[derive(Default)]
pub(super) struct Wakeup {
    request: Mutex<WakeupRequest>,
    changed: Condvar,
}

#[derive(Default)]
struct WakeupRequest {
    is_pending: bool,
    is_end: bool,
}

impl Wakeup {
    /// Wakes the preparer, because there may be something to do.
    pub(super) fn wake(&self) {
        lock(&self.request).is_pending = true;
        self.changed.notify_all();
    }

    /// Ends the preparer.
    fn end(&self) {
        lock(&self.request).is_end = true;
        self.changed.notify_all();
    }

    /// Waits until the preparer is woken, at most so long; false if it is to end.
    fn wait(&self, limit: Option<Duration>) -> bool {
        let deadline = limit.map(|limit| Instant::now() + limit);
        let mut request = lock(&self.request);
        while !request.is_pending && !request.is_end {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            request = match left {
                Some(Duration::ZERO) => break,
                Some(left) => {
                    let waited = self.changed.wait_timeout(request, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(request).unwrap_or_else(PoisonError::into_inner),
            };
        }
        request.is_pending = false;
        !request.is_end
    }
}
