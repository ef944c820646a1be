//! Calls to the database that are in progress, each noted by the connection that makes it, so that another thread sees one that is
//! not answered.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, Instant};

use super::generation::Generation;
use super::server::Server;

/// Instants are kept as milliseconds since this one, 1 at least; 0 is never.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long a report of the server that it works on a call is valid.
const WORKED_ON: Duration = Duration::from_secs(8);

/// The call that one connection is in.
#[derive(Debug, Default)]
pub struct Call {
    began: AtomicU64,
    worked_on: AtomicU64,
    heard_of: AtomicU64,
    generation: OnceLock<Arc<Generation>>,
    server: OnceLock<Server>,
    /// Whether the database may hang without an error.
    can_hang: bool,
    /// Whether a change was refused because the session or the server is read-only.
    is_read_only: AtomicBool,
}

impl Call {
    /// Makes the record of a connection of `generation` to `server`, which `can_hang` without an error.
    pub(super) fn new(generation: Option<Arc<Generation>>, server: Option<Server>, can_hang: bool) -> Self {
        let call = Self {
            can_hang,
            ..Self::default()
        };
        if let Some(generation) = generation {
            call.generation.get_or_init(|| generation);
        }
        if let Some(server) = server {
            call.server.get_or_init(|| server);
        }
        call
    }

    pub(super) fn begin(&self) {
        self.began.store(now(), Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.began.store(0, Ordering::Release);
    }

    /// Returns a number that tells the call in progress from others of the same connection; none if there is none.
    pub(super) fn number(&self) -> Option<u64> {
        Some(self.began.load(Ordering::Acquire)).filter(|began| *began > 0)
    }

    /// Returns how long the call in progress takes already; none if there is none.
    pub fn elapsed(&self) -> Option<Duration> {
        self.number()
            .map(|began| Duration::from_millis(now().saturating_sub(began)))
    }

    /// Notes that the server has not lost the call, and whether it works on it or waits for a standby.
    pub(super) fn set_heard_of(&self, is_worked_on: bool) {
        self.heard_of.store(now(), Ordering::Release);
        if is_worked_on {
            self.worked_on.store(now(), Ordering::Release);
        }
    }

    /// Returns whether the server reported within the last seconds that it works on the call in progress.
    pub fn is_worked_on(&self) -> bool {
        self.is_recent(&self.worked_on, WORKED_ON)
    }

    /// Returns whether the server was heard of within this time.
    pub(super) fn was_heard_of_within(&self, limit: Duration) -> bool {
        self.is_recent(&self.heard_of, limit)
    }

    fn is_recent(&self, at: &AtomicU64, limit: Duration) -> bool {
        let at = at.load(Ordering::Acquire);
        let is_of_this_call = self.number().is_some_and(|began| at >= began);
        is_of_this_call && Duration::from_millis(now().saturating_sub(at)) <= limit
    }

    /// Returns whether the database may hang without an error, as one does that is reached over a network.
    pub fn can_hang(&self) -> bool {
        self.can_hang
    }

    /// Notes that a change was refused over the connection because it is read-only.
    pub(super) fn set_read_only(&self) {
        self.is_read_only.store(true, Ordering::Relaxed);
    }

    /// Returns whether a change was refused over the connection because it is read-only.
    pub(super) fn is_read_only(&self) -> bool {
        self.is_read_only.load(Ordering::Relaxed)
    }

    /// Returns whether the pool was renewed since the connection was opened.
    pub fn is_given_up(&self) -> bool {
        self.generation.get().is_some_and(|generation| generation.is_over())
    }

    /// Returns the generation of the connection; none if no pool opened it.
    pub(super) fn generation(&self) -> Option<&Arc<Generation>> {
        self.generation.get()
    }

    /// Returns the server that the connection was opened to, where that is known.
    pub fn server(&self) -> Option<&Server> {
        self.server.get()
    }
}

fn now() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}
