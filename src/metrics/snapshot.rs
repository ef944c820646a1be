//! The components as one data version has them. A snapshot never moves; a change makes another one.

use std::sync::Arc;

use super::encoder::escape_label_value;
use super::names::metric_prefix;
use crate::calculus::coverage::Coverage;

/// All that the metrics need to know, at one data version.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The data version.
    pub version: i64,
    /// Enabled components whose windows can be read, by prefix and then by name.
    pub components: Vec<Arc<Component>>,
    /// What components point to by [`Component::coverage`]; shared by all that use the same windows. A slot keeps its
    /// coverage as long as the windows behind it do not change.
    pub coverages: Vec<Option<Arc<Coverage>>>,
    /// How many components there are of each kind.
    pub counts: Counts,
}

/// Components by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Enabled ones.
    pub enabled: usize,
    /// Disabled ones, which have no metrics.
    pub disabled: usize,
    /// Enabled ones with no enabled window: never in a window.
    pub without_windows: usize,
    /// Enabled ones left out because a window of theirs cannot be read.
    pub invalid: usize,
}

/// A component, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its name: the value of the label `component`.
    pub name: String,
    /// What its metrics begin with.
    pub prefix: String,
    /// Its labels by name, without `component`.
    pub labels: Vec<(String, String)>,
    /// The slot of its coverage.
    pub coverage: usize,
    /// Promised share in thousandths of a percent.
    pub slo_millipercent: Option<i32>,
    /// `{component="…",…}`, escaped.
    pub label_text: Box<[u8]>,
}

impl Component {
    /// Makes a component; `labels` are sorted by name and valid, as the schema sees to.
    #[must_use]
    pub fn new(name: String, labels: Vec<(String, String)>, coverage: usize, slo_millipercent: Option<i32>) -> Self {
        let mut text = Vec::with_capacity(64);
        text.extend_from_slice(b"{component=\"");
        escape_label_value(&name, &mut text);
        for (label, value) in &labels {
            text.extend_from_slice(b"\",");
            text.extend_from_slice(label.as_bytes());
            text.extend_from_slice(b"=\"");
            escape_label_value(value, &mut text);
        }
        text.extend_from_slice(b"\"}");
        Self {
            prefix: metric_prefix(&name),
            name,
            labels,
            coverage,
            slo_millipercent,
            label_text: text.into_boxed_slice(),
        }
    }

    /// The promised share from 0 to 1.
    #[must_use]
    pub fn slo_ratio(&self) -> Option<f64> {
        self.slo_millipercent.map(|slo| f64::from(slo) / 100_000.0)
    }
}
