//! About a thousand components in columns: numbers side by side, texts in one piece of memory for one scan, links as places in the
//! tables of what they lead to. A block never changes; a changed component makes another block.

use memchr::memmem::Finder;

use super::links::{LINKS, Link};
use crate::apps::blocks::bits::{BLOCK_SLOTS, BlockBits, has, places, set};
use crate::apps::blocks::position;
use crate::apps::blocks::texts::TextBlock;
use crate::apps::sla::component::model::ComponentText;

/// How many texts of a component are searched.
const TEXTS: usize = ComponentText::COUNT;

/// Stands for no SLO; the schema keeps SLOs above zero.
const NO_SLO: i32 = i32::MIN;

/// Stands in a free slot for its schedule.
const NO_SCHEDULE: u32 = u32::MAX;

/// What is known of a component. Instants are microseconds since the epoch.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) id: i64,
    pub(super) enabled: bool,
    pub(super) slo_millipercent: Option<i32>,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    /// In the order of [`ComponentText`], folded.
    pub(super) texts: [String; TEXTS],
    /// Places in the tables of labels, windows and calendars.
    pub(super) links: [Vec<u32>; LINKS],
    /// The place of its windows and calendars as a set.
    pub(super) schedule: u32,
}

/// Components of neighbouring slots; a slot may be free.
#[derive(Clone, Debug, Default)]
pub(super) struct ComponentBlock {
    used: BlockBits,
    enabled: BlockBits,
    ids: Vec<i64>,
    slos: Vec<i32>,
    created_at: Vec<i64>,
    /// When the first and the last of its components was made; none while the block is filled, and of an empty one.
    creation: Option<(i64, i64)>,
    updated_at: Vec<i64>,
    texts: TextBlock<TEXTS>,
    links: [LinkLists; LINKS],
    schedules: Vec<u32>,
}

/// What each component is linked to by links of one kind.
#[derive(Clone, Debug, Default)]
struct LinkLists {
    targets: Vec<u32>,
    ends: Vec<u32>,
}

impl LinkLists {
    fn push(&mut self, targets: &[u32]) {
        self.targets.extend_from_slice(targets);
        self.ends.push(position(self.targets.len()));
    }

    fn of(&self, place: usize) -> &[u32] {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.targets[start as usize..self.ends[place] as usize]
    }
}

impl ComponentBlock {
    /// Returns how many slots it has.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether it takes no more components.
    pub(super) fn is_full(&self) -> bool {
        self.len() == BLOCK_SLOTS
    }

    /// Appends a component, or a free slot.
    pub(super) fn push(&mut self, entry: Option<&Entry>) {
        let place = self.len();
        let Some(entry) = entry else {
            self.push_columns((0, NO_SLO), (0, 0), [&[], &[], &[]]);
            self.schedules.push(NO_SCHEDULE);
            self.links.iter_mut().for_each(|links| links.push(&[]));
            return;
        };
        set(&mut self.used, place, true);
        set(&mut self.enabled, place, entry.enabled);
        let slo = entry.slo_millipercent.unwrap_or(NO_SLO);
        let texts = entry.texts.each_ref().map(String::as_bytes);
        self.push_columns((entry.id, slo), (entry.created_at, entry.updated_at), texts);
        self.schedules.push(entry.schedule);
        for (lists, targets) in self.links.iter_mut().zip(&entry.links) {
            lists.push(targets);
        }
    }

    /// Appends the component or free slot that stands at a place of another block.
    pub(super) fn push_of(&mut self, other: &Self, at: usize) {
        let place = self.len();
        set(&mut self.used, place, has(&other.used, at));
        set(&mut self.enabled, place, has(&other.enabled, at));
        let texts = std::array::from_fn(|text| other.texts.text(at, text));
        self.push_columns(
            (other.ids[at], other.slos[at]),
            (other.created_at[at], other.updated_at[at]),
            texts,
        );
        self.schedules.push(other.schedules[at]);
        for (lists, others) in self.links.iter_mut().zip(&other.links) {
            lists.push(others.of(at));
        }
    }

    fn push_columns(&mut self, (id, slo): (i64, i32), (created_at, updated_at): (i64, i64), texts: [&[u8]; TEXTS]) {
        self.ids.push(id);
        self.slos.push(slo);
        self.created_at.push(created_at);
        self.updated_at.push(updated_at);
        self.texts.push(texts);
    }

    /// Returns the block, now that it is filled, without memory that it does not need.
    pub(super) fn shrunk(mut self) -> Self {
        self.creation = self.creation_of(&self.used);
        self.ids.shrink_to_fit();
        self.slos.shrink_to_fit();
        self.created_at.shrink_to_fit();
        self.updated_at.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.schedules.shrink_to_fit();
        for lists in &mut self.links {
            lists.targets.shrink_to_fit();
            lists.ends.shrink_to_fit();
        }
        self
    }

