//! Evaluated blocks as bytes, in both layouts and for both kinds of text: the families hold nothing that the formats spell
//! differently.
//!
//! This is the one place where samples are written. A cached page keeps what it makes; a selected page sends it as it comes.

use std::sync::LazyLock;

use crate::calculus::coverage::CoverageValues;
use crate::metrics::format::encoder;
use crate::metrics::format::names::{Fact, LabelsFact};
use crate::metrics::state::EvaluatedBlock;
use crate::metrics::state::snapshot::Component;

/// How facts are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Five families for each component, named after it.
    #[default]
    Names,
    /// Families for all, distinguished by the label `component`: eight, and four more of the current month if they are asked for.
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

/// What runs through all blocks of a page before the next section begins: families must not be interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageSection {
    /// Each prefix with its families.
    Prefixes,
    /// The family of a fact.
    Fact(Fact),
    /// The family of a fact that only this layout has.
    LabelsFact(LabelsFact),
}

impl Layout {
    /// Returns the name in queries and options.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Labels => "labels",
        }
    }

    /// Returns the sections of a page, in order, with those of the current month at the end if there are any figures of it.
    #[must_use]
    pub fn sections(self, has_month: bool) -> &'static [PageSection] {
        match (self, has_month) {
            (Self::Names, _) => &[PageSection::Prefixes],
            (Self::Labels, true) => &SECTIONS_BY_LABELS,
            (Self::Labels, false) => {
                SECTIONS_BY_LABELS
                    .split_at(SECTIONS_BY_LABELS.len() - SECTIONS_OF_MONTH)
                    .0
            }
        }
    }
}

/// How many sections show the current month.
const SECTIONS_OF_MONTH: usize = 4;

/// The sections of the layout by labels, in order.
static SECTIONS_BY_LABELS: [PageSection; 8 + SECTIONS_OF_MONTH] = [
    PageSection::Fact(Fact::LastStart),
    PageSection::Fact(Fact::LastEnd),
    PageSection::Fact(Fact::NextStart),
    PageSection::Fact(Fact::NextEnd),
    PageSection::Fact(Fact::InWindow),
    PageSection::LabelsFact(LabelsFact::Slo),
    PageSection::LabelsFact(LabelsFact::Completed),
    PageSection::LabelsFact(LabelsFact::AccountingStart),
    PageSection::LabelsFact(LabelsFact::MonthAttained),
    PageSection::LabelsFact(LabelsFact::MonthBudget),
    PageSection::LabelsFact(LabelsFact::MonthBudgetLeft),
    PageSection::LabelsFact(LabelsFact::MonthUnmeasured),
];

/// Which samples of one component are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleSet {
    /// Which facts, in the order of [`Fact::ALL`].
    pub facts: [bool; 5],
    /// Which of those that the layout by names does not have, in the order of [`LabelsFact::ALL`].
    pub by_labels: [bool; LabelsFact::ALL.len()],
}

impl SampleSet {
    /// All of them.
    pub const ALL: Self = Self {
        facts: [true; 5],
        by_labels: [true; LabelsFact::ALL.len()],
    };

    /// Returns whether this fact is.
    #[must_use]
    pub fn has(self, fact: Fact) -> bool {
        self.facts[fact as usize]
    }

    /// Returns whether this fact of the layout by labels is.
    #[must_use]
    pub fn has_labels_fact(self, fact: LabelsFact) -> bool {
        self.by_labels[fact as usize]
    }

