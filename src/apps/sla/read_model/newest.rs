//! The newest state of the read model. The thread that loads snapshots for the metrics offers what it read, and applies it once scrapes are
//! answered; a page that finds the newest state behind what its own connection sees brings it up to date itself.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::change::Assembly;
use super::model::{DataState, ReadModel};
use crate::apps::sla::snapshot::compile::SnapshotRows;
use crate::apps::sla::snapshot::read::{changed_rows, everything};
use crate::db::{Conn, Error, Result, dialect, generation, limit};

/// How many components are read at once.
const PORTION: i64 = 5_000;
/// More changed components than this are no reason to keep the others: all are read.
const CHANGED_MAX: usize = 5_000;
/// Offers that no call applied; more of them are dropped, and pages read what is missing.
const OFFERS_MAX: usize = 64;
/// How long a page waits for another thread that reads everything.
const TURN_WAIT: Duration = Duration::from_secs(5);
/// How long a thread that reads everything keeps others from doing the same: one whose database hangs keeps them no longer.
const TURN_MAX: Duration = Duration::from_secs(30);
/// How often a page that waits looks whether its client still does.
const TURN_STEP: Duration = Duration::from_millis(50);

/// Holds the newest state of the read model, and what leads to the next one.
#[derive(Default)]
pub struct ReadModels {
    newest: ArcSwapOption<ReadModel>,
    offers: Mutex<VecDeque<ReadOffer>>,
    /// Held while offers become states, in their order.
    applying: Mutex<()>,
    /// Since when a thread reads everything.
    reading: Mutex<Option<Instant>>,
    read: Condvar,
}

/// What was read by another thread.
enum ReadOffer {
    Everything(Box<Assembly>, DataState),
    Changes {
        before: DataState,
        rows: Box<SnapshotRows>,
        after: DataState,
    },
}

/// The turn to read everything; others wait until it is dropped.
pub struct ReadingTurn<'a>(&'a ReadModels);

impl Drop for ReadingTurn<'_> {
    fn drop(&mut self) {
        *lock(&self.0.reading) = None;
        self.0.read.notify_all();
    }
}

impl DataState {
    /// Returns the state that a connection sees.
    ///
    /// # Errors
    /// Those of the query of the version.
    pub fn of(conn: &mut Conn) -> Result<Self> {
        Ok(Self {
            mark: dialect::mark(conn)?,
            generation: generation::of(conn).map(|generation| generation.number()),
        })
    }

    /// Returns whether changes alone lead from `earlier` to this state.
    fn continues(&self, earlier: &Self) -> bool {
        self.generation == earlier.generation && self.mark.continues(&earlier.mark)
    }
}

impl ReadModels {
    /// Returns a state that has everything that `conn` sees. In a transaction it has nothing else either.
    ///
    /// # Errors
    /// Those of queries; [`Error::TooSlow`] while another thread reads everything for long.
    pub fn current(&self, conn: &mut Conn) -> Result<Arc<ReadModel>> {
        // Taken before the version is asked for: what it has was committed by then, or the version went back.
        let before = self.newest.load_full();
        let state = DataState::of(conn)?;
        if let Some(model) = before.as_ref().filter(|model| model.state == state) {
            return Ok(Arc::clone(model));
        }
        let has_gone_on = before.as_ref().is_none_or(|before| state.continues(&before.state));
        let is_in_transaction = dialect::is_in_transaction(conn);
        let may_be_ahead = has_gone_on && !is_in_transaction;
        self.apply();
        if let Some(model) = self.suitable(&state, may_be_ahead) {
            return Ok(model);
        }
        let newest = self.newest.load_full();
        if let Some(model) = caught_up(newest.as_deref(), conn, &state)? {
            return Ok(self.publish(model, newest.as_ref(), is_in_transaction));
        }
        let _turn = self.wait_for_turn()?;
        if let Some(model) = self.suitable(&state, may_be_ahead) {
            return Ok(model);
        }
        let newest = self.newest.load_full();
        let mut assembly = Assembly::default();
        everything(conn, state.mark.version, PORTION, |rows| {
            limit::check()?;
            assembly.add(&rows);
            Ok(())
        })?;
        Ok(self.publish(assembly.finish(state), newest.as_ref(), is_in_transaction))
    }

