//! The components for the metrics, out of the database: one row shows whether anything changed, and only what did is read.
//!
//! What no trigger saw is found beside the scrapes: after one was answered, what is known is compared with what is stored, a portion
//! at a time, and read anew as a whole if it differs.

mod read;
mod row_hashes;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::r2d2::R2D2Connection;

use self::read::{changed_rows, everything};
use self::row_hashes::RowHashes;
use crate::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use crate::apps::sla::store;
use crate::db::calls_in_progress::Call;
use crate::db::generation;
use crate::db::mark::Mark;
use crate::db::pool::{DedicatedConn, IdleSlot, Pool};
use crate::db::{Conn, Result, dialect};
use crate::metrics::source::{Refresh, SnapshotSource, SourceError, Standby};
use crate::metrics::state::snapshot::Snapshot;
use crate::zones::{self, Zones};

pub use read::all_rows;

/// How many components are read at once: few enough that their rows are no burden beside what is made of them.
const PORTION: i64 = 5_000;

/// How many components are compared at once: a scrape that comes meanwhile waits for these few milliseconds.
const COMPARED: i64 = 1_000;

/// How long a comparison rests before the next. A hundred thousand components take half an hour, for a hundredth of a
/// processor's time, if there is a scrape a minute: a comparison follows an answer.
const REST: Duration = Duration::from_secs(15);

/// How many comparisons follow one answer at most, when answers are further apart than comparisons should be.
const COMPARISONS_MAX: u32 = 4;

/// More changed components than this are no reason to keep the others: all are read.
const CHANGED_MAX: usize = 5_000;

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
            ..DatabaseSource::new(self.pool.clone())
        })
    }
}

/// What was read, and how far it has been compared with what is stored.
struct LoadedSnapshot {
    mark: Mark,
    builder: SnapshotBuilder,
    hashes: RowHashes,
    snapshot: Arc<Snapshot>,
    /// Whether rows were not counted since changes were read.
    is_uncounted: bool,
    /// The key after which components are compared next; nothing: windows and calendars are.
    compared_to: Option<i64>,
    compared_at: Instant,
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

    /// Has what is known compared with what is stored as often as this.
    #[must_use]
    pub fn resting(self, rest: Duration) -> Self {
        Self { rest, ..self }
    }

