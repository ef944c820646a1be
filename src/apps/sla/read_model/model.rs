//! The state of the read model at one data version: every component, enabled or not, and what finds, counts and sorts them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDateTime};

use super::block::{ComponentBlock, InstantColumn};
use super::found::FoundComponents;
use super::links::{LINKS, Link, LinkTable};
use super::order::Orders;
use crate::apps::blocks::bits::{BLOCK_SLOTS, BlockBits, places, set};
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::db::mark::Mark;

/// The database's state that a model is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataState {
    /// The generation of the connection that read it: a renewed pool may lead to another database. None beside any pool.
    pub generation: Option<u64>,
    /// The data version.
    pub mark: Mark,
}

/// An SLA window, as far as lists of components need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowEntry {
    /// Its name.
    pub name: String,
    /// Whether it promises anything.
    pub enabled: bool,
    /// The calendars that exclude time from it.
    pub calendars: Vec<i64>,
}

/// How many of the objects that most components use are kept.
const MOST_USED_MAX: usize = 20;

/// The objects that most components use, once a page has asked for them.
#[derive(Debug, Default)]
pub(super) struct MostUsed([OnceLock<Vec<i64>>; LINKS]);

/// What follows on a state has its own.
impl Clone for MostUsed {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// Every component at one data version.
#[derive(Clone, Debug)]
pub struct ReadModel {
    pub(super) state: DataState,
    pub(super) blocks: Vec<Arc<ComponentBlock>>,
    /// Slots that are free, the next to be used last.
    pub(super) free: Vec<u32>,
    pub(super) count: usize,
    pub(super) orders: Orders,
    pub(super) tables: [LinkTable; LINKS],
    pub(super) schedules: LinkTable<ScheduleKey>,
    pub(super) windows: Arc<BTreeMap<i64, WindowEntry>>,
    /// Names by key.
    pub(super) calendars: Arc<BTreeMap<i64, String>>,
    pub(super) most_used: MostUsed,
}

impl ReadModel {
    /// Returns the state of the database that it shows.
    #[must_use]
    pub fn state(&self) -> &DataState {
        &self.state
    }

    /// Returns how many components there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns all components.
    #[must_use]
    pub fn all(&self) -> FoundComponents {
        self.of_each_block(|block| *block.used())
    }

    /// Returns the enabled components.
    #[must_use]
    pub fn enabled(&self) -> FoundComponents {
        self.of_each_block(|block| *block.enabled())
    }

    /// Returns the components of these keys.
    #[must_use]
    pub fn of_ids(&self, ids: &[i64]) -> FoundComponents {
        self.of_slots(ids.iter().filter_map(|id| self.slot(*id)))
    }

    /// Returns the components in these slots.
    pub(super) fn of_slots(&self, slots: impl Iterator<Item = u32>) -> FoundComponents {
        let mut found = self.of_each_block(|_| BlockBits::default());
        for slot in slots {
            let (block, place) = split(slot);
            set(&mut found.blocks_mut()[block], place, true);
        }
        found
    }

    /// Returns the components that are linked to any of these objects.
    #[must_use]
    pub fn linked(&self, link: Link, ids: &[i64]) -> FoundComponents {
        let table = &self.tables[link as usize];
        match ids
            .iter()
            .filter_map(|id| table.place(id))
            .collect::<Vec<u32>>()
            .as_slice()
        {
            [] => self.of_each_block(|_| BlockBits::default()),
            [wanted] => self.of_each_block(|block| block.linked(link, |place| place == *wanted)),
            wanted => {
                let mut is_wanted = vec![false; table.len()];
                wanted.iter().for_each(|place| is_wanted[*place as usize] = true);
                self.linked_to(link, &is_wanted)
            }
        }
    }

    /// Returns the components that are linked to a target whose place is marked.
    pub(super) fn linked_to(&self, link: Link, is_wanted: &[bool]) -> FoundComponents {
        self.of_each_block(|block| block.linked(link, |place| is_wanted[place as usize]))
    }

    /// Returns the components that have any link of a kind.
    #[must_use]
    pub fn having(&self, link: Link) -> FoundComponents {
        self.of_each_block(|block| block.having(link))
    }

    /// Returns the components that use an enabled window: those that are disabled promise nothing.
    #[must_use]
    pub fn with_enabled_window(&self) -> FoundComponents {
        let enabled = self.windows.iter().filter(|(_, window)| window.enabled);
        self.linked(Link::Window, &enabled.map(|(id, _)| *id).collect::<Vec<i64>>())
    }

