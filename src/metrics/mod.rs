//! Metrics: from a snapshot of the components to the bytes that Prometheus reads.
//!
//! `source` is the trait that hands out snapshots, `state` what is exposed now, `format` how it is spelt, `cache` what is kept between
//! scrapes, `answer` one answer, `own` the metrics about the exporter itself. `collector` is registered, once. Nothing in this module
//! sends a query.

pub mod answer;
pub mod cache;
pub mod collector;
pub mod format;
pub mod own;
pub mod source;
pub mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what is replaced as a whole, so that nothing half-written is behind it even after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
