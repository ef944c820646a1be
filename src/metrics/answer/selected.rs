//! A page of a state that is rendered as it is sent: what a selection wants of the components, in time proportional to it. It is
//! also the reference that tests hold a feed against.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::metrics::answer::selection::{Candidates, Key, Labels, Selection};
use crate::metrics::format::names::metric_prefix;
use crate::metrics::format::render::{Column, Layout, Length, Picks, Sink};
use crate::metrics::state::State;
use crate::metrics::state::block::{Block, LabelHash};

/// Of the labels of a selector, the rarest of so many is looked for. Counting all of them may cost more than it spares.
const PAIRS_COUNTED: usize = 4;

/// A page of a state, not rendered yet.
#[derive(Clone, Debug)]
pub struct Page {
    state: Arc<State>,
    pieces: Vec<Piece>,
}

/// Components of a frame in a column.
#[derive(Clone, Debug)]
struct Piece {
    column: Column,
    frame: usize,
    picks: Arc<Picks>,
    has_head: bool,
}

/// A component by the number of its block and its place there.
type Place = (usize, usize);

impl Page {
    /// Returns the page that shows what `selection` wants of `state`.
    #[must_use]
    pub fn new(state: Arc<State>, layout: Layout, selection: &Selection) -> Self {
        let frames = picks(&state, layout, selection);
        let mut pieces = Vec::new();
        for column in layout.columns() {
            let mut is_headed = false;
            for (frame, picks) in &frames {
                let has_head = !is_headed && column.has_samples(&state.frames()[*frame], picks);
                is_headed |= has_head;
                pieces.push(Piece {
                    column: *column,
                    frame: *frame,
                    picks: Arc::clone(picks),
                    has_head,
                });
            }
        }
        Self { state, pieces }
    }

    /// Returns how many pieces it has.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// Renders piece number `index`; nothing beyond the last.
    pub fn render_piece(&self, index: usize, sink: &mut impl Sink) {
        if let Some(piece) = self.pieces.get(index) {
            if piece.has_head {
                sink.put(&piece.column.head());
            }
            let frame = &self.state.frames()[piece.frame];
            piece.column.render(frame, &piece.picks, sink);
        }
    }

    /// Renders the whole page.
    pub fn render(&self, sink: &mut impl Sink) {
        (0..self.pieces()).for_each(|index| self.render_piece(index, sink));
    }

    /// Returns the exact length of the page in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let mut length = Length::default();
        self.render(&mut length);
        length.0
    }
}

/// Returns the frames of which something is wanted, by number, with what is wanted of them.
fn picks(state: &State, layout: Layout, selection: &Selection) -> Vec<(usize, Arc<Picks>)> {
    let blocks = state.snapshot().components.blocks();
    let places: Vec<Place> = match selection.candidates(layout) {
        Candidates::All => {
            let places =
                |(number, block): (usize, &Arc<Block>)| (0..block.components().len()).map(move |place| (number, place));
            blocks.iter().enumerate().flat_map(places).collect()
        }
        Candidates::Keys(keys) => {
            let places: BTreeSet<Place> = keys.iter().flat_map(|key| places(state, key)).collect();
            places.into_iter().collect()
        }
    };
    let mut frames: BTreeMap<usize, Picks> = BTreeMap::new();
    for (number, place) in places {
        let component = &blocks[number].components()[place];
        // Read once for all selectors, if there are any.
        let labels = match selection.matches[..] {
            [] => ReadLabels(Vec::new()),
            _ => ReadLabels(component.labels().collect()),
        };
        let wanted = selection.of_component(layout, component.prefix(), component.name(), &labels);
        if !wanted.is_nothing() {
            frames.entry(number).or_default().push((place, wanted));
        }
    }
    frames
        .into_iter()
        .map(|(number, picks)| (number, Arc::new(picks)))
        .collect()
}

/// The labels of a component, without `component`.
struct ReadLabels<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl Labels for ReadLabels<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let label = self.0.iter().find(|(own, _)| *own == name);
        label.map(|(_, value)| Cow::Borrowed(&**value))
    }
}

/// Returns where the components are that a key leads to.
fn places(state: &State, key: &Key<'_>) -> Vec<Place> {
    let components = &state.snapshot().components;
    let of_prefix = |prefix: &str| {
        let number = components.block_of(prefix)?;
        let block = components.blocks().get(number)?.components();
        let start = block.partition_point(|component| component.prefix() < prefix);
        let count = block[start..].partition_point(|component| component.prefix() == prefix);
        Some((start..start + count).map(move |place| (number, place)))
    };
    match key {
        Key::Prefix(prefix) => of_prefix(prefix).into_iter().flatten().collect(),
        Key::Component(name) => {
            let is_meant = |(number, place): &Place| components.blocks()[*number].components()[*place].name() == *name;
            of_prefix(&metric_prefix(name))
                .into_iter()
                .flatten()
                .filter(is_meant)
                .collect()
        }
        Key::Labels(pairs) => {
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
                places.collect::<Vec<Place>>()
            };
            blocks.iter().enumerate().flat_map(of_block).collect()
        }
    }
}
