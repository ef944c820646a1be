//! How a state of the read model is made: of all rows, portion by portion, or of the state before and the rows that changed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::block::{ComponentBlock, Entry};
use super::links::{LINKS, Link, LinkTable};
use super::model::{DataState, MostUsed, ReadModel, WindowEntry, microseconds, split};
use super::order::{OrderColumn, Orders, Permutation, compare};
use crate::apps::blocks::bits::{BLOCK_SLOTS, has};
use crate::apps::grouped::grouped;
use crate::apps::sla::component::model::ComponentRow;
use crate::apps::sla::snapshot::compile::{ScheduleKey, SnapshotRows};
use crate::text::folded;

/// All rows on their way to become a state of the read model.
#[derive(Default)]
pub struct Assembly {
    blocks: Vec<Arc<ComponentBlock>>,
    /// The block that is being filled.
    filling: ComponentBlock,
    tables: [LinkTable; LINKS],
    schedules: LinkTable<ScheduleKey>,
    windows: BTreeMap<i64, WindowEntry>,
    calendars: BTreeMap<i64, String>,
}

impl Assembly {
    /// Adds rows: each component with all its links.
    pub fn add(&mut self, rows: &SnapshotRows) {
        put_schedules(&mut self.windows, &mut self.calendars, rows);
        let mut links = RowLinks::of(rows);
        for row in &rows.components {
            let entry = links.entry(row, &mut self.tables, &mut self.schedules);
            self.filling.push(Some(&entry));
            if self.filling.is_full() {
                self.end_block();
            }
        }
    }

    /// Returns the state that the rows are of.
    #[must_use]
    pub fn finish(mut self, state: DataState) -> ReadModel {
        self.end_block();
        let lengths = self.blocks.iter().map(|block| block.len());
        let slots: Vec<u32> = (0..).take(lengths.sum()).collect();
        ReadModel {
            state,
            count: slots.len(),
            free: Vec::new(),
            orders: Orders::of(&self.blocks, &slots),
            blocks: self.blocks,
            tables: self.tables,
            schedules: self.schedules,
            windows: Arc::new(self.windows),
            calendars: Arc::new(self.calendars),
            most_used: MostUsed::default(),
        }
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.filling);
        if block.len() > 0 {
            self.blocks.push(Arc::new(block.shrunk()));
        }
    }
}

/// Takes over windows and calendars, and forgets those that were deleted.
fn put_schedules(windows: &mut BTreeMap<i64, WindowEntry>, calendars: &mut BTreeMap<i64, String>, rows: &SnapshotRows) {
    for (model, id) in &rows.tombstones {
        match model.as_str() {
            "sla_window" => drop(windows.remove(id)),
            "calendar" => drop(calendars.remove(id)),
            _ => {}
        }
    }
    let mut linked = grouped(rows.window_calendars.iter().copied());
    for row in &rows.windows {
        let entry = WindowEntry {
            name: row.name.clone(),
            enabled: row.enabled,
            calendars: linked.remove(&row.id).unwrap_or_default(),
        };
        windows.insert(row.id, entry);
    }
    calendars.extend(rows.calendars.iter().map(|row| (row.id, row.name.clone())));
}

/// The links of rows, by component.
struct RowLinks<'a> {
    labels: HashMap<i64, Vec<(i64, &'a str, &'a str)>>,
    windows: HashMap<i64, Vec<i64>>,
    calendars: HashMap<i64, Vec<i64>>,
}

impl<'a> RowLinks<'a> {
    fn of(rows: &'a SnapshotRows) -> Self {
        let labels = rows.component_labels.iter();
        let labels =
            labels.map(|(component, label, name, value)| (*component, (*label, name.as_str(), value.as_str())));
        Self {
            labels: grouped(labels),
            windows: grouped(rows.component_windows.iter().copied()),
            calendars: grouped(rows.component_calendars.iter().copied()),
        }
    }

