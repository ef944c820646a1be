//! The order of the threads of this process that write to SQLite: first come, first served. SQLite itself gives its lock to the thread that asks for it
//! at the right moment, and lets the others ask again after pauses, so that a login beside busy writers could wait in vain.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{ArcMutexGuard, FairMutex, RawFairMutex};

use super::error::{Error, Result};

/// The turns of those who write over the connections of one generation.
#[derive(Debug, Default)]
pub(super) struct WriteTurns(Arc<FairMutex<()>>);

/// The turn to write, until it is dropped.
pub(super) struct WriteTurn(
    #[expect(dead_code, reason = "the lock is held, not read")] ArcMutexGuard<RawFairMutex, ()>,
);

impl WriteTurns {
    /// Waits for the turn.
    ///
    /// # Errors
    /// [`Error::Locked`], as SQLite says it, if others write for longer than `wait`.
    pub(super) fn take(&self, wait: Duration) -> Result<WriteTurn> {
        let turn = self.0.try_lock_arc_for(wait);
        turn.map(WriteTurn)
            .ok_or_else(|| Error::Locked("database is locked".to_owned()))
    }
}
