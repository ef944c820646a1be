//! What holds at an instant: a snapshot and the five values of each of its coverages.
//!
//! A state stays true until the next transition of any of them: it is valid by data version and by transition, never by age.

use std::sync::Arc;

use super::snapshot::{Component, Snapshot};
use crate::calculus::coverage::{Coverage, Values};

/// Values that lack an instant ahead are asked for again after this many seconds: the horizon of the search moves with time.
const UNBOUNDED_VALID_S: i64 = 86_400;

/// A snapshot, evaluated.
#[derive(Clone, Debug)]
pub struct State {
    snapshot: Arc<Snapshot>,
    evaluated: Vec<Option<Evaluated>>,
    at: i64,
    valid_until: i64,
}

/// The values of one coverage and how long they hold.
#[derive(Clone, Debug)]
struct Evaluated {
    coverage: Arc<Coverage>,
    values: Values,
    valid_until: i64,
}

impl State {
    /// The state of `snapshot` at `now` (Unix seconds), and how many coverages had to be evaluated for it: those that are not
    /// in `previous`, those whose next transition has come, and all of them when the clock went back.
    #[must_use]
    pub fn at(previous: Option<&Arc<Self>>, snapshot: &Arc<Snapshot>, now: i64) -> (Arc<Self>, usize) {
        let previous = previous.filter(|state| state.at <= now);
        if let Some(state) = previous
            && Arc::ptr_eq(&state.snapshot, snapshot)
            && now < state.valid_until
        {
            return (Arc::clone(state), 0);
        }
        let mut evaluations = 0;
        let mut evaluate = |(slot, coverage): (usize, &Option<Arc<Coverage>>)| {
            let coverage = coverage.as_ref()?;
            let known = previous.and_then(|state| state.evaluated.get(slot)?.as_ref());
            if let Some(known) = known
                && Arc::ptr_eq(&known.coverage, coverage)
                && now < known.valid_until
            {
                return Some(known.clone());
            }
            evaluations += 1;
            Some(Evaluated::new(coverage, now))
        };
        let evaluated: Vec<_> = snapshot.coverages.iter().enumerate().map(&mut evaluate).collect();
        let valid_until = evaluated
            .iter()
            .flatten()
            .map(|evaluated| evaluated.valid_until)
            .min()
            .unwrap_or(i64::MAX);
        (
            Arc::new(Self {
                snapshot: Arc::clone(snapshot),
                evaluated,
                at: now,
                valid_until,
            }),
            evaluations,
        )
    }

    /// The components and their counts.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The five values of a component of this state's snapshot.
    #[must_use]
    pub fn values(&self, component: &Component) -> Values {
        self.evaluated
            .get(component.coverage)
            .and_then(Option::as_ref)
            .map(|evaluated| evaluated.values)
            .unwrap_or_default()
    }

    /// The next instant at which any value changes, if one is in sight.
    #[must_use]
    pub fn next_transition(&self) -> Option<i64> {
        self.evaluated
            .iter()
            .flatten()
            .filter_map(|evaluated| evaluated.values.next_transition())
            .min()
    }
}

impl Evaluated {
    fn new(coverage: &Arc<Coverage>, now: i64) -> Self {
        let values = coverage.values(now);
        let unbounded =
            (values.next_start.is_none() || values.next_end.is_none()).then(|| now.saturating_add(UNBOUNDED_VALID_S));
        let valid_until = values
            .next_transition()
            .into_iter()
            .chain(unbounded)
            .min()
            .unwrap_or(i64::MAX);
        Self {
            coverage: Arc::clone(coverage),
            values,
            valid_until,
        }
    }
}
