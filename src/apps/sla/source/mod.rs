//! The components for the metrics, out of the database: one row tells whether anything changed, and only what did is read.

use std::sync::Arc;
use std::time::Duration;

use diesel::r2d2::R2D2Connection;

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

    fn refresh_within(&mut self, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
        if let Some(mut conn) = self.conn.take().filter(Dedicated::is_current) {
            match self.refresh_over(&mut conn, limit) {
                // The database may be well and only the connection cut, by a restart or by something on the way that forgot it.
                Err(error) if conn.ping().is_err() => {
                    tracing::debug!(%error, "the connection was cut; another one is opened");
                }
                refreshed => return self.keep(conn, refreshed),
            }
        }
        let mut conn = self.pool.dedicated()?;
        if !conn.is_the_only_one() {
            // Versions tell what changed in one database alone, and behind another connection may be another one: a restored
            // backup, or a standby that took over without the last changes.
            self.loaded = None;
            dialect::limit_statements(&mut conn, limit)?;
        }
        let refreshed = self.refresh_over(&mut conn, limit);
        self.keep(conn, refreshed)
    }

    /// Keeps the connection after success; one that failed is closed, and the next refresh opens another.
    fn keep<T>(&mut self, conn: Dedicated, refreshed: Result<T>) -> Result<T> {
        // The only connection of a database in memory goes back at once.
        self.conn = refreshed.is_ok().then_some(conn).filter(|conn| !conn.is_the_only_one());
        refreshed
    }

    /// What is loaded is put back only when it is whole: after a failure half-way everything is read again.
    fn refresh_over(&mut self, conn: &mut Conn, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
        let version = store::version(conn)?;
        let (loaded, refresh) = load_if_moved(self.loaded.take(), conn, limit, version)?;
        if refresh != Refresh::Unchanged {
            let unreadable = loaded.catalog.unreadable();
            unreadable
                .for_each(|reason| tracing::error!(%reason, "components that use this are left out of the metrics"));
        }
        let snapshot = Arc::clone(&loaded.snapshot);
        self.loaded = Some(loaded);
        Ok((snapshot, refresh))
    }
}

/// Brings what is loaded to `version` or beyond: nothing to do if that is its version, and only what changed if that is enough.
fn load_if_moved(loaded: Option<Loaded>, conn: &mut Conn, limit: Duration, version: i64) -> Result<(Loaded, Refresh)> {
    if let Some(mut loaded) = loaded.filter(|loaded| loaded.catalog.version() <= version) {
        if loaded.catalog.version() == version {
            return Ok((loaded, Refresh::Unchanged));
        }
        let rows = load(conn, limit, loaded.catalog.version())?;
        let sizes = rows.sizes;
        loaded.catalog.update(rows);
        if loaded.catalog.sizes() == sizes {
            loaded.snapshot = Arc::new(loaded.catalog.snapshot());
            return Ok((loaded, Refresh::Delta));
        }
    }
    // Nothing was loaded; or the version went back, as when a backup is restored; or rows went without a trigger, by REPLACE on
    // SQLite or where somebody switched triggers off.
    let catalog = Catalog::new(load(conn, limit, -1)?);
    let snapshot = Arc::new(catalog.snapshot());
    Ok((Loaded { catalog, snapshot }, Refresh::Full))
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
            sizes: store::sizes(conn)?,
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
