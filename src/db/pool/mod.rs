//! The pool of connections, and [`LivePool`], the proof that it has answered.

mod follow;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use diesel::r2d2::{HandleError, ManageConnection, PooledConnection, R2D2Connection};

use super::availability::Availability;
use super::calls::Call;
use super::connection::Conn;
use super::error::{Error, Result};
use super::file;
use super::generation::{self, Generation};
use super::hosts::{Hosts, Opened};
use super::server::Server;
use super::spent;
use super::url::DatabaseUrl;
use super::writable;

pub use follow::Berth;

/// How long a caller waits for a connection when it names no limit of its own.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a caller waits before it looks whether the database refuses connections, or the pool was renewed.
const CHECKOUT_STEP: Duration = Duration::from_millis(50);

/// Twice the longest pause before a refused connection is tried again.
const RETRY_PAUSE_TWICE: Duration = Duration::from_secs(2);

/// The most generations of connections that may be alive at a time, the current one among them.
pub const GENERATIONS_MAX: u32 = 3;

/// A connection on loan from the pool.
pub type Loan = PooledConnection<Manager>;

/// Connections to one database, opened as they are needed, and replaced by others when the pool is renewed.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

/// What the clones of a pool share.
pub struct Inner {
    url: DatabaseUrl,
    hosts: Arc<Hosts>,
    size_max: u32,
    current: ArcSwap<Current>,
    availability: Arc<Availability>,
    /// Held while the pool is renewed.
    renewing: Mutex<()>,
    /// How many generations have connections.
    alive: Arc<AtomicU32>,
    /// The generation that began because the file was another one.
    renewed_for_file: Mutex<Option<u64>>,
    /// Whether the schema has to be checked: another file has taken the place of the one that was, or somebody migrated it.
    is_unchecked: AtomicBool,
    /// Why the schema cannot be used.
    schema_fault: Mutex<Option<String>>,
    /// Where dedicated connections wait.
    berths: Mutex<Vec<Weak<Mutex<Option<Dedicated>>>>>,
    /// Whether the server hangs and no more connections are given up for it.
    hangs: AtomicBool,
}

/// The generation in use.
struct Current {
    generation: Arc<Generation>,
    connections: diesel::r2d2::Pool<Manager>,
}

/// The proof that a pool has had a working connection. Only [`Pool::connect`] makes one.
#[derive(Clone)]
pub struct LivePool(Pool);

/// How many connections a pool has, and how many of them nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub open: u32,
    /// Open connections that wait to be used.
    pub idle: u32,
    /// The most that may be open.
    pub size_max: u32,
    /// Generations that have connections: 1, and those whose connections did not come back since the pool was renewed.
    pub generations: u32,
}

impl Current {
    /// Returns a generation that opens its connections as they are needed. `first` is one that is open already.
    fn new(
        hosts: &Arc<Hosts>,
        size_max: u32,
        (generation, availability): (Arc<Generation>, &Arc<Availability>),
        first: Option<Opened>,
    ) -> Self {
        // A database in memory lives in its one connection and must never be closed.
        let memory = *hosts.url() == DatabaseUrl::SqliteMemory;
        let manager = Manager {
            hosts: Arc::clone(hosts),
            generation: Arc::clone(&generation),
            availability: Arc::clone(availability),
            first: Mutex::new(first),
        };
        let connections = diesel::r2d2::Pool::builder()
            .max_size(if memory { 1 } else { size_max.max(1) })
            .min_idle(Some(u32::from(memory)))
            .idle_timeout(if memory { None } else { Some(Duration::from_secs(300)) })
            .max_lifetime(if memory { None } else { Some(Duration::from_secs(1800)) })
            .connection_timeout(RETRY_PAUSE_TWICE)
            .error_handler(Box::new(LogBroken))
            .build_unchecked(manager);
        Self {
            generation,
            connections,
        }
    }

    /// Ends the generation: idle connections are closed, those on loan when they come back.
    fn end(&self) {
        self.generation.end();
        // The check at checkout fails for each of them now, and what fails it is dropped.
        drop(self.connections.try_get());
    }
}

impl Pool {
    /// Opens the first connection itself, so that a wrong URL is told as what it is, then hands over to the pool.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer.
    pub fn connect(url: &DatabaseUrl, size_max: u32) -> Result<LivePool> {
        let hosts = Arc::new(Hosts::new(url));
        let first = hosts.open_or_create()?;
        let alive = Arc::new(AtomicU32::new(0));
        let availability = Arc::new(Availability::default());
        let inner = Arc::new_cyclic(|pool| {
            let generation = Arc::new(Generation::new(1, Arc::clone(&alive), pool.clone()));
            Inner {
                url: url.clone(),
                hosts: Arc::clone(&hosts),
                size_max,
                current: ArcSwap::from_pointee(Current::new(
                    &hosts,
                    size_max,
                    (generation, &availability),
                    Some(first),
                )),
                availability,
                renewing: Mutex::new(()),
                alive: Arc::clone(&alive),
                renewed_for_file: Mutex::new(None),
                is_unchecked: AtomicBool::new(false),
                schema_fault: Mutex::new(None),
                berths: Mutex::new(Vec::new()),
                hangs: AtomicBool::new(false),
            }
        });
        Ok(LivePool(Self(inner)))
    }

