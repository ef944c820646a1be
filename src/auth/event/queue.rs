//! The way of an event from the request that it is about to the thread that stores it. Requests never wait: what does not fit into the
//! queue is counted and reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::LoggedEvent;

/// Events that wait to be stored.
const LENGTH: usize = 1000;

/// Events that are stored in one transaction.
const BATCH_MAX: usize = 200;

/// Something in the queue.
#[derive(Debug)]
enum QueueItem {
    Event(Box<LoggedEvent>),
    /// Is answered once everything before it was taken care of.
    Flush(SyncSender<()>),
}

/// The end of the queue that requests have.
#[derive(Clone, Debug)]
pub struct EventQueue {
    sender: SyncSender<QueueItem>,
    lost: Arc<AtomicU64>,
}

/// The end of the queue that the storing thread has.
#[derive(Debug)]
pub struct EventReceiver {
    receiver: Receiver<QueueItem>,
    lost: Arc<AtomicU64>,
}

impl EventQueue {
    /// Returns both ends of a queue.
    #[must_use]
    pub fn new() -> (Self, EventReceiver) {
        let (sender, receiver) = sync_channel(LENGTH);
        let lost = Arc::new(AtomicU64::new(0));
        let queue = Self {
            sender,
            lost: Arc::clone(&lost),
        };
        (queue, EventReceiver { receiver, lost })
    }

    /// Puts an event into the queue, or counts it as lost if the queue is full.
    pub fn send(&self, event: LoggedEvent) {
        match self.sender.try_send(QueueItem::Event(Box::new(event))) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(
                        "the queue of security events is full; further ones are only logged until the database has caught up"
                    );
                }
            }
            // The process ends.
            Err(TrySendError::Disconnected(_)) => {}
        }
    }

    /// Waits until all events that are in the queue were taken care of, at most for `limit`.
    pub fn flush(&self, limit: Duration) {
        let (done, is_done) = sync_channel(1);
        if self.sender.try_send(QueueItem::Flush(done)).is_ok() {
            // After the limit the database hangs, and a stop does not wait for it.
            let _timeout = is_done.recv_timeout(limit);
        }
    }
}

impl EventReceiver {
    /// Hands batches of events to `store`, until every other end of the queue is dropped.
    pub fn run(&self, mut store: impl FnMut(Vec<LoggedEvent>)) {
        while let Ok(first) = self.receiver.recv() {
            let mut batch = Vec::new();
            let mut flushed = Vec::new();
            let further = self.receiver.try_iter().take(BATCH_MAX - 1);
            for item in std::iter::once(first).chain(further) {
                match item {
                    QueueItem::Event(event) => batch.push(*event),
                    QueueItem::Flush(done) => flushed.push(done),
                }
            }
            if !batch.is_empty() {
                store(batch);
            }
            let lost = self.lost.swap(0, Ordering::Relaxed);
            if lost > 0 {
                tracing::warn!(lost, "security events were not stored, because the queue was full");
            }
            for done in flushed {
                // Dropped by a stop that waited for too long.
                let _timeout = done.send(());
            }
        }
    }
}