    fn refresh_within(&mut self, limit: Duration) -> Result<(Arc<Snapshot>, Refresh)> {
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
        let (loaded, refresh) = dialect::read_snapshot(conn, limit, |conn| brought_up(loaded, &zones, conn))?;
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

/// Brings what is loaded to the state of the data: only what changed is read if that is enough.
fn brought_up(
    loaded: Option<LoadedSnapshot>,
    zones: &Arc<Zones>,
    conn: &mut Conn,
) -> Result<(LoadedSnapshot, Refresh)> {
    let mark = dialect::mark(conn)?;
    if let Some(mut loaded) = loaded.filter(|loaded| mark.continues(&loaded.mark))
        && loaded.take_changes(conn, mark)?
    {
        return Ok((loaded, Refresh::Delta));
    }
    // Nothing was loaded; or the data is no longer that which was read, as when a backup is restored; or rows were deleted without a trigger,
    // by REPLACE on SQLite; or so much changed that it is cheaper.
    Ok((LoadedSnapshot::read(conn, Arc::clone(zones))?, Refresh::Full))
}

impl LoadedSnapshot {
    /// Reads everything.
    fn read(conn: &mut Conn, zones: Arc<Zones>) -> Result<Self> {
        let mark = dialect::mark(conn)?;
        let mut hashes = RowHashes::default();
        let rows = SnapshotRows {
            version: mark.version,
            ..SnapshotRows::default()
        };
        let mut builder = SnapshotBuilder::with_zones(zones, rows);
        everything(conn, mark.version, PORTION, |mut rows| {
            hashes.keep_changed(&mut rows);
            builder.update(rows);
        })?;
        Ok(Self {
            mark,
            snapshot: Arc::new(builder.snapshot()),
            builder,
            hashes,
            is_uncounted: false,
            compared_to: None,
            compared_at: Instant::now(),
        })
    }

    /// Takes over what changed since its mark; false if that does not lead to what is stored, or not cheaply.
    fn take_changes(&mut self, conn: &mut Conn, mark: Mark) -> Result<bool> {
        let changes_max = CHANGED_MAX.max(self.hashes.row_counts().components / 2);
        let Some(mut rows) = changed_rows(conn, self.mark.version, mark.version, changes_max)? else {
            return Ok(false);
        };
        self.hashes.keep_changed(&mut rows);
        self.is_uncounted = !dialect::counts_at_once(conn);
        if !self.is_uncounted && store::row_counts(conn)? != self.hashes.row_counts() {
            return Ok(false);
        }
        self.builder.update(rows);
        self.snapshot = Arc::new(self.builder.snapshot());
        self.mark = mark;
        Ok(true)
    }

    /// Returns whether something should be compared.
    fn is_due(&self, rest: Duration) -> bool {
        self.is_uncounted || self.compared_at.elapsed() >= rest
    }

    /// Returns whether the next portions of what is known are what is stored: as many as are due, but none that begins after `limit`.
    /// Data that has moved on is not compared: a refresh will read it.
    fn is_true(&mut self, conn: &mut Conn, rest: Duration, limit: Duration) -> Result<bool> {
        let started = Instant::now();
        if dialect::mark(conn)? != self.mark {
            return Ok(true);
        }
        // Taken first: what fails is not tried again at once.
        let is_uncounted = std::mem::take(&mut self.is_uncounted);
        let steps = self.take_steps(rest);
        if is_uncounted && store::row_counts(conn)? != self.hashes.row_counts() {
            return Ok(false);
        }
        for _ in 0..steps {
            if started.elapsed() < limit && !self.is_next_portion_true(conn)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns how many portions should have been compared by now and were not, up to [`COMPARISONS_MAX`]; they count as compared.
    fn take_steps(&mut self, rest: Duration) -> u32 {
        let now = Instant::now();
        let elapsed = now.duration_since(self.compared_at);
        let is_behind = elapsed >= rest * COMPARISONS_MAX;
        let steps = (1..=COMPARISONS_MAX)
            .take_while(|&steps| elapsed >= rest * steps)
            .count();
        let steps = u32::try_from(steps).unwrap_or(COMPARISONS_MAX);
        self.compared_at = if is_behind {
            now
        } else {
            self.compared_at + rest * steps
        };
        steps
    }

    fn is_next_portion_true(&mut self, conn: &mut Conn) -> Result<bool> {
        let Some(after) = self.compared_to else {
            let is_true = self.hashes.has_schedules(&read::schedules(conn)?);
            self.compared_to = Some(i64::MIN);
            return Ok(is_true);
        };
        let (rows, last) = read::portion(conn, after, COMPARED)?;
        self.compared_to = last;
        Ok(self.hashes.has_components(after, last, &rows))
    }
}

impl SnapshotSource for DatabaseSource {
    fn standby(&self) -> Option<Arc<dyn Standby>> {
        Some(Arc::new(DatabaseStandby {
            pool: self.pool.clone(),
            rest: self.rest,
            zones: Arc::clone(&self.zones),
            call: Arc::clone(&self.call),
        }))
    }

    fn refresh(&mut self, limit: Duration) -> std::result::Result<(Arc<Snapshot>, Refresh), SourceError> {
        self.refresh_within(limit)
            .map_err(|error| SourceError(error.to_string()))
    }

    fn is_writable(&self) -> bool {
        let takes_changes = self.loaded.as_ref().is_some_and(|loaded| loaded.mark.takes_changes);
        takes_changes && self.pool.is_writable()
    }

    fn idle(&mut self, limit: Duration) -> bool {
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
