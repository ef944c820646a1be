//! The components for the metrics, out of the database: one row shows whether anything changed, and only what did is read.
//!
//! What no trigger saw is found beside the scrapes: after one was answered, what is known is compared with what is stored, a portion
//! at a time, and read anew as a whole if it differs.

mod loaded;
mod row_hashes;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::r2d2::R2D2Connection;

use self::loaded::{LoadedSnapshot, brought_up};
use crate::apps::sla::read_model::newest::ReadModels;
use crate::auth::token::ScrapeTokens;
use crate::db::calls_in_progress::Call;
use crate::db::generation;
use crate::db::pool::{DedicatedConn, IdleSlot, Pool};
use crate::db::{Conn, Error, Result, dialect};
use crate::metrics::source::{Refresh, SnapshotSource, SourceError, Standby};
use crate::metrics::state::snapshot::Snapshot;
use crate::zones::{self, Zones};

/// How long a comparison rests before the next. A hundred thousand components take half an hour, for a hundredth of a
/// processor's time, if there is a scrape a minute: a comparison follows an answer.
const REST: Duration = Duration::from_secs(15);

/// How long a call may take whose connection was given up before another source takes over.
const STUCK_LIMIT: Duration = Duration::from_secs(1);

/// Returns the zones in use.
type ZonesInUse = Arc<dyn Fn() -> Arc<Zones> + Send + Sync>;

/// Reads components over a connection of its own, so that no other user of the pool can make a scrape wait.
pub struct DatabaseSource {
    pool: Pool,
    conn: IdleSlot,
    loaded: Option<LoadedSnapshot>,
    rest: Duration,
    zones: ZonesInUse,
    /// What pages read, fed with the same rows; none in a program without pages.
    read_models: Option<Arc<ReadModels>>,
    /// The tokens that open the metrics, read beside each answer; none in a program without pages.
    tokens: Option<Arc<ScrapeTokens>>,
    /// What could not be read when that was last looked at.
    unreadable: BTreeSet<String>,
    /// Whether the last comparison failed.
    is_incomparable: bool,
    /// The call that the connection in use is in, for others to see.
    call: Arc<Mutex<Option<Arc<Call>>>>,
}

/// Takes over from a source whose database does not answer.
struct DatabaseStandby {
    pool: Pool,
    rest: Duration,
    zones: ZonesInUse,
    read_models: Option<Arc<ReadModels>>,
    tokens: Option<Arc<ScrapeTokens>>,
    call: Arc<Mutex<Option<Arc<Call>>>>,
}

impl Standby for DatabaseStandby {
    fn is_stuck(&self) -> bool {
        let call = self.call.lock().unwrap_or_else(PoisonError::into_inner).clone();
        call.is_some_and(|call| {
            let is_long = call.elapsed().is_some_and(|elapsed| elapsed >= STUCK_LIMIT);
            is_long && call.can_hang() && call.is_given_up()
        })
    }

    fn source(&self) -> Box<dyn SnapshotSource> {
        Box::new(DatabaseSource {
            rest: self.rest,
            zones: Arc::clone(&self.zones),
            read_models: self.read_models.clone(),
            tokens: self.tokens.clone(),
            ..DatabaseSource::new(self.pool.clone())
        })
    }
}

