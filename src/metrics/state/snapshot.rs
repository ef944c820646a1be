//! The components as one data version has them. A snapshot never moves; a change makes another one.

use std::borrow::Cow;
use std::sync::Arc;

use crate::calculus::coverage::Coverage;
use crate::metrics::format::encoder::escape_label_value;
use crate::metrics::format::names::metric_prefix;
use crate::metrics::state::block::Blocks;

/// All that the metrics need to know, at one data version.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The data version.
    pub version: i64,
    /// Enabled components. Those whose coverage cannot be read have no metrics.
    pub components: Blocks,
    /// What components point to by [`Component::coverage`]; shared by all that use the same windows; nothing for one that cannot
    /// be read. A slot keeps its coverage as long as the windows behind it do not change.
    pub coverages: Vec<Option<Arc<Coverage>>>,
    /// The keys of the windows and calendars that each coverage is made of, for pages that name them.
    pub origins: Vec<Option<Arc<CoverageOrigin>>>,
    /// How many components there are of each kind.
    pub counts: SnapshotCounts,
    /// The enabled calendars whose rules list dates or are for one time only, by name: the midnight (UTC) after the last date.
    pub calendar_ends: Vec<(String, i64)>,
}

/// The keys of windows and of calendars.
pub type CoverageOrigin = (Vec<i64>, Vec<i64>);

/// Components by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotCounts {
    /// Enabled ones.
    pub enabled: usize,
    /// Disabled ones, which have no metrics.
    pub disabled: usize,
    /// Enabled ones with no enabled window: never in a window.
    pub without_windows: usize,
    /// Enabled ones left out because a window of theirs cannot be read.
    pub invalid: usize,
}

impl SnapshotCounts {
    /// Returns those that have metrics.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.enabled.saturating_sub(self.invalid)
    }
}

/// A component, ready to be shown.
///
/// All its texts lie in one piece of memory, because there are many components: the name, what its metrics begin with, and its
/// labels as they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    texts: Box<str>,
    prefix_start: u32,
    labels_start: u32,
    coverage: u32,
    slo_millipercent: Option<i32>,
    created: i64,
}

impl Component {
    /// Makes a component; `labels` are sorted by name and valid, as the schema sees to. `coverage` is the slot of its coverage,
    /// `slo_millipercent` the promised share in thousandths of a percent.
    #[must_use]
    pub fn new(name: &str, labels: &[(String, String)], coverage: usize, slo_millipercent: Option<i32>) -> Self {
        let prefix = metric_prefix(name);
        let mut label_text = Vec::with_capacity(64);
        label_text.extend_from_slice(b"{component=\"");
        escape_label_value(name, &mut label_text);
        for (label, value) in labels {
            label_text.extend_from_slice(b"\",");
            label_text.extend_from_slice(label.as_bytes());
            label_text.extend_from_slice(b"=\"");
            escape_label_value(value, &mut label_text);
        }
        label_text.extend_from_slice(b"\"}");
        // What was made of texts is text.
        let label_text = String::from_utf8_lossy(&label_text);
        let position = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        Self {
            prefix_start: position(name.len()),
            labels_start: position(name.len() + prefix.len()),
            texts: [name, &prefix, &label_text].concat().into_boxed_str(),
            coverage: position(coverage),
            slo_millipercent,
            created: 0,
        }
    }

    /// Returns the component as created at an instant (Unix seconds), from which on its windows are counted.
    #[must_use]
    pub fn created_at(self, created: i64) -> Self {
        Self { created, ..self }
    }

    /// Returns when it was created.
    #[must_use]
    pub fn created(&self) -> i64 {
        self.created
    }

    /// Returns its name: the value of the label `component`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.texts[..self.prefix_start as usize]
    }

    /// Returns what its metrics begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.texts[self.prefix_start as usize..self.labels_start as usize]
    }

    /// Returns `{component="…",…}`, escaped.
    #[must_use]
    pub fn label_text(&self) -> &str {
        &self.texts[self.labels_start as usize..]
    }

    /// Returns where it stands among the components: by prefix, so that those that share families come together, and then by name.
    #[must_use]
    pub fn rank(&self) -> (&str, &str) {
        (self.prefix(), self.name())
    }

    /// Returns the slot of its coverage.
    #[must_use]
    pub fn coverage(&self) -> usize {
        self.coverage as usize
    }

    /// Returns the promised share from 0 to 1.
    #[must_use]
    pub fn slo_ratio(&self) -> Option<f64> {
        self.slo_millipercent.map(|slo| f64::from(slo) / 100_000.0)
    }

    /// Returns its labels by name, without `component`.
    pub fn labels(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        // `component` comes first.
        LabelText(self.label_text().get(1..).unwrap_or_default()).skip(1)
    }

    /// Returns the value of a label, `component` among them.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<Cow<'_, str>> {
        if name == "component" {
            return Some(Cow::Borrowed(self.name()));
        }
        self.labels().find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

/// Reads `a="b",c="d"}`.
struct LabelText<'a>(&'a str);

impl<'a> Iterator for LabelText<'a> {
    type Item = (&'a str, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_once("=\"")?;
        let mut is_escaped = false;
        let end = rest.find(|character| {
            let ends = character == '"' && !is_escaped;
            is_escaped = character == '\\' && !is_escaped;
            ends
        })?;
        self.0 = rest[end + 1..].trim_start_matches([',', '}']);
        Some((name, unescape(&rest[..end])))
    }
}

/// Takes back what [`escape_label_value`] did.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => plain.push('\n'),
                Some(other) => plain.push(other),
                None => {}
            },
            (other, false) => plain.push(other),
        }
    }
    Cow::Owned(plain)
}
