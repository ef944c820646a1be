//! The orders of components: for each column a permutation of the slots, from which a page is a walk.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::block::ComponentBlock;
use super::found::FoundComponents;
use super::model::{ReadModel, split};
use crate::apps::sla::component::model::ComponentText;

/// What components are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order<'a> {
    /// A text, folded.
    Text(ComponentText),
    /// Whether it is enabled: those that are not come first.
    Enabled,
    /// When it was changed last.
    UpdatedAt,
    /// A number for each slot, as [`ReadModel::ranks`] makes them.
    Rank(&'a [u32]),
}

/// The slots in every order. Equal components are in the order of their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders {
    pub(super) by_id: Permutation,
    by_text: [Permutation; ComponentText::SORTED.len()],
    by_updated_at: Permutation,
}

/// All slots that are used, in an order.
pub(super) type Permutation = Arc<[u32]>;

/// A column that has a permutation; nothing: the key.
pub(super) type OrderColumn<'a> = Option<Order<'a>>;

impl Orders {
    /// Returns the orders of all used slots.
    pub(super) fn of(blocks: &[Arc<ComponentBlock>], slots: &[u32]) -> Self {
        let sorted = |column: OrderColumn<'_>| -> Permutation {
            let mut slots = slots.to_vec();
            slots.sort_unstable_by(|one, other| compare((blocks, *one), (blocks, *other), column));
            slots.into()
        };
        Self {
            by_id: sorted(None),
            by_text: ComponentText::SORTED.map(|text| sorted(Some(Order::Text(text)))),
            by_updated_at: sorted(Some(Order::UpdatedAt)),
        }
    }

    /// Returns the orders with their columns.
    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = (OrderColumn<'static>, &mut Permutation)> {
        let texts = ComponentText::SORTED.map(|text| Some(Order::Text(text)));
        [
            (None, &mut self.by_id),
            (Some(Order::UpdatedAt), &mut self.by_updated_at),
        ]
        .into_iter()
        .chain(texts.into_iter().zip(&mut self.by_text))
    }
}

/// A slot of some blocks.
pub(super) type SlotOf<'a> = (&'a [Arc<ComponentBlock>], u32);

/// Compares components by a column and then by their keys.
pub(super) fn compare(one: SlotOf<'_>, other: SlotOf<'_>, column: OrderColumn<'_>) -> Ordering {
    compare_values(one, other, column).then_with(|| {
        let id = |(blocks, slot): SlotOf<'_>| {
            let (block, place) = split(slot);
            blocks[block].id(place)
        };
        id(one).cmp(&id(other))
    })
}

/// Compares components by a column alone.
pub(super) fn compare_values(one: SlotOf<'_>, other: SlotOf<'_>, column: OrderColumn<'_>) -> Ordering {
    let (one_block, one_place) = at(one);
    let (other_block, other_place) = at(other);
    match column {
        None => Ordering::Equal,
        Some(Order::Text(text)) => one_block.text(one_place, text).cmp(other_block.text(other_place, text)),
        Some(Order::Enabled) => one_block
            .is_enabled(one_place)
            .cmp(&other_block.is_enabled(other_place)),
        Some(Order::Rank(ranks)) => ranks.get(one.1 as usize).cmp(&ranks.get(other.1 as usize)),
        Some(Order::UpdatedAt) => one_block
            .updated_at(one_place)
            .cmp(&other_block.updated_at(other_place)),
    }
}

fn at((blocks, slot): SlotOf<'_>) -> (&ComponentBlock, usize) {
    let (block, place) = split(slot);
    (&blocks[block], place)
}

/// Groups of equal components that are larger are not compared one by one, but walked in the order of the next column.
const GROUP_MAX: usize = 256;

/// A page: how many components come before it, and how many it has at most.
type PageBounds = (usize, usize);

