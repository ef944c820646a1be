//! How many trials wait for other servers at a time.

use std::sync::{Arc, Mutex, PoisonError};

/// The most trials at a time: each holds a thread for as long as a source takes.
const SLOTS: usize = 4;

/// Counts the trials that are under way.
#[derive(Clone, Default)]
pub(super) struct TrySlots(Arc<Mutex<usize>>);

/// A place among the trials that are under way, until it is dropped.
pub(super) struct TrySlot(TrySlots);

impl TrySlots {
    /// Returns a place, if one is free.
    pub(super) fn take(&self) -> Option<TrySlot> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *taken >= SLOTS {
            return None;
        }
        *taken += 1;
        Some(TrySlot(self.clone()))
    }
}

impl Drop for TrySlot {
    fn drop(&mut self) {
        let mut taken = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(1);
    }
}
