//! Metrics: from the components to the bytes that Prometheus reads.
//!
//! # What makes a scrape see a change?
//!
//! 1. A change moves the data version in the database. Each scrape has the thread of [`state::refresher`] ask the source for a
//!    snapshot, and waits for an answer that was begun after the scrape was; if the version moved, the source reads what changed
//!    and the refresher publishes a new [`state::snapshot::Snapshot`].
//! 2. Time changes values, too: [`state::current::CurrentState::state_now`] makes a new [`state::ExposedState`] when there is
//!    another snapshot, or when the first value of the last state has come to its end. No state has an age.
//! 3. [`cache::ExpositionCache::page`] makes a new [`cache::page::CachedPage`] for another state: it renders and compresses the
//!    blocks that changed and shares all others with the page before.
//! 4. [`answer::exposition::Exposition`] sends the application's own families and then the page.
//!
//! # The rooms
//!
//! | Room | What is in it |
//! |---|---|
//! | [`source`] | the trait that hands out snapshots; this module sends no query; of the database it knows the proofs that it is ready |
//! | [`state`] | what is exposed now |
//! | [`mod@format`] | how it is spelt |
//! | [`cache`] | what is kept between scrapes |
//! | [`answer`] | what one scrape asks for, and the bytes of its answer |
//! | [`own`] | metrics about the exporter itself |
//! | [`collector`] | what is registered, once |
//!
//! Each room defines its words at its head. A test compares the pages with those of the `prometheus` crate's own encoder.

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
