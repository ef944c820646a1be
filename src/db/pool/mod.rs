//! The pool of connections, and [`LivePool`], the proof that it has answered.

mod dedicated;
mod follow;
mod manager;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use diesel::r2d2::PooledConnection;

use super::availability::Availability;
use super::calls_in_progress::Call;
use super::conn::Conn;
use super::database_time;
use super::error::{Error, Result};
use super::generation::{self, Generation};
use super::hosts::{Hosts, OpenedConn};
use super::server::Server;
use super::url::DatabaseUrl;
use super::writable;

pub use dedicated::DedicatedConn;
pub use follow::IdleSlot;
pub use manager::Manager;

use manager::LogBroken;

/// How long a caller waits for a connection when it names no limit of its own.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a caller waits before it looks whether the database refuses connections, or the pool was renewed.
const CHECKOUT_STEP: Duration = Duration::from_millis(50);

/// Twice the longest pause before a refused connection is tried again.
const RETRY_PAUSE_TWICE: Duration = Duration::from_secs(2);

/// The most generations of connections that may be alive at a time, the current one among them.
pub const GENERATIONS_MAX: u32 = 3;

/// A connection that was checked out of the pool.
pub type PooledConn = PooledConnection<Manager>;

/// Connections to one database, opened as they are needed, and replaced by others when the pool is renewed.
#[derive(Clone)]
pub struct Pool(Arc<PoolShared>);

/// What the clones of a pool share.
pub struct PoolShared {
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
    /// Whether the schema has to be checked: another file has taken its place, or it was migrated.
    is_unchecked: AtomicBool,
    /// Why the schema cannot be used.
    schema_fault: Mutex<Option<String>>,
    /// Where dedicated connections wait until they are used again.
    idle_slots: Mutex<Vec<Weak<Mutex<Option<DedicatedConn>>>>>,
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

/// How many connections a pool has, and how many of them are idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub open: u32,
    /// Open connections that wait to be used.
    pub idle: u32,
    /// The most that may be open.
    pub size_max: u32,
    /// Generations that have connections: 1, and those whose connections were not returned since the pool was renewed.
    pub generations: u32,
}

impl Current {
    /// Returns a generation that opens its connections as they are needed. `first` is one that is open already.
    fn new(
        hosts: &Arc<Hosts>,
        size_max: u32,
        (generation, availability): (Arc<Generation>, &Arc<Availability>),
        first: Option<OpenedConn>,
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

    /// Ends the generation: idle connections are closed, the others when they are returned.
    fn end(&self) {
        self.generation.end();
        // The check at checkout fails for each of them now, and what fails it is dropped.
        drop(self.connections.try_get());
    }
}

impl Pool {
    /// Opens the first connection itself, so that a wrong URL is reported as such, then hands over to the pool.
    pub fn connect(url: &DatabaseUrl, size_max: u32) -> Result<LivePool> {
        let hosts = Arc::new(Hosts::new(url));
        let first = hosts.open_or_create()?;
        let alive = Arc::new(AtomicU32::new(0));
        let availability = Arc::new(Availability::default());
        let inner = Arc::new_cyclic(|pool| {
            let generation = Arc::new(Generation::new(1, Arc::clone(&alive), pool.clone()));
            PoolShared {
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
                idle_slots: Mutex::new(Vec::new()),
                hangs: AtomicBool::new(false),
            }
        });
        Ok(LivePool(Self(inner)))
    }

    pub(super) fn of(inner: Arc<PoolShared>) -> Self {
        Self(inner)
    }

    pub(super) fn downgrade(&self) -> std::sync::Weak<PoolShared> {
        Arc::downgrade(&self.0)
    }

    /// Returns a connection, waiting at most as long as the pool's own limit.
    pub fn get(&self) -> Result<PooledConn> {
        self.get_within(CHECKOUT_TIMEOUT)
    }

    /// Returns a connection, waiting at most `timeout`.
    ///
    /// # Errors
    /// [`Error::Refused`] at once while the database refuses connections and none is open, though it is tried again every second;
    /// [`Error::Unavailable`] when none could be had in time; [`Error::FileChanged`] when the SQLite file was replaced or deleted and cannot be
    /// opened anew, and [`Error::Schema`] when the one in its place is of another version.
    pub fn get_within(&self, timeout: Duration) -> Result<PooledConn> {
        let started = Instant::now();
        let conn = self.checked_out_within(timeout);
        database_time::add_waiting(started.elapsed());
        conn
    }

    fn checked_out_within(&self, timeout: Duration) -> Result<PooledConn> {
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
                Ok(mut conn) => {
                    self.check_schema(&mut conn)?;
                    return Ok(conn);
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

    /// Refuses every caller at once, or no longer, because the server hangs and no more connections are given up for it.
    pub(super) fn set_hangs(&self, hangs: bool) {
        self.0.hangs.store(hangs, Ordering::Relaxed);
    }

    /// Opens a connection of the generation in use beside the pool's own, to take the place of one that was lost.
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
    pub fn hosts(&self) -> &Arc<Hosts> {
        &self.0.hosts
    }

    /// Returns the calls of all connections of the generation in use.
    pub(super) fn calls(&self) -> (u64, Vec<Arc<Call>>) {
        let generation = Arc::clone(&self.0.current.load().generation);
        (generation.number(), generation.calls())
    }

    /// Returns the number of the generation in use, to be given to [`Pool::renew`] if it turns out to be no good.
    pub fn generation(&self) -> u64 {
        self.0.current.load().generation.number()
    }

    /// Renews the pool: every connection that is checked out from here on is newly opened. Idle connections are closed at once, the others
    /// when they are returned, and nothing is committed over them any more. Does nothing if the generation in use
    /// is not `seen` any more, because another caller has renewed the pool, and nothing to a database in memory. Returns whether it did.
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
    pub fn is_writable(&self) -> bool {
        let file = match &self.0.url {
            DatabaseUrl::SqliteFile(path) => Some(path.as_path()),
            DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => None,
        };
        writable::is_writable(file)
    }

    /// Returns whether the database takes one writer at a time, from all of its connections.
    pub fn has_one_writer(&self) -> bool {
        !matches!(self.0.url, DatabaseUrl::Postgres(_))
    }

    /// Returns the database behind the pool; shows without its password.
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }
}

impl LivePool {
    /// Returns the pool that the proof is about.
    pub fn pool(&self) -> &Pool {
        &self.0
    }
}
