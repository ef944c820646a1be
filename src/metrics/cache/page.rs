//! A page in memory, rendered and compressed.
//!
//! The segments of a section lie together in groups, because what is sent in few pieces is sent sooner. A page shares with the one
//! before it every group that is the same, and copies every segment that is the same into the others.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::metrics::format::gzip::{self, Checksum};
use crate::metrics::format::render::{Layout, PageSection, Picks, whole};
use crate::metrics::state::block::Block;
use crate::metrics::state::shard::Shard;
use crate::metrics::state::{EvaluatedBlock, ExposedState};
use crate::parallel::in_parts;

/// How many blocks a group holds: some 130 KB in the layout by names.
const GROUP_BLOCKS: usize = 32;

/// Below so many blocks a second thread is not worth its start.
const BLOCKS_ALONE: usize = 32;

/// What a page is a page of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageKey {
    /// How facts are named.
    pub layout: Layout,
    /// Which share of the components.
    pub shard: Option<Shard>,
}

impl PageKey {
    /// Returns the key of a share of the components; one share of one is all of them.
    #[must_use]
    pub fn new(layout: Layout, shard: Option<Shard>) -> Self {
        Self {
            layout,
            shard: shard.filter(|shard| shard.total().get() > 1),
        }
    }

    /// Returns what is shown of a block.
    fn picks(&self, block: &EvaluatedBlock) -> Picks {
        let mut picks = whole(block);
        if let Some(shard) = self.shard {
            let components = block.block().components();
            picks.retain(|(index, _)| shard.holds(components[*index].name()));
        }
        picks
    }
}

/// The components of a state, ready to be sent.
#[derive(Clone, Debug)]
pub struct CachedPage {
    key: PageKey,
    state: Arc<ExposedState>,
    /// In the order of the layout's sections; those without figures at the end are left out.
    sections: Vec<CachedSection>,
    checksum: Checksum,
    length: u64,
    gzip_length: u64,
}

/// A section of a page.
#[derive(Clone, Debug)]
struct CachedSection {
    /// Empty where the section has no samples, and where each prefix has heads of its own.
    head: CompressedText,
    groups: Vec<Arc<SegmentGroup>>,
}

/// Segments that follow each other.
#[derive(Debug)]
struct SegmentGroup {
    segments: Vec<Segment>,
    deflated: Bytes,
    checksum: Checksum,
    length: u64,
}

/// An evaluated block within a group.
#[derive(Debug)]
struct Segment {
    block: Arc<EvaluatedBlock>,
    range: Range<usize>,
    checksum: Checksum,
    length: u64,
}

/// Bytes, compressed by themselves.
#[derive(Clone, Debug, Default)]
struct CompressedText {
    deflated: Bytes,
    checksum: Checksum,
    length: u64,
}

/// The segments of a block that was rendered: one of each section; nothing for a section in which it is as it was before.
type RenderedBlock = Vec<Option<CompressedText>>;

/// Where a page has an evaluated block.
type CachedPlace<'a> = (&'a CachedPage, usize);

/// A block that is not in a known page, and where its components are with the values before.
type MissingBlock<'a> = (&'a Arc<EvaluatedBlock>, Option<CachedPlace<'a>>);

