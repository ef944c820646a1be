//! What was loaded, brought up to date and compared with what is stored, a portion at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::row_hashes::RowHashes;
use crate::apps::sla::read_model::change::Assembly;
use crate::apps::sla::read_model::model::DataState;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use crate::apps::sla::snapshot::read::{self, changed_rows, everything};
use crate::apps::sla::store::{self, RowCounts};
use crate::db::mark::Mark;
use crate::db::{Conn, Result, dialect, generation};
use crate::metrics::source::Refresh;
use crate::metrics::state::snapshot::Snapshot;
use crate::zones::Zones;

/// How many components are read at once: few enough that their rows are no burden beside what is made of them.
const PORTION: i64 = 5_000;

/// How many components are compared at once: a scrape that comes meanwhile waits for these few milliseconds.
const COMPARED: i64 = 1_000;

/// How many comparisons follow one answer at most, when answers are further apart than comparisons should be.
const COMPARISONS_MAX: u32 = 4;

/// How many times as long as a count took there is none after it: of many saves each would have all rows counted.
const COUNT_REST: u32 = 20;

/// More changed components than this are no reason to keep the others: all are read.
const CHANGED_MAX: usize = 5_000;

/// What was read, and how far it has been compared with what is stored.
pub(super) struct LoadedSnapshot {
    pub(super) mark: Mark,
    pub(super) builder: SnapshotBuilder,
    hashes: RowHashes,
    pub(super) snapshot: Arc<Snapshot>,
    /// Whether rows were not counted since changes were read.
    is_uncounted: bool,
    /// When rows may be counted again.
    counted_until: Option<Instant>,
    /// The key after which components are compared next; nothing: windows and calendars are.
    compared_to: Option<i64>,
    compared_at: Instant,
}

/// Brings what is loaded to the state of the data: only what changed is read if that is enough.
pub(super) fn brought_up(
    loaded: Option<LoadedSnapshot>,
    zones: &Arc<Zones>,
    conn: &mut Conn,
    read_models: Option<&ReadModels>,
) -> Result<(LoadedSnapshot, Refresh)> {
    let mark = dialect::mark(conn)?;
    if let Some(mut loaded) = loaded.filter(|loaded| mark.continues(&loaded.mark))
        && loaded.take_changes(conn, mark, read_models)?
    {
        return Ok((loaded, Refresh::Delta));
    }
    // Nothing was loaded; or the data is no longer that which was read, as when a backup is restored; or rows were deleted without a trigger,
    // by REPLACE on SQLite; or so much changed that it is cheaper.
    Ok((
        LoadedSnapshot::read(conn, Arc::clone(zones), read_models)?,
        Refresh::Full,
    ))
}

/// Returns what lists show of rows, before those are left out that the metrics show as before.
fn listed(rows: &SnapshotRows) -> SnapshotRows {
    SnapshotRows {
        version: rows.version,
        calendars: rows.calendars.clone(),
        windows: rows.windows.clone(),
        window_calendars: rows.window_calendars.clone(),
        components: rows.components.clone(),
        component_labels: rows.component_labels.clone(),
        component_windows: rows.component_windows.clone(),
        component_calendars: rows.component_calendars.clone(),
        tombstones: rows.tombstones.clone(),
        ..SnapshotRows::default()
    }
}

impl LoadedSnapshot {
    /// Reads everything.
    fn read(conn: &mut Conn, zones: Arc<Zones>, read_models: Option<&ReadModels>) -> Result<Self> {
        let _turn = read_models.map(ReadModels::reading);
        let state = DataState::of(conn)?;
        let mark = state.mark.clone();
        let mut assembly = read_models.map(|_| Assembly::default());
        let mut hashes = RowHashes::default();
        let rows = SnapshotRows {
            version: mark.version,
            ..SnapshotRows::default()
        };
        let mut builder = SnapshotBuilder::with_zones(zones, rows);
        everything(conn, mark.version, PORTION, |mut rows| {
            if let Some(assembly) = &mut assembly {
                assembly.add(&rows);
            }
            hashes.keep_changed(&mut rows);
            builder.update(rows);
            Ok(())
        })?;
        if let (Some(read_models), Some(assembly)) = (read_models, assembly) {
            read_models.offer_everything(assembly, state);
        }
        Ok(Self {
            mark,
            snapshot: Arc::new(builder.snapshot()),
            builder,
            hashes,
            is_uncounted: false,
            counted_until: None,
            compared_to: None,
            compared_at: Instant::now(),
        })
    }

    /// Takes over what changed since its mark; false if that does not lead to what is stored, or not cheaply.
    fn take_changes(&mut self, conn: &mut Conn, mark: Mark, read_models: Option<&ReadModels>) -> Result<bool> {
        let changes_max = CHANGED_MAX.max(self.hashes.row_counts().components / 2);
        let Some(mut rows) = changed_rows(conn, self.mark.version, mark.version, changes_max)? else {
            return Ok(false);
        };
        let listed = read_models.map(|read_models| (read_models, listed(&rows)));
        self.hashes.keep_changed(&mut rows);
        let counts = dialect::counts_at_once(conn) && self.is_count_due();
        if counts && self.count(conn)? != self.hashes.row_counts() {
            return Ok(false);
        }
        self.is_uncounted = !counts;
        if let Some((read_models, listed)) = listed {
            let generation = generation::of(conn).map(|generation| generation.number());
            let state = |mark: &Mark| DataState {
                generation,
                mark: mark.clone(),
            };
            read_models.offer_changes(state(&self.mark), listed, state(&mark));
        }
        self.builder.update(rows);
        self.snapshot = Arc::new(self.builder.snapshot());
        self.mark = mark;
        Ok(true)
    }

    /// Returns whether something should be compared.
    pub(super) fn is_due(&self, rest: Duration) -> bool {
        self.may_count() || self.compared_at.elapsed() >= rest
    }

    /// Returns whether the next portions of what is known are what is stored: as many as are due, but none that begins after `limit`.
    /// Data that has moved on is not compared: a refresh will read it.
    pub(super) fn is_true(&mut self, conn: &mut Conn, rest: Duration, limit: Duration) -> Result<bool> {
        let started = Instant::now();
        if dialect::mark(conn)? != self.mark {
            return Ok(true);
        }
        // Taken first: what fails is not tried again at once.
        let counts = self.may_count() && std::mem::take(&mut self.is_uncounted);
        let steps = self.take_steps(rest);
        if counts && self.count(conn)? != self.hashes.row_counts() {
            return Ok(false);
        }
        for _ in 0..steps {
            if started.elapsed() < limit && !self.is_next_portion_true(conn)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns whether rows are to be counted, and may be.
    fn may_count(&self) -> bool {
        self.is_uncounted && self.is_count_due()
    }

    /// Returns whether the last count was long enough ago.
    fn is_count_due(&self) -> bool {
        self.counted_until.is_none_or(|until| Instant::now() >= until)
    }

    /// Counts rows, and notes when they may be counted again.
    fn count(&mut self, conn: &mut Conn) -> Result<RowCounts> {
        let started = Instant::now();
        let counts = store::row_counts(conn)?;
        let now = Instant::now();
        self.counted_until = now.checked_add(now.duration_since(started) * COUNT_REST);
        Ok(counts)
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
