//! Which transaction holds the lock that another one waits for. The server knows it only during the wait and only another connection can
//! ask, so a thread beside a transaction that takes long asks, and the error of the lock timeout names the blocker.

use std::cell::RefCell;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::conn::Conn;
use super::pool::Pool;
use super::{dialect, generation};

/// After how long a transaction is looked at, and how often. Several looks fall into the time that a transaction waits for a lock.
const PERIOD: Duration = Duration::from_millis(1500);

thread_local! {
    static CURRENT: RefCell<Option<BlockerName>> = const { RefCell::new(None) };
}

/// The blocker that was found, shared with the thread of the transaction.
type BlockerName = Arc<Mutex<Option<String>>>;

/// Looks for the blocker of a transaction until this is dropped.
pub(super) struct LockWatch {
    _until: Sender<()>,
}

impl LockWatch {
    /// Begins to look for the blocker of the transaction of `conn`, which this thread runs. Returns nothing where no server can be asked, as
    /// on SQLite: then the error has no name.
    pub(super) fn begin(conn: &mut Conn) -> Option<Self> {
        let pool = generation::of(conn)?.pool()?;
        let backend = generation::server_of(conn)?.pid;
        let (until, ended) = mpsc::channel();
        let named = BlockerName::default();
        let of_watcher = Arc::clone(&named);
        let look = move || {
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(PERIOD) {
                if let Some(blocker) = blocker_of(&pool, backend) {
                    *of_watcher.lock().unwrap_or_else(PoisonError::into_inner) = Some(blocker);
                }
            }
        };
        let thread = std::thread::Builder::new().name("lock-watch".to_owned()).spawn(look);
        if let Err(error) = thread {
            tracing::debug!(%error, "the blocker of a transaction will not be named");
            return None;
        }
        CURRENT.replace(Some(named));
        Some(Self { _until: until })
    }
}

impl Drop for LockWatch {
    fn drop(&mut self) {
        CURRENT.replace(None);
    }
}

/// Asks over a new connection, because those of the pool may all be waiting.
fn blocker_of(pool: &Pool, backend: i32) -> Option<String> {
    let found = pool
        .dedicated()
        .and_then(|mut conn| dialect::blocker_of(&mut conn, backend));
    found.unwrap_or_else(|error| {
        tracing::debug!(%error, "the blocker of a transaction could not be asked for");
        None
    })
}

/// Returns the blocker of the transaction that this thread runs, if it was found.
pub(super) fn named() -> Option<String> {
    let named = CURRENT.with_borrow(Option::clone)?;
    let named = named.lock().unwrap_or_else(PoisonError::into_inner);
    named.clone()
}
