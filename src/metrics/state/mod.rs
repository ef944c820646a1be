//! What is exposed now.
//!
//! | Word | Meaning |
//! |---|---|
//! | snapshot | the components of one data version; a change makes another one |
//! | block | about 48 components of a snapshot, in the order of the metrics |
//! | coverage | a set of windows and calendars that components share; a snapshot has each once, in a slot |
//! | state | a snapshot and the five values of each of its coverages at an instant |
//! | account | how much of a coverage was promised until its last end; it changes at ends and edits alone |
//! | figures | what was attained in the current month by each component, if that is exposed |
//! | evaluated block | a block with its values, what was promised to each component and what it attained |
//!
//! A state holds until the next transition of any value: it is valid by data version and by transition, never by age. A block in
//! which nothing changed is the same one in the next snapshot, and an evaluated block the same one in the next state (compared by
//! address), so whatever was rendered from it can be kept.
//!
//! Which coverages are due is found by looking at all of them, in one run through memory: there are as many as there are different
//! sets of windows, and a heap would have to be copied with each state.

pub mod accounted;
pub mod attained;
pub mod block;
pub mod current;
mod evaluation;
pub mod refresher;
pub mod shard;
pub mod snapshot;

use std::collections::HashMap;
use std::sync::Arc;

use accounted::{AccountedTime, CoverageAccount};
use attained::{AttainedFigures, AttainedMonth};
use block::Block;
use evaluation::evaluated;
use snapshot::{Component, Snapshot};

use crate::calculus::coverage::{Coverage, CoverageValues};

/// A snapshot, evaluated.
#[derive(Debug)]
pub struct ExposedState {
    snapshot: Arc<Snapshot>,
    blocks: Vec<Arc<EvaluatedBlock>>,
    /// The values of the coverages by slot.
    values: Vec<Option<Arc<CoverageValues>>>,
    /// Until when they hold, exclusively.
    due: Vec<i64>,
    /// The accounts of the coverages by slot.
    accounts: Vec<Option<Arc<CoverageAccount>>>,
    attained: Arc<AttainedFigures>,
    at: i64,
    valid_until: i64,
}

/// A block of components with their values.
#[derive(Debug)]
pub struct EvaluatedBlock {
    block: Arc<Block>,
    values: Box<[Option<Arc<CoverageValues>>]>,
    accounted: Box<[AccountedTime]>,
    /// Empty if no component has any.
    attained: Box<[AttainedMonth]>,
    /// How many of the components have ended.
    ended: usize,
}

impl EvaluatedBlock {
    fn new(
        block: &Arc<Block>,
        values: &[Option<Arc<CoverageValues>>],
        accounts: &[Option<Arc<CoverageAccount>>],
        attained: &AttainedFigures,
    ) -> Self {
        let of_slot = |slot: usize| values.get(slot).cloned().flatten();
        let values: Box<[Option<Arc<CoverageValues>>]> = block.coverages().map(of_slot).collect();
        let accounted = |component: &Arc<Component>| {
            let account = accounts.get(component.coverage()).and_then(Option::as_ref);
            account.map_or(AccountedTime::default(), |account| account.since(component.created()))
        };
        let months = || block.components().iter().map(|component| attained.of(component.name()));
        Self {
            attained: match attained.is_empty() {
                true => Box::default(),
                false => months().collect(),
            },
            accounted: block.components().iter().map(accounted).collect(),
            ended: values.iter().flatten().filter(|values| values.have_ended()).count(),
            values,
            block: Arc::clone(block),
        }
    }

    /// Returns whether it would be the same if it were made anew from these values, and from these figures, unless they are the same.
    fn shows(&self, values: &[Option<Arc<CoverageValues>>], attained: Option<&AttainedFigures>) -> bool {
        let mut components = self.block.components().iter().enumerate();
        if attained
            .is_some_and(|attained| !components.all(|(index, of)| self.attained(index) == attained.of(of.name())))
        {
            return false;
        }
        let is_same =
            |(slot, own): (usize, &Option<Arc<CoverageValues>>)| match (own, values.get(slot).and_then(Option::as_ref))
            {
                (Some(own), Some(other)) => Arc::ptr_eq(own, other),
                (None, None) => true,
                _ => false,
            };
        self.block.coverages().zip(&self.values).all(is_same)
    }

    /// Returns how many components there are, those without values among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there is no component.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the component at a place and its values; nothing where there is none, or none whose coverage can be read.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(&Component, CoverageValues)> {
        let values = self.values.get(index)?.as_deref()?;
        Some((self.block.components().get(index)?, *values))
    }

    /// Returns what was promised to the component at a place since it exists.
    #[must_use]
    pub fn accounted(&self, index: usize) -> AccountedTime {
        self.accounted.get(index).copied().unwrap_or_default()
    }

    /// Returns what the component at a place attained in the current month.
    #[must_use]
    pub fn attained(&self, index: usize) -> AttainedMonth {
        self.attained.get(index).copied().unwrap_or_default()
    }

    /// Returns the components with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Component, CoverageValues)> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Returns the components.
    #[must_use]
    pub fn block(&self) -> &Block {
        &self.block
    }
}

