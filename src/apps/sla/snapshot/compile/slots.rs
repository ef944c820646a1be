//! A place for each coverage that components share: taken with the first of them, free again after the last.
//!
//! A slot keeps its number as long as a component uses it, so that what was evaluated for it can be kept beside it.

use std::collections::HashMap;
use std::sync::Arc;

use super::schedules::{KeyCoverage, ScheduleKey};
use crate::calculus::coverage::Coverage;

/// All slots.
#[derive(Default)]
pub(super) struct CoverageSlots {
    slots: Vec<Option<CoverageSlot>>,
    free: Vec<usize>,
    by_key: HashMap<Arc<ScheduleKey>, usize>,
}

/// A coverage that at least one component uses.
pub(super) struct CoverageSlot {
    /// What it is the coverage of.
    pub(super) key: Arc<ScheduleKey>,
    /// What that comes to.
    pub(super) compiled: KeyCoverage,
    users: usize,
}

impl CoverageSlot {
    /// Returns how many components use it.
    pub(super) fn users(&self) -> usize {
        self.users
    }
}

impl CoverageSlots {
    /// Returns the slot of this number.
    pub(super) fn get(&self, index: usize) -> Option<&CoverageSlot> {
        self.slots.get(index)?.as_ref()
    }

    /// Returns those that are in use.
    pub(super) fn iter(&self) -> impl Iterator<Item = &CoverageSlot> {
        self.slots.iter().flatten()
    }

    /// Returns the coverages by slot; nothing for a free one and for one that cannot be read.
    pub(super) fn coverages(&self) -> Vec<Option<Arc<Coverage>>> {
        let coverage = |slot: &Option<CoverageSlot>| slot.as_ref()?.compiled.coverage.as_ref().ok().cloned();
        self.slots.iter().map(coverage).collect()
    }

    /// Returns by slot what the coverages are made of; nothing for a free one.
    pub(super) fn origins(&self) -> Vec<Option<Arc<ScheduleKey>>> {
        let slots = self.slots.iter();
        slots
            .map(|slot| slot.as_ref().map(|slot| Arc::clone(&slot.key)))
            .collect()
    }

    /// Returns the slot of `key` for one more user; `compile` is called if there is none yet.
    pub(super) fn take(&mut self, key: ScheduleKey, compile: impl FnOnce(&ScheduleKey) -> KeyCoverage) -> usize {
        if let Some(&index) = self.by_key.get(&key)
            && let Some(slot) = &mut self.slots[index]
        {
            slot.users += 1;
            return index;
        }
        let compiled = compile(&key);
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let key = Arc::new(key);
        self.by_key.insert(Arc::clone(&key), index);
        self.slots[index] = Some(CoverageSlot {
            key,
            compiled,
            users: 1,
        });
        index
    }

    /// Takes a user from a slot.
    pub(super) fn give_back(&mut self, index: usize) {
        let Some(slot) = &mut self.slots[index] else { return };
        slot.users -= 1;
        if slot.users == 0 {
            self.by_key.remove(&slot.key);
            self.slots[index] = None;
            self.free.push(index);
        }
    }

    /// Lets `compile` see every slot that is in use; what it returns takes the place of what was there.
    pub(super) fn recompile(&mut self, mut compile: impl FnMut(&ScheduleKey) -> Option<KeyCoverage>) {
        for slot in self.slots.iter_mut().flatten() {
            if let Some(compiled) = compile(&slot.key) {
                slot.compiled = compiled;
            }
        }
    }
}
