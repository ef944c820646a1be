//! The orders of components: for each column a permutation of the slots, from which a page is a walk.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use super::block::{ComponentBlock, TextField};
use super::found::FoundComponents;
use super::model::{ReadModel, split};

/// What components are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The name, folded.
    Name,
    /// The display name, folded.
    DisplayName,
    /// Whether it is enabled: those that are not come first.
    Enabled,
    /// When it was changed last.
    UpdatedAt,
}

/// The slots in every order. Equal components are in the order of their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    pub(super) by_id: Permutation,
    pub(super) by_name: Permutation,
    pub(super) by_display_name: Permutation,
    pub(super) by_updated_at: Permutation,
}

/// All slots that are used, in an order.
pub(super) type Permutation = Arc<[u32]>;

/// A column that has a permutation; nothing: the key.
pub(super) type OrderColumn = Option<Order>;

impl Orders {
    /// Returns the orders of all used slots.
    pub(super) fn of(blocks: &[Arc<ComponentBlock>], slots: &[u32]) -> Self {
        let sorted = |column: OrderColumn| -> Permutation {
            let mut slots = slots.to_vec();
            slots.sort_unstable_by(|one, other| compare((blocks, *one), (blocks, *other), column));
            slots.into()
        };
        Self {
            by_id: sorted(None),
            by_name: sorted(Some(Order::Name)),
            by_display_name: sorted(Some(Order::DisplayName)),
            by_updated_at: sorted(Some(Order::UpdatedAt)),
        }
    }

    /// Returns the orders with their columns.
    pub(super) fn each_mut(&mut self) -> [(OrderColumn, &mut Permutation); 4] {
        [
            (None, &mut self.by_id),
            (Some(Order::Name), &mut self.by_name),
            (Some(Order::DisplayName), &mut self.by_display_name),
            (Some(Order::UpdatedAt), &mut self.by_updated_at),
        ]
    }
}

/// A slot of some blocks.
pub(super) type SlotOf<'a> = (&'a [Arc<ComponentBlock>], u32);

/// Compares components by a column and then by their keys.
pub(super) fn compare(one: SlotOf<'_>, other: SlotOf<'_>, column: OrderColumn) -> Ordering {
    compare_values(one, other, column).then_with(|| {
        let id = |(blocks, slot): SlotOf<'_>| {
            let (block, place) = split(slot);
            blocks[block].id(place)
        };
        id(one).cmp(&id(other))
    })
}

/// Compares components by a column alone.
pub(super) fn compare_values(one: SlotOf<'_>, other: SlotOf<'_>, column: OrderColumn) -> Ordering {
    let (one_block, one_place) = at(one);
    let (other_block, other_place) = at(other);
    let text = |field| {
        one_block
            .text(one_place, field)
            .cmp(other_block.text(other_place, field))
    };
    match column {
        None => Ordering::Equal,
        Some(Order::Name) => text(TextField::Name),
        Some(Order::DisplayName) => text(TextField::DisplayName),
        Some(Order::Enabled) => one_block
            .is_enabled(one_place)
            .cmp(&other_block.is_enabled(other_place)),
        Some(Order::UpdatedAt) => one_block
            .updated_at(one_place)
            .cmp(&other_block.updated_at(other_place)),
    }
}

fn at((blocks, slot): SlotOf<'_>) -> (&ComponentBlock, usize) {
    let (block, place) = split(slot);
    (&blocks[block], place)
}

impl ReadModel {
    /// Returns the keys of at most `limit` of these components behind the first `offset`, in the order of columns, each of which may
    /// descend. Equal ones are in the order of their keys, which descends if `key_descends`.
    #[must_use]
    pub fn ids(
        &self,
        found: &FoundComponents,
        orders: &[(Order, bool)],
        key_descends: bool,
        (offset, limit): (usize, usize),
    ) -> Vec<i64> {
        let walked = match orders {
            [] => Some((&self.orders.by_id, key_descends)),
            [(order, descends)] if *descends == key_descends => {
                self.permutation(*order).map(|slots| (slots, *descends))
            }
            _ => None,
        };
        let page = |slots: &mut dyn Iterator<Item = u32>| {
            let page = slots.filter(|slot| found.contains(*slot)).skip(offset).take(limit);
            page.map(|slot| self.id(slot)).collect()
        };
        match walked {
            Some((slots, false)) => page(&mut slots.iter().copied()),
            Some((slots, true)) => page(&mut slots.iter().rev().copied()),
            None => page(&mut self.sorted(found, orders, key_descends).into_iter()),
        }
    }

    /// Returns the permutation of a column; none of a column with two values.
    fn permutation(&self, order: Order) -> Option<&Permutation> {
        match order {
            Order::Name => Some(&self.orders.by_name),
            Order::DisplayName => Some(&self.orders.by_display_name),
            Order::UpdatedAt => Some(&self.orders.by_updated_at),
            Order::Enabled => None,
        }
    }

    /// Returns the slots of these components in the order of several columns: sorted by the last one first, each time stably.
    fn sorted(&self, found: &FoundComponents, orders: &[(Order, bool)], key_descends: bool) -> Vec<u32> {
        let mut slots: Vec<u32> = self
            .orders
            .by_id
            .iter()
            .copied()
            .filter(|slot| found.contains(*slot))
            .collect();
        if key_descends {
            slots.reverse();
        }
        for (order, descends) in orders.iter().rev() {
            let ranks = self.ranks(*order);
            let rank = |slot: &u32| ranks[*slot as usize];
            match descends {
                false => slots.sort_by_key(rank),
                true => slots.sort_by_key(|slot| Reverse(rank(slot))),
            }
        }
        slots
    }

    /// Returns for each slot a number by which it is sorted as by the column; equal values have the same.
    fn ranks(&self, order: Order) -> Vec<u32> {
        let mut ranks = vec![0; self.slots()];
        let Some(permutation) = self.permutation(order) else {
            for slot in self.orders.by_id.iter() {
                let (block, place) = split(*slot);
                ranks[*slot as usize] = u32::from(self.blocks[block].is_enabled(place));
            }
            return ranks;
        };
        let (mut rank, mut before) = (0, None);
        for slot in permutation.iter().copied() {
            let is_other = |before| compare_values((&self.blocks, before), (&self.blocks, slot), Some(order)).is_ne();
            if before.is_some_and(is_other) {
                rank += 1;
            }
            ranks[slot as usize] = rank;
            before = Some(slot);
        }
        ranks
    }

    fn slots(&self) -> usize {
        self.blocks.iter().map(|block| block.len()).sum()
    }
}