impl DatabaseSource {
    /// Returns a source over `pool`. No query is sent yet.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self {
            conn: pool.idle_slot(),
            pool,
            loaded: None,
            rest: REST,
            zones: Arc::new(zones::current),
            read_models: None,
            tokens: None,
            unreadable: BTreeSet::new(),
            is_incomparable: false,
            call: Arc::default(),
        }
    }

    /// Takes the zones in use from `zones` instead of [`zones::current`].
    #[must_use]
    pub fn with_zones(self, zones: impl Fn() -> Arc<Zones> + Send + Sync + 'static) -> Self {
        Self {
            zones: Arc::new(zones),
            ..self
        }
    }

    /// Offers what is read to `read_models`.
    #[must_use]
    pub fn feeding(self, read_models: Arc<ReadModels>) -> Self {
        Self {
            read_models: Some(read_models),
            ..self
        }
    }

    /// Keeps `tokens` as new as the components.
    #[must_use]
    pub fn admitting(self, tokens: Arc<ScrapeTokens>) -> Self {
        Self {
            tokens: Some(tokens),
            ..self
        }
    }

    /// Has what is known compared with what is stored as often as this.
    #[must_use]
    pub fn resting(self, rest: Duration) -> Self {
        Self { rest, ..self }
    }

    fn refresh_within(&mut self, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
        self.leave_read_only_sessions(limit);
        if let Some(mut conn) = self.conn.take().filter(DedicatedConn::is_current) {
            match self.refresh_over(&mut conn, limit) {
                // The database may be well and only the connection cut, by a restart or by something on the way that forgot it.
                Err(error) if conn.ping().is_err() => {
                    tracing::debug!(%error, "the connection was cut; another one is opened");
                }
                refreshed => return self.keep(conn, refreshed),
            }
        }
        let mut conn = self.pool.dedicated()?;
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) = generation::call_of(&mut conn);
        if !conn.is_the_only_one() {
            // Versions show what changed in one database alone, and behind another connection may be another one: a restored
            // backup, or a standby that took over without the last changes.
            self.loaded = None;
            dialect::limit_statements(&mut conn, limit)?;
        }
        let refreshed = self.refresh_over(&mut conn, limit);
        self.keep(conn, refreshed)
    }

    /// Has all connections opened anew if the one in use is read-only and those that are opened now are not: a session keeps what its role
    /// or database set when it began.
    fn leave_read_only_sessions(&self, limit: Duration) {
        let is_read_only = (self.loaded.as_ref()).is_some_and(|loaded| loaded.mark.is_read_only_session);
        if !is_read_only {
            return;
        }
        let generation = self.pool.generation();
        let begins_read_only = || -> Result<bool> {
            let mut conn = self.pool.dedicated()?;
            dialect::limit_statements(&mut conn, limit)?;
            Ok(dialect::mark(&mut conn)?.is_read_only_session)
        };
        let left = match begins_read_only() {
            Ok(false) => self.pool.renew(generation, "sessions are read-only no longer"),
            Ok(true) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = left {
            tracing::debug!(%error, "a read-only session is kept");
        }
    }

    /// Keeps the connection after success; one that failed is closed, and the next refresh opens another.
    fn keep<T>(&mut self, conn: DedicatedConn, done: Result<T>) -> Result<T> {
        // The only connection of a database in memory is returned at once.
        if done.is_ok() && !conn.is_the_only_one() {
            self.conn.put(conn);
        }
        done
    }

    /// Returns the snapshot of the data as it is now. What is loaded is kept only when it is whole: after a failure everything is read again.
    fn refresh_over(&mut self, conn: &mut Conn, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
        let mark = dialect::mark(conn)?;
        if let Some(tokens) = &self.tokens
            && let Err(error) = tokens.read(conn)
        {
            // The role may not read that table: scrapes without a token do not need it.
            let is_forbidden = matches!(error, Error::Forbidden(_));
            if (error.is_outage() && !is_forbidden) || conn.ping().is_err() {
                return Err(error);
            }
            tokens.forget(&error);
        }
        let zones = (self.zones)();
        // Other zone data makes other hours of every window: then everything is read and compiled anew.
        let is_current = |loaded: &LoadedSnapshot| Arc::ptr_eq(loaded.builder.zones(), &zones);
        self.loaded = self.loaded.take().filter(is_current);
        if let Some(loaded) = self.loaded.as_ref().filter(|loaded| loaded.mark == mark) {
            return Ok((Arc::clone(&loaded.snapshot), Refresh::Unchanged));
        }
        let loaded = self.loaded.take();
        // The database may have been migrated meanwhile.
        if loaded
            .as_ref()
            .is_some_and(|loaded| mark.has_other_tables(&loaded.mark))
        {
            self.pool.recheck_schema();
        }
        self.pool.check_schema(conn)?;
        let (loaded, refresh) = dialect::read_snapshot(conn, limit, |conn| {
            brought_up(loaded, &zones, conn, self.read_models.as_deref())
        })?;
        Ok((self.put_back(loaded), refresh))
    }

    fn put_back(&mut self, loaded: LoadedSnapshot) -> Arc<Snapshot> {
        let unreadable: BTreeSet<String> = loaded.builder.unreadable().collect();
        for reason in unreadable.difference(&self.unreadable) {
            tracing::error!(%reason, "components that use this are left out of the metrics");
        }
        self.unreadable = unreadable;
        let snapshot = Arc::clone(&loaded.snapshot);
        self.loaded = Some(loaded);
        snapshot
    }

    /// Compares some of what is known with what is stored, if that is due; false if it differs, and then nothing is known any more.
    /// A comparison that fails leaves everything as it is: what is known is no less true, and the next scrape needs the connection.
    fn compare(&mut self, limit: Duration) -> Result<bool> {
        let rest = self.rest;
        let Some(loaded) = self.loaded.as_mut().filter(|loaded| loaded.is_due(rest)) else {
            return Ok(true);
        };
        let Some(mut conn) = self.conn.take().filter(DedicatedConn::is_current) else {
            return Ok(true);
        };
        let compared = dialect::read_snapshot(&mut conn, limit, |conn| loaded.is_true(conn, rest, limit));
        if compared.is_ok() || conn.ping().is_ok() {
            self.conn.put(conn);
        }
        let is_true = compared?;
        if !is_true {
            self.loaded = None;
        }
        self.is_incomparable = false;
        Ok(is_true)
    }
}

impl SnapshotSource for DatabaseSource {
    fn standby(&self) -> Option<Arc<dyn Standby>> {
        Some(Arc::new(DatabaseStandby {
            pool: self.pool.clone(),
            rest: self.rest,
            zones: Arc::clone(&self.zones),
            read_models: self.read_models.clone(),
            tokens: self.tokens.clone(),
            call: Arc::clone(&self.call),
        }))
    }

    fn refresh(&mut self, limit: Duration) -> std::result::Result<(Arc<Snapshot>, Refresh), SourceError> {
        self.refresh_within(limit)
            .map_err(|error| SourceError(error.to_string()))
    }

    fn is_writable(&self) -> bool {
        let takes_changes = self.loaded.as_ref().is_some_and(|loaded| loaded.mark.takes_changes());
        takes_changes && self.pool.is_writable()
    }

    fn idle(&mut self, limit: Duration) -> bool {
        if let Some(read_models) = &self.read_models {
            read_models.apply();
        }
        match self.compare(limit) {
            Ok(is_true) => {
                if !is_true {
                    tracing::warn!("rows were changed and no trigger saw it; everything is read again");
                }
                !is_true
            }
            Err(error) => {
                // Logged once, not as often as it is tried.
                if !std::mem::replace(&mut self.is_incomparable, true) {
                    tracing::warn!(%error, "the components could not be compared with the database; it is tried again");
                }
                false
            }
        }
    }
}
