//! Why an instant is covered or not: which rules contain it, which cut it, how their local times were resolved, and which rules mean
//! another instant because the clock was changed.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::coverage::{Coverage, CoveragePart};
use super::cuts::Cutter;
use super::horizon::CALENDAR;
use super::occurrence::{self, Resolved, Shape, Validity};
use super::rule::{Rule, Timing};
use super::skip::{PlannedOccurrence, SkipOutcome};
use super::span::Span;
use crate::zones::{Resolution, Zone};

/// One occurrence of a rule, with the local times it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// When it is.
    pub span: Span,
    /// The start that the rule gives; in a gap, a time that no clock showed.
    pub start_local: NaiveDateTime,
    /// The end that the rule gives; for an elapsed length, what the clock shows at the end.
    pub end_local: NaiveDateTime,
    /// How the start was resolved.
    pub start_resolution: Resolution,
    /// How the end was resolved; `None` for an elapsed length, whose end is counted from the start.
    pub end_resolution: Option<Resolution>,
}

/// An occurrence of an include rule that contains the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// Index into the window's include rules.
    pub rule: usize,
    /// The occurrence.
    pub occurrence: Occurrence,
    /// What covers the instant at which the occurrence ends, so that the coverage does not end there.
    pub carried_on: Option<CarriedOn>,
}

/// An occurrence that carries the coverage on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedOn {
    /// Index of its part.
    pub part: usize,
    /// Index into the include rules of that part's window.
    pub rule: usize,
    /// The occurrence.
    pub occurrence: Occurrence,
}

/// A rule that a reader of the clock might expect to hold at the instant, and that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Whose exclude rule it is; `None` for an include rule of the window.
    pub cut: Option<CutBy>,
    /// Index into the rules of that owner.
    pub rule: usize,
    /// Why.
    pub reason: MissReason,
}

/// Why a rule does not hold where it might be expected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissReason {
    /// The clock skips the start of its occurrence.
    Skipped {
        /// The local start that the rule gives.
        start: NaiveDateTime,
        /// What becomes of the occurrence.
        outcome: SkipOutcome,
    },
    /// The clock shows this local time for the second time, and its occurrence is at the first.
    SecondShowing(NaiveDateTime),
}

/// The owner of an exclude rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CutBy {
    /// An exclude rule of the window itself.
    Window,
    /// The exclusion calendar with that index in [`CoveragePart::exclusions`].
    Exclusion(usize),
}

/// An occurrence of an exclude rule that contains the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Whose rule it is.
    pub by: CutBy,
    /// Index into the rules of that owner.
    pub rule: usize,
    /// The occurrence.
    pub occurrence: Occurrence,
}

/// Why one part covers an instant or does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartExplanation {
    /// The include occurrences that contain the instant, by rule and start.
    pub inclusions: Vec<Inclusion>,
    /// The exclude occurrences that contain it; they matter only if there are inclusions.
    pub cuts: Vec<Cut>,
    /// The rules that a changed clock keeps from holding at it, include rules first.
    pub misses: Vec<Miss>,
}

impl PartExplanation {
    /// Returns whether this part covers the instant.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        !self.inclusions.is_empty() && self.cuts.is_empty()
    }
}

/// Explains the coverage at the instant `at`, part by part and in their order.
/// The instant is covered if any part covers it.
#[must_use]
pub fn explain(coverage: &Coverage, at: i64) -> Vec<PartExplanation> {
    let parts = coverage.parts();
    let explain_part = |(index, part): (usize, &CoveragePart)| {
        let cuts = cuts_at(part, at);
        // Many rules may end at one instant, and every one is asked what holds there.
        let mut by_end: BTreeMap<i64, Option<CarriedOn>> = BTreeMap::new();
        let mut carried_on = |occurrence: &Occurrence| {
            let end = occurrence.span.end;
            *by_end.entry(end).or_insert_with(|| carried_on(parts, index, end))
        };
        let inclusions = inclusions_at(part, at)
            .map(|(rule, occurrence)| Inclusion {
                rule,
                carried_on: cuts.is_empty().then(|| carried_on(&occurrence)).flatten(),
                occurrence,
            })
            .collect();
        PartExplanation {
            inclusions,
            misses: misses(part, at),
            cuts,
        }
    };
    parts.iter().enumerate().map(explain_part).collect()
}

/// Returns the include occurrences of a part that contain the instant.
fn inclusions_at(part: &CoveragePart, at: i64) -> impl Iterator<Item = (usize, Occurrence)> {
    let definition = part.window.definition();
    occurrences_at(definition.timezone, &definition.rules, definition.validity(), at)
}

/// Returns the exclude occurrences of a part that contain the instant.
fn cuts_at(part: &CoveragePart, at: i64) -> Vec<Cut> {
    cuts_within(part, second(at))
}

/// Returns the exclude occurrences of a part that contain any second of a range. Those that take none of what the part includes are
/// among them.
#[must_use]
pub fn cuts_within(part: &CoveragePart, range: Span) -> Vec<Cut> {
    let of_owner = |cutter: Cutter<'_>| -> Vec<Cut> {
        let by = cutter.by;
        occurrences_within(cutter.zone, cutter.rules, Validity::default(), range)
            .map(|(rule, occurrence)| Cut { by, rule, occurrence })
            .collect()
    };
    part.cutters().flat_map(of_owner).collect()
}

/// Returns what covers the instant `end`: of the part itself if it does, otherwise of the first that does; of its occurrences the one that
/// ends last.
fn carried_on(parts: &[CoveragePart], own: usize, end: i64) -> Option<CarriedOn> {
    let others = (0..parts.len()).filter(|index| *index != own);
    std::iter::once(own).chain(others).find_map(|index| {
        let part = &parts[index];
        let (rule, occurrence) = inclusions_at(part, end).max_by_key(|(_, occurrence)| occurrence.span.end)?;
        cuts_at(part, end).is_empty().then_some(CarriedOn {
            part: index,
            rule,
            occurrence,
        })
    })
}

