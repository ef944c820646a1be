//! The pool of connections, and [`LivePool`], the proof that it has answered.

use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::r2d2::{HandleError, ManageConnection, PooledConnection, R2D2Connection};

use super::connection::{self, Conn};
use super::error::{Error, Result};
use super::url::DatabaseUrl;

/// How long a caller waits for a connection when it names no limit of its own.
const CHECKOUT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection on loan from the pool.
pub type Loan = PooledConnection<Manager>;

/// Connections to one database, opened as they are needed.
#[derive(Clone)]
pub struct Pool {
    inner: diesel::r2d2::Pool<Manager>,
    url: DatabaseUrl,
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
}

impl Pool {
    /// Opens the first connection itself, so that a wrong URL is told as what it is, then hands over to the pool.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer.
    pub fn connect(url: &DatabaseUrl, size_max: u32) -> Result<LivePool> {
        let first = connection::open(url)?;
        // A database in memory lives in its one connection and must never be closed.
        let memory = *url == DatabaseUrl::SqliteMemory;
        let manager = Manager {
            url: url.clone(),
            first: std::sync::Mutex::new(Some(first)),
        };
        let inner = diesel::r2d2::Pool::builder()
            .max_size(if memory { 1 } else { size_max.max(1) })
            .min_idle(Some(u32::from(memory)))
            .idle_timeout(if memory { None } else { Some(Duration::from_secs(300)) })
            .max_lifetime(if memory { None } else { Some(Duration::from_secs(1800)) })
            .connection_timeout(CHECKOUT_TIMEOUT)
            .error_handler(Box::new(LogErrors))
            .build(manager)
            .map_err(|error| Error::Unavailable(format!("{url}: {error}")))?;
        Ok(LivePool(Self {
            inner,
            url: url.clone(),
        }))
    }

    /// A connection, waiting at most as long as the pool's own limit.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none could be had in time.
    pub fn get(&self) -> Result<Loan> {
        self.get_within(CHECKOUT_TIMEOUT)
    }

    /// A connection, waiting at most `timeout`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when none could be had in time.
    pub fn get_within(&self, timeout: Duration) -> Result<Loan> {
        self.inner
            .get_timeout(timeout)
            .map_err(|error| Error::Unavailable(format!("{}: {error}", self.url)))
    }

    /// How many connections are open and idle.
    #[must_use]
    pub fn state(&self) -> PoolState {
        let state = self.inner.state();
        PoolState {
            open: state.connections,
            idle: state.idle_connections,
            size_max: self.inner.max_size(),
        }
    }

    /// The database behind the pool; shows without its password.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }
}

impl LivePool {
    /// The pool that the proof is about.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.0
    }
}

/// Opens and checks connections for the pool.
pub struct Manager {
    url: DatabaseUrl,
    /// The connection that proved the database live; the pool's first.
    first: std::sync::Mutex<Option<Conn>>,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        match first {
            Some(conn) => Ok(conn),
            None => connection::open(&self.url),
        }
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<()> {
        Ok(conn.ping()?)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}

/// Failures to open a connection, which the pool would otherwise retry in silence.
#[derive(Debug)]
struct LogErrors;

impl HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "a database connection could not be opened");
    }
}

/// A connection that one user keeps.
pub struct Dedicated(Keeping);

enum Keeping {
    /// Opened beside the pool. For a file: which file it is.
    Own {
        conn: Conn,
        file: Option<(PathBuf, FileIdentity)>,
    },
    /// The only connection of a database in memory, which must go back.
    Loan(Loan),
}

/// Device and inode.
type FileIdentity = (u64, u64);

impl Pool {
    /// Opens a connection beside the pool, which no other user can keep busy. A failure is told at once, without the pool's retries.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database does not answer, or when its file is gone.
    pub fn dedicated(&self) -> Result<Dedicated> {
        let keeping = match &self.url {
            DatabaseUrl::SqliteMemory => Keeping::Loan(self.get()?),
            DatabaseUrl::SqliteFile(path) => {
                let identity =
                    identity(path).ok_or_else(|| Error::Unavailable(format!("{}: the file is gone", self.url)))?;
                Keeping::Own {
                    conn: connection::open(&self.url)?,
                    file: Some((path.clone(), identity)),
                }
            }
            DatabaseUrl::Postgres(_) => Keeping::Own {
                conn: connection::open(&self.url)?,
                file: None,
            },
        };
        Ok(Dedicated(keeping))
    }
}

impl Dedicated {
    /// Whether the connection still leads to what the URL names. Of a database in memory it is given back after each use, and a
    /// file may have been replaced by another one under its name.
    #[must_use]
    pub fn is_current(&self) -> bool {
        match &self.0 {
            Keeping::Own {
                file: Some((path, opened)),
                ..
            } => identity(path).as_ref() == Some(opened),
            Keeping::Own { file: None, .. } => true,
            Keeping::Loan(_) => false,
        }
    }

    /// Whether it is the one connection that its database has, which then is the same as ever.
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

#[cfg(unix)]
fn identity(path: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path)
        .ok()
        .map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Without inodes a file that exists is taken for the one that was opened.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<FileIdentity> {
    path.exists().then_some((0, 0))
}