impl ExposedState {
    /// Returns the state of `snapshot` at `now` (Unix seconds), and how many coverages had to be evaluated for it: those that are not in
    /// one of the `known` states, and those whose values there do not hold now; a state holds nothing of the time before it. The
    /// first of the known states that holds is the result itself; values and blocks that come out the same are shared with them. It has the
    /// figures of the first known state.
    #[must_use]
    pub fn at(known: &[&Arc<Self>], snapshot: &Arc<Snapshot>, now: i64) -> (Arc<Self>, usize) {
        let attained = known.first().map(|state| Arc::clone(&state.attained));
        Self::showing(known, snapshot, &attained.unwrap_or_default(), now)
    }

    /// Returns the same with these figures of what was attained.
    #[must_use]
    pub fn showing(
        known: &[&Arc<Self>],
        snapshot: &Arc<Snapshot>,
        attained: &Arc<AttainedFigures>,
        now: i64,
    ) -> (Arc<Self>, usize) {
        let mut holding = known.iter().filter(|state| state.holds(snapshot, now));
        if let Some(state) = holding.find(|state| state.shows(attained)) {
            return (Arc::clone(state), 0);
        }
        let mut evaluations = 0;
        let mut values = Vec::with_capacity(snapshot.coverages.len());
        let mut due = Vec::with_capacity(snapshot.coverages.len());
        let mut accounts = Vec::with_capacity(snapshot.coverages.len());
        for (slot, coverage) in snapshot.coverages.iter().enumerate() {
            let (own_values, own_due, account) = match coverage {
                None => (None, i64::MAX, None),
                Some(coverage) => {
                    let before = known
                        .iter()
                        .filter_map(|state| state.values_of_slot(slot, coverage, now));
                    let (own_values, own_due) = evaluated(before, coverage, now, &mut evaluations);
                    let before = known.iter().filter_map(|state| state.account_of_slot(slot, coverage));
                    let account = CoverageAccount::at(before, coverage, own_values.last_end);
                    (Some(own_values), own_due, Some(account))
                }
            };
            values.push(own_values);
            due.push(own_due);
            accounts.push(account);
        }
        let state = Self {
            snapshot: Arc::clone(snapshot),
            blocks: evaluated_blocks(known, snapshot, (&values, attained), &mut accounts),
            attained: Arc::clone(attained),
            valid_until: due.iter().copied().min().unwrap_or(i64::MAX),
            values,
            due,
            accounts,
            at: now,
        };
        (Arc::new(state), evaluations)
    }

    /// Returns whether this is the state of `snapshot` at `now`.
    #[must_use]
    pub fn holds(&self, snapshot: &Arc<Snapshot>, now: i64) -> bool {
        Arc::ptr_eq(&self.snapshot, snapshot) && self.at <= now && now < self.valid_until
    }

    /// Returns whether it has figures of the current month.
    #[must_use]
    pub fn has_month(&self) -> bool {
        !self.attained.is_empty()
    }

    /// Returns whether it has these figures of what was attained.
    #[must_use]
    pub fn shows(&self, attained: &Arc<AttainedFigures>) -> bool {
        Arc::ptr_eq(&self.attained, attained)
    }

    /// Returns the instant that it was made for, Unix seconds.
    #[must_use]
    pub fn at_seconds(&self) -> i64 {
        self.at
    }

    /// Returns the components and their counts.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Returns all components with their values, in blocks.
    #[must_use]
    pub fn blocks(&self) -> &[Arc<EvaluatedBlock>] {
        &self.blocks
    }

    /// Returns the five values of a component of this state's snapshot; nothing where its coverage cannot be read.
    #[must_use]
    pub fn values(&self, component: &Component) -> Option<CoverageValues> {
        self.values.get(component.coverage())?.as_deref().copied()
    }

    /// Returns the values of the coverages by slot; nothing for one that cannot be read, and for a slot that is free.
    pub fn values_by_slot(&self) -> impl Iterator<Item = Option<&CoverageValues>> {
        self.values.iter().map(Option::as_deref)
    }

    /// Returns how many components have each coverage, by slot: in one run through the numbers beside the components.
    #[must_use]
    pub fn users_by_slot(&self) -> Vec<u32> {
        let mut users = vec![0; self.values.len()];
        for slot in self.blocks.iter().flat_map(|block| block.block.coverages()) {
            if let Some(users) = users.get_mut(slot) {
                *users += 1;
            }
        }
        users
    }

    /// Returns whether a component of this state's snapshot has any enabled window; true where its coverage cannot be read.
    #[must_use]
    pub fn has_windows(&self, component: &Component) -> bool {
        let coverage = self.snapshot.coverages.get(component.coverage());
        coverage
            .and_then(Option::as_ref)
            .is_none_or(|coverage| !coverage.parts().is_empty())
    }

