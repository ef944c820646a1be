//! A day on which exclusions leave less of a window's hours than its rules have, or nothing.

use super::book::{CutOwner, owner, rules_of};
use super::words;
use crate::admin::dates;
use crate::apps::sla::snapshot::compile::PartNames;
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::cuts::CutSpan;
use crate::calculus::explain::{CutBy, explain};
use crate::calculus::span::Span;
use crate::zones::Zone;

/// How many owners of exclusions are named.
const NAMED_MAX: usize = 3;

/// The hours of a window on such a day.
#[derive(Clone, Debug)]
pub struct CutDay {
    /// The day: `Fri 25 Dec 2026`.
    date: String,
    /// What its rules include.
    included: String,
    /// What exclusions leave of that; empty if nothing is left.
    left: String,
    /// What excludes, each with what its first occurrence is called.
    by: Vec<(CutOwner, String)>,
}

impl CutDay {
    /// Returns a day of which a window includes these spans; nothing if no exclusion takes any of them.
    pub(super) fn of(part: &CoveragePart, names: &PartNames<'_>, day: Span, included: &[Span]) -> Option<Self> {
        let alone = Coverage::new(vec![part.clone()]);
        let hours = alone.hours(day.start, day.end);
        let zone: Zone = part.window.timezone();
        let by: Vec<(CutOwner, String)> = cutting(&hours.cuts, included)
            .into_iter()
            .filter_map(|(by, first)| Some((owner(names, by)?, occurrence_name(&alone, names, by, first))))
            .collect();
        (!by.is_empty()).then(|| Self {
            date: dates::day(zone.local_at(day.start).date()),
            included: words::times(included, day, zone),
            left: words::times(&hours.spans, day, zone),
            by,
        })
    }

    /// Says what the hours would be, what excludes them, and what is left; what may not be named is only counted.
    #[must_use]
    pub fn words(&self, may_name: impl Fn(&CutOwner) -> bool) -> String {
        let mut owners: Vec<String> = Vec::new();
        let mut is_plural = false;
        for (owner, name) in &self.by {
            let words = match owner {
                CutOwner::Calendar(_) if !may_name(owner) => "a calendar that you may not view".to_owned(),
                CutOwner::Calendar(calendar) => calendar.clone(),
                CutOwner::Window(_) => {
                    is_plural = true;
                    "its own exclusions".to_owned()
                }
            };
            let words = match may_name(owner) && !name.is_empty() {
                true => format!("{words}, {name},"),
                false => words,
            };
            if !owners.contains(&words) {
                owners.push(words);
            }
        }
        is_plural |= owners.len() > 1;
        if owners.len() > NAMED_MAX {
            let more = owners.len() - NAMED_MAX;
            owners.truncate(NAMED_MAX);
            owners.push(format!("{more} more"));
        }
        let verb = match (self.left.as_str(), is_plural) {
            ("", true) => "close the day".to_owned(),
            ("", false) => "closes the day".to_owned(),
            (left, true) => format!("leave {left}"),
            (left, false) => format!("leaves {left}"),
        };
        let Self { date, included, .. } = self;
        format!(
            "its hours on {date} would be {included}, but {} {verb}",
            owners.join(" and ")
        )
    }
}

/// Returns what cuts, each with the first instant that it takes; of those that take everything and others, only the former.
fn cutting(cuts: &[CutSpan], included: &[Span]) -> Vec<(CutBy, i64)> {
    let mut cutting: Vec<(CutBy, i64, i64)> = Vec::new();
    for cut in cuts {
        let seconds = cut.span.seconds();
        match cutting.iter_mut().find(|(by, ..)| *by == cut.by) {
            Some((.., taken)) => *taken = taken.saturating_add(seconds),
            None => cutting.push((cut.by, cut.span.start, seconds)),
        }
    }
    let all: i64 = included.iter().map(|span| span.seconds()).sum();
    let takes_all = |(.., taken): &(CutBy, i64, i64)| *taken == all;
    if cutting.iter().any(takes_all) {
        cutting.retain(takes_all);
    }
    cutting.into_iter().map(|(by, first, _)| (by, first)).collect()
}

/// Returns what the occurrence is called by which an owner excludes an instant; empty if it has no name.
fn occurrence_name(alone: &Coverage, names: &PartNames<'_>, by: CutBy, at: i64) -> String {
    let cuts = explain(alone, at).into_iter().flat_map(|part| part.cuts);
    let mut of_owner = cuts.filter(|cut| cut.by == by);
    let name = of_owner.find_map(|cut| {
        let rule = rules_of(names, Some(by)).get(cut.rule)?;
        Some(rule.name_on(cut.occurrence.start_local.date()).to_owned()).filter(|name| !name.is_empty())
    });
    name.unwrap_or_default()
}
