//! Components in blocks, in the order of the metrics. A change copies the blocks that it touches and shares all others, so that
//! whatever was made of those can be kept.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::metrics::state::snapshot::Component;

/// How many components a new block holds, give or take those that share a prefix. A block is what is rendered and compressed at a
/// time: a smaller one is done sooner after a change, a larger one compresses better.
const BLOCK_COMPONENTS: usize = 48;

/// A block that grows beyond this is split.
const BLOCK_COMPONENTS_MAX: usize = 64;

/// A changed block that has fewer is joined with the one before it.
const BLOCK_COMPONENTS_MIN: usize = 16;

/// Components that follow each other. No two blocks share a prefix.
#[derive(Debug)]
pub struct Block {
    components: Box<[Arc<Component>]>,
    /// Beside them, so that looking for those that use a slot need not touch them.
    coverages: Box<[u32]>,
    carriers: OnceLock<Box<[(u64, u32)]>>,
    namesakes: OnceLock<Box<[Range<u32>]>>,
}

impl Block {
    fn new(components: Vec<Arc<Component>>) -> Self {
        let slot = |component: &Arc<Component>| u32::try_from(component.coverage()).unwrap_or(u32::MAX);
        Self {
            coverages: components.iter().map(slot).collect(),
            components: components.into_boxed_slice(),
            carriers: OnceLock::new(),
            namesakes: OnceLock::new(),
        }
    }

    /// Returns the components, sorted by rank.
    #[must_use]
    pub fn components(&self) -> &[Arc<Component>] {
        &self.components
    }

    /// Returns the slots of the components' coverages, in their order.
    pub fn coverages(&self) -> impl Iterator<Item = usize> + '_ {
        self.coverages.iter().map(|slot| *slot as usize)
    }

    /// Returns the places of the components that carry a label of this hash, and at most few that do not, in order.
    pub fn carrying(&self, label: LabelHash) -> impl ExactSizeIterator<Item = usize> + '_ {
        let carriers = self.carriers.get_or_init(|| self.carriers());
        let start = carriers.partition_point(|(own, _)| *own < label.0);
        let count = carriers[start..].partition_point(|(own, _)| *own == label.0);
        carriers[start..start + count].iter().map(|(_, place)| *place as usize)
    }

    /// Returns the hash of each label of each component with the component's place, sorted. Made when a selection first asks for it.
    fn carriers(&self) -> Box<[(u64, u32)]> {
        let components = self.components.iter().zip(0..);
        let of_component = |(component, place): (&Arc<Component>, u32)| {
            let hashes: Vec<u64> = component
                .labels()
                .map(|(name, value)| LabelHash::of(name, &value).0)
                .collect();
            hashes.into_iter().map(move |hash| (hash, place))
        };
        let mut carriers: Vec<(u64, u32)> = components.flat_map(of_component).collect();
        carriers.sort_unstable();
        carriers.into_boxed_slice()
    }

    /// Returns the components that share a prefix with others, those of each prefix together. Looked for when a page first asks for them.
    pub fn namesakes(&self) -> impl Iterator<Item = &[Arc<Component>]> {
        let found = self.namesakes.get_or_init(|| {
            let mut first = 0_u32;
            let runs = self.components.chunk_by(|one, other| one.prefix() == other.prefix());
            let runs = runs.map(|run| {
                let start = first;
                first = first.saturating_add(u32::try_from(run.len()).unwrap_or(u32::MAX));
                start..first
            });
            runs.filter(|run| run.len() > 1).collect()
        });
        let components = |run: &Range<u32>| self.components.get(run.start as usize..run.end as usize);
        found.iter().filter_map(components)
    }

    fn first_prefix(&self) -> &str {
        self.components.first().map_or("", |component| component.prefix())
    }
}

/// What a label and its value are looked for by.
#[derive(Clone, Copy, Debug)]
pub struct LabelHash(u64);

impl LabelHash {
    /// Returns the hash of this label with this value.
    #[must_use]
    pub fn of(name: &str, value: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (name, value).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// All blocks. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    blocks: Vec<Arc<Block>>,
    length: usize,
}

/// What becomes of a place in the order.
enum BlockChange {
    Removed(Arc<Component>),
    Added(Arc<Component>),
}

impl BlockChange {
    fn component(&self) -> &Arc<Component> {
        match self {
            Self::Removed(component) | Self::Added(component) => component,
        }
    }
}

impl FromIterator<Arc<Component>> for Blocks {
    fn from_iter<T: IntoIterator<Item = Arc<Component>>>(components: T) -> Self {
        let mut blocks = Self::default();
        blocks.change(Vec::new(), components.into_iter().collect());
        blocks
    }
}

impl Blocks {
    /// Returns the blocks, in order.
    #[must_use]
    pub fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    /// Returns all components, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Component>> {
        self.blocks.iter().flat_map(|block| block.components.iter())
    }

