//! Whether the client of a connection is still there: work that only its client wants stops when it is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Knows whether the client has closed its side of a connection, or the connection is gone.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<PresenceState>);

#[derive(Debug, Default)]
struct PresenceState {
    is_gone: Arc<AtomicBool>,
    left: Notify,
}

impl Presence {
    /// Notes that the client has closed the connection.
    pub fn leave(&self) {
        if !self.0.is_gone.swap(true, Ordering::Relaxed) {
            tracing::debug!("a client closed its connection");
            self.0.left.notify_waiters();
        }
    }

    /// Returns the flag that is set once the client is gone; work on other threads looks at it.
    #[must_use]
    pub fn is_gone(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.is_gone)
    }

    /// Waits until the client is gone.
    pub async fn gone(&self) {
        loop {
            let left = self.0.left.notified();
            if self.0.is_gone.load(Ordering::Relaxed) {
                return;
            }
            left.await;
        }
    }
}