    /// Returns the newest state if it has what `state` has, and nothing else unless it may be ahead.
    fn suitable(&self, state: &DataState, may_be_ahead: bool) -> Option<Arc<ReadModel>> {
        let newest = self.newest.load_full()?;
        let is_suitable = newest.state == *state || (may_be_ahead && newest.state.continues(state));
        is_suitable.then_some(newest)
    }

    /// Makes a state the newest, unless another one took the place of the one that it followed, or it may have changes that are not
    /// committed.
    fn publish(&self, model: ReadModel, followed: Option<&Arc<ReadModel>>, is_in_transaction: bool) -> Arc<ReadModel> {
        let model = Arc::new(model);
        if !is_in_transaction {
            let _applying = lock(&self.applying);
            let newest = self.newest.load_full();
            if newest.as_ref().map(Arc::as_ptr) == followed.map(Arc::as_ptr) {
                self.newest.store(Some(Arc::clone(&model)));
            }
        }
        model
    }

    /// Waits until no other thread reads everything, and takes the turn.
    fn wait_for_turn(&self) -> Result<ReadingTurn<'_>> {
        let started = Instant::now();
        let mut reading = lock(&self.reading);
        while reading.is_some_and(|since| since.elapsed() < TURN_MAX) {
            limit::check()?;
            if started.elapsed() >= TURN_WAIT {
                return Err(Error::TooSlow(
                    "the components are still being read; try again in a moment".to_owned(),
                ));
            }
            let waited = self.read.wait_timeout(reading, TURN_STEP);
            reading = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *reading = Some(Instant::now());
        Ok(ReadingTurn(self))
    }

    /// Has pages wait while the caller reads everything for the metrics and for them.
    pub fn reading(&self) -> ReadingTurn<'_> {
        *lock(&self.reading) = Some(Instant::now());
        ReadingTurn(self)
    }

    /// Offers everything, read by one that reads it anyway.
    pub fn offer_everything(&self, assembly: Assembly, state: DataState) {
        let mut offers = lock(&self.offers);
        offers.clear();
        offers.push_back(ReadOffer::Everything(Box::new(assembly), state));
    }

    /// Offers the rows that changed between two states.
    pub fn offer_changes(&self, before: DataState, rows: SnapshotRows, after: DataState) {
        let mut offers = lock(&self.offers);
        if offers.len() >= OFFERS_MAX {
            offers.clear();
        }
        offers.push_back(ReadOffer::Changes {
            before,
            rows: Box::new(rows),
            after,
        });
    }

    /// Makes states of what was offered.
    pub fn apply(&self) {
        let _applying = lock(&self.applying);
        while let Some(offer) = self.next_offer() {
            let newest = self.newest.load_full();
            match offer {
                // What a renewed pool reads is the truth, not what one of its former connections had read.
                ReadOffer::Everything(_, state)
                    if newest
                        .as_ref()
                        .is_some_and(|newest| newest.state.generation > state.generation) => {}
                ReadOffer::Everything(assembly, state) => self.newest.store(Some(Arc::new(assembly.finish(state)))),
                ReadOffer::Changes { before, rows, after } => {
                    // What a page has read before is not applied twice; what does not follow is read by the next page.
                    if let Some(newest) = newest.filter(|newest| newest.state == before) {
                        self.newest.store(Some(Arc::new(newest.changed(&rows, after))));
                    }
                }
            }
        }
    }

    fn next_offer(&self) -> Option<ReadOffer> {
        lock(&self.offers).pop_front()
    }
}

/// Returns a state brought to what `conn` sees, if few changes lead there. Rows that changed once more meanwhile are read as they are now,
/// and again the next time.
fn caught_up(newest: Option<&ReadModel>, conn: &mut Conn, state: &DataState) -> Result<Option<ReadModel>> {
    let Some(newest) = newest.filter(|newest| state.continues(&newest.state)) else {
        return Ok(None);
    };
    let since = newest.state.mark.version;
    let rows = changed_rows(conn, since, state.mark.version, CHANGED_MAX)?;
    Ok(rows.map(|rows| newest.changed(&rows, state.clone())))
}

/// Locks a mutex whose content holds also after a panic.
pub(in crate::apps::sla) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
