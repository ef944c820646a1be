//! Whether the server is going to stop: what probes, answers and connections ask, and signals set.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// The state of a stop. It goes one way: running, then begun, then closing. One for the whole process; copies share it.
#[derive(Clone)]
pub struct Stopping(Arc<StopState>);

struct StopState {
    is_begun: AtomicBool,
    /// Whether idle connections are closed.
    is_closing: watch::Sender<bool>,
}

impl Stopping {
    /// Returns the state of a server that runs.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(StopState {
            is_begun: AtomicBool::new(false),
            is_closing: watch::Sender::new(false),
        }))
    }

    /// Begins the stop: from now on the server is not ready, and every answer asks its client to close the connection.
    pub fn begin(&self) {
        self.0.is_begun.store(true, Ordering::SeqCst);
    }

    /// Returns whether the stop was begun.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.0.is_begun.load(Ordering::Relaxed)
    }

    /// Closes connections on which no request is in flight.
    pub fn close_idle(&self) {
        self.begin();
        self.0.is_closing.send_replace(true);
    }

    /// Waits until idle connections are to be closed.
    pub fn closing(&self) -> impl Future<Output = ()> + use<> {
        let mut is_closing = self.0.is_closing.subscribe();
        async move {
            // It fails if the sender is gone, and with it the server.
            drop(is_closing.wait_for(|is_closing| *is_closing).await);
        }
    }
}

impl Default for Stopping {
    fn default() -> Self {
        Self::new()
    }
}
