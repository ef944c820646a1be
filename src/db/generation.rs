//! Generations of connections. A pool that is renewed drops the connections that it has and opens others; every connection knows to
//! which generation it belongs and whether that one is over.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use diesel::Connection;

use super::calls_in_progress::Call;
use super::conn::Conn;
use super::dialect;
use super::pool::Pool;
use super::server::Server;
use super::statistics::ConnectionRecord;
use super::write_turn::WriteTurns;

/// The connections that were opened between two renewals of a pool. Alive while any of them is open or may still be opened.
#[derive(Debug)]
pub struct Generation {
    number: u64,
    is_over: AtomicBool,
    alive: Arc<AtomicU32>,
    pool: Weak<super::pool::PoolShared>,
    /// The calls of its connections.
    calls: Mutex<Vec<Weak<Call>>>,
    /// The order of those who write, where the database has one writer at a time and no order of its own.
    pub(super) write_turns: WriteTurns,
}

impl Generation {
    /// Counts itself in `alive` until it is dropped.
    pub(super) fn new(number: u64, alive: Arc<AtomicU32>, pool: Weak<super::pool::PoolShared>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self {
            number,
            is_over: AtomicBool::new(false),
            alive,
            pool,
            calls: Mutex::default(),
            write_turns: WriteTurns::default(),
        }
    }

    /// Returns the number of the generation, 1 for the first.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns whether the pool was renewed since, so that nothing may be written over a connection of this generation any more.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
    }

    /// Returns the pool that opened the connections; none after it was dropped.
    pub fn pool(&self) -> Option<Pool> {
        self.pool.upgrade().map(Pool::of)
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Generation {
    fn add_call(&self, call: &Arc<Call>) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|call| call.strong_count() > 0);
        calls.push(Arc::downgrade(call));
    }

    /// Returns the calls of the connections that are open.
    pub(super) fn calls(&self) -> Vec<Arc<Call>> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().filter_map(Weak::upgrade).collect()
    }
}

/// Notes on a connection to which generation it belongs, and to which server it leads.
pub(super) fn mark(conn: &mut Conn, generation: &Arc<Generation>, server: Option<Server>) {
    let call = Arc::new(Call::new(
        Some(Arc::clone(generation)),
        server,
        dialect::is_remote(conn),
    ));
    generation.add_call(&call);
    conn.set_instrumentation(ConnectionRecord::of(call));
}

/// Notes on a connection beside any pool to which server it leads. Returns the record of its calls.
pub fn mark_alone(conn: &mut Conn, server: Option<Server>) -> Arc<Call> {
    let call = Arc::new(Call::new(None, server, dialect::is_remote(conn)));
    conn.set_instrumentation(ConnectionRecord::of(Arc::clone(&call)));
    call
}

/// Returns the generation of a connection; none if no pool opened it.
pub fn of(conn: &mut Conn) -> Option<Arc<Generation>> {
    call_of(conn).and_then(|call| call.generation().cloned())
}

/// Returns the server that a connection was opened to; none if no pool opened it, and on SQLite.
pub fn server_of(conn: &mut Conn) -> Option<Server> {
    call_of(conn).and_then(|call| call.server().cloned())
}

/// Returns the record of the calls of a connection; none if statements are not counted and no pool opened it.
pub fn call_of(conn: &mut Conn) -> Option<Arc<Call>> {
    conn.instrumentation()
        .downcast_ref::<ConnectionRecord>()
        .map(ConnectionRecord::call)
}
