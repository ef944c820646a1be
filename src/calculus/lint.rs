//! Definitions that are allowed and probably not meant: rules that never fire, windows swallowed by their exclusions,
//! starts and ends that the clock skips, holes of a minute; and when what is listed by date ends.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::coverage::{Coverage, CoveragePart};
use super::explain::occurrences_at;
use super::horizon::{Direction, Horizon};
use super::occurrence::{self, Shape, Validity};
use super::rule::{Rule, Timing};
use super::rule_set::RuleSet;
use super::skip::{PlannedOccurrence, SkipOutcome};
use super::span::BEGINNING_OF_TIME;
use super::stream::{SpanUnion, Stream};
use super::window::{HORIZON, WindowDefinition};
use crate::zones::Zone;

/// How far ahead [`is_swallowed`], [`skips`] and [`minute_holes`] look: two years of 365 days, in seconds.
pub const LOOKAHEAD: i64 = 2 * 365 * 86_400;

/// The longest hole that [`minute_holes`] reports, in seconds.
const HOLE_MAX: i64 = 60;

/// How many holes are looked at: a rule that leaves one leaves it again and again.
const HOLES_MAX: usize = 1_000;

/// An occurrence whose start or end the clock of its zone skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Index into the window's include rules.
    pub rule: usize,
    /// The local start that the rule gives.
    pub start: NaiveDateTime,
    /// What becomes of it.
    pub outcome: SkipOutcome,
}

/// A hole of at most a minute between an occurrence and the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Index of the rule whose occurrence ends at the hole.
    pub rule: usize,
    /// The local time at which the hole begins.
    pub from: NaiveDateTime,
    /// The local time at which it ends.
    pub to: NaiveDateTime,
    /// Its length.
    pub seconds: i64,
}

/// Returns the indices of the window's include rules without any occurrence: recurring ones within [`HORIZON`] of `around`,
/// listed dates and one-offs at all. Validity dates count; exclusions do not.
#[must_use]
pub fn never_firing(definition: &WindowDefinition, around: i64) -> Vec<usize> {
    let validity = definition.validity();
    let rules = definition.rules.iter().enumerate();
    rules
        .filter(|(_, rule)| never_fires(definition.timezone, rule, validity, around))
        .map(|(index, _)| index)
        .collect()
}

/// Returns the indices of exclude rules without any occurrence, as in [`never_firing`].
#[must_use]
pub fn never_cutting(zone: Zone, excludes: &[Rule], around: i64) -> Vec<usize> {
    let rules = excludes.iter().enumerate();
    rules
        .filter(|(_, rule)| never_fires(zone, rule, Validity::default(), around))
        .map(|(index, _)| index)
        .collect()
}

fn never_fires(zone: Zone, rule: &Rule, validity: Validity, around: i64) -> bool {
    let set = RuleSet::new(zone, std::slice::from_ref(rule), validity);
    let horizon = Horizon {
        first: around.saturating_sub(HORIZON),
        last: around.saturating_add(HORIZON),
    };
    let mut occurrences = SpanUnion::with_capacity(set.sources());
    set.add_to(&mut occurrences, horizon, Direction::Forwards);
    occurrences.next(BEGINNING_OF_TIME).is_none()
}

/// Returns whether the window's include rules cover something within [`LOOKAHEAD`] after `from`, and its exclusions all of it.
#[must_use]
pub fn is_swallowed(part: &CoveragePart, from: i64) -> bool {
    let to = from.saturating_add(LOOKAHEAD);
    let set = &part.window.includes;
    let mut includes = SpanUnion::with_capacity(set.sources());
    let horizon = Horizon { first: from, last: to };
    set.add_to(&mut includes, horizon, Direction::Forwards);
    let includes_some = includes.next(from).is_some_and(|span| span.start < to);
    includes_some && !Coverage::new(vec![part.clone()]).covers_any(from, to)
}

/// Returns the occurrences of include rules, within [`LOOKAHEAD`] after `from`, whose start or end the clock of the window's zone skips;
/// by rule, then by date. One-offs are looked at however far ahead they lie.
#[must_use]
pub fn skips(definition: &WindowDefinition, from: i64) -> Vec<Skip> {
    skips_until(definition, from, from.saturating_add(LOOKAHEAD))
}

