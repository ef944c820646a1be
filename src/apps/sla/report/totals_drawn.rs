//! What all components of a report come to, in one line above them: bad news is seen without a look at each row.

use super::computed::{ReportGroup, ReportRow};
use super::figures::Figures;
use super::figures_drawn::DrawnFigures;
use crate::admin::query::Query;
use crate::calculus::attainment::attained::PromiseVerdict;
use crate::text::thousands;

/// The verdicts that are counted, and whether they are named when no component has them.
const COUNTED: [(PromiseVerdict, bool); 5] = [
    (PromiseVerdict::Missed, true),
    (PromiseVerdict::AtRisk, true),
    (PromiseVerdict::NotProven, false),
    (PromiseVerdict::NotMeasured, false),
    (PromiseVerdict::Met, false),
];

/// The line.
pub(super) struct DrawnTotals {
    /// What the components of the table come to.
    pub(super) figures: DrawnFigures,
    /// Whether only the rows with one verdict are in the table.
    pub(super) is_of_verdict: bool,
    /// How many have each verdict, also of those that the filter by verdicts leaves out.
    pub(super) verdicts: Vec<CountedVerdict>,
    /// What the components that are not proven are called in their rows: of those of which nothing is known it is said so.
    not_proven: &'static str,
}

/// How many components have a verdict.
pub(super) struct CountedVerdict {
    /// `2 missed`.
    pub(super) words: String,
    /// The class of the verdict; empty if there are none.
    pub(super) class: &'static str,
    /// The report of these components alone, if there are any.
    pub(super) url: Option<String>,
}

impl DrawnTotals {
    /// Returns the line: `found` are counted by their verdicts, and `total` is of those in the table.
    pub(super) fn new(query: &Query, found: &[&ReportRow], total: &ReportGroup) -> Self {
        // How many have each verdict, and of how many of them nothing is known.
        let mut counts = [(0, 0); PromiseVerdict::ALL.len()];
        for row in found {
            let (all, unmeasured) = &mut counts[row.attainment.verdict() as usize];
            *all += 1;
            *unmeasured += i64::from(row.attainment.account().known() == 0);
        }
        let counted = COUNTED.iter().filter_map(|(verdict, is_always)| {
            let count = counts[*verdict as usize];
            (*is_always || count.0 > 0).then(|| CountedVerdict::new(query, *verdict, count))
        });
        Self {
            is_of_verdict: query.get("verdict").is_some_and(|verdict| !verdict.is_empty()),
            verdicts: counted.collect(),
            figures: DrawnFigures::new(Figures::of_group(total)),
            not_proven: match counts[PromiseVerdict::NotProven as usize] {
                (_, 0) => PromiseVerdict::NotProven.as_str(),
                (all, unmeasured) if unmeasured == all => "not measured",
                _ => "not proven or not measured",
            },
        }
    }

    /// Returns a verdict as a choice of the filter: as the rows that it keeps have it.
    pub(super) fn called(&self, verdict: PromiseVerdict) -> &'static str {
        match verdict {
            PromiseVerdict::NotProven => self.not_proven,
            _ => verdict.as_str(),
        }
    }
}

impl CountedVerdict {
    fn new(query: &Query, verdict: PromiseVerdict, (all, unmeasured): (i64, i64)) -> Self {
        let words = match verdict {
            PromiseVerdict::NotProven if unmeasured == all => format!("{} not measured", thousands(all)),
            PromiseVerdict::NotProven if unmeasured > 0 => format!(
                "{} not proven, {} of them not measured",
                thousands(all),
                thousands(unmeasured)
            ),
            _ => format!("{} {}", thousands(all), verdict.as_str()),
        };
        let is_bad = all > 0 && matches!(verdict, PromiseVerdict::Missed | PromiseVerdict::AtRisk);
        let url = || query.without(&["p"]).set("verdict", verdict.as_str()).link();
        Self {
            words,
            class: if is_bad { "bad" } else { "" },
            url: (all > 0).then(url),
        }
    }
}
