//! How the pool opens, checks and drops connections.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::r2d2::{HandleError, ManageConnection, R2D2Connection};

use crate::db::availability::Availability;
use crate::db::conn::Conn;
use crate::db::dialect;
use crate::db::error::{Error, Result};
use crate::db::generation::{self, Generation};
use crate::db::hosts::{Hosts, OpenedConn};

/// Opens and checks connections for the pool.
pub struct Manager {
    pub(super) hosts: Arc<Hosts>,
    pub(super) generation: Arc<Generation>,
    pub(super) availability: Arc<Availability>,
    /// The connection that proved the database live; the pool's first.
    pub(super) first: Mutex<Option<OpenedConn>>,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn> {
        if self.generation.is_over() {
            return Err(over());
        }
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (mut conn, server) = match first {
            Some(opened) => opened,
            None => self.hosts.open().inspect_err(|error| {
                // What the connections of an ended generation meet says nothing of those that follow.
                if !self.generation.is_over() {
                    self.availability.refused(error);
                }
            })?,
        };
        self.availability.accepted();
        generation::mark(&mut conn, &self.generation, server);
        Ok(conn)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<()> {
        // A server that hangs would not answer.
        if self.generation.is_over() {
            return Err(over());
        }
        dialect::check_out(conn)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        // A session keeps being read-only when others that begin are not any more.
        let is_read_only = generation::call_of(conn).is_some_and(|call| call.is_read_only());
        is_read_only || self.generation.is_over() || std::thread::panicking() || conn.is_broken()
    }
}

/// Returns the error of a connection whose generation has ended.
fn over() -> Error {
    Error::Unavailable("the connections were opened anew".to_owned())
}

/// Logs broken connections, which are replaced, for debugging. Failures to open one are reported by [`Availability`].
#[derive(Debug)]
pub(super) struct LogBroken;

impl HandleError<Error> for LogBroken {
    fn handle_error(&self, error: Error) {
        tracing::debug!(%error, "a database connection could not be opened or was broken");
    }
}