    /// Returns an empty block with room for what `self` has.
    pub(super) fn empty_like(&self) -> Self {
        let lists = self.links.each_ref().map(|lists| LinkLists {
            targets: Vec::with_capacity(lists.targets.len() + 8),
            ends: Vec::with_capacity(lists.ends.len()),
        });
        Self {
            ids: Vec::with_capacity(self.len()),
            slos: Vec::with_capacity(self.len()),
            created_at: Vec::with_capacity(self.len()),
            updated_at: Vec::with_capacity(self.len()),
            texts: self.texts.empty_like(),
            links: lists,
            schedules: Vec::with_capacity(self.len()),
            ..Self::default()
        }
    }

    /// Returns the slots that are not free.
    pub(super) fn used(&self) -> &BlockBits {
        &self.used
    }

    /// Returns the slots of enabled components.
    pub(super) fn enabled(&self) -> &BlockBits {
        &self.enabled
    }

    /// Returns the key of a component.
    pub(super) fn id(&self, place: usize) -> i64 {
        self.ids[place]
    }

    /// Returns whether a component is enabled.
    pub(super) fn is_enabled(&self, place: usize) -> bool {
        has(&self.enabled, place)
    }

    /// Returns when the first and the last component of these places was made; nothing of no places.
    pub(super) fn creation_of(&self, found: &BlockBits) -> Option<(i64, i64)> {
        if self.creation.is_some() && *found == self.used {
            return self.creation;
        }
        let instants = places(found).map(|place| self.created_at[place]);
        instants.fold(None, |edges: Option<(i64, i64)>, at| {
            let (first, last) = edges.unwrap_or((at, at));
            Some((first.min(at), last.max(at)))
        })
    }

    /// Returns when a component was changed last.
    pub(super) fn updated_at(&self, place: usize) -> i64 {
        self.updated_at[place]
    }

    /// Returns a text of a component, folded.
    pub(super) fn text(&self, place: usize, text: ComponentText) -> &[u8] {
        self.texts.text(place, text as usize)
    }

    /// Returns what a component is linked to.
    pub(super) fn targets(&self, link: Link, place: usize) -> &[u32] {
        self.links[link as usize].of(place)
    }

    /// Returns the place of the schedule of a component; none of a free slot.
    pub(super) fn schedule(&self, place: usize) -> Option<u32> {
        let schedule = self.schedules[place];
        (schedule != NO_SCHEDULE).then_some(schedule)
    }

    /// Returns the components with a schedule that `is_meant`.
    pub(super) fn of_schedules(&self, is_meant: impl Fn(u32) -> bool) -> BlockBits {
        let mut bits = BlockBits::default();
        for (place, schedule) in self.schedules.iter().enumerate() {
            set(&mut bits, place, *schedule != NO_SCHEDULE && is_meant(*schedule));
        }
        bits
    }

    /// Returns the components that are linked to a target that `is_meant`.
    pub(super) fn linked(&self, link: Link, is_meant: impl Fn(u32) -> bool) -> BlockBits {
        let lists = &self.links[link as usize];
        let (mut bits, mut start) = (BlockBits::default(), 0);
        for (place, end) in lists.ends.iter().enumerate() {
            let targets = &lists.targets[start..*end as usize];
            if targets.iter().any(|target| is_meant(*target)) {
                set(&mut bits, place, true);
            }
            start = *end as usize;
        }
        bits
    }

    /// Returns the components that have any link of a kind.
    pub(super) fn having(&self, link: Link) -> BlockBits {
        self.linked(link, |_| true)
    }

    /// Returns the components with an SLO that `is_meant`.
    pub(super) fn with_slo(&self, is_meant: impl Fn(i32) -> bool) -> BlockBits {
        let mut bits = BlockBits::default();
        for (place, slo) in self.slos.iter().enumerate() {
            set(&mut bits, place, *slo != NO_SLO && is_meant(*slo));
        }
        bits
    }

    /// Returns the components made or changed from an instant on and before another one.
    pub(super) fn between(&self, column: InstantColumn, from: i64, to: i64) -> BlockBits {
        let instants = match column {
            InstantColumn::CreatedAt => &self.created_at,
            InstantColumn::UpdatedAt => &self.updated_at,
        };
        let mut bits = BlockBits::default();
        for (place, at) in instants.iter().enumerate() {
            set(&mut bits, place, from <= *at && *at < to);
        }
        bits
    }

    /// Returns those of `among` with a text that holds what the finder looks for.
    pub(super) fn holding(&self, finder: &Finder<'_>, among: &BlockBits) -> BlockBits {
        self.texts.holding(finder, among)
    }
}

/// An instant of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstantColumn {
    /// When it was made.
    CreatedAt,
    /// When it was changed last.
    UpdatedAt,
}
