//! Figures in whole seconds, as the page, the command and files show them.

use serde::Serialize;

use super::computed::{ReportGroup, ReportRow};
use crate::apps::sla::hours::words;
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::attainment::attained::{PromiseVerdict, floored, percent_text};

/// Figures that are compared and written to files, in order: the key in files, and the name.
pub(super) const FIGURES: [(&str, &str); 11] = [
    ("promised", "promised"),
    ("accounted", "accounted for"),
    ("up", "up"),
    ("down", "down"),
    ("unknown", "unknown"),
    ("excluded", "excluded"),
    ("attained_millipercent", "attained"),
    ("slo_millipercent", "SLO"),
    ("budget", "budget"),
    ("left", "budget left"),
    ("verdict", "verdict"),
];

/// A figure. Files have a number, null or a text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum FigureValue {
    /// Seconds.
    Time(Option<i64>),
    /// Thousandths of a percent.
    Part(Option<i64>),
    /// A verdict.
    Words(&'static str),
}

impl FigureValue {
    fn words(&self) -> String {
        match self {
            Self::Time(Some(seconds)) => words::length(*seconds),
            Self::Part(Some(part)) => percent_text(*part),
            Self::Words(text) => (*text).to_owned(),
            Self::Time(None) | Self::Part(None) => "–".to_owned(),
        }
    }
}

/// What is shown of a component or a group. Times are in seconds; up, down and unknown add up to what is accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Promised in the whole period.
    pub promised: i64,
    /// Promised so far, and neither excluded nor too recent to be measured.
    pub accounted: i64,
    /// Up.
    pub up: i64,
    /// Down.
    pub down: i64,
    /// Unknown.
    pub unknown: i64,
    /// Excluded by corrections.
    pub excluded: i64,
    /// The part up of what is known, in thousandths of a percent.
    pub attained: Option<i64>,
    /// The part of what is accounted for that is known.
    pub measured: Option<i64>,
    /// The SLO.
    pub slo: Option<i64>,
    /// How much may be down in the period.
    pub budget: Option<i64>,
    /// What is left of that.
    pub left: Option<i64>,
    /// What of that is left only because nothing is known of the time.
    pub left_unknown: Option<i64>,
    /// The verdict; nothing for a group without members.
    pub verdict: Option<PromiseVerdict>,
}

impl Figures {
    /// Returns the figures of a component.
    #[must_use]
    pub fn of_row(row: &ReportRow) -> Self {
        let attainment = &row.attainment;
        let shown = Self::of((attainment.planned(), attainment.excluded()), attainment.account());
        let budget = attainment.budget().map(|budget| budget.div_euclid(1_000));
        Self {
            attained: attainment.attained(),
            measured: attainment.measured(),
            slo: attainment.slo(),
            left: budget.map(|budget| budget - shown.down),
            left_unknown: attainment.left_unknown().map(|left| left.div_euclid(1_000)),
            budget,
            verdict: Some(attainment.verdict()),
            ..shown
        }
    }

    /// Returns the figures of a group.
    #[must_use]
    pub fn of_group(group: &ReportGroup) -> Self {
        let total = &group.total;
        // As of a component: the budget is cut to a second, and what is down of it is rounded.
        let left = total.budget.zip(total.left);
        let left = left.map(|(budget, left)| budget.div_euclid(1_000) - (budget - left + 500).div_euclid(1_000));
        Self {
            attained: total.attained(),
            measured: total.measured(),
            slo: group.slo,
            budget: total.budget.map(|budget| budget.div_euclid(1_000)),
            left,
            left_unknown: total.left_unknown.map(|left| left.div_euclid(1_000)),
            verdict: total.verdict,
            ..Self::of((total.planned, total.excluded), total.account)
        }
    }

    fn of((planned, excluded): (i64, i64), account: TimeAccount) -> Self {
        let shown = account.in_seconds();
        Self {
            promised: planned.div_euclid(1_000),
            accounted: shown.promised(),
            up: shown.up(),
            down: shown.down(),
            unknown: shown.unknown(),
            excluded: excluded.div_euclid(1_000),
            attained: None,
            measured: None,
            slo: None,
            budget: None,
            left: None,
            left_unknown: None,
            verdict: None,
        }
    }

