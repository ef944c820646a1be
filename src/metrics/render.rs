//! A state as bytes, in both layouts and for both kinds of text: the families hold nothing that the formats spell differently.
//!
//! The page is a row of pieces, each rendered alone, so that it can be sent while it is made and measured without being kept.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::encoder;
use super::names::{Fact, SLO_FAMILY, SLO_HELP};
use super::snapshot::Component;
use super::state::State;
use crate::calculus::coverage::Values;

/// How many components a piece holds, give or take those that share a prefix.
const PIECE_COMPONENTS: usize = 256;

/// How facts are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Five families for each component, named after it.
    #[default]
    Names,
    /// Six families for all, told apart by the label `component`.
    Labels,
}

impl std::str::FromStr for Layout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "names" => Ok(Self::Names),
            "labels" => Ok(Self::Labels),
            other => Err(format!(
                "`{}` is no layout; use names or labels",
                other.chars().take(20).collect::<String>().escape_debug()
            )),
        }
    }
}

/// Which families are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    #[default]
    All,
    /// Those of these names.
    Names(BTreeSet<String>),
}

impl Selection {
    /// Whether a family of this name is wanted.
    #[must_use]
    pub fn has(&self, family: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(family),
        }
    }
}

/// Where rendered bytes go.
pub trait Sink {
    /// Takes bytes.
    fn put(&mut self, bytes: &[u8]);
    /// Takes a whole number in decimal digits.
    fn put_integer(&mut self, value: i64) {
        self.put(itoa::Buffer::new().format(value).as_bytes());
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Counts bytes and keeps none: how long a page will be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Length(pub u64);

impl Sink for Length {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
}

/// A page of a state, not rendered yet.
#[derive(Clone, Debug)]
pub struct Page {
    state: Arc<State>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    /// These facts of components whose prefixes are theirs alone: each prefix with its families.
    Prefixes(Range<usize>, Vec<Fact>),
    /// One fact of these components, with the family's head before the first ones.
    Fact {
        fact: Fact,
        components: Range<usize>,
        head: bool,
    },
    /// The promised share of these components.
    Slo { components: Range<usize>, head: bool },
}

impl Page {
    /// The page that shows what `selection` wants of `state`, in time proportional to what it wants.
    #[must_use]
    pub fn new(state: Arc<State>, layout: Layout, selection: &Selection) -> Self {
        let pieces = match (layout, selection) {
            (Layout::Names, Selection::All) => prefix_pieces(&state),
            (Layout::Names, Selection::Names(names)) => named_pieces(&state, names),
            (Layout::Labels, selection) => label_pieces(&state, selection),
        };
        Self { state, pieces }
    }

    /// How many pieces it has.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces.len()
    }

    /// Renders piece number `index`; nothing beyond the last.
    pub fn render_piece(&self, index: usize, sink: &mut impl Sink) {
        let components = &self.state.snapshot().components;
        match self.pieces.get(index) {
            Some(Piece::Prefixes(range, facts)) => {
                for group in components[range.clone()].chunk_by(|a, b| a.prefix == b.prefix) {
                    render_group(&self.state, group, facts, sink);
                }
            }
            Some(Piece::Fact {
                fact,
                components: range,
                head,
            }) => {
                if *head {
                    render_head(&[fact.family()], fact.help(), sink);
                }
                for component in &components[range.clone()] {
                    render_sample(
                        &[fact.family()],
                        component,
                        value(self.state.values(component), *fact),
                        sink,
                    );
                }
            }
            Some(Piece::Slo {
                components: range,
                head,
            }) => {
                if *head {
                    render_head(&[SLO_FAMILY], SLO_HELP, sink);
                }
                for component in &components[range.clone()] {
                    render_slo(component, sink);
                }
            }
            None => {}
        }
    }

    /// Renders the whole page.
    pub fn render(&self, sink: &mut impl Sink) {
        (0..self.pieces()).for_each(|index| self.render_piece(index, sink));
    }

    /// The exact length of the page in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let mut length = Length::default();
        self.render(&mut length);
        length.0
    }
}

