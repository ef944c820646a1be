//! The hosts that a URL names, and which of them connections are opened to.
//!
//! libpq would try them in the order of the URL for each connection. A host that hangs would cost its timeout each time, and a primary
//! that wakes after a standby was promoted in its place would be written to again. So the host that was right last is tried first, and
//! a primary is refused whose timeline is older than one that was seen.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::conn::Conn;
use super::connection;
use super::dialect;
use super::error::{Error, Result};
use super::server::Server;
use super::url::DatabaseUrl;

/// A connection, and the server behind it where that is PostgreSQL and reports itself.
pub type OpenedConn = (Conn, Option<Server>);

/// The hosts of one URL.
pub struct Hosts {
    url: DatabaseUrl,
    /// Each host with its own URL, where there are several and only a primary will do; empty otherwise.
    each: Vec<(String, DatabaseUrl)>,
    /// The host that was right last.
    preferred: AtomicUsize,
    /// The primary with the greatest timeline that was seen.
    newest: Mutex<Option<Server>>,
}

impl Hosts {
    /// Reads them from a URL. Nothing is asked yet.
    pub fn new(url: &DatabaseUrl) -> Self {
        Self {
            url: url.clone(),
            each: if url.wants_primary() { url.hosts() } else { Vec::new() },
            preferred: AtomicUsize::new(0),
            newest: Mutex::new(None),
        }
    }

    /// Returns the URL that names them.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Returns whether the URL names several hosts of which one is the primary.
    pub fn are_several(&self) -> bool {
        !self.each.is_empty()
    }

    /// Opens a connection to a database that may be new: a SQLite file is made where there is none.
    ///
    /// # Errors
    /// As for [`Hosts::open`].
    pub fn open_or_create(&self) -> Result<OpenedConn> {
        match self.url {
            DatabaseUrl::Postgres(_) => self.open(),
            DatabaseUrl::SqliteFile(_) | DatabaseUrl::SqliteMemory => Ok((connection::open(&self.url)?, None)),
        }
    }

    /// Opens a connection to the first host that will do, beginning with the one that did last.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none does, with the reason of each.
    pub fn open(&self) -> Result<OpenedConn> {
        if self.each.is_empty() {
            let mut conn = connection::open_existing(&self.url)?;
            let server = dialect::server(&mut conn);
            return Ok((conn, server));
        }
        let first = self.preferred.load(Ordering::Relaxed);
        let mut reasons = Vec::new();
        for index in (0..self.each.len()).map(|step| (first + step) % self.each.len()) {
            let (host, url) = &self.each[index];
            let mut conn = match connection::open(url) {
                Ok(conn) => conn,
                Err(Error::Unavailable(reason)) => {
                    reasons.push(reason);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let server = dialect::server(&mut conn);
            if server.as_ref().is_some_and(|server| !self.note(server)) {
                reasons.push(format!(
                    "{host} is a primary that a standby was promoted in place of; it has to become a standby"
                ));
                continue;
            }
            self.preferred.store(index, Ordering::Relaxed);
            return Ok((conn, server));
        }
        Err(Error::Unavailable(reasons.join("; ")))
    }

    /// Notes a primary that was seen. Returns whether it is not older than one that was seen before.
    pub(super) fn note(&self, server: &Server) -> bool {
        let mut newest = self.newest();
        match newest.as_ref() {
            Some(known) if known.is_newer_than(server) => return false,
            Some(known) if known.system == server.system && !server.is_newer_than(known) => {}
            _ if server.timeline.is_some() => *newest = Some(server.clone()),
            _ => {}
        }
        true
    }

    /// Returns each host that claims to be a primary, with what it reports. A host that does not answer is left out.
    pub fn primaries(&self) -> Vec<(String, Server)> {
        let mut primaries = Vec::new();
        for (host, url) in &self.each {
            // One that does not answer is reported where a connection to it is needed.
            let Ok(mut conn) = connection::open(&url.of_any_server()) else {
                continue;
            };
            let server = dialect::server(&mut conn).filter(|server| server.timeline.is_some());
            primaries.extend(server.map(|server| (host.clone(), server)));
        }
        primaries
    }

    fn newest(&self) -> MutexGuard<'_, Option<Server>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
