//! A set of components, a bit for each slot: filters are intersections of such sets, counts are their sizes.

use crate::apps::blocks::bits::{BLOCK_SLOTS, BlockBits, count, has};

/// Components that were found, of one state of the read model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundComponents {
    blocks: Vec<BlockBits>,
}

impl FoundComponents {
    /// Returns the set that has in each block what `bits` says.
    pub(super) fn of_blocks(bits: impl Iterator<Item = BlockBits>) -> Self {
        Self { blocks: bits.collect() }
    }

    /// Returns how many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blocks.iter().map(count).sum()
    }

    /// Keeps those that are in `other` too.
    pub fn keep(&mut self, other: &Self) {
        self.merge(other, |own, other| own & other);
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Self) {
        self.merge(other, |own, other| own | other);
    }

    /// Removes those that are in `other`.
    pub fn remove(&mut self, other: &Self) {
        self.merge(other, |own, other| own & !other);
    }

    fn merge(&mut self, other: &Self, merge: fn(u64, u64) -> u64) {
        // Sets of one state have the same blocks.
        let pairs = self.blocks.iter_mut().zip(&other.blocks);
        for (own, other) in pairs.flat_map(|(own, other)| own.iter_mut().zip(other)) {
            *own = merge(*own, *other);
        }
    }

    /// Returns whether a slot is among them.
    pub(super) fn contains(&self, slot: u32) -> bool {
        let slot = slot as usize;
        let block = self.blocks.get(slot / BLOCK_SLOTS);
        block.is_some_and(|bits| has(bits, slot % BLOCK_SLOTS))
    }

    /// Returns those of each block.
    pub(super) fn blocks(&self) -> &[BlockBits] {
        &self.blocks
    }

    /// Returns those of each block, to be changed.
    pub(super) fn blocks_mut(&mut self) -> &mut [BlockBits] {
        &mut self.blocks
    }
}
