//! Which part of the page a scrape asks for: `name[]`, `component[]`, `match[]` and `shard`.
//!
//! Pure: the parameters of a query in, decisions out. Values of one parameter are alternatives; what is asked for by different
//! parameters must hold together. Everything here takes time that depends on the selection alone, not on the components.

mod candidates;
mod literal;
mod selector;

use std::collections::BTreeSet;

pub use candidates::{CandidateKey, Candidates};
pub use selector::{ComponentLabels, MATCHERS_MAX, Problem, Selector, SelectorError};

use crate::metrics::format::names::{Fact, LabelsFact};
use crate::metrics::format::render::{Layout, SampleSet};
use crate::metrics::state::shard::{Shard, ShardError};

/// The most different names of families, and of components, that one scrape may ask for.
pub const NAMES_MAX: usize = 10_000;

/// The most different selectors of one scrape.
pub const SELECTORS_MAX: usize = 100;

/// How much of a selector an error repeats, in characters.
const SHOWN_MAX: usize = 60;

/// What follows the name of a family in the names of its samples.
const SAMPLE_SUFFIXES: [&str; 4] = ["", "_bucket", "_sum", "_count"];

/// What a scrape asks for; everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Families by name (`name[]`); all if none is named.
    pub names: BTreeSet<String>,
    /// Components by name (`component[]`); all if none is named.
    pub components: BTreeSet<String>,
    /// Selectors (`match[]`), of which any may match; if there is none, everything does.
    pub matches: Vec<Selector>,
    /// Only this share of the components.
    pub shard: Option<Shard>,
}

impl Selection {
    /// Reads what the parameters of a query ask for, and in which layout if one is named; the last layout counts.
    ///
    /// Other parameters are passed over: they may be meant for a proxy on the way.
    ///
    /// # Errors
    ///
    /// The first parameter that makes no sense or is too many.
    pub fn from_query(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Option<Layout>), SelectionError> {
        let (mut selection, mut layout) = (Self::default(), None);
        for (key, value) in pairs {
            match key.as_str() {
                "name[]" => insert("name[]", value, &mut selection.names)?,
                "component[]" => insert("component[]", value, &mut selection.components)?,
                "match[]" => selection.add_match(&value)?,
                "shard" => selection.set_shard(value.parse()?)?,
                "layout" => layout = Some(value.parse().map_err(SelectionError::Layout)?),
                _ => {}
            }
        }
        Ok((selection, layout))
    }

    fn add_match(&mut self, text: &str) -> Result<(), SelectionError> {
        let selector: Selector = text.parse().map_err(|error| SelectionError::Match {
            text: selector::shown(text, SHOWN_MAX),
            error,
        })?;
        if !self.matches.contains(&selector) {
            self.matches.push(selector);
        }
        within("match[]", self.matches.len(), SELECTORS_MAX)
    }

    fn set_shard(&mut self, shard: Shard) -> Result<(), SelectionError> {
        match self.shard.replace(shard) {
            Some(other) if other != shard => Err(SelectionError::TwoShards(other, shard)),
            _ => Ok(()),
        }
    }

    /// Returns whether nothing but a shard may narrow the page.
    #[must_use]
    pub fn is_whole_shard(&self) -> bool {
        self.names.is_empty() && self.components.is_empty() && self.matches.is_empty()
    }

    /// Returns whether any family that is not about components may be wanted, so that it is worth gathering them.
    ///
    /// They carry no label of a component: with `component[]`, or where every selector speaks of labels, there is none. Every shard
    /// shows its own, because each is a target of its own.
    #[must_use]
    pub fn takes_own_families(&self) -> bool {
        self.components.is_empty() && (self.matches.is_empty() || self.own_matches().next().is_some())
    }

    /// Returns whether this family, which is not about components, is wanted: by its own name or by that of samples of a histogram.
    #[must_use]
    pub fn own_family(&self, family: &str) -> bool {
        if !self.takes_own_families() {
            return false;
        }
        if self.names.is_empty() && self.matches.is_empty() {
            return true;
        }
        let names = SAMPLE_SUFFIXES.map(|suffix| format!("{family}{suffix}"));
        (self.names.is_empty() || names.iter().any(|name| self.names.contains(name)))
            && (self.matches.is_empty()
                || self
                    .own_matches()
                    .any(|selector| names.iter().any(|name| selector.takes_family(name))))
    }

    /// Returns the selectors that speak of a name alone.
    fn own_matches(&self) -> impl Iterator<Item = &Selector> {
        self.matches.iter().filter(|selector| selector.labels.is_empty())
    }

    /// Returns which samples of this component are wanted.
    #[must_use]
    pub fn of_component(
        &self,
        layout: Layout,
        prefix: &str,
        component_name: &str,
        labels: &(impl ComponentLabels + ?Sized),
    ) -> SampleSet {
        if !self.takes_component(component_name) {
            return SampleSet::default();
        }
        let selectors = self.matches.iter();
        let matches: Vec<&Selector> = selectors
            .filter(|selector| selector.takes_component(component_name, labels))
            .collect();
        if matches.is_empty() && !self.matches.is_empty() {
            return SampleSet::default();
        }
        let is_any_name = matches.is_empty() || matches.iter().any(|selector| selector.name.is_none());
        let is_wanted = |family: &str| {
            (self.names.is_empty() || self.names.contains(family))
                && (is_any_name || matches.iter().any(|selector| selector.takes_family(family)))
        };
        if is_any_name && self.names.is_empty() {
            return SampleSet {
                facts: [true; 5],
                by_labels: [layout == Layout::Labels; LabelsFact::ALL.len()],
            };
        }
        match layout {
            Layout::Names => SampleSet {
                facts: Fact::ALL.map(|fact| is_wanted(&format!("{prefix}{}", fact.suffix()))),
                by_labels: [false; LabelsFact::ALL.len()],
            },
            Layout::Labels => SampleSet {
                facts: Fact::ALL.map(|fact| is_wanted(fact.family())),
                by_labels: LabelsFact::ALL.map(|fact| is_wanted(fact.family())),
            },
        }
    }

    /// Returns whether `component[]` and the shard let this component through.
    fn takes_component(&self, component_name: &str) -> bool {
        (self.components.is_empty() || self.components.contains(component_name))
            && self.shard.is_none_or(|shard| shard.holds(component_name))
    }
}

/// Which parameter of a scrape makes no sense, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    /// More values than there may be.
    #[error("{key}: more than {max} different values are too many; split the scrape, or leave {key} out to get all")]
    TooMany {
        /// The parameter.
        key: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// A text that is no selector.
    #[error("match[] `{text}`: {error}")]
    Match {
        /// Its beginning.
        text: String,
        /// What is wrong with it.
        error: SelectorError,
    },
    /// A text that is no shard.
    #[error("shard: {0}")]
    Shard(#[from] ShardError),
    /// Two shards at once.
    #[error("shard: {0} and {1} do not stand on one page; scrape each on its own")]
    TwoShards(Shard, Shard),
    /// A text that is no layout.
    #[error("layout: {0}")]
    Layout(String),
}

fn insert(key: &'static str, value: String, values: &mut BTreeSet<String>) -> Result<(), SelectionError> {
    values.insert(value);
    within(key, values.len(), NAMES_MAX)
}

fn within(key: &'static str, count: usize, max: usize) -> Result<(), SelectionError> {
    if count <= max {
        Ok(())
    } else {
        Err(SelectionError::TooMany { key, max })
    }
}
