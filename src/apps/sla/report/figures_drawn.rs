//! Figures in words.

use super::asked::ReportOrder;
use super::figures::Figures;
use crate::apps::sla::hours::words;
use crate::calculus::attainment::attained::{PromiseVerdict, percent_text};

/// A column of a table of figures.
pub(super) struct FigureColumn {
    /// Its head.
    pub(super) label: &'static str,
    /// The class of its head and cells.
    pub(super) key: &'static str,
    /// What sorts by it, if anything does.
    pub(super) order: Option<ReportOrder>,
}

/// The columns of all tables of figures: what they are of, then those that the macro `cells` writes, in its order.
pub(super) const COLUMNS: [FigureColumn; 10] = [
    column("Component", "component", Some(ReportOrder::Name)),
    column("Attained", "attained_millipercent", Some(ReportOrder::Attained)),
    column("SLO", "slo_millipercent", None),
    column("Budget left", "left", Some(ReportOrder::Left)),
    column("Verdict", "verdict", Some(ReportOrder::Verdict)),
    column("Promised", "promised", Some(ReportOrder::Promised)),
    column("Up", "up", None),
    column("Down", "down", Some(ReportOrder::Down)),
    column("Unknown", "unknown", Some(ReportOrder::Unknown)),
    column("Excluded", "excluded", None),
];

const fn column(label: &'static str, key: &'static str, order: Option<ReportOrder>) -> FigureColumn {
    FigureColumn { label, key, order }
}

/// Figures in words.
pub(super) struct DrawnFigures {
    pub(super) figures: Figures,
    pub(super) promised: String,
    /// What of that is still to come or to be measured; nothing below a minute, to which parts of seconds may add up.
    pub(super) later: Option<String>,
    pub(super) up: String,
    pub(super) down: String,
    pub(super) unknown: String,
    pub(super) excluded: String,
    pub(super) attained: String,
    /// Which part is known, if it is not all.
    pub(super) measured: Option<String>,
    pub(super) slo: String,
    pub(super) left: String,
    /// The part of the budget that is left, in per cent; nothing without one.
    pub(super) left_percent: Option<i64>,
    /// The part that is left only because nothing is known.
    pub(super) unknown_percent: i64,
    /// What of the budget is left only because nothing is known, if anything is.
    pub(super) left_unknown: Option<String>,
    /// The verdict as files have it.
    pub(super) verdict: &'static str,
    /// The same for people, who are not warned of what no indicator measures.
    pub(super) verdict_shown: &'static str,
    /// The class of the verdict.
    pub(super) class: &'static str,
    /// The columns in which these figures differ from those beside them.
    pub(super) differing: Vec<&'static str>,
}

/// Returns the column that shows a figure, by the name that differences give it.
pub(super) fn column_of(figure: &'static str) -> &'static str {
    match figure {
        "attained" => "attained_millipercent",
        "SLO" => "slo_millipercent",
        "budget" | "budget left" => "left",
        other => other,
    }
}

impl DrawnFigures {
    /// Returns figures for a table of many: of long times the seconds are left out.
    pub(super) fn new(figures: Figures) -> Self {
        Self::with_lengths(figures, words::short_length)
    }

    /// Returns figures to the second, to be compared.
    pub(super) fn exact(figures: Figures) -> Self {
        Self::with_lengths(figures, words::length)
    }

    fn with_lengths(figures: Figures, length: fn(i64) -> String) -> Self {
        let duration = |seconds: i64| match seconds {
            0 => "–".to_owned(),
            _ => length(seconds),
        };
        let unknown = figures.left_unknown.unwrap_or(0);
        let part = |of: i64, budget: i64| match budget {
            0 => i64::from(of >= 0) * 100,
            _ => (of.max(0) * 100).div_euclid(budget),
        };
        let is_unmeasured = figures.is_unmeasured();
        // Of no service nothing may be down: a full bar beside "0 h" would say the opposite.
        let has_service = !matches!(figures.verdict, Some(PromiseVerdict::NoService) | None);
        let has_budget = has_service && !is_unmeasured;
        let left_percent = figures.budget.zip(figures.left).filter(|_| has_budget);
        let left_percent = left_percent.map(|(budget, left)| part(left - unknown, budget));
        let unknown_percent = match (figures.budget, unknown) {
            (Some(budget), 1..) => part(unknown, budget),
            _ => 0,
        };
        Self {
            promised: duration(figures.promised),
            later: Some(figures.later()).filter(|later| *later >= 60).map(length),
            up: duration(figures.up),
            down: duration(figures.down),
            unknown: duration(figures.unknown),
            excluded: duration(figures.excluded),
            attained: figures.attained.map_or_else(|| "–".to_owned(), percent_text),
            measured: figures.measured_words(),
            slo: figures.slo.map_or_else(|| "–".to_owned(), percent_text),
            left: figures
                .left
                .filter(|_| has_budget)
                .map_or_else(|| "–".to_owned(), length),
            left_percent: left_percent.map(|percent| percent.min(100 - unknown_percent)),
            unknown_percent,
            left_unknown: (unknown > 0 && !is_unmeasured).then(|| length(unknown)),
            verdict: figures.verdict_words(),
            verdict_shown: match figures.verdict {
                Some(PromiseVerdict::NotProven) if is_unmeasured => "not measured",
                _ => figures.verdict_words(),
            },
            class: match figures.verdict {
                Some(PromiseVerdict::NotProven) if is_unmeasured => "quiet",
                Some(PromiseVerdict::Met) => "met",
                Some(PromiseVerdict::Missed) => "missed",
                Some(PromiseVerdict::AtRisk) => "at-risk",
                Some(PromiseVerdict::NotProven) => "not-proven",
                Some(PromiseVerdict::NoService | PromiseVerdict::NoObjective | PromiseVerdict::NotMeasured) | None => {
                    "quiet"
                }
            },
            figures,
            differing: Vec::new(),
        }
    }

    /// Returns the class that a column's cell has beside its own: what differs is marked.
    pub(super) fn mark(&self, column: &str) -> &'static str {
        match self.differing.contains(&column) {
            true => " differs",
            false => "",
        }
    }
}