impl ReadModel {
    /// Returns the keys of at most `limit` of these components behind the first `offset`, in the order of columns, each of which may
    /// descend. Equal ones are in the order of their keys, which descends if `key_descends`.
    #[must_use]
    pub fn ids(
        &self,
        found: &FoundComponents,
        orders: &[(Order<'_>, bool)],
        key_descends: bool,
        page: (usize, usize),
    ) -> Vec<i64> {
        let mut slots = Vec::new();
        self.put_page(found, orders, key_descends, page, &mut slots);
        slots.into_iter().map(|slot| self.id(slot)).collect()
    }

    /// Appends the slots of a page.
    fn put_page(
        &self,
        found: &FoundComponents,
        orders: &[(Order<'_>, bool)],
        key_descends: bool,
        (offset, limit): PageBounds,
        page: &mut Vec<u32>,
    ) {
        let (walked, descends, rest) = match orders {
            [] => (&self.orders.by_id, key_descends, None),
            [(order, descends), rest @ ..] => {
                let Some(permutation) = self.permutation(*order) else {
                    match order {
                        Order::Rank(ranks) => {
                            self.put_ranked(found, (ranks, *descends), rest, key_descends, (offset, limit), page);
                        }
                        _ => self.put_divided(found, (*descends, rest), key_descends, (offset, limit), page),
                    }
                    return;
                };
                let rest = (!rest.is_empty() || *descends != key_descends).then_some((*order, rest));
                (permutation, *descends, rest)
            }
        };
        let is_found = |slot: &u32| found.contains(*slot);
        let Some((order, rest)) = rest else {
            let slots = walked.iter().copied();
            match descends {
                false => page.extend(slots.filter(is_found).skip(offset).take(limit)),
                true => page.extend(slots.rev().filter(is_found).skip(offset).take(limit)),
            }
            return;
        };
        let mut slots: Vec<u32> = walked.iter().copied().filter(is_found).collect();
        if descends {
            slots.reverse();
        }
        let last = offset.saturating_add(limit).min(slots.len());
        let mut start = offset;
        while start < last {
            let group = self.equal_to(&slots, start, (order, descends));
            let (skipped, end) = (start - group.start, group.end.min(last));
            let bounds = (skipped, end - start);
            self.put_group(&mut slots[group], rest, key_descends, bounds, page);
            start = end;
        }
    }

    /// Appends the slots of a page of a column with two values.
    fn put_divided(
        &self,
        found: &FoundComponents,
        (descends, rest): (bool, &[(Order<'_>, bool)]),
        key_descends: bool,
        (mut offset, mut limit): PageBounds,
        page: &mut Vec<u32>,
    ) {
        let (mut first, mut last) = (found.clone(), found.clone());
        first.remove(&self.enabled());
        last.keep(&self.enabled());
        if descends {
            std::mem::swap(&mut first, &mut last);
        }
        for part in [first, last] {
            let before = page.len();
            self.put_page(&part, rest, key_descends, (offset, limit), page);
            limit -= page.len() - before;
            offset = offset.saturating_sub(part.count());
        }
    }

    /// Appends the slots of a page of a column that has a number for each slot. Only the numbers that the page shows are looked at.
    fn put_ranked(
        &self,
        found: &FoundComponents,
        (ranks, descends): (&[u32], bool),
        rest: &[(Order<'_>, bool)],
        key_descends: bool,
        (mut offset, mut limit): PageBounds,
        page: &mut Vec<u32>,
    ) {
        let rank = |slot: u32| ranks.get(slot as usize).copied().unwrap_or(0);
        let slots = || self.orders.by_id.iter().copied().filter(|slot| found.contains(*slot));
        let mut all: Vec<u32> = slots().map(rank).collect();
        all.sort_unstable();
        let mut ordered: Vec<(u32, usize)> = all.chunk_by(u32::eq).map(|equal| (equal[0], equal.len())).collect();
        if descends {
            ordered.reverse();
        }
        let mut shown = Vec::new();
        for (rank, count) in ordered {
            if limit == 0 {
                break;
            }
            if offset < count {
                let taken = limit.min(count - offset);
                shown.push((rank, (offset, taken)));
                limit -= taken;
            }
            offset = offset.saturating_sub(count);
        }
        let mut groups: HashMap<u32, Vec<u32>> = shown.iter().map(|(rank, _)| (*rank, Vec::new())).collect();
        for slot in slots() {
            if let Some(group) = groups.get_mut(&rank(slot)) {
                group.push(slot);
            }
        }
        for (rank, bounds) in shown {
            let mut group = groups.remove(&rank).unwrap_or_default();
            self.put_group(&mut group, rest, key_descends, bounds, page);
        }
    }

    /// Appends some of the components of a group, which are equal by the columns before.
    fn put_group(
        &self,
        group: &mut [u32],
        rest: &[(Order<'_>, bool)],
        key_descends: bool,
        (skipped, limit): PageBounds,
        page: &mut Vec<u32>,
    ) {
        if group.len() > GROUP_MAX {
            let found = self.of_slots(group.iter().copied());
            self.put_page(&found, rest, key_descends, (skipped, limit), page);
            return;
        }
        let directed = |order: Ordering, descends: bool| if descends { order.reverse() } else { order };
        let slot_of = |slot: &u32| (self.blocks.as_slice(), *slot);
        group.sort_unstable_by(|one, other| {
            let by_column = |(order, descends): &(Order<'_>, bool)| {
                directed(compare_values(slot_of(one), slot_of(other), Some(*order)), *descends)
            };
            let different = rest.iter().map(by_column).find(|order| order.is_ne());
            different.unwrap_or_else(|| directed(self.id(*one).cmp(&self.id(*other)), key_descends))
        });
        page.extend(group.iter().skip(skipped).take(limit));
    }

    /// Returns which of the slots, sorted by a column, have the same value as that at a place.
    fn equal_to(&self, slots: &[u32], place: usize, (order, descends): (Order<'_>, bool)) -> Range<usize> {
        let compared = |slot: &u32| {
            let compared = compare_values((&self.blocks, *slot), (&self.blocks, slots[place]), Some(order));
            if descends { compared.reverse() } else { compared }
        };
        // Most groups are small: one look at the next slot ends them.
        let is_alone = slots.get(place + 1).is_none_or(|next| compared(next).is_ne());
        let end = match is_alone {
            true => place + 1,
            false => place + slots[place..].partition_point(|slot| compared(slot).is_eq()),
        };
        let start = match place
            .checked_sub(1)
            .is_none_or(|before| compared(&slots[before]).is_ne())
        {
            true => place,
            false => slots[..place].partition_point(|slot| compared(slot).is_lt()),
        };
        start..end
    }

    /// Returns the permutation of a column; none of a column that has none, which is compared for each page.
    fn permutation(&self, order: Order<'_>) -> Option<&Permutation> {
        match order {
            Order::Text(text) => {
                let place = ComponentText::SORTED.iter().position(|sorted| *sorted == text);
                place.and_then(|place| self.orders.by_text.get(place))
            }
            Order::UpdatedAt => Some(&self.orders.by_updated_at),
            Order::Enabled | Order::Rank(_) => None,
        }
    }
}
