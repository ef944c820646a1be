//! A page that is rendered as it is sent: what a selection wants of the components, in time proportional to it. It is also the
//! reference that tests compare cached pages with.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::metrics::answer::selection::{CandidateKey, Candidates, ComponentLabels, Selection};
use crate::metrics::format::names::metric_prefix;
use crate::metrics::format::render::{ByteCount, Layout, PageSection, Picks, Sink};
use crate::metrics::state::ExposedState;
use crate::metrics::state::block::{Block, LabelHash};

/// Of the labels of a selector, the rarest of so many is looked for. Counting all of them may cost more than it spares.
const PAIRS_COUNTED: usize = 4;

/// What a selection shows of a state, not rendered yet.
#[derive(Clone, Debug)]
pub struct SelectedPage {
    state: Arc<ExposedState>,
    chunks: Vec<SelectedChunk>,
}

/// Some components of a block in a section.
#[derive(Clone, Debug)]
struct SelectedChunk {
    section: PageSection,
    block: usize,
    picks: Arc<Picks>,
    has_head: bool,
}

/// A component by the number of its block and its place there.
type ComponentPosition = (usize, usize);

impl SelectedPage {
    /// Returns the page that shows what `selection` wants of `state`.
    #[must_use]
    pub fn new(state: Arc<ExposedState>, layout: Layout, selection: &Selection) -> Self {
        let blocks = picks(&state, layout, selection);
        let mut chunks = Vec::new();
        for section in layout.sections(state.has_month()) {
            let mut is_headed = false;
            for (block, picks) in &blocks {
                let has_head = !is_headed && section.has_samples(&state.blocks()[*block], picks);
                is_headed |= has_head;
                chunks.push(SelectedChunk {
                    section: *section,
                    block: *block,
                    picks: Arc::clone(picks),
                    has_head,
                });
            }
        }
        Self { state, chunks }
    }

    /// Returns chunk number `index`, rendered now; nothing after the last.
    #[must_use]
    pub fn plain_chunk(&self, index: usize) -> Option<Vec<u8>> {
        let chunk = self.chunks.get(index)?;
        let mut plain = Vec::new();
        self.render_chunk(chunk, &mut plain);
        Some(plain)
    }

    /// Returns all chunks, in order.
    pub fn plain_chunks(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        (0..).map_while(|index| self.plain_chunk(index))
    }

    /// Renders the whole page.
    pub fn render(&self, sink: &mut impl Sink) {
        self.chunks.iter().for_each(|chunk| self.render_chunk(chunk, sink));
    }

    fn render_chunk(&self, chunk: &SelectedChunk, sink: &mut impl Sink) {
        if chunk.has_head {
            sink.put(&chunk.section.head());
        }
        let block = &self.state.blocks()[chunk.block];
        chunk.section.render(block, &chunk.picks, sink);
    }

    /// Returns the exact length of the page in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let mut length = ByteCount::default();
        self.render(&mut length);
        length.0
    }
}

/// Returns the blocks of which something is wanted, by number, with what is wanted of them.
fn picks(state: &ExposedState, layout: Layout, selection: &Selection) -> Vec<(usize, Arc<Picks>)> {
    let blocks = state.snapshot().components.blocks();
    let places: Vec<ComponentPosition> = match selection.candidates(layout) {
        Candidates::All => {
            let places =
                |(number, block): (usize, &Arc<Block>)| (0..block.components().len()).map(move |place| (number, place));
            blocks.iter().enumerate().flat_map(places).collect()
        }
        Candidates::Keys(keys) => {
            let places: BTreeSet<ComponentPosition> = keys.iter().flat_map(|key| places(state, key)).collect();
            places.into_iter().collect()
        }
    };
    let mut picked: BTreeMap<usize, Picks> = BTreeMap::new();
    for (number, place) in places {
        let component = &blocks[number].components()[place];
        // Read once for all selectors, if there are any.
        let labels = match selection.matches[..] {
            [] => ReadLabels(Vec::new()),
            _ => ReadLabels(component.labels().collect()),
        };
        let wanted = selection.of_component(layout, component.prefix(), component.name(), &labels);
        if !wanted.is_empty() {
            picked.entry(number).or_default().push((place, wanted));
        }
    }
    picked
        .into_iter()
        .map(|(number, picks)| (number, Arc::new(picks)))
        .collect()
}

/// The labels of a component, without `component`.
struct ReadLabels<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl ComponentLabels for ReadLabels<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let label = self.0.iter().find(|(own, _)| *own == name);
        label.map(|(_, value)| Cow::Borrowed(&**value))
    }
}

/// Returns where the components are that a key leads to.
fn places(state: &ExposedState, key: &CandidateKey<'_>) -> Vec<ComponentPosition> {
    let components = &state.snapshot().components;
    let of_prefix = |prefix: &str| {
        let number = components.block_of(prefix)?;
        let block = components.blocks().get(number)?.components();
        let start = block.partition_point(|component| component.prefix() < prefix);
        let count = block[start..].partition_point(|component| component.prefix() == prefix);
        Some((start..start + count).map(move |place| (number, place)))
    };
    match key {
        CandidateKey::Prefix(prefix) => of_prefix(prefix).into_iter().flatten().collect(),
        CandidateKey::Component(name) => {
            let is_meant =
                |(number, place): &ComponentPosition| components.blocks()[*number].components()[*place].name() == *name;
            of_prefix(&metric_prefix(name))
                .into_iter()
                .flatten()
                .filter(is_meant)
                .collect()
        }
        CandidateKey::Labels(pairs) => {
            let blocks = components.blocks();
            let count = |label: &LabelHash| blocks.iter().map(|block| block.carrying(*label).len()).sum::<usize>();
            let counted = pairs.iter().take(PAIRS_COUNTED);
            let Some(rarest) = counted
                .map(|(name, value)| LabelHash::of(name, value))
                .min_by_key(count)
            else {
                return Vec::new();
            };
            let of_block = |(number, block): (usize, &Arc<Block>)| {
                let places = block.carrying(rarest).map(move |place| (number, place));
                places.collect::<Vec<ComponentPosition>>()
            };
            blocks.iter().enumerate().flat_map(of_block).collect()
        }
    }
}