    pub(super) fn of(inner: Arc<Inner>) -> Self {
        Self(inner)
    }

    pub(super) fn downgrade(&self) -> std::sync::Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    /// Returns a connection, waiting at most as long as the pool's own limit.
    ///
    /// # Errors
    /// Those of [`Pool::get_within`].
    pub fn get(&self) -> Result<Loan> {
        self.get_within(CHECKOUT_TIMEOUT)
    }

    /// Returns a connection, waiting at most `timeout`.
    ///
    /// # Errors
    /// [`Error::Refused`] at once while the database refuses connections and none is open, though it is tried again every second;
    /// [`Error::Unavailable`] when none could be had in time; [`Error::FileChanged`] when the SQLite file was replaced or deleted and cannot be
    /// opened anew, and [`Error::Schema`] when the one in its place is of another version.
    pub fn get_within(&self, timeout: Duration) -> Result<Loan> {
        let started = Instant::now();
        let loan = self.loan_within(timeout);
        spent::add_waiting(started.elapsed());
        loan
    }

    fn loan_within(&self, timeout: Duration) -> Result<Loan> {
        // Each connection to it would hold another thread.
        if self.0.hangs.load(Ordering::Relaxed) {
            return Err(Error::Unavailable(format!("{}: the server hangs", self.0.url)));
        }
        let end = Instant::now() + timeout;
        self.follow_file()?;
        // The first look does not wait: it takes what is idle, or has another connection opened.
        let mut step = Duration::ZERO;
        loop {
            let current = self.0.current.load_full();
            match current.connections.get_timeout(step) {
                // Renewed meanwhile: the connection is dropped, and the next one is of the new generation.
                Ok(_) if current.generation.is_over() => {}
                Ok(mut loan) => {
                    self.check_schema(&mut loan)?;
                    return Ok(loan);
                }
                Err(_) if current.generation.is_over() => {}
                Err(error) => {
                    let is_closed = current.connections.state().connections == 0;
                    if let Some(refusal) = self.0.availability.refusal().filter(|_| is_closed) {
                        return Err(refusal);
                    }
                    if Instant::now() >= end {
                        return Err(Error::Unavailable(format!("{}: {error}", self.0.url)));
                    }
                }
            }
            step = end.saturating_duration_since(Instant::now()).min(CHECKOUT_STEP);
        }
    }

    /// Has every caller refused at once, or no longer, because the server hangs and no more connections are given up for it.
    pub(super) fn set_hangs(&self, hangs: bool) {
        self.0.hangs.store(hangs, Ordering::Relaxed);
    }

    /// Opens a connection of the generation in use beside the pool's own, to take the place of one that was lost.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer.
    pub(super) fn open(&self) -> Result<Conn> {
        let generation = Arc::clone(&self.0.current.load().generation);
        let (mut conn, server) = self.0.hosts.open()?;
        generation::mark(&mut conn, &generation, server);
        Ok(conn)
    }

    /// Returns whether a connection of the generation in use leads to a primary that `server` was promoted in place of.
    pub(super) fn is_outdated_by(&self, server: &Server) -> bool {
        let (_, calls) = self.calls();
        calls
            .iter()
            .any(|call| call.server().is_some_and(|other| server.is_newer_than(other)))
    }

    /// Returns the hosts of the URL.
    #[must_use]
    pub fn hosts(&self) -> &Arc<Hosts> {
        &self.0.hosts
    }

    /// Returns the calls of all connections of the generation in use.
    pub(super) fn calls(&self) -> (u64, Vec<Arc<Call>>) {
        let generation = Arc::clone(&self.0.current.load().generation);
        (generation.number(), generation.calls())
    }

