//! A row as a value.

use chrono::NaiveDateTime;

use crate::apps::sla::promised_then::promised::Definitions;
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::run::Run;
use crate::calculus::span::Span;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowKind {
    /// A span of service, promised from its start to its end.
    Span,
    /// All that was promised on a local day.
    Day,
    /// All that was promised in a local month, of which only sums are kept.
    Month,
}

impl RowKind {
    const ALL: [Self; 3] = [Self::Span, Self::Day, Self::Month];

    /// Returns the name, as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Returns the kind of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuredBy {
    /// The key of the indicator; none if it is not known, as in a sum over several.
    pub id: Option<i64>,
    /// Its name then.
    pub name: String,
    /// Its version then.
    pub version: Option<i64>,
}

impl MeasuredBy {
    /// Returns what measured several rows, the newest first: what is the same of all of them.
    #[must_use]
    pub fn common<'a>(mut all: impl Iterator<Item = &'a Self>) -> Self {
        let unknown = Self {
            id: None,
            name: String::new(),
            version: None,
        };
        let Some(first) = all.next() else { return unknown };
        let mut common = first.clone();
        for other in all {
            if other.id != common.id {
                return unknown;
            }
            common.version = common.version.filter(|version| Some(*version) == other.version);
        }
        common
    }
}

/// How many samples there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleCount {
    /// Samples that came.
    pub seen: i64,
    /// Samples that the grid has.
    pub expected: i64,
}

/// What was measured of promised time of one component.
#[derive(Clone, Debug, PartialEq)]
pub struct AvailabilityRow {
    /// The key; the greater, the newer. 0 if it is not stored yet.
    pub id: i64,
    /// The component.
    pub component_id: i64,
    /// Its name at the measurement.
    pub component_name: String,
    /// What the row is about.
    pub kind: RowKind,
    /// From its first second to its end.
    pub range: Span,
    /// The zone of the midnights at which it is cut.
    pub timezone: String,
    /// What counted as promised.
    pub definitions: Definitions,
    /// What measured.
    pub indicator: MeasuredBy,
    /// Milliseconds up, down and unknown, without corrections; with them in a month.
    pub account: TimeAccount,
    /// Milliseconds that corrections exclude from a month.
    pub excluded_ms: i64,
    /// The key of the last correction that a month has.
    pub corrections_until: Option<i64>,
    /// Samples.
    pub samples: SampleCount,
    /// The step of the grid, in seconds.
    pub step_s: i64,
    /// When it was measured, UTC.
    pub measured_at: NaiveDateTime,
    /// The release of the time zone data by which it was promised.
    pub tzdata: String,
    /// What was odd, in sentences.
    pub warnings: Vec<String>,
    /// What was promised, in milliseconds; nothing of a month.
    pub spans: Vec<Span>,
    /// What of it was not fully up, in milliseconds; nothing of a month.
    pub runs: Vec<Run>,
}

impl AvailabilityRow {
    /// Returns whether another row says the same about the same time, whenever it was measured.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self {
            id: _,
            component_id,
            component_name: _,
            kind,
            range,
            timezone: _,
            definitions,
            indicator,
            account,
            excluded_ms,
            corrections_until: _,
            samples,
            step_s,
            measured_at: _,
            tzdata: _,
            warnings,
            spans,
            runs,
        } = self;
        let about = (component_id, kind, range, definitions);
        let says = (indicator, account, excluded_ms, samples, step_s, warnings, spans, runs);
        let other_says = (
            &other.indicator,
            &other.account,
            &other.excluded_ms,
            &other.samples,
            &other.step_s,
            &other.warnings,
            &other.spans,
            &other.runs,
        );
        about == (&other.component_id, &other.kind, &other.range, &other.definitions) && says == other_says
    }
}
