//! Time that the current thread spent on the database, and in how many statements, so that the log of a request shows where the time went.
//!
//! Code that does the work of a request on one thread calls [`take`] before it and after it.

use std::cell::Cell;
use std::time::Duration;

/// What a thread spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatabaseTime {
    /// Waiting for a connection of the pool.
    pub waiting: Duration,
    /// Running statements.
    pub database: Duration,
    /// How many statements.
    pub statements: u32,
}

thread_local! {
    static SPENT: Cell<DatabaseTime> = const { Cell::new(DatabaseTime { waiting: Duration::ZERO, database: Duration::ZERO, statements: 0 }) };
}

/// Returns what the current thread spent since the last call, and starts again at zero.
pub fn take() -> DatabaseTime {
    SPENT.take()
}

/// Adds time of waiting for a connection.
pub(super) fn add_waiting(taken: Duration) {
    SPENT.set(DatabaseTime {
        waiting: SPENT.get().waiting + taken,
        ..SPENT.get()
    });
}

/// Adds the time of a statement.
pub(super) fn add_database(taken: Duration) {
    SPENT.set(DatabaseTime {
        database: SPENT.get().database + taken,
        statements: SPENT.get().statements + 1,
        ..SPENT.get()
    });
}