    /// Returns the entry of a component, and counts it as a user of what it is linked to.
    fn entry(
        &mut self,
        row: &ComponentRow,
        tables: &mut [LinkTable; LINKS],
        schedules: &mut LinkTable<ScheduleKey>,
    ) -> Entry {
        let id = row.id;
        let [of_labels, of_windows, of_calendars] = tables;
        let labels = self.labels.remove(&id).unwrap_or_default().into_iter();
        let sorted = |ids: Option<Vec<i64>>| {
            let mut ids = ids.unwrap_or_default();
            ids.sort_unstable();
            ids
        };
        let key = (sorted(self.windows.remove(&id)), sorted(self.calendars.remove(&id)));
        Entry {
            id,
            enabled: row.enabled,
            slo_millipercent: row.slo_millipercent,
            created_at: microseconds(row.created_at),
            updated_at: microseconds(row.updated_at),
            texts: row.texts().map(|text| folded(text).into_owned()),
            links: [
                labels
                    .map(|(id, name, value)| of_labels.take(&id, &format!("{name}={value}")))
                    .collect(),
                key.0.iter().map(|id| of_windows.take(id, "")).collect(),
                key.1.iter().map(|id| of_calendars.take(id, "")).collect(),
            ],
            schedule: schedules.take(&key, ""),
        }
    }
}

/// So many slots are looked up in an order, of more the whole order is read.
const LOOKED_UP_MAX: usize = 32;

/// The slots that a change touches, with what they become; nothing for one that becomes free.
type Touched = BTreeMap<u32, Option<Entry>>;

impl ReadModel {
    /// Returns the state after changes: rows that changed since, each component with all its links, and keys that were deleted. Shares
    /// with this one what is the same.
    #[must_use]
    pub fn changed(&self, rows: &SnapshotRows, state: DataState) -> Self {
        let mut next = Self { state, ..self.clone() };
        if !(rows.windows.is_empty() && rows.calendars.is_empty() && rows.tombstones.is_empty()) {
            put_schedules(
                Arc::make_mut(&mut next.windows),
                Arc::make_mut(&mut next.calendars),
                rows,
            );
        }
        let touched = next.touch(rows);
        if touched.is_empty() {
            return next;
        }
        for slot in touched.keys().filter(|slot| self.is_used(**slot)) {
            let (block, place) = split(*slot);
            let block = &self.blocks[block];
            for link in Link::ALL {
                let targets = block.targets(link, place).iter();
                targets.for_each(|target| next.tables[link as usize].give_back(*target));
            }
            block
                .schedule(place)
                .into_iter()
                .for_each(|schedule| next.schedules.give_back(schedule));
        }
        next.put_blocks(&touched);
        next.put_orders(self, &touched);
        next
    }

    /// Returns what becomes of the slots of rows, and gives components that are new a slot.
    fn touch(&mut self, rows: &SnapshotRows) -> Touched {
        let mut links = RowLinks::of(rows);
        let mut touched = Touched::new();
        let deleted = rows.tombstones.iter().filter(|(model, _)| model == "component");
        for slot in deleted.filter_map(|(_, id)| self.slot(*id)) {
            touched.insert(slot, None);
        }
        let mut slots = self.blocks.iter().map(|block| block.len()).sum::<usize>();
        for row in &rows.components {
            let slot = self.slot(row.id).or_else(|| self.free.pop()).unwrap_or_else(|| {
                slots += 1;
                u32::try_from(slots - 1).unwrap_or(u32::MAX)
            });
            touched.insert(slot, Some(links.entry(row, &mut self.tables, &mut self.schedules)));
        }
        touched
    }

    fn is_used(&self, slot: u32) -> bool {
        let (block, place) = split(slot);
        let block = self.blocks.get(block);
        block.is_some_and(|block| place < block.len() && has(block.used(), place))
    }