/// Returns the same within a shorter time.
#[must_use]
pub fn skips_until(definition: &WindowDefinition, from: i64, until: i64) -> Vec<Skip> {
    let zone = definition.timezone;
    let first = zone.local_at(from).date();
    let last = zone.local_at(until).date();
    let validity = definition.validity();
    let mut found = Vec::new();
    for (index, rule) in definition.rules.iter().enumerate() {
        let mut add = |planned: PlannedOccurrence, outcome| {
            found.push(Skip {
                rule: index,
                start: planned.start,
                outcome,
            });
        };
        match rule.timing() {
            Timing::Once { start, end } => {
                let planned = PlannedOccurrence { start, end };
                let outcome = planned.outcome(zone, &occurrence::once(zone, start, end));
                if let Some(outcome) = outcome.filter(|_| from < zone.resolve(end)) {
                    add(planned, outcome);
                }
            }
            Timing::OnDates(schedule) => {
                let shape = Shape::new(schedule);
                let dates = first.iter_days().take_while(|date| *date <= last);
                for date in dates.filter(|date| validity.admits(*date) && rule.starts_on(*date)) {
                    let day = i64::from(date.to_epoch_days());
                    let planned = shape.planned(day);
                    if let Some(outcome) = planned.outcome(zone, &shape.on(zone, day)) {
                        add(planned, outcome);
                    }
                }
            }
        }
    }
    found
}

/// Returns those of [`never_firing`] whose lack of occurrences `skips` does not explain: all that they have is dropped by the clock.
#[must_use]
pub fn never_firing_otherwise(definition: &WindowDefinition, skips: &[Skip], around: i64) -> Vec<usize> {
    let mut rules = never_firing(definition, around);
    let is_dropped = |rule: usize| {
        let mut own = skips.iter().filter(|skip| skip.rule == rule);
        own.any(|skip| skip.outcome == SkipOutcome::Dropped)
    };
    rules.retain(|rule| !is_dropped(*rule));
    rules
}

/// Returns the weekly, recurring and dated include rules that leave a hole of at most a minute before the next occurrence of any include
/// rule, as 00:00 to 23:59 on every day does, each with the first such hole within [`LOOKAHEAD`] after `from`; by rule.
#[must_use]
pub fn minute_holes(definition: &WindowDefinition, from: i64) -> Vec<Hole> {
    holes(definition.timezone, &definition.rules, definition.validity(), from)
}

/// Returns the same of exclude rules, whose holes are time that is not excluded.
#[must_use]
pub fn minute_holes_of_cuts(zone: Zone, excludes: &[Rule], from: i64) -> Vec<Hole> {
    holes(zone, excludes, Validity::default(), from)
}

fn holes(zone: Zone, rules: &[Rule], validity: Validity, from: i64) -> Vec<Hole> {
    let last = from.saturating_add(LOOKAHEAD);
    let set = RuleSet::new(zone, rules, validity);
    let mut union = SpanUnion::with_capacity(set.sources());
    set.add_to(&mut union, Horizon { first: from, last }, Direction::Forwards);
    let mut before = union.next(from);
    let mut found: BTreeMap<usize, Hole> = BTreeMap::new();
    let mut looked_at = 0;
    while let Some(end) = before.map(|span| span.end).filter(|end| *end < last) {
        before = union.next(end);
        let Some(seconds) = before
            .map(|next| next.start - end)
            .filter(|seconds| *seconds <= HOLE_MAX)
        else {
            continue;
        };
        looked_at += 1;
        for (rule, occurrence) in occurrences_at(zone, rules, validity, end - 1) {
            if occurrence.span.end == end && matches!(rules[rule].timing(), Timing::OnDates(_)) {
                found.entry(rule).or_insert_with(|| Hole {
                    rule,
                    from: zone.local_at(end),
                    to: zone.local_at(end + seconds),
                    seconds,
                });
            }
        }
        if looked_at == HOLES_MAX || found.len() == rules.len() {
            break;
        }
    }
    found.into_values().collect()
}

/// Returns the last date of rules that list dates or are for one time only: the last listed date, or the last day on which a one-off takes
/// place. `None` if there is no such rule; rules that recur have no last date.
#[must_use]
pub fn last_date(rules: &[Rule]) -> Option<NaiveDate> {
    rules.iter().filter_map(Rule::last_date).max()
}

/// Returns when the last occurrence ends of a window whose include rules all list dates or are for one time only. `None` if one of them recurs,
/// and if there is no occurrence.
#[must_use]
pub fn last_end(definition: &WindowDefinition) -> Option<i64> {
    if definition.rules.iter().any(Rule::recurs) {
        return None;
    }
    RuleSet::new(definition.timezone, &definition.rules, definition.validity()).last_explicit_end()
}