impl CachedPage {
    /// Returns the page of `state`, out of what the `known` pages of the same key have of it and what has to be made.
    /// Returns with it how many segments were made.
    #[must_use]
    pub fn next(key: PageKey, state: &Arc<ExposedState>, known: &[&Self]) -> (Self, usize) {
        let known: Vec<&Self> = known.iter().copied().filter(|page| page.key == key).collect();
        let mut cached: HashMap<*const EvaluatedBlock, CachedPlace<'_>> = HashMap::new();
        let mut before: HashMap<*const Block, CachedPlace<'_>> = HashMap::new();
        for page in &known {
            for (place, block) in page.state.blocks().iter().enumerate() {
                cached.insert(Arc::as_ptr(block), (page, place));
                before.insert(std::ptr::from_ref(block.block()), (page, place));
            }
        }
        let is_missing = |block: &&Arc<EvaluatedBlock>| !cached.contains_key(&Arc::as_ptr(block));
        let missing = state.blocks().iter().filter(is_missing);
        let missing: Vec<MissingBlock<'_>> = missing
            .map(|block| (block, before.get(&std::ptr::from_ref(block.block())).copied()))
            .collect();
        let shown = key.layout.sections(state.has_month());
        let rendered = render_all(&key, shown, &missing);
        let made = rendered.iter().flatten().flatten().count();
        let rendered: HashMap<*const EvaluatedBlock, (RenderedBlock, Option<CachedPlace<'_>>)> = missing
            .iter()
            .zip(rendered)
            .map(|((block, before), rendered)| (Arc::as_ptr(block), (rendered, *before)))
            .collect();
        let mut sections = Vec::new();
        for (number, section) in shown.iter().enumerate() {
            let mut groups = Vec::new();
            for (place, blocks) in state.blocks().chunks(GROUP_BLOCKS).enumerate() {
                let mut same = known
                    .iter()
                    .filter_map(|page| page.sections.get(number)?.groups.get(place));
                let group = match same.find(|group| group.shows(*section, blocks)) {
                    Some(group) => Arc::clone(group),
                    None => Arc::new(SegmentGroup::new(blocks, |block, builder| {
                        let address = Arc::as_ptr(block);
                        if let Some(place) = cached.get(&address) {
                            builder.copy(block, number, *place);
                            return;
                        }
                        match rendered
                            .get(&address)
                            .map(|(rendered, before)| (&rendered[number], before))
                        {
                            Some((Some(rendered), _)) => {
                                builder.push(block, &rendered.deflated, &rendered.checksum, rendered.length);
                            }
                            Some((None, Some(before))) => builder.copy(block, number, *before),
                            _ => {}
                        }
                    })),
                };
                groups.push(group);
            }
            sections.push(CachedSection::new(*section, groups));
        }
        (Self::of(key, Arc::clone(state), sections), made)
    }

    fn of(key: PageKey, state: Arc<ExposedState>, sections: Vec<CachedSection>) -> Self {
        let (mut checksum, mut length, mut gzip_length) = (Checksum::default(), 0, 0);
        for section in &sections {
            let CompressedText {
                deflated,
                checksum: own,
                length: own_length,
            } = &section.head;
            checksum.append(own);
            length += own_length;
            gzip_length += deflated.len() as u64;
            for group in &section.groups {
                checksum.append(&group.checksum);
                length += group.length;
                gzip_length += group.deflated.len() as u64;
            }
        }
        Self {
            key,
            state,
            sections,
            checksum,
            length,
            gzip_length,
        }
    }

    /// Returns what it is a page of.
    #[must_use]
    pub fn key(&self) -> PageKey {
        self.key
    }

    /// Returns the state that it shows.
    #[must_use]
    pub fn state(&self) -> &Arc<ExposedState> {
        &self.state
    }

    /// Returns the checksum of the plain bytes.
    #[must_use]
    pub fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    /// Returns how many plain bytes there are.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns how many compressed bytes there are.
    #[must_use]
    pub fn gzip_length(&self) -> u64 {
        self.gzip_length
    }

    /// Returns the compressed bytes, to be sent one after the other.
    pub fn gzip_chunks(&self) -> impl Iterator<Item = &Bytes> {
        self.sections.iter().flat_map(|section| {
            let groups = section.groups.iter().map(|group| &group.deflated);
            std::iter::once(&section.head.deflated).chain(groups)
        })
    }

    /// Returns chunk number `index` of the plain bytes, rendered now; nothing after the last. A chunk may be empty.
    #[must_use]
    pub fn plain_chunk(&self, index: usize) -> Option<Vec<u8>> {
        let blocks = self.state.blocks();
        let of_section = blocks.len() + 1;
        let number = index / of_section;
        let (cached, section) = (self.sections.get(number)?, self.key.layout.sections(true)[number]);
        let Some(place) = (index % of_section).checked_sub(1) else {
            let has_head = cached.head.length > 0;
            return Some(if has_head { section.head() } else { Vec::new() });
        };
        let length = cached.groups[place / GROUP_BLOCKS].segments[place % GROUP_BLOCKS].length;
        let mut plain = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        // Of a shard, many blocks have nothing.
        if length > 0 {
            section.render(&blocks[place], &self.key.picks(&blocks[place]), &mut plain);
        }
        Some(plain)
    }
}

impl CachedSection {
    fn new(section: PageSection, groups: Vec<Arc<SegmentGroup>>) -> Self {
        let has_samples = groups.iter().any(|group| group.length > 0);
        let head = if has_samples { section.head() } else { Vec::new() };
        Self {
            head: CompressedText::of(&head),
            groups,
        }
    }
}

/// A group while its segments are put together.
#[derive(Default)]
struct GroupBuilder {
    segments: Vec<Segment>,
    deflated: Vec<u8>,
    checksum: Checksum,
    length: u64,
}

impl GroupBuilder {
    /// Takes the segment that a page has at a place; one without bytes if the page has no such section.
    fn copy(&mut self, block: &Arc<EvaluatedBlock>, section: usize, (page, place): CachedPlace<'_>) {
        let Some(section) = page.sections.get(section) else {
            return self.push(block, &[], &Checksum::default(), 0);
        };
        let group = &section.groups[place / GROUP_BLOCKS];
        let Segment {
            range,
            checksum,
            length,
            ..
        } = &group.segments[place % GROUP_BLOCKS];
        self.push(block, &group.deflated[range.clone()], checksum, *length);
    }

