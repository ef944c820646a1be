//! The report as a value.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::apps::sla::availability::measured_time::{MeasuredTime, MonthSum};
use crate::apps::sla::promised_then::promised::Definitions;
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::attained::{Attainment, AttainmentTotal, PromiseVerdict};
use crate::calculus::attainment::correction::{CorrectedSpan, CorrectedTime, CorrectionEffect};
use crate::calculus::attainment::run::{UnknownPolicy, within};
use crate::calculus::period::Period;
use crate::calculus::span::{Span, intersections, merge, without};
use crate::metrics::answer::selection::{ComponentLabels, Selector};
use crate::zones::Zone;

/// A report of a period.
#[derive(Clone, Debug)]
pub struct Report {
    /// The period.
    pub period: Period,
    /// The zone of its midnights.
    pub zone: Zone,
    /// When it is, in seconds.
    pub span: Span,
    /// What counts as promised.
    pub definitions: Definitions,
    /// The components, by name.
    pub rows: Vec<Arc<ReportRow>>,
    /// What is not known for certain, in sentences.
    pub notes: Vec<String>,
    /// The digest of the figures of all rows, once it was asked for: it takes as long as all else that a page needs.
    pub digest: OnceLock<String>,
}

/// What a component attained.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// Its key.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Arc<BTreeMap<String, String>>,
    /// Whether it is still there.
    pub is_there: bool,
    /// The figures.
    pub attainment: Attainment,
    /// The second from which on all of its time is due, if it has any.
    pub due_from: Option<i64>,
    /// Milliseconds that should have been measured and never were. They are unknown.
    pub unmeasured: i64,
    /// Since when some were not measured, in milliseconds; nothing if all were.
    pub unmeasured_since: Option<i64>,
    /// Milliseconds in months of which only sums are kept and which are not part of the period as a whole: they are unknown here. With the zone of
    /// the months.
    pub cut: Option<(i64, String)>,
    /// Milliseconds that are unknown because sums of months overlap; nothing if no promised time is in two of them.
    pub overlap_unknown: Option<i64>,
    /// Milliseconds that are unknown at the most because sums of months of other zones, of which the period has a part alone, have them. With
    /// these zones.
    pub known_elsewhere: Option<Box<(i64, Vec<String>)>>,
    /// Why its hours cannot be read, if so.
    pub unreadable: Option<Arc<str>>,
}

/// What a group of components attained.
#[derive(Clone, Debug)]
pub struct ReportGroup {
    /// The value of the label; nothing for those without one.
    pub value: Option<String>,
    /// The figures.
    pub total: AttainmentTotal,
    /// The SLO, if it is the same for all of them.
    pub slo: Option<i64>,
    /// The member that gives the verdict; of several one of which something is known, and of these the one with the least budget left.
    pub worst: Option<Box<ReportRow>>,
}

/// The time of a component in a period, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct ComponentTime {
    /// What was and will be promised in the whole period.
    pub promised: Vec<Span>,
    /// The part of it that is due: it ended long enough ago to be measured.
    pub due: Vec<Span>,
    /// What is known about that.
    pub measured: MeasuredTime,
    /// The corrections of it, the older ones first.
    pub corrections: Vec<CorrectedSpan>,
    /// What unknown time counts as.
    pub unknown: UnknownPolicy,
}

impl ComponentTime {
    /// Returns what is known about it with the corrections.
    #[must_use]
    pub fn corrected(&self) -> CorrectedTime {
        let measured = &self.measured;
        let runs = match measured.cut.is_empty() {
            true => self.unknown.apply(measured.runs.clone()),
            // What is kept in sums of longer time was measured, so that it counts as nothing but unknown.
            false => {
                let others = without(&measured.spans, &measured.cut);
                let mut runs = self.unknown.apply(within(&measured.runs, &others));
                runs.extend(within(&measured.runs, &measured.cut));
                runs.sort_unstable_by_key(|run| run.span);
                runs
            }
        };
        CorrectedTime::new(&self.measured.spans, &runs, &self.corrections)
    }

    /// Returns what is excluded, as maximal spans.
    #[must_use]
    pub fn exclusions(&self) -> Vec<Span> {
        let exclusions = self
            .corrections
            .iter()
            .filter(|correction| correction.effect == CorrectionEffect::Exclude);
        merge(exclusions.map(|correction| correction.span).collect())
    }

    /// Returns what was attained.
    #[must_use]
    pub fn attainment(&self, slo: Option<i32>) -> Attainment {
        let corrected = self.corrected();
        let mut account = TimeAccount::of(&corrected.spans, &corrected.runs);
        let ranges = self.measured.months.iter().map(|month| month.range);
        let promised = without(&self.promised, &merge(ranges.collect()));
        let mut planned = length(&promised);
        let mut excluded = length(&intersections(&promised, &self.exclusions()));
        for month in &self.measured.months {
            let summed = month.account.promised() + month.excluded;
            account = account + month.account + TimeAccount::of_unknown(&self.beside(month));
            planned += summed.max(length(&intersections(&self.promised, &month.own)));
            excluded += month.excluded;
        }
        Attainment::new(planned, excluded, account, slo)
    }