    /// Replaces the blocks of the slots.
    fn put_blocks(&mut self, touched: &Touched) {
        for (slot, entry) in touched {
            match (self.is_used(*slot), entry.is_some()) {
                (true, false) => {
                    self.count -= 1;
                    self.free.push(*slot);
                }
                (false, true) => self.count += 1,
                _ => {}
            }
        }
        let mut left = touched.iter().peekable();
        while let Some((slot, _)) = left.peek() {
            let (index, _) = split(**slot);
            let first = index * BLOCK_SLOTS;
            let old = self.blocks.get(index);
            let mut block = old.map_or_else(ComponentBlock::default, |old| old.empty_like());
            let length = old.map_or(0, |old| old.len());
            let place_of = |slot: u32| slot as usize - first;
            while let Some((slot, entry)) = left.next_if(|(slot, _)| split(**slot).0 == index) {
                copy(old, &mut block, place_of(*slot).min(length));
                block.push(entry.as_ref());
            }
            copy(old, &mut block, length);
            let block = Arc::new(block.shrunk());
            match self.blocks.get_mut(index) {
                Some(old) => *old = block,
                None => self.blocks.push(block),
            }
        }
    }

    /// Puts the touched slots where they belong now in each order that they moved in.
    fn put_orders(&mut self, before: &Self, touched: &Touched) {
        let blocks = &self.blocks;
        for (column, permutation) in self.orders.each_mut() {
            let is_moved = |(slot, entry): &(&u32, &Option<Entry>)| {
                let is_same = entry.is_some()
                    && before.is_used(**slot)
                    && compare((&before.blocks, **slot), (blocks, **slot), column).is_eq();
                !is_same
            };
            let moved: Vec<(u32, bool)> = touched
                .iter()
                .filter(is_moved)
                .map(|(slot, entry)| (*slot, entry.is_some()))
                .collect();
            if !moved.is_empty() {
                *permutation = patched(permutation, (before, blocks), &moved, column);
            }
        }
    }
}

/// Appends what stands in `old` from the end of `block` up to a place.
fn copy(old: Option<&Arc<ComponentBlock>>, block: &mut ComponentBlock, to: usize) {
    if let Some(old) = old {
        (block.len()..to).for_each(|place| block.push_of(old, place));
    }
}

/// Returns an order without the slots that moved, and with those that stay at their new places.
fn patched(
    permutation: &Permutation,
    (before, blocks): (&ReadModel, &[Arc<ComponentBlock>]),
    moved: &[(u32, bool)],
    column: OrderColumn<'_>,
) -> Permutation {
    let (mut kept, mut from) = (Vec::with_capacity(permutation.len()), 0);
    for place in places_before(permutation, before, moved, column) {
        kept.extend_from_slice(&permutation[from..place]);
        from = place + 1;
    }
    kept.extend_from_slice(&permutation[from..]);
    let mut added: Vec<u32> = moved
        .iter()
        .filter(|(_, stays)| *stays)
        .map(|(slot, _)| *slot)
        .collect();
    added.sort_unstable_by(|one, other| compare((blocks, *one), (blocks, *other), column));
    let (mut result, mut from) = (Vec::with_capacity(kept.len() + added.len()), 0);
    for slot in added {
        let rest = &kept[from..];
        let to = from + rest.partition_point(|other| compare((blocks, *other), (blocks, slot), column).is_lt());
        result.extend_from_slice(&kept[from..to]);
        result.push(slot);
        from = to;
    }
    result.extend_from_slice(&kept[from..]);
    result.into()
}

/// Returns where slots that moved stood in an order, ascending. Few of them are looked up by what they were.
fn places_before(
    permutation: &Permutation,
    before: &ReadModel,
    moved: &[(u32, bool)],
    column: OrderColumn<'_>,
) -> Vec<usize> {
    let moved = moved.iter().map(|(slot, _)| *slot).filter(|slot| before.is_used(*slot));
    if moved.clone().count() <= LOOKED_UP_MAX {
        let is_before = |other: &u32, slot| compare((&before.blocks, *other), (&before.blocks, slot), column).is_lt();
        let places = moved.map(|slot| permutation.partition_point(|other| is_before(other, slot)));
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        return places;
    }
    let mut is_out = vec![false; before.blocks.iter().map(|block| block.len()).sum()];
    moved.for_each(|slot| is_out[slot as usize] = true);
    let places = permutation.iter().enumerate();
    places
        .filter(|(_, slot)| is_out[**slot as usize])
        .map(|(place, _)| place)
        .collect()
}
