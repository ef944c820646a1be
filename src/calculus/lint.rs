//! Definitions that are allowed and probably not meant: rules that never fire, windows swallowed by their exclusions,
//! starts and ends that the clock skips.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::coverage::{Coverage, Part};
use super::horizon::{Direction, Horizon};
use super::occurrence::{self, Shape, Validity};
use super::rule::Rule;
use super::rule_set::RuleSet;
use super::skip::{Outcome, Planned};
use super::span::BEGINNING_OF_TIME;
use super::stream::{Stream, Union};
use super::window::{HORIZON, WindowDefinition};
use super::zone::local_at;

/// How far ahead [`is_swallowed`] and [`skips`] look: two years of 365 days, in seconds.
pub const LOOKAHEAD: i64 = 2 * 365 * 86_400;

/// An occurrence whose start or end the clock of its zone skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Index into the window's include rules.
    pub rule: usize,
    /// The local start that the rule gives.
    pub start: NaiveDateTime,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// The indices of the window's include rules without any occurrence: recurring ones within [`HORIZON`] of `around`,
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

/// The indices of exclude rules without any occurrence, as in [`never_firing`].
#[must_use]
pub fn never_cutting(zone: Tz, excludes: &[Rule], around: i64) -> Vec<usize> {
    let rules = excludes.iter().enumerate();
    rules
        .filter(|(_, rule)| never_fires(zone, rule, Validity::default(), around))
        .map(|(index, _)| index)
        .collect()
}

fn never_fires(zone: Tz, rule: &Rule, validity: Validity, around: i64) -> bool {
    let set = RuleSet::new(zone, std::slice::from_ref(rule), validity);
    let horizon = Horizon {
        first: around.saturating_sub(HORIZON),
        last: around.saturating_add(HORIZON),
    };
    let mut occurrences = Union::with_capacity(set.sources());
    set.add_to(&mut occurrences, horizon, Direction::Forwards);
    occurrences.next(BEGINNING_OF_TIME).is_none()
}

/// True if the window's include rules cover something within [`LOOKAHEAD`] after `from`, and its exclusions all of it.
#[must_use]
pub fn is_swallowed(part: &Part, from: i64) -> bool {
    let to = from.saturating_add(LOOKAHEAD);
    let set = &part.window.includes;
    let mut includes = Union::with_capacity(set.sources());
    let horizon = Horizon { first: from, last: to };
    set.add_to(&mut includes, horizon, Direction::Forwards);
    let includes_some = includes.next(from).is_some_and(|span| span.start < to);
    includes_some && !Coverage::new(vec![part.clone()]).covers_any(from, to)
}

/// The occurrences of include rules, within [`LOOKAHEAD`] after `from`, whose start or end the clock of the window's zone skips;
/// by rule, then by date. One-offs are looked at without limit.
#[must_use]
pub fn skips(definition: &WindowDefinition, from: i64) -> Vec<Skip> {
    let zone = definition.timezone;
    let first = local_at(zone, from).date();
    let last = local_at(zone, from.saturating_add(LOOKAHEAD)).date();
    let validity = definition.validity();
    let mut found = Vec::new();
    for (index, rule) in definition.rules.iter().enumerate() {
        let mut add = |planned: Planned, outcome| {
            found.push(Skip {
                rule: index,
                start: planned.start,
                outcome,
            });
        };
        match (rule, rule.schedule()) {
            (Rule::Once { start, end }, _) => {
                let planned = Planned {
                    start: *start,
                    end: *end,
                };
                if let Some(outcome) = planned.outcome(zone, &occurrence::once(zone, *start, *end)) {
                    add(planned, outcome);
                }
            }
            (_, None) => {}
            (_, Some(schedule)) => {
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

/// Those of [`never_firing`] whose lack of occurrences `skips` does not explain: all that they have is dropped by the clock.
#[must_use]
pub fn never_firing_otherwise(definition: &WindowDefinition, skips: &[Skip], around: i64) -> Vec<usize> {
    let mut rules = never_firing(definition, around);
    let is_dropped = |rule: usize| {
        let mut own = skips.iter().filter(|skip| skip.rule == rule);
        own.any(|skip| skip.outcome == Outcome::Dropped)
    };
    rules.retain(|rule| !is_dropped(*rule));
    rules
}
