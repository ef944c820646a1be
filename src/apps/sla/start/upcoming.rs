//! What opens and closes next: the nearest instants at which the hours of components begin or end, found in the values that the metrics
//! keep, in two runs through memory. Only coverages that change often are asked for more.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::calculus::civil::DAY;
use crate::calculus::coverage::CoverageValues;
use crate::metrics::state::ExposedState;
use crate::text::counted;

/// How much is looked for.
#[derive(Clone, Copy)]
pub(super) struct TurnReach {
    /// How many instants are shown.
    instants: usize,
    /// Whether nothing beyond a day is; otherwise the nearest instants are shown, however far they are.
    is_of_day: bool,
    /// How many coverages are asked for more than their next start and end.
    read_on: usize,
}

impl TurnReach {
    /// The nearest few instants.
    pub(super) const NEAREST: Self = Self {
        instants: 8,
        is_of_day: false,
        read_on: 100,
    };
    /// A day from now on.
    pub(super) const DAY: Self = Self {
        instants: 2_000,
        is_of_day: true,
        read_on: 2_000,
    };
}

/// Components whose hours begin or end at one instant.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// How many there are.
    pub(super) count: u64,
    /// The slots of their coverages, those of the most components first; of as many, in the order of their windows' keys.
    pub(super) slots: Vec<usize>,
    /// Whether there may be more.
    pub(super) is_least: bool,
}

/// When, and whether the hours begin.
pub(super) type TurnTime = (i64, bool);

/// Returns the next turns; `users` are how many components have each coverage, by slot.
pub(super) fn upcoming(state: &ExposedState, users: &[u32], now: i64, reach: TurnReach) -> Vec<(TurnTime, Turn)> {
    let until = match reach.is_of_day {
        true => now.saturating_add(DAY),
        false => nearest(state, reach).until(now),
    };
    let mut turns: BTreeMap<TurnTime, Turn> = BTreeMap::new();
    let mut add = |time: TurnTime, slot: usize| {
        let turn = turns.entry(time).or_default();
        turn.count += u64::from(users.get(slot).copied().unwrap_or(0));
        turn.slots.push(slot);
    };
    let (mut read_on, mut complete_until) = (0, i64::MAX);
    for (slot, values) in state.values_by_slot().enumerate() {
        let Some(values) = values else { continue };
        let known = [(values.next_start, true), (values.next_end, false)];
        for (at, opens) in known {
            if let Some(at) = at.filter(|at| *at <= until) {
                add((at, opens), slot);
            }
        }
        let Some(later) = both(values).filter(|later| *later < until) else {
            continue;
        };
        read_on += 1;
        match read_on > reach.read_on {
            true => complete_until = complete_until.min(later),
            false => further(state, slot, (later, until), reach, &mut |time| add(time, slot)),
        }
    }
    let mut instants = BTreeSet::new();
    let shown = turns.into_iter().take_while(|((at, _), _)| {
        instants.insert(*at);
        instants.len() <= reach.instants
    });
    // Not in the order of slots, which depends on the edits since the program was started: replicas name the same windows.
    let origins = &state.snapshot().origins;
    let finish = |(time, mut turn): (TurnTime, Turn)| {
        turn.slots
            .sort_by_key(|slot| (Reverse(users.get(*slot).copied()), origins.get(*slot)));
        turn.is_least = time.0 > complete_until;
        (time, turn)
    };
    shown.map(finish).collect()
}

/// Returns the nearest instants at which any hours begin or end.
fn nearest(state: &ExposedState, reach: TurnReach) -> NearestInstants {
    let mut nearest = NearestInstants {
        kept: BTreeSet::new(),
        most: reach.instants,
    };
    for values in state.values_by_slot().flatten() {
        [values.next_start, values.next_end]
            .into_iter()
            .flatten()
            .for_each(|at| nearest.offer(at));
    }
    nearest
}

/// Returns `1 component opens or closes`, `1,200 components open or close`.
pub(super) fn turning_words(count: u64) -> String {
    match count {
        1 => "1 component opens or closes".to_owned(),
        _ => format!("{} open or close", counted(count, "component")),
    }
}

/// Returns how many components open or close within a time from now, each counted once.
pub(super) fn count_within(state: &ExposedState, users: &[u32], until: i64) -> u64 {
    let slots = state.values_by_slot().zip(users);
    let turning = slots.filter(|(values, _)| {
        let next = values.and_then(CoverageValues::next_transition);
        next.is_some_and(|next| next <= until)
    });
    turning.map(|(_, users)| u64::from(*users)).sum()
}

/// Returns the later of the next start and the next end, if there are both.
fn both(values: &CoverageValues) -> Option<i64> {
    Some(values.next_start?.max(values.next_end?))
}

/// Finds the starts and ends of a coverage after `from`, at which one of them is, until `until`.
fn further(
    state: &ExposedState,
    slot: usize,
    (from, until): (i64, i64),
    reach: TurnReach,
    add: &mut dyn FnMut(TurnTime),
) {
    let coverage = state.snapshot().coverages.get(slot).and_then(Option::as_ref);
    let Some(coverage) = coverage else { return };
    // Spans are clipped: one that ends behind `until` does not end within it.
    for span in coverage.each_span(from, until.saturating_add(1)).take(reach.instants) {
        if span.start > from {
            add((span.start, true));
        }
        if span.end <= until {
            add((span.end, false));
        }
    }
}

/// The smallest instants of those that were offered.
struct NearestInstants {
    kept: BTreeSet<i64>,
    most: usize,
}

impl NearestInstants {
    fn offer(&mut self, at: i64) {
        let is_full = self.kept.len() == self.most;
        if is_full && self.kept.last().is_some_and(|last| *last <= at) {
            return;
        }
        if self.kept.insert(at) && is_full {
            self.kept.pop_last();
        }
    }

    /// Returns until when turns are looked for.
    fn until(&self, now: i64) -> i64 {
        let last = self.kept.last().copied().unwrap_or(now);
        match self.kept.len() == self.most {
            true => last,
            false => last.max(now.saturating_add(DAY)),
        }
    }
}
