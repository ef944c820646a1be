//! The thread that works ahead of the scrapes, so that they find done what could be known before.
//!
//! Nothing depends on it: a scrape that finds something undone does it itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::metrics::cache::shared::Shared;
use crate::metrics::own::instruments::Failure;

/// After a fault of the program the next attempt waits so long, unless a scrape calls for it.
const PAUSE_AFTER_PANIC: Duration = Duration::from_secs(60);

/// The preparer, as long as it runs.
pub struct Preparer(Arc<Shared>);

impl Preparer {
    /// Starts the thread. It does nothing until the first scrape.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(shared: &Arc<Shared>) -> std::io::Result<Self> {
        let own = Arc::clone(shared);
        std::thread::Builder::new()
            .name("scrape-preparer".to_owned())
            .spawn(move || run(&own))?;
        Ok(Self(Arc::clone(shared)))
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.0.end_preparer();
    }
}

fn run(shared: &Shared) {
    let mut wait = None;
    while shared.wait_for_call(wait) {
        wait = catch_unwind(AssertUnwindSafe(|| shared.prepare())).unwrap_or_else(|_| {
            tracing::error!("preparing the next scrape panicked; scrapes do without");
            shared.instruments.failed(Failure::Panic);
            Some(PAUSE_AFTER_PANIC)
        });
    }
}