    /// Returns whether none is.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Which components of a block are shown, by their place, and which samples of each. In order.
pub type Picks = Vec<(usize, SampleSet)>;

/// Returns everything of every component of a block.
#[must_use]
pub fn whole(block: &EvaluatedBlock) -> Picks {
    (0..block.len()).map(|index| (index, SampleSet::ALL)).collect()
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
pub struct ByteCount(pub u64);

impl Sink for ByteCount {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
}

impl PageSection {
    /// Returns what stands once before all samples of the section; nothing where each prefix has its own.
    #[must_use]
    pub fn head(self) -> Vec<u8> {
        let (family, help) = match self {
            Self::Prefixes => return Vec::new(),
            Self::Fact(fact) => (fact.family(), fact.help()),
            Self::LabelsFact(fact) => (fact.family(), fact.help()),
        };
        format!("# HELP {family} {help}\n# TYPE {family} gauge\n").into_bytes()
    }

    /// Returns whether rendering these components would show anything.
    #[must_use]
    pub fn has_samples(self, block: &EvaluatedBlock, picks: &[(usize, SampleSet)]) -> bool {
        let mut length = ByteCount::default();
        picks.iter().any(|pick| {
            self.render(block, std::slice::from_ref(pick), &mut length);
            length.0 > 0
        })
    }

    /// Renders components of a block, without [`PageSection::head`].
    pub fn render(self, block: &EvaluatedBlock, picks: &[(usize, SampleSet)], sink: &mut impl Sink) {
        match self {
            Self::Prefixes => {
                let components = block.block().components();
                for group in picks.chunk_by(|a, b| components[a.0].prefix() == components[b.0].prefix()) {
                    render_group(block, group, sink);
                }
            }
            Self::Fact(fact) => {
                for (component, values) in chosen(block, picks, |wanted| wanted.has(fact)) {
                    if let Some(sample) = value(values, fact) {
                        sink.put(fact.family().as_bytes());
                        put_sample(component, sample, sink);
                    }
                }
            }
            Self::LabelsFact(fact) => {
                for (index, component) in chosen_places(block, picks, |wanted| wanted.has_labels_fact(fact)) {
                    if let Some(sample) = labels_value(fact, component, block, index) {
                        sink.put(fact.family().as_bytes());
                        sink.put(component.label_text().as_bytes());
                        sink.put(b" ");
                        sample.put(sink);
                        sink.put(b"\n");
                    }
                }
            }
        }
    }

    /// Returns whether the section has the same bytes of two evaluated blocks of the same components.
    #[must_use]
    pub fn is_same(self, one: &EvaluatedBlock, other: &EvaluatedBlock) -> bool {
        (0..one.len()).all(|index| {
            let values = [one, other].map(|block| block.get(index).map(|(_, values)| values));
            let [Some(own), Some(others)] = values else {
                return values == [None, None];
            };
            match self {
                Self::Prefixes => own == others,
                Self::Fact(fact) => value(own, fact) == value(others, fact),
                Self::LabelsFact(fact) => {
                    let samples = [one, other].map(|block| {
                        let (component, _) = block.get(index)?;
                        labels_value(fact, component, block, index)
                    });
                    samples[0] == samples[1]
                }
            }
        })
    }
}

/// Returns the value of a fact; nothing for an instant that does not exist.
#[must_use]
pub fn value(values: CoverageValues, fact: Fact) -> Option<i64> {
    match fact {
        Fact::LastStart => values.last_start,
        Fact::LastEnd => values.last_end,
        Fact::NextStart => values.next_start,
        Fact::NextEnd => values.next_end,
        Fact::InWindow => Some(i64::from(values.in_window)),
    }
}

/// Returns the picked components whose samples `is_wanted` accepts, with their values.
fn chosen<'a>(
    block: &'a EvaluatedBlock,
    picks: &'a [(usize, SampleSet)],
    is_wanted: impl Fn(SampleSet) -> bool + 'a,
) -> impl Iterator<Item = (&'a Component, CoverageValues)> {
    picks
        .iter()
        .filter(move |(_, samples)| is_wanted(*samples))
        .filter_map(|(index, _)| block.get(*index))
}

/// Returns the picked components whose samples `is_wanted` accepts, with their places.
fn chosen_places<'a>(
    block: &'a EvaluatedBlock,
    picks: &'a [(usize, SampleSet)],
    is_wanted: impl Fn(SampleSet) -> bool + 'a,
) -> impl Iterator<Item = (usize, &'a Component)> {
    picks
        .iter()
        .filter(move |(_, samples)| is_wanted(*samples))
        .filter_map(|(index, _)| Some((*index, block.get(*index)?.0)))
}

/// What stands around a prefix in the head of its family of a fact.
struct FactText {
    fact: Fact,
    /// From the prefix in the help line to that in the type line.
    help: String,
    /// From the prefix in the type line to the end of the head.
    kind: String,
}

static FACT_TEXTS: LazyLock<[FactText; 5]> = LazyLock::new(|| {
    Fact::ALL.map(|fact| FactText {
        fact,
        help: format!("{} {}\n# TYPE ", fact.suffix(), fact.help()),
        kind: format!("{} gauge\n", fact.suffix()),
    })
});

/// Renders the families of one prefix. A family without a sample is left out.
fn render_group(block: &EvaluatedBlock, group: &[(usize, SampleSet)], sink: &mut impl Sink) {
    for text in &*FACT_TEXTS {
        let mut is_headed = false;
        for (component, values) in chosen(block, group, |wanted| wanted.has(text.fact)) {
            let Some(sample) = value(values, text.fact) else {
                continue;
            };
            let prefix = component.prefix().as_bytes();
            if !std::mem::replace(&mut is_headed, true) {
                sink.put(b"# HELP ");
                sink.put(prefix);
                sink.put(text.help.as_bytes());
                sink.put(prefix);
                sink.put(text.kind.as_bytes());
            }
            sink.put(prefix);
            sink.put(text.fact.suffix().as_bytes());
            put_sample(component, sample, sink);
        }
    }
}

/// Renders what follows a metric's name.
fn put_sample(component: &Component, sample: i64, sink: &mut impl Sink) {
    sink.put(component.label_text().as_bytes());
    sink.put(b" ");
    sink.put_integer(sample);
    sink.put(b"\n");
}

/// A sample of a fact that only the layout by labels has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LabelsSample {
    /// A whole number.
    Integer(i64),
    /// Any other one.
    Ratio(f64),
}

impl LabelsSample {
    fn put(self, sink: &mut impl Sink) {
        match self {
            Self::Integer(value) => sink.put_integer(value),
            Self::Ratio(ratio) => {
                let mut text = Vec::with_capacity(24);
                encoder::write_float(ratio, &mut text);
                sink.put(&text);
            }
        }
    }

    /// Returns the sample as a number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "instants and lengths stay far below 2^53")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Ratio(ratio) => ratio,
        }
    }
}

/// Returns the sample of a fact that only the layout by labels has, of the component at a place of a block, if there is one.
#[must_use]
pub fn labels_value(
    fact: LabelsFact,
    component: &Component,
    block: &EvaluatedBlock,
    index: usize,
) -> Option<LabelsSample> {
    match fact {
        LabelsFact::Slo => component.slo_ratio().map(LabelsSample::Ratio),
        LabelsFact::Completed => Some(LabelsSample::Integer(block.accounted(index).completed)),
        LabelsFact::AccountingStart => Some(LabelsSample::Integer(block.accounted(index).since)),
        LabelsFact::MonthAttained => block.attained(index).ratio.map(LabelsSample::Ratio),
        LabelsFact::MonthBudget => block.attained(index).budget.map(LabelsSample::Integer),
        LabelsFact::MonthBudgetLeft => block.attained(index).left.map(LabelsSample::Integer),
        LabelsFact::MonthUnmeasured => block.attained(index).unmeasured.map(LabelsSample::Integer),
    }
}