    /// Returns a span as long as what is promised in a month beside its sum, as after a correction of the time zone data: it is unknown.
    fn beside(&self, month: &MonthSum) -> Vec<Span> {
        let summed = month.account.promised() + month.excluded;
        let more = length(&intersections(&self.promised, &month.own)) - summed;
        Span::new(0, more).into_iter().collect()
    }

    /// Returns the milliseconds that should have been measured, never were, and are not excluded.
    #[must_use]
    pub fn unmeasured(&self) -> i64 {
        let beside = self.measured.months.iter().map(|month| length(&self.beside(month)));
        length(&without(&self.measured.unmeasured, &self.exclusions())) + beside.sum::<i64>()
    }

    /// Returns the first instant that should have been measured, was not, and is not excluded, in milliseconds.
    #[must_use]
    pub fn unmeasured_since(&self) -> Option<i64> {
        let spans = without(&self.measured.unmeasured, &self.exclusions());
        let months = self.measured.months.iter();
        let months = months.filter(|month| !self.beside(month).is_empty());
        let starts = months.map(|month| month.range.start);
        starts.chain(spans.first().map(|span| span.start)).min()
    }

    /// Returns the milliseconds of which only sums of longer time are kept than this.
    #[must_use]
    pub fn cut(&self) -> i64 {
        length(&without(&self.measured.cut, &self.exclusions()))
    }
}

/// The labels of a row, for selectors.
struct RowLabels<'a>(&'a BTreeMap<String, String>);

impl ComponentLabels for RowLabels<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.get(name).map(|value| Cow::Borrowed(value.as_str()))
    }
}

impl Report {
    /// Returns the rows whose components have the labels of one of the selectors; all if there is none.
    #[must_use]
    pub fn matching(&self, selectors: &[Selector]) -> Vec<&ReportRow> {
        let takes = |row: &&ReportRow| {
            let mut selectors = selectors.iter();
            selectors.any(|selector| selector.takes_component(&row.name, &RowLabels(&row.labels)))
        };
        let rows = self.rows.iter().map(AsRef::as_ref);
        rows.filter(|row| selectors.is_empty() || takes(row)).collect()
    }
}

/// Returns the groups of a label, in the order of its values; components without it come last.
#[must_use]
pub fn groups(rows: &[&ReportRow], label: &str) -> Vec<ReportGroup> {
    let mut groups: BTreeMap<(bool, &str), Vec<&ReportRow>> = BTreeMap::new();
    for row in rows {
        groups.entry(group_key(row, label)).or_default().push(row);
    }
    let group = |((has_none, value), rows): ((bool, &str), Vec<&ReportRow>)| {
        ReportGroup::of((!has_none).then(|| value.to_owned()), &rows)
    };
    groups.into_iter().map(group).collect()
}

/// Returns by what the groups of a label are ordered: whether the row has none, and the value that it has.
#[must_use]
pub fn group_key<'a>(row: &'a ReportRow, label: &str) -> (bool, &'a str) {
    let value = row.labels.get(label).map(String::as_str);
    (value.is_none(), value.unwrap_or_default())
}

impl ReportGroup {
    /// Returns what these rows attained together. A component to which no service was promised is not one of them.
    #[must_use]
    pub fn of(value: Option<String>, rows: &[&ReportRow]) -> Self {
        let mut total = AttainmentTotal::default();
        let promised = rows
            .iter()
            .filter(|row| row.attainment.verdict() != PromiseVerdict::NoService);
        let promised: Vec<&&ReportRow> = promised.collect();
        promised.iter().for_each(|row| total.add(&row.attainment));
        let rank = |row: &ReportRow| {
            (
                Reverse(row.attainment.verdict()),
                row.attainment.account().known() == 0,
                row.attainment.left().unwrap_or(i64::MAX),
            )
        };
        let worst = promised.iter().min_by(|one, other| {
            let by_attained = || one.attainment.compare(&other.attainment);
            rank(one).cmp(&rank(other)).then_with(by_attained)
        });
        let worst = worst.map(|row| Box::new((**row).clone()));
        let slo = promised.first().and_then(|row| row.attainment.slo());
        let is_same = promised.iter().all(|row| row.attainment.slo() == slo);
        Self {
            value,
            total,
            slo: slo.filter(|_| is_same),
            worst,
        }
    }
}

fn length(spans: &[Span]) -> i64 {
    spans.iter().map(Span::seconds).sum()
}