    /// Returns how many components there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the number of the block in which a component of this prefix is, if there is any.
    #[must_use]
    pub fn block_of(&self, prefix: &str) -> Option<usize> {
        self.blocks
            .partition_point(|block| block.first_prefix() <= prefix)
            .checked_sub(1)
    }

    /// Returns the components of this prefix, in order.
    pub fn of_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Arc<Component>> {
        let block = self.block_of(prefix).map(|number| &self.blocks[number].components[..]);
        let block = block.unwrap_or_default();
        let start = block.partition_point(|component| component.prefix() < prefix);
        block[start..]
            .iter()
            .take_while(move |component| component.prefix() == prefix)
    }

    /// Returns the component of this name, whose prefix it is.
    #[must_use]
    pub fn find(&self, prefix: &str, name: &str) -> Option<&Arc<Component>> {
        let components = &self.blocks[self.block_of(prefix)?].components;
        let index = components.binary_search_by(|component| component.rank().cmp(&(prefix, name)));
        components.get(index.ok()?)
    }

    /// Takes components out and puts others in, in any order. Those taken out must be in; of a name there must be one at most
    /// afterwards.
    pub fn change(&mut self, removed: Vec<Arc<Component>>, added: Vec<Arc<Component>>) {
        self.length = (self.length + added.len()).saturating_sub(removed.len());
        let mut changes: Vec<BlockChange> = removed
            .into_iter()
            .map(BlockChange::Removed)
            .chain(added.into_iter().map(BlockChange::Added))
            .collect();
        changes.sort_by(|a, b| a.component().rank().cmp(&b.component().rank()));
        let mut changes = changes.into_iter().peekable();
        // Blocks between two changes are passed over without a look at them: there are some thousands.
        let mut old = std::mem::take(&mut self.blocks).into_iter();
        while let Some(change) = changes.peek() {
            let prefix = change.component().prefix();
            let before = old.as_slice().partition_point(|block| block.first_prefix() <= prefix);
            self.blocks.extend(old.by_ref().take(before.saturating_sub(1)));
            let Some(block) = old.next() else {
                self.pack(changes.filter_map(Self::added).collect());
                return;
            };
            let next_prefix = old.as_slice().first().map(|next| next.first_prefix());
            let is_here = |change: &BlockChange| next_prefix.is_none_or(|next| change.component().prefix() < next);
            let own = std::iter::from_fn(|| changes.next_if(is_here)).collect();
            self.pack(merged(&block.components, own));
        }
        self.blocks.extend(old);
    }

    fn added(change: BlockChange) -> Option<Arc<Component>> {
        match change {
            BlockChange::Added(component) => Some(component),
            BlockChange::Removed(_) => None,
        }
    }

    /// Puts components behind all others.
    fn pack(&mut self, mut components: Vec<Arc<Component>>) {
        if (1..BLOCK_COMPONENTS_MIN).contains(&components.len())
            && self
                .blocks
                .last()
                .is_some_and(|last| last.components.len() + components.len() <= BLOCK_COMPONENTS)
            && let Some(last) = self.blocks.pop()
        {
            components.splice(0..0, last.components.iter().cloned());
        }
        if components.len() <= BLOCK_COMPONENTS_MAX {
            if !components.is_empty() {
                self.blocks.push(Arc::new(Block::new(components)));
            }
            return;
        }
        let mut block: Vec<Arc<Component>> = Vec::new();
        for component in components {
            let is_full = block.len() >= BLOCK_COMPONENTS;
            if is_full && block.last().is_some_and(|last| last.prefix() != component.prefix()) {
                self.blocks.push(Arc::new(Block::new(std::mem::take(&mut block))));
            }
            block.push(component);
        }
        self.blocks.push(Arc::new(Block::new(block)));
    }
}

/// Returns the components of a block after changes, which are sorted by rank.
fn merged(components: &[Arc<Component>], changes: Vec<BlockChange>) -> Vec<Arc<Component>> {
    let mut all = Vec::with_capacity(components.len() + changes.len());
    let mut old = components.iter().peekable();
    let mut changes = changes.into_iter().peekable();
    loop {
        let order = match (old.peek(), changes.peek()) {
            (None, None) => return all,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(component), Some(change)) => component.rank().cmp(&change.component().rank()),
        };
        match order {
            Ordering::Less => all.extend(old.next().cloned()),
            // Whether it stays is said by the changes of its place.
            Ordering::Equal => drop(old.next()),
            Ordering::Greater => all.extend(changes.next().and_then(Blocks::added)),
        }
    }
}
