//! Connections beside the pool, each kept by one caller.

use std::sync::Arc;

use super::{Pool, PooledConn};
use crate::db::conn::Conn;
use crate::db::error::Result;
use crate::db::file;
use crate::db::generation::{self, Generation};
use crate::db::url::DatabaseUrl;

/// A connection that one caller keeps.
pub struct DedicatedConn(Keeping);

enum Keeping {
    /// Opened beside the pool.
    Own { conn: Conn, generation: Arc<Generation> },
    /// The only connection of a database in memory, which must go back.
    Pooled(PooledConn),
}

impl Pool {
    /// Opens a connection beside the pool, which no other user can keep busy. A failure is reported at once, without the pool's retries.
    ///
    /// # Errors
    /// [`Unavailable`](crate::db::Error::Unavailable) when the database does not answer; for a SQLite file as for [`Pool::get_within`].
    pub fn dedicated(&self) -> Result<DedicatedConn> {
        if self.0.url == DatabaseUrl::SqliteMemory {
            return Ok(DedicatedConn(Keeping::Pooled(self.get()?)));
        }
        self.follow_file()?;
        let generation = Arc::clone(&self.0.current.load().generation);
        let (mut conn, server) = self.0.hosts.open()?;
        self.check_schema(&mut conn)?;
        generation::mark(&mut conn, &generation, server);
        Ok(DedicatedConn(Keeping::Own { conn, generation }))
    }
}

impl DedicatedConn {
    /// Returns whether the connection still leads to what the URL names. Of a database in memory it is given back after each use, a file
    /// may have been replaced by another one under its name, and the pool may have been renewed.
    pub fn is_current(&self) -> bool {
        match &self.0 {
            Keeping::Own { generation, .. } => {
                let is_same = |pool: Pool| match &pool.0.url {
                    DatabaseUrl::SqliteFile(path) => file::find_fault(path).is_none(),
                    _ => true,
                };
                !generation.is_over() && generation.pool().is_none_or(is_same)
            }
            Keeping::Pooled(_) => false,
        }
    }

    /// Returns whether it is the one connection that its database has, which then is the same as ever.
    pub fn is_the_only_one(&self) -> bool {
        matches!(self.0, Keeping::Pooled(_))
    }
}

impl std::ops::Deref for DedicatedConn {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match &self.0 {
            Keeping::Own { conn, .. } => conn,
            Keeping::Pooled(conn) => conn,
        }
    }
}

impl std::ops::DerefMut for DedicatedConn {
    fn deref_mut(&mut self) -> &mut Conn {
        match &mut self.0 {
            Keeping::Own { conn, .. } => conn,
            Keeping::Pooled(conn) => conn,
        }
    }
}
