//! Whether the client of a connection is still there: work that only its client wants stops when it is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Knows whether the client has closed its side of a connection, or the connection was lost.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<PresenceState>);

#[derive(Debug, Default)]
struct PresenceState {
    is_disconnected: Arc<AtomicBool>,
    changed: Notify,
}

impl Presence {
    /// Notes that the client has closed the connection.
    pub fn set_disconnected(&self) {
        if !self.0.is_disconnected.swap(true, Ordering::Relaxed) {
            tracing::debug!("a client closed its connection");
            self.0.changed.notify_waiters();
        }
    }

    /// Returns the flag that is set once the client has disconnected; work on other threads looks at it.
    #[must_use]
    pub fn disconnected_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0.is_disconnected)
    }

    /// Waits until the client has disconnected.
    pub async fn disconnected(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.0.is_disconnected.load(Ordering::Relaxed) {
                return;
            }
            changed.await;
        }
    }
}