    /// Returns how many components had hours and have none now and none to come.
    #[must_use]
    pub fn ended(&self) -> usize {
        self.blocks.iter().map(|block| block.ended).sum()
    }

    /// Returns the instant at which this state ends, if one is in sight: a value changes, or has to be looked for again.
    #[must_use]
    pub fn valid_until(&self) -> Option<i64> {
        (self.valid_until < i64::MAX).then_some(self.valid_until)
    }

    /// Returns the next instant at which any value changes, if one is in sight.
    #[must_use]
    pub fn next_transition(&self) -> Option<i64> {
        self.values
            .iter()
            .flatten()
            .filter_map(|values| values.next_transition())
            .min()
    }

    /// Returns the values of a slot that still has this coverage, and until when they hold if they hold now.
    fn values_of_slot(
        &self,
        slot: usize,
        coverage: &Arc<Coverage>,
        now: i64,
    ) -> Option<(&Arc<CoverageValues>, Option<i64>)> {
        let own = self.snapshot.coverages.get(slot)?.as_ref()?;
        if !Arc::ptr_eq(own, coverage) {
            return None;
        }
        let due = self.due.get(slot).copied().filter(|due| self.at <= now && now < *due);
        Some((self.values.get(slot)?.as_ref()?, due))
    }

    /// Returns the account of a slot that still has this coverage.
    fn account_of_slot(&self, slot: usize, coverage: &Arc<Coverage>) -> Option<&Arc<CoverageAccount>> {
        let own = self.snapshot.coverages.get(slot)?.as_ref()?;
        let is_same = Arc::ptr_eq(own, coverage);
        self.accounts.get(slot)?.as_ref().filter(|_| is_same)
    }
}

/// An evaluated block of a known state, and the figures to compare it with, if they are not those of the state.
type KnownBlock<'a> = (&'a Arc<EvaluatedBlock>, Option<&'a AttainedFigures>);

/// Returns each block with its values, out of a known state where it has the same one. The accounts look back for components in the others
/// that they do not know yet.
fn evaluated_blocks(
    known: &[&Arc<ExposedState>],
    snapshot: &Snapshot,
    (values, attained): (&[Option<Arc<CoverageValues>>], &Arc<AttainedFigures>),
    accounts: &mut [Option<Arc<CoverageAccount>>],
) -> Vec<Arc<EvaluatedBlock>> {
    let mut by_block: HashMap<*const Block, Vec<KnownBlock<'_>>> = HashMap::new();
    for state in known {
        let others = (!state.shows(attained)).then_some(&**attained);
        for evaluated in &state.blocks {
            let candidates = by_block.entry(Arc::as_ptr(&evaluated.block)).or_default();
            candidates.push((evaluated, others));
        }
    }
    let same = |block: &Arc<Block>| {
        let mut candidates = by_block.get(&Arc::as_ptr(block)).into_iter().flatten();
        let found = candidates.find(|(evaluated, others)| evaluated.shows(values, *others));
        found.map(|(evaluated, _)| *evaluated)
    };
    let blocks = snapshot.components.blocks();
    let found: Vec<Option<&Arc<EvaluatedBlock>>> = blocks.iter().map(same).collect();
    let changed = blocks.iter().zip(&found).filter(|(_, found)| found.is_none());
    look_back(snapshot, changed.map(|(block, _)| &**block), accounts);
    let evaluate = |(block, found): (&Arc<Block>, Option<&Arc<EvaluatedBlock>>)| {
        found.map_or_else(
            || Arc::new(EvaluatedBlock::new(block, values, accounts, attained)),
            Arc::clone,
        )
    };
    blocks.iter().zip(found).map(evaluate).collect()
}

/// Adds to the accounts what the components of these blocks need, once for each coverage.
fn look_back<'a>(
    snapshot: &Snapshot,
    blocks: impl Iterator<Item = &'a Block>,
    accounts: &mut [Option<Arc<CoverageAccount>>],
) {
    let components = blocks.flat_map(|block| block.components().iter());
    let mut missing: Vec<(usize, i64)> = components
        .map(|component| (component.coverage(), component.created()))
        .filter(|(slot, created)| {
            let account = accounts.get(*slot).and_then(Option::as_ref);
            account.is_some_and(|account| !account.has(*created))
        })
        .collect();
    missing.sort_unstable();
    missing.dedup();
    for of_slot in missing.chunk_by(|one, other| one.0 == other.0) {
        let slot = of_slot[0].0;
        let coverage = snapshot.coverages.get(slot).and_then(Option::as_ref);
        if let (Some(Some(account)), Some(coverage)) = (accounts.get_mut(slot), coverage) {
            Arc::make_mut(account).add(coverage, of_slot.iter().map(|(_, created)| *created));
        }
    }
}
