//! The components for the metrics, out of the database: one row tells whether anything changed, and only what did is read.

use std::sync::Arc;
use std::time::Duration;

use super::catalog::{Catalog, Rows};
use super::{calendar, component, store, window};
use crate::db::pool::{Dedicated, Pool};
use crate::db::{Conn, Result, dialect};
use crate::metrics::snapshot::Snapshot;
use crate::metrics::source::{Refresh, Source, SourceError};

/// Reads components over a connection of its own, so that no other user of the pool can make a scrape wait.
pub struct DatabaseSource {
    pool: Pool,
    conn: Option<Dedicated>,
    loaded: Option<Loaded>,
}

struct Loaded {
    catalog: Catalog,
    snapshot: Arc<Snapshot>,
}

impl DatabaseSource {
    /// A source over `pool`. No query is sent yet.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self {
            pool,
            conn: None,
            loaded: None,
        }
    }

    /// A kept connection may have died since its last use, as when the server was restarted: that says nothing about the database
    /// now, so a fresh one is asked as well. The connection is put back only after success; one that failed is closed.
    fn refresh_within(&mut self, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
        if let Some(mut kept) = self.conn.take().filter(Dedicated::is_current) {
            match self.refresh_over(&mut kept, limit) {
                Ok(refreshed) => {
                    self.conn = Some(kept);
                    return Ok(refreshed);
                }
                Err(error) => tracing::debug!(%error, "the kept connection failed; a fresh one is tried"),
            }
        }
        let mut fresh = self.pool.dedicated()?;
        let refreshed = self.refresh_over(&mut fresh, limit)?;
        // The only connection of a database in memory goes back at once.
        self.conn = Some(fresh).filter(Dedicated::is_current);
        Ok(refreshed)
    }

    fn refresh_over(&mut self, conn: &mut Conn, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
        let version = store::version(conn)?;
        // A version that went back is another database behind the same name, as after a restored backup.
        let known = self
            .loaded
            .take_if(|loaded| loaded.catalog.version() > version)
            .is_none();
        let refresh = match &mut self.loaded {
            Some(loaded) if known && loaded.catalog.version() == version => Refresh::Unchanged,
            Some(loaded) => {
                let rows = load(conn, limit, loaded.catalog.version())?;
                loaded.catalog.update(rows);
                loaded.snapshot = Arc::new(loaded.catalog.snapshot());
                Refresh::Delta
            }
            empty => {
                let catalog = Catalog::new(load(conn, limit, -1)?);
                let snapshot = Arc::new(catalog.snapshot());
                *empty = Some(Loaded { catalog, snapshot });
                Refresh::Full
            }
        };
        if refresh != Refresh::Unchanged {
            let unreadable = self.loaded.iter().flat_map(|loaded| loaded.catalog.unreadable());
            unreadable
                .for_each(|reason| tracing::error!(%reason, "components that use this are left out of the metrics"));
        }
        let snapshot = self
            .loaded
            .as_ref()
            .map(|loaded| Arc::clone(&loaded.snapshot))
            .unwrap_or_default();
        Ok((snapshot, refresh))
    }
}

impl Source for DatabaseSource {
    fn refresh(&mut self, limit: Duration) -> std::result::Result<(Arc<Snapshot>, Refresh), SourceError> {
        self.refresh_within(limit)
            .map_err(|error| SourceError(error.to_string()))
    }
}

/// Everything stamped by a version after `since`, and that version, from one unmoving state of the database.
///
/// # Errors
/// Those of the database.
pub fn load(conn: &mut Conn, limit: Duration, since: i64) -> Result<Rows> {
    dialect::read_snapshot(conn, limit, |conn| {
        Ok(Rows {
            version: store::version(conn)?,
            calendars: calendar::store::changed_since(conn, since)?,
            calendar_rules: calendar::store::rules_since(conn, since)?,
            windows: window::store::changed_since(conn, since)?,
            window_rules: window::store::rules_since(conn, since)?,
            window_calendars: window::store::calendars_since(conn, since)?,
            components: component::store::changed_since(conn, since)?,
            component_labels: component::store::labels_since(conn, since)?,
            component_windows: component::store::windows_since(conn, since)?,
            component_calendars: component::store::calendars_since(conn, since)?,
            tombstones: if since < 0 {
                Vec::new()
            } else {
                store::tombstones_since(conn, since)?
            },
        })
    })
}
