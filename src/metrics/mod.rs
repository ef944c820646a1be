//! What Prometheus is told: from a snapshot of the components to bytes.
//!
//! `source` hands out a [`snapshot::Snapshot`] of components in `block`s; `state` adds what holds at an instant; `render` turns that
//! into bytes and `families` into the crate's own types, and a test holds the two to the same lines. A `feed` keeps the bytes,
//! compressed as `segment`s, from one state to the next; a `page` is rendered as it is sent, for what `selection` and `shard` say.
//! `exposition` puts an answer together; a `spool` holds the bytes of a feed in a file. `collector` is registered, once; `refresher`
//! keeps the snapshot true to the database and `preparer` works ahead of the clock. Nothing here sends a query: `source` is a trait.

pub mod block;
pub mod collector;
pub mod encoder;
pub mod exposition;
pub mod families;
pub mod feed;
pub mod feeds;
pub mod instruments;
pub mod names;
pub mod negotiation;
pub mod page;
pub mod preparer;
pub mod process;
pub mod refresher;
pub mod render;
pub mod segment;
pub mod selection;
pub mod shard;
pub mod shared;
pub mod snapshot;
pub mod source;
pub mod spool;
pub mod state;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks what is replaced as a whole, so that nothing half-written is behind it even after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