    /// Returns the components with an SLO from `from` to `to`, in thousandths of a percent.
    #[must_use]
    pub fn with_slo(&self, from: i64, to: i64) -> FoundComponents {
        self.of_each_block(|block| block.with_slo(|slo| (from..=to).contains(&i64::from(slo))))
    }

    /// Returns the components made or changed from an instant on and before another one.
    #[must_use]
    pub fn between(&self, column: InstantColumn, from: NaiveDateTime, to: NaiveDateTime) -> FoundComponents {
        let (from, to) = (microseconds(from), microseconds(to));
        let mut found = self.of_each_block(|block| block.between(column, from, to));
        found.keep(&self.all());
        found
    }

    /// Returns when the first or the last of these components was made.
    #[must_use]
    pub fn edge(&self, found: &FoundComponents, last: bool) -> Option<NaiveDateTime> {
        let blocks = self.blocks.iter().zip(found.blocks());
        let edges = blocks.filter_map(|(block, bits)| block.creation_of(bits));
        let edge = match last {
            true => edges.map(|(_, last)| last).max(),
            false => edges.map(|(first, _)| first).min(),
        };
        DateTime::from_timestamp_micros(edge?).map(|at| at.naive_utc())
    }

    /// Returns how many of these components each object is linked to; objects that none is linked to are left out.
    #[must_use]
    pub fn facet(&self, link: Link, found: &FoundComponents) -> Vec<(i64, u64)> {
        let table = &self.tables[link as usize];
        if found.count() == self.count {
            return table.used().map(|(_, id, users)| (*id, users)).collect();
        }
        let mut counts = vec![0_u64; table.len()];
        for (block, bits) in self.blocks.iter().zip(found.blocks()) {
            for place in places(bits) {
                for target in block.targets(link, place) {
                    counts[*target as usize] += 1;
                }
            }
        }
        let counts = (0..).zip(counts).filter(|(_, count)| *count > 0);
        counts.map(|(place, count)| (*table.id(place), count)).collect()
    }

    /// Returns the keys of the objects that most of these components are linked to, those of the most components first, then by name.
    #[must_use]
    pub fn most_used(&self, link: Link, found: &FoundComponents, limit: usize) -> Vec<i64> {
        let ranked = |limit| self.ranked(link, self.facet(link, found), limit);
        if limit > MOST_USED_MAX || found.count() != self.count {
            return ranked(limit);
        }
        let of_all = self.most_used.0[link as usize].get_or_init(|| ranked(MOST_USED_MAX));
        of_all.iter().copied().take(limit).collect()
    }

    /// Returns the first of counted objects: by their counts, then by name.
    fn ranked(&self, link: Link, counts: Vec<(i64, u64)>, limit: usize) -> Vec<i64> {
        let named = counts
            .into_iter()
            .filter_map(|(id, count)| Some((Reverse(count), self.name(link, id)?, id)));
        let mut used: Vec<(Reverse<u64>, &str, i64)> = named.collect();
        if used.len() > limit {
            used.select_nth_unstable(limit);
            used.truncate(limit);
        }
        used.sort_unstable();
        used.into_iter().map(|(.., id)| id).collect()
    }

    /// Returns how many objects links of a kind may lead to, and whether these are all there are: of labels those that are used are known.
    #[must_use]
    pub fn targets(&self, link: Link) -> (usize, bool) {
        match link {
            Link::Label => (self.used(link).count(), false),
            Link::Window => (self.windows.len(), true),
            Link::Calendar => (self.calendars.len(), true),
        }
    }

    /// Returns the keys of the objects that any component is linked to.
    pub fn used(&self, link: Link) -> impl Iterator<Item = i64> {
        self.tables[link as usize].used().map(|(_, id, _)| *id)
    }

    /// Returns how many components use an object, enabled or not.
    #[must_use]
    pub fn users(&self, link: Link, id: i64) -> u64 {
        self.tables[link as usize].users(&id)
    }

    /// Returns the keys of what a component is linked to, in no order.
    #[must_use]
    pub fn links(&self, link: Link, id: i64) -> Vec<i64> {
        let Some(slot) = self.slot(id) else {
            return Vec::new();
        };
        let (block, place) = split(slot);
        let targets = self.blocks[block].targets(link, place).iter();
        targets.map(|target| *self.tables[link as usize].id(*target)).collect()
    }