    /// Returns the number of the generation in use, to be given to [`Pool::renew`] if it turns out to be no good.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.current.load().generation.number()
    }

    /// Renews the pool: every connection that is handed out from here on is opened anew. Idle connections are closed at once, those on
    /// loan and dedicated ones when they come back, and nothing is committed over them any more. Does nothing if the generation in use
    /// is not `seen` any more, because somebody else has renewed the pool, and nothing to a database in memory. Says whether it did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when [`GENERATIONS_MAX`] generations have connections that did not come back.
    pub fn renew(&self, seen: u64, reason: &str) -> Result<bool> {
        let _renewing = self.0.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.0.current.load_full();
        if old.generation.number() != seen || self.0.url == DatabaseUrl::SqliteMemory {
            return Ok(false);
        }
        if self.0.alive.load(Ordering::Relaxed) >= GENERATIONS_MAX {
            return Err(Error::Unavailable(format!(
                "{}: the connections were opened anew {} times and none of them came back",
                self.0.url,
                GENERATIONS_MAX - 1
            )));
        }
        let next = Generation::new(seen + 1, Arc::clone(&self.0.alive), Arc::downgrade(&self.0));
        let next = Current::new(
            &self.0.hosts,
            self.0.size_max,
            (Arc::new(next), &self.0.availability),
            None,
        );
        self.0.current.store(Arc::new(next));
        old.end();
        self.0.availability.forget();
        super::statistics::count_renewal();
        tracing::warn!(%reason, generation = seen + 1, "all connections to the database are opened anew");
        Ok(true)
    }

    /// Returns how many connections are open and idle.
    #[must_use]
    pub fn state(&self) -> PoolState {
        let current = self.0.current.load();
        let state = current.connections.state();
        PoolState {
            open: state.connections,
            idle: state.idle_connections,
            size_max: current.connections.max_size(),
            generations: self.0.alive.load(Ordering::Relaxed),
        }
    }

    /// Returns whether the database takes changes, as far as its file and the last changes tell. Nothing is asked of a server.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        let file = match &self.0.url {
            DatabaseUrl::SqliteFile(path) => Some(path.as_path()),
            DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => None,
        };
        writable::is_writable(file)
    }

    /// Returns whether the database takes one writer at a time, from all of its connections.
    #[must_use]
    pub fn has_one_writer(&self) -> bool {
        !matches!(self.0.url, DatabaseUrl::Postgres(_))
    }

    /// Returns the database behind the pool; shows without its password.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }
}

impl LivePool {
    /// Returns the pool that the proof is about.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.0
    }
}

/// Opens and checks connections for the pool.
pub struct Manager {
    hosts: Arc<Hosts>,
    generation: Arc<Generation>,
    availability: Arc<Availability>,
    /// The connection that proved the database live; the pool's first.
    first: Mutex<Option<Opened>>,
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
        Ok(conn.ping()?)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        self.generation.is_over() || std::thread::panicking() || conn.is_broken()
    }
}

fn over() -> Error {
    Error::Unavailable("the connections were opened anew".to_owned())
}

/// Failures to open a connection are told and logged by [`Availability`]; connections that turn out to be broken are replaced.
#[derive(Debug)]
struct LogBroken;

impl HandleError<Error> for LogBroken {
    fn handle_error(&self, error: Error) {
        tracing::debug!(%error, "a database connection could not be opened or was broken");
    }
}

/// A connection that one user keeps.
pub struct Dedicated(Keeping);

enum Keeping {
    /// Opened beside the pool.
    Own { conn: Conn, generation: Arc<Generation> },
    /// The only connection of a database in memory, which must go back.
    Loan(Loan),
}

impl Pool {
    /// Opens a connection beside the pool, which no other user can keep busy. A failure is told at once, without the pool's retries.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer; for a SQLite file as for [`Pool::get_within`].
    pub fn dedicated(&self) -> Result<Dedicated> {
        if self.0.url == DatabaseUrl::SqliteMemory {
            return Ok(Dedicated(Keeping::Loan(self.get()?)));
        }
        self.follow_file()?;
        let generation = Arc::clone(&self.0.current.load().generation);
        let (mut conn, server) = self.0.hosts.open()?;
        self.check_schema(&mut conn)?;
        generation::mark(&mut conn, &generation, server);
        Ok(Dedicated(Keeping::Own { conn, generation }))
    }
}

impl Dedicated {
    /// Returns whether the connection still leads to what the URL names. Of a database in memory it is given back after each use, a file
    /// may have been replaced by another one under its name, and the pool may have been renewed.
    #[must_use]
    pub fn is_current(&self) -> bool {
        match &self.0 {
            Keeping::Own { generation, .. } => {
                let is_same = |pool: Pool| match &pool.0.url {
                    DatabaseUrl::SqliteFile(path) => file::find_fault(path).is_none(),
                    _ => true,
                };
                !generation.is_over() && generation.pool().is_none_or(is_same)
            }
            Keeping::Loan(_) => false,
        }
    }

    /// Returns whether it is the one connection that its database has, which then is the same as ever.
    #[must_use]
    pub fn is_the_only_one(&self) -> bool {
        matches!(self.0, Keeping::Loan(_))
    }
}

impl std::ops::Deref for Dedicated {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match &self.0 {
            Keeping::Own { conn, .. } => conn,
            Keeping::Loan(loan) => loan,
        }
    }
}

impl std::ops::DerefMut for Dedicated {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.0 {
            Keeping::Own { conn, .. } => conn,
            Keeping::Loan(loan) => loan,
        }
    }
}