    fn push(&mut self, block: &Arc<EvaluatedBlock>, deflated: &[u8], checksum: &Checksum, length: u64) {
        let start = self.deflated.len();
        self.deflated.extend_from_slice(deflated);
        self.checksum.append(checksum);
        self.length += length;
        self.segments.push(Segment {
            block: Arc::clone(block),
            range: start..self.deflated.len(),
            checksum: checksum.clone(),
            length,
        });
    }
}

impl SegmentGroup {
    fn new(blocks: &[Arc<EvaluatedBlock>], push: impl Fn(&Arc<EvaluatedBlock>, &mut GroupBuilder)) -> Self {
        let mut builder = GroupBuilder::default();
        blocks.iter().for_each(|block| push(block, &mut builder));
        let GroupBuilder {
            segments,
            deflated,
            checksum,
            length,
        } = builder;
        Self {
            segments,
            // Without the room that the vector has for more: there are many groups.
            deflated: Bytes::copy_from_slice(&deflated),
            checksum,
            length,
        }
    }

    /// Returns whether it would have the same bytes if it were made of these blocks.
    fn shows(&self, section: PageSection, blocks: &[Arc<EvaluatedBlock>]) -> bool {
        let is_same = |(segment, block): (&Segment, &Arc<EvaluatedBlock>)| {
            let before = &segment.block;
            Arc::ptr_eq(before, block)
                || (std::ptr::eq(before.block(), block.block()) && section.is_same(before, block))
        };
        self.segments.len() == blocks.len() && self.segments.iter().zip(blocks).all(is_same)
    }
}

impl CompressedText {
    fn of(plain: &[u8]) -> Self {
        let mut deflated = Vec::new();
        gzip::deflate(plain, &mut deflated);
        Self {
            // Without the room that the vector has for more, which is several times as much.
            deflated: Bytes::copy_from_slice(&deflated),
            checksum: Checksum::of(plain),
            length: plain.len() as u64,
        }
    }
}

/// Renders and compresses a block in each of these sections in which it is not as it was before.
fn render_block(key: &PageKey, sections: &[PageSection], (block, before): MissingBlock<'_>) -> RenderedBlock {
    let picks = key.picks(block);
    let before = before.and_then(|(page, place)| page.state.blocks().get(place));
    let mut plain = Vec::new();
    let render = |section: &PageSection| {
        if before.is_some_and(|before| section.is_same(before, block)) {
            return None;
        }
        plain.clear();
        section.render(block, &picks, &mut plain);
        Some(CompressedText::of(&plain))
    };
    sections.iter().map(render).collect()
}

/// Renders and compresses blocks, by several threads if there are many.
fn render_all(key: &PageKey, sections: &[PageSection], blocks: &[MissingBlock<'_>]) -> Vec<RenderedBlock> {
    let render = |blocks: &[MissingBlock<'_>]| -> Vec<RenderedBlock> {
        blocks.iter().map(|block| render_block(key, sections, *block)).collect()
    };
    in_parts(blocks, BLOCKS_ALONE, render).into_iter().flatten().collect()
}
