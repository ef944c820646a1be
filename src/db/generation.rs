//! Generations of connections. A pool that is renewed drops the connections that it has and opens others; every connection knows to
//! which generation it belongs and whether that one is over.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use diesel::Connection;

use super::connection::Conn;
use super::pool::Pool;
use super::statistics::ConnectionRecord;

/// The connections that were opened between two renewals of a pool. Alive while any of them is open or may still be opened.
#[derive(Debug)]
pub struct Generation {
    number: u64,
    is_over: AtomicBool,
    alive: Arc<AtomicU32>,
    pool: Weak<super::pool::Inner>,
}

impl Generation {
    /// Counts itself in `alive` until it is dropped.
    pub(super) fn new(number: u64, alive: Arc<AtomicU32>, pool: Weak<super::pool::Inner>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self {
            number,
            is_over: AtomicBool::new(false),
            alive,
            pool,
        }
    }

    /// Returns the number of the generation, 1 for the first.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Whether the pool was renewed since, so that nothing may be written over a connection of this generation any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    /// Returns the pool that opened the connections; none if it is gone.
    #[must_use]
    pub fn pool(&self) -> Option<Pool> {
        self.pool.upgrade().map(Pool::of)
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Notes on a connection to which generation it belongs.
pub(super) fn mark(conn: &mut Conn, generation: Arc<Generation>) {
    conn.set_instrumentation(ConnectionRecord::of(generation));
}

/// Returns the generation of a connection; none if no pool opened it.
#[must_use]
pub fn of(conn: &mut Conn) -> Option<Arc<Generation>> {
    conn.instrumentation()
        .downcast_ref::<ConnectionRecord>()
        .and_then(ConnectionRecord::generation)
}
