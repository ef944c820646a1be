//! The newest snapshot and the state that was last asked for: what the collector, the refresher and the scrapes have in common.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;

use super::instruments::Instruments;
use super::snapshot::Snapshot;
use super::source::Refresh;
use super::state::State;
use crate::clock::Clock;

/// An evaluation that takes longer is worth a line in the log: scrapes wait for it.
const EVALUATION_SLOW: Duration = Duration::from_secs(1);

/// What the collector, the refresher and the scrapes share: the newest snapshot and the state that was last asked for.
pub struct Shared {
    /// The collector's metrics about itself.
    pub instruments: Instruments,
    clock: Arc<dyn Clock>,
    snapshot: ArcSwapOption<Snapshot>,
    state: Mutex<Option<Arc<State>>>,
}

impl Shared {
    /// Nothing loaded yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            instruments: Instruments::new(),
            clock,
            snapshot: ArcSwapOption::empty(),
            state: Mutex::new(None),
        }
    }

    /// Makes `snapshot` the one that states are made from.
    pub fn publish(&self, snapshot: Arc<Snapshot>, refresh: Refresh) {
        self.instruments.refreshed(refresh);
        self.instruments.show_snapshot(&snapshot);
        self.instruments.snapshot_loaded.set(1);
        self.snapshot.store(Some(snapshot));
    }

    /// The instant now in Unix seconds.
    #[must_use]
    pub fn now_seconds(&self) -> i64 {
        self.clock.now_seconds()
    }

    /// The state of the newest snapshot now. Whoever comes first evaluates; the others wait for that and share it.
    #[must_use]
    pub fn state_now(&self) -> Option<Arc<State>> {
        // Whoever holds the lock takes the newest snapshot, so that no older one can replace its state.
        let mut last = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.snapshot.load_full()?;
        let started = Instant::now();
        let (state, evaluations) = State::at(last.as_ref(), &snapshot, self.clock.now_seconds());
        if started.elapsed() > EVALUATION_SLOW {
            tracing::warn!(evaluations, elapsed = ?started.elapsed(), "evaluating windows took long; `check` names those that exclude all they include");
        }
        if evaluations > 0 {
            self.instruments.evaluations.inc_by(evaluations as u64);
            self.instruments
                .duration
                .with_label_values(&["evaluate"])
                .set(started.elapsed().as_secs_f64());
            if last
                .as_ref()
                .is_some_and(|last| Arc::ptr_eq(last.snapshot(), &snapshot))
            {
                self.instruments.transitioned();
            }
        }
        if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, &state)) {
            #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
            self.instruments
                .next_transition
                .set(state.next_transition().unwrap_or(0) as f64);
        }
        *last = Some(Arc::clone(&state));
        Some(state)
    }
}