    /// Returns by component which of these objects it is linked to, as the place among them; of several the first that it names.
    #[must_use]
    pub fn linked_among(&self, link: Link, ids: &[i64]) -> HashMap<i64, usize> {
        let table = &self.tables[link as usize];
        let mut among = vec![None; table.len()];
        for (index, id) in ids.iter().enumerate() {
            if let Some(place) = table.place(id) {
                among[place as usize] = Some(index);
            }
        }
        let mut linked = HashMap::new();
        for block in &self.blocks {
            for place in places(block.used()) {
                let mut targets = block.targets(link, place).iter();
                let index = targets.find_map(|target| among[*target as usize]);
                linked.extend(index.map(|index| (block.id(place), index)));
            }
        }
        linked
    }

    /// Returns the name of a window, a calendar, or a label that is used: `name=value`.
    #[must_use]
    pub fn name(&self, link: Link, id: i64) -> Option<&str> {
        let table = &self.tables[link as usize];
        match link {
            Link::Label => table.place(&id).map(|place| table.name(place)),
            Link::Window => self.windows.get(&id).map(|window| window.name.as_str()),
            Link::Calendar => self.calendars.get(&id).map(String::as_str),
        }
    }

    /// Returns the schedules that components use, each with its place and how many use it. Components with the same windows and
    /// calendars have the same hours: what depends on hours is computed once for each.
    pub fn schedules(&self) -> impl Iterator<Item = (u32, &ScheduleKey, u64)> {
        self.schedules.used()
    }

    /// Returns the components whose schedules' places are marked; a place beyond the marks is not.
    #[must_use]
    pub fn of_schedules(&self, is_meant: &[bool]) -> FoundComponents {
        let is_meant = |place: u32| is_meant.get(place as usize).copied().unwrap_or(false);
        self.of_each_block(|block| block.of_schedules(is_meant))
    }

    /// Returns how many of these components have each schedule, by its place.
    #[must_use]
    pub fn users_by_schedule(&self, found: &FoundComponents) -> Vec<u64> {
        let mut users: Vec<u64> = Vec::new();
        for (block, bits) in self.blocks.iter().zip(found.blocks()) {
            for schedule in places(bits).filter_map(|place| block.schedule(place)) {
                let schedule = schedule as usize;
                if users.len() <= schedule {
                    users.resize(schedule + 1, 0);
                }
                users[schedule] += 1;
            }
        }
        users
    }

    /// Returns for each slot what `rank` makes of the place of its schedule and of whether it is enabled, to sort by
    /// [`Order::Rank`](super::order::Order::Rank).
    pub fn ranks(&self, rank: impl Fn(u32, bool) -> u32) -> Vec<u32> {
        let of_block = |block: &Arc<ComponentBlock>| -> Vec<u32> {
            let rank = |place| {
                block
                    .schedule(place)
                    .map_or(0, |schedule| rank(schedule, block.is_enabled(place)))
            };
            (0..block.len()).map(rank).collect()
        };
        self.blocks.iter().flat_map(of_block).collect()
    }

    /// Returns all windows by their keys.
    #[must_use]
    pub fn windows(&self) -> &BTreeMap<i64, WindowEntry> {
        &self.windows
    }

    /// Returns the same to be kept: another one as soon as a window, a calendar or a rule changes, and the same one until then.
    #[must_use]
    pub fn shared_windows(&self) -> &Arc<BTreeMap<i64, WindowEntry>> {
        &self.windows
    }

    /// Returns the slot of a component.
    pub(super) fn slot(&self, id: i64) -> Option<u32> {
        let by_id = &self.orders.by_id;
        let place = by_id.binary_search_by_key(&id, |slot| self.id(*slot)).ok()?;
        by_id.get(place).copied()
    }

    /// Returns the key of the component in a slot.
    pub(super) fn id(&self, slot: u32) -> i64 {
        let (block, place) = split(slot);
        self.blocks[block].id(place)
    }

    fn of_each_block(&self, bits: impl Fn(&ComponentBlock) -> BlockBits) -> FoundComponents {
        FoundComponents::of_blocks(self.blocks.iter().map(|block| bits(block)))
    }
}

/// Returns the block of a slot and the place in it.
pub(super) fn split(slot: u32) -> (usize, usize) {
    (slot as usize / BLOCK_SLOTS, slot as usize % BLOCK_SLOTS)
}

/// Returns an instant as blocks have it.
pub(super) fn microseconds(at: NaiveDateTime) -> i64 {
    at.and_utc().timestamp_micros()
}