/// Returns the rules of a part that a changed clock keeps from holding at the instant.
fn misses(part: &CoveragePart, at: i64) -> Vec<Miss> {
    if !CALENDAR.contains(at) {
        return Vec::new();
    }
    let definition = part.window.definition();
    let own = (
        None,
        definition.timezone,
        definition.rules.as_slice(),
        definition.validity(),
    );
    let cutters = part
        .cutters()
        .map(|cutter| (Some(cutter.by), cutter.zone, cutter.rules, Validity::default()));
    std::iter::once(own)
        .chain(cutters)
        .flat_map(|(cut, zone, rules, validity)| {
            let skipped = skipped_at(zone, rules, validity, at);
            let twice = at_first_showing(zone, rules, validity, at);
            let miss = move |(rule, reason)| Miss { cut, rule, reason };
            skipped.into_iter().chain(twice).map(miss).collect::<Vec<Miss>>()
        })
        .collect()
}

/// Returns the rules with an occurrence that might be expected at the instant, and whose start the clock skips.
fn skipped_at(zone: Zone, rules: &[Rule], validity: Validity, at: i64) -> Vec<(usize, MissReason)> {
    let today = i64::from(zone.local_at(at).date().to_epoch_days());
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let mut add = |planned: PlannedOccurrence, resolved: &Resolved| {
            found.extend(planned.missed_at(zone, resolved, at).map(|outcome| {
                let start = planned.start;
                (index, MissReason::Skipped { start, outcome })
            }));
        };
        match rule.timing() {
            Timing::Once { start, end } => add(PlannedOccurrence { start, end }, &occurrence::once(zone, start, end)),
            Timing::OnDates(schedule) => {
                let shape = Shape::new(schedule);
                // No clock has ever skipped more than a day.
                for day in today - 2..=today {
                    let starts = |date: NaiveDate| validity.admits(date) && rule.starts_on(date);
                    if date_of(day).is_some_and(starts) {
                        add(shape.planned(day), &shape.on(zone, day));
                    }
                }
            }
        }
    }
    found
}

/// Returns the rules with an occurrence at the first showing of a local time that the clock shows for the second time at the instant.
fn at_first_showing(zone: Zone, rules: &[Rule], validity: Validity, at: i64) -> Vec<(usize, MissReason)> {
    let local = zone.local_at(at);
    let (first, resolution) = zone.resolve_with(local);
    if resolution != Resolution::Fold || first == at {
        return Vec::new();
    }
    occurrences_at(zone, rules, validity, first)
        .filter(|(_, occurrence)| !occurrence.span.contains(at))
        .map(|(rule, _)| (rule, MissReason::SecondShowing(local)))
        .collect()
}

/// Returns the occurrences that contain the instant, each with the index of its rule.
pub(super) fn occurrences_at(
    zone: Zone,
    rules: &[Rule],
    validity: Validity,
    at: i64,
) -> impl Iterator<Item = (usize, Occurrence)> {
    occurrences_within(zone, rules, validity, second(at))
}

/// Returns the occurrences that contain any second of a range, each with the index of its rule.
fn occurrences_within(
    zone: Zone,
    rules: &[Rule],
    validity: Validity,
    range: Span,
) -> impl Iterator<Item = (usize, Occurrence)> {
    rules.iter().enumerate().flat_map(move |(index, rule)| {
        let occurrences = match rule.timing() {
            Timing::Once { start, end } => once_within(zone, start, end, range),
            Timing::OnDates(schedule) => repeating_within(zone, rule, Shape::new(schedule), validity, range),
        };
        occurrences.into_iter().map(move |occurrence| (index, occurrence))
    })
}

/// Returns the second that begins at an instant.
fn second(at: i64) -> Span {
    Span {
        start: at,
        end: at.saturating_add(1),
    }
}

fn once_within(zone: Zone, start: NaiveDateTime, end: NaiveDateTime, range: Span) -> Vec<Occurrence> {
    let resolved = occurrence::once(zone, start, end);
    describe(zone, &resolved, start, end, range).into_iter().collect()
}

fn repeating_within(zone: Zone, rule: &Rule, shape: Shape, validity: Validity, range: Span) -> Vec<Occurrence> {
    let (calendar_first, calendar_last) = validity.days();
    let first = shape.first_day_ending_after(range.start).max(calendar_first);
    let last = shape.last_day_starting_before(range.end).min(calendar_last);
    if rule.recurs() && CALENDAR.intersection(&range).is_none() {
        return Vec::new();
    }
    let starts = |day: &i64| date_of(*day).is_some_and(|date| rule.starts_on(date));
    (first..=last)
        .filter(starts)
        .filter_map(|day| {
            let planned = shape.planned(day);
            describe(zone, &shape.on(zone, day), planned.start, planned.end, range)
        })
        .collect()
}

/// Returns the occurrence with its local times, if it contains any second of the range.
fn describe(
    zone: Zone,
    resolved: &Resolved,
    start_local: NaiveDateTime,
    end_local: NaiveDateTime,
    range: Span,
) -> Option<Occurrence> {
    let span = resolved.span.filter(|span| span.intersection(&range).is_some())?;
    Some(Occurrence {
        span,
        start_local,
        end_local: match resolved.end {
            Some(_) => end_local,
            None => zone.local_at(span.end),
        },
        start_resolution: resolved.start,
        end_resolution: resolved.end,
    })
}

/// Returns the date of a day counted from 1970.
fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(i32::try_from(day).ok()?)
}