    /// Returns figures without any time: of a component that is not part of a report.
    #[must_use]
    pub fn nothing() -> Self {
        Self::of((0, 0), TimeAccount::default())
    }

    /// Returns the sum of the figures of components, in whole seconds. Those to which no service was promised are no part of it.
    #[must_use]
    pub fn sum<'a>(components: impl Iterator<Item = &'a Self>) -> Self {
        let is_part = |one: &&Self| !matches!(one.verdict, None | Some(PromiseVerdict::NoService));
        let parts: Vec<&Self> = components.filter(is_part).collect();
        let total = |of: fn(&Self) -> i64| parts.iter().map(|one| of(one)).sum::<i64>();
        let known = |of: fn(&Self) -> Option<i64>| {
            let mut known = parts.iter().filter_map(|one| of(one)).peekable();
            known.peek().is_some().then(|| known.sum::<i64>())
        };
        let (accounted, up, down) = (total(|one| one.accounted), total(|one| one.up), total(|one| one.down));
        let slo = parts.first().and_then(|one| one.slo);
        Self {
            promised: total(|one| one.promised),
            accounted,
            up,
            down,
            unknown: total(|one| one.unknown),
            excluded: total(|one| one.excluded),
            attained: floored(up, up + down),
            measured: floored(up + down, accounted),
            slo: slo.filter(|_| parts.iter().all(|one| one.slo == slo)),
            budget: known(|one| one.budget),
            left: known(|one| one.left),
            left_unknown: known(|one| one.left_unknown),
            verdict: parts.iter().filter_map(|one| one.verdict).max(),
        }
    }

    /// Returns the values of [`FIGURES`]. Which part is known follows from them.
    pub(super) fn values(&self) -> [FigureValue; FIGURES.len()] {
        let Self {
            promised,
            accounted,
            up,
            down,
            unknown,
            excluded,
            attained,
            measured: _,
            slo,
            budget,
            left,
            left_unknown: _,
            verdict: _,
        } = self;
        [
            FigureValue::Time(Some(*promised)),
            FigureValue::Time(Some(*accounted)),
            FigureValue::Time(Some(*up)),
            FigureValue::Time(Some(*down)),
            FigureValue::Time(Some(*unknown)),
            FigureValue::Time(Some(*excluded)),
            FigureValue::Part(*attained),
            FigureValue::Part(*slo),
            FigureValue::Time(*budget),
            FigureValue::Time(*left),
            FigureValue::Words(self.verdict_words()),
        ]
    }

    /// Returns which figures another set has otherwise: name, this figure and the other one, in words.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<(&'static str, String, String)> {
        let pairs = self.values().into_iter().zip(other.values());
        let pairs = FIGURES.into_iter().zip(pairs).filter(|(_, (one, other))| one != other);
        pairs
            .map(|((_, name), (one, other))| (name, one.words(), other.words()))
            .collect()
    }

    /// Returns what is promised and not over yet, or too short ago to be measured.
    #[must_use]
    pub fn later(&self) -> i64 {
        (self.promised - self.excluded - self.accounted).max(0)
    }

    /// Returns whether time is accounted for and nothing of it is known, as of a component that no indicator measures.
    #[must_use]
    pub fn is_unmeasured(&self) -> bool {
        self.accounted > 0 && self.up + self.down == 0
    }

    /// Returns the verdict in words.
    #[must_use]
    pub fn verdict_words(&self) -> &'static str {
        self.verdict.map_or("no service promised", PromiseVerdict::as_str)
    }

    /// Returns what was attained in words: with the part that is known, if not all of it is.
    #[must_use]
    pub fn attained_words(&self) -> String {
        let attained = self.attained.map_or_else(|| "–".to_owned(), percent_text);
        match self.measured_words() {
            Some(measured) => format!("{attained} · {measured}"),
            None => attained,
        }
    }

    /// Returns which part is known in words, if it is not all and not nothing.
    #[must_use]
    pub fn measured_words(&self) -> Option<String> {
        let measured = self.measured.filter(|measured| self.unknown > 0 || *measured < 100_000);
        let measured = measured.filter(|_| self.attained.is_some())?;
        Some(format!("{} measured", percent_text(measured)))
    }
}