/// The value of a fact; nothing for an instant that does not exist.
#[must_use]
pub fn value(values: Values, fact: Fact) -> Option<i64> {
    match fact {
        Fact::LastStart => values.last_start,
        Fact::LastEnd => values.last_end,
        Fact::NextStart => values.next_start,
        Fact::NextEnd => values.next_end,
        Fact::InWindow => Some(i64::from(values.in_window)),
    }
}

/// Ranges of about [`PIECE_COMPONENTS`] that part no two components of one prefix.
fn ranges(components: &[Arc<Component>]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = components.len().checked_sub(start).filter(|rest| *rest > 0)?;
        let mut end = start + rest.min(PIECE_COMPONENTS);
        while end < components.len() && components[end].prefix == components[end - 1].prefix {
            end += 1;
        }
        Some(std::mem::replace(&mut start, end)..end)
    })
}

fn prefix_pieces(state: &State) -> Vec<Piece> {
    ranges(&state.snapshot().components)
        .map(|range| Piece::Prefixes(range, Fact::ALL.to_vec()))
        .collect()
}

fn named_pieces(state: &State, names: &BTreeSet<String>) -> Vec<Piece> {
    let components = &state.snapshot().components;
    let mut facts_by_prefix: std::collections::BTreeMap<&str, Vec<Fact>> = std::collections::BTreeMap::new();
    for (prefix, fact) in names.iter().filter_map(|name| Fact::split(name)) {
        facts_by_prefix.entry(prefix).or_default().push(fact);
    }
    let pieces = facts_by_prefix.into_iter().map(|(prefix, mut facts)| {
        let start = components.partition_point(|component| component.prefix.as_str() < prefix);
        let count = components[start..].partition_point(|component| component.prefix.as_str() <= prefix);
        facts.sort_unstable();
        Piece::Prefixes(start..start + count, facts)
    });
    pieces.collect()
}

fn label_pieces(state: &State, selection: &Selection) -> Vec<Piece> {
    let components = &state.snapshot().components;
    let mut pieces = Vec::new();
    for fact in Fact::ALL.into_iter().filter(|fact| selection.has(fact.family())) {
        if components
            .iter()
            .any(|component| value(state.values(component), fact).is_some())
        {
            pieces.extend(ranges(components).map(|components| Piece::Fact {
                fact,
                head: components.start == 0,
                components,
            }));
        }
    }
    if selection.has(SLO_FAMILY) && components.iter().any(|component| component.slo_millipercent.is_some()) {
        pieces.extend(ranges(components).map(|components| Piece::Slo {
            head: components.start == 0,
            components,
        }));
    }
    pieces
}

/// The families of one prefix. A family without a sample is left out.
fn render_group(state: &State, group: &[Arc<Component>], facts: &[Fact], sink: &mut impl Sink) {
    for fact in facts {
        let mut head = false;
        for component in group {
            let Some(sample) = value(state.values(component), *fact) else {
                continue;
            };
            let name = [component.prefix.as_str(), fact.suffix()];
            if !std::mem::replace(&mut head, true) {
                render_head(&name, fact.help(), sink);
            }
            render_sample(&name, component, Some(sample), sink);
        }
    }
}

fn render_head(name: &[&str], help: &str, sink: &mut impl Sink) {
    let put_name = |sink: &mut dyn FnMut(&[u8])| name.iter().for_each(|part| sink(part.as_bytes()));
    sink.put(b"# HELP ");
    put_name(&mut |bytes| sink.put(bytes));
    sink.put(b" ");
    sink.put(help.as_bytes());
    sink.put(b"\n# TYPE ");
    put_name(&mut |bytes| sink.put(bytes));
    sink.put(b" gauge\n");
}

fn render_sample(name: &[&str], component: &Component, value: Option<i64>, sink: &mut impl Sink) {
    if let Some(value) = value {
        name.iter().for_each(|part| sink.put(part.as_bytes()));
        sink.put(&component.label_text);
        sink.put(b" ");
        sink.put_integer(value);
        sink.put(b"\n");
    }
}

fn render_slo(component: &Component, sink: &mut impl Sink) {
    if let Some(ratio) = component.slo_ratio() {
        let mut text = Vec::with_capacity(24);
        encoder::write_float(ratio, &mut text);
        sink.put(SLO_FAMILY.as_bytes());
        sink.put(&component.label_text);
        sink.put(b" ");
        sink.put(&text);
        sink.put(b"\n");
    }
}
