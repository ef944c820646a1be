//! The newest snapshot and the state of it that was last asked for.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::ExposedState;
use super::attained::AttainedFigures;
use super::snapshot::Snapshot;
use crate::clock::Clock;
use crate::metrics::lock;
use crate::metrics::own::instruments::Instruments;
use crate::metrics::source::Refresh;

/// An evaluation that takes longer is worth a line in the log: scrapes wait for it.
const EVALUATION_SLOW: Duration = Duration::from_secs(1);

/// What is exposed now. The refresher publishes snapshots; scrapes, the registered collector and pages of the admin read the state.
pub struct CurrentState {
    /// The collector's metrics about itself.
    pub instruments: Instruments,
    clock: Arc<dyn Clock>,
    snapshot: ArcSwapOption<Snapshot>,
    state: ArcSwapOption<ExposedState>,
    attained: ArcSwap<AttainedFigures>,
    /// Held while the next state is made.
    evaluating: Mutex<()>,
    prepared: Mutex<Option<Arc<PreparedState>>>,
}

/// The state that will hold from the next known instant on.
struct PreparedState {
    /// The state that it follows.
    base: Arc<ExposedState>,
    state: Arc<ExposedState>,
    /// How many coverages were evaluated for it.
    evaluations: usize,
}

impl CurrentState {
    /// Returns nothing loaded yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            instruments: Instruments::new(),
            clock,
            snapshot: ArcSwapOption::empty(),
            state: ArcSwapOption::empty(),
            attained: ArcSwap::default(),
            evaluating: Mutex::new(()),
            prepared: Mutex::new(None),
        }
    }

    /// Makes `snapshot` the one that states are made from.
    pub fn publish(&self, snapshot: Arc<Snapshot>, refresh: Refresh) {
        self.instruments.refreshed(refresh);
        self.instruments.show_snapshot(&snapshot);
        self.instruments.snapshot_loaded.set(1);
        self.snapshot.store(Some(snapshot));
    }

    /// Makes `figures` those that states show of the current month. Returns whether they are others than before: only then states change.
    pub fn publish_attained(&self, figures: AttainedFigures) -> bool {
        let is_new = **self.attained.load() != figures;
        if is_new {
            self.attained.store(Arc::new(figures));
        }
        is_new
    }

    /// Returns the instant now in Unix seconds.
    #[must_use]
    pub fn now_seconds(&self) -> i64 {
        self.clock.now_seconds()
    }

    /// Returns how long it is until an instant, as the clock runs now; `longest` if it is beyond all dates.
    #[must_use]
    pub fn time_until(&self, instant: i64, longest: Duration) -> Duration {
        let now = self.clock.now().and_utc();
        chrono::DateTime::from_timestamp(instant, 0)
            .map_or(longest, |instant| (instant - now).to_std().unwrap_or_default())
    }

    /// Returns the newest snapshot, without evaluating it.
    #[must_use]
    pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.load_full()
    }

    /// Returns the state of the newest snapshot now. The first caller after a change makes it; the others wait for that and share it.
    #[must_use]
    pub fn state_now(&self) -> Option<Arc<ExposedState>> {
        if let Some(state) = self.state_that_holds() {
            return Some(state);
        }
        // The snapshot is taken under the lock, so that no older one can replace the state of a newer one.
        let _evaluating = lock(&self.evaluating);
        let snapshot = self.snapshot.load_full()?;
        let last = self.state.load_full();
        let prepared = lock(&self.prepared).clone();
        let started = Instant::now();
        let known: Vec<&Arc<ExposedState>> = last.iter().chain(prepared.as_ref().map(|next| &next.state)).collect();
        let attained = self.attained.load_full();
        let (state, mut evaluations) = ExposedState::showing(&known, &snapshot, &attained, self.now_seconds());
        let elapsed = started.elapsed();
        if elapsed > EVALUATION_SLOW {
            tracing::warn!(
                evaluations,
                ?elapsed,
                "evaluating windows took long; `check` names those that exclude all they include"
            );
        }
        if last.as_ref().is_some_and(|last| Arc::ptr_eq(last, &state)) {
            return Some(state);
        }
        // What was evaluated in advance counts when it is shown.
        if let Some(prepared) = prepared.filter(|prepared| Arc::ptr_eq(&prepared.state, &state)) {
            evaluations += prepared.evaluations;
        }
        self.instruments.evaluated(evaluations, elapsed);
        if evaluations > 0 && last.is_some_and(|last| Arc::ptr_eq(last.snapshot(), &snapshot)) {
            self.instruments.transitioned();
        }
        self.instruments.show_next_transition(state.next_transition());
        self.instruments.show_ended(state.ended());
        self.state.store(Some(Arc::clone(&state)));
        Some(state)
    }

    /// Returns the state that was asked for last, if it is that of the newest snapshot now.
    fn state_that_holds(&self) -> Option<Arc<ExposedState>> {
        let snapshot = self.snapshot.load();
        let state = self.state.load_full()?;
        let holds = state.holds(snapshot.as_ref()?, self.now_seconds()) && state.shows(&self.attained.load());
        holds.then_some(state)
    }

    /// Evaluates the state that follows `state` at its end, and keeps it for [`Self::state_now`]; nothing if no end is in sight.
    pub fn prepare_next(&self, state: &Arc<ExposedState>) -> Option<Arc<ExposedState>> {
        let old = lock(&self.prepared).clone();
        if let Some(same) = old.as_ref().filter(|old| Arc::ptr_eq(&old.base, state)) {
            return Some(Arc::clone(&same.state));
        }
        let Some(instant) = state.valid_until() else {
            self.forget_prepared();
            return None;
        };
        let known: Vec<&Arc<ExposedState>> = std::iter::once(state)
            .chain(old.as_ref().map(|old| &old.state))
            .collect();
        let (next, mut evaluations) = ExposedState::at(&known, state.snapshot(), instant);
        if let Some(old) = old.as_ref().filter(|old| old.state.at_seconds() == instant) {
            evaluations += old.evaluations;
        }
        let prepared = PreparedState {
            base: Arc::clone(state),
            state: Arc::clone(&next),
            evaluations,
        };
        *lock(&self.prepared) = Some(Arc::new(prepared));
        Some(next)
    }

    /// Frees the state that was made in advance.
    pub fn forget_prepared(&self) {
        lock(&self.prepared).take();
    }
}
