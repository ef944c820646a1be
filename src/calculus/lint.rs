//! Definitions that are allowed and probably not meant: rules that never fire, windows swallowed by their exclusions,
//! starts that the clock skips.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::coverage::{Coverage, Part};
use super::horizon::{Direction, Horizon};
use super::occurrence::{self, Shape, Validity};
use super::rule::Rule;
use super::rule_set::RuleSet;
use super::span::BEGINNING_OF_TIME;
use super::stream::{Stream, Union};
use super::window::{HORIZON, WindowDefinition};
use super::zone::{Resolution, local_at};

/// How far ahead [`is_swallowed`] and [`gap_starts`] look: two years of 365 days, in seconds.
pub const LOOKAHEAD: i64 = 2 * 365 * 86_400;

/// A start that the clock of its zone skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapStart {
    /// Index into the window's include rules.
    pub rule: usize,
    /// The local date on which the occurrence starts.
    pub date: NaiveDate,
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

/// The starts of include rules, within [`LOOKAHEAD`] after `from`, that the clock of the window's zone skips;
/// by rule, then by date. One-offs are looked at without limit.
#[must_use]
pub fn gap_starts(definition: &WindowDefinition, from: i64) -> Vec<GapStart> {
    let zone = definition.timezone;
    let first = local_at(zone, from).date();
    let last = local_at(zone, from.saturating_add(LOOKAHEAD)).date();
    let validity = definition.validity();
    let mut found = Vec::new();
    for (index, rule) in definition.rules.iter().enumerate() {
        let mut add = |date| found.push(GapStart { rule: index, date });
        match (rule, rule.schedule()) {
            (Rule::Once { start, end }, _) => {
                if occurrence::once(zone, *start, *end).start == Resolution::Gap {
                    add(start.date());
                }
            }
            (_, None) => {}
            (_, Some(schedule)) => {
                let shape = Shape::new(schedule);
                let is_skipped = |date: &NaiveDate| {
                    let day = i64::from(date.to_epoch_days());
                    shape.on(zone, day).start == Resolution::Gap
                };
                let dates = first.iter_days().take_while(|date| *date <= last);
                dates
                    .filter(|date| validity.admits(*date) && rule.starts_on(*date))
                    .filter(is_skipped)
                    .for_each(add);
            }
        }
    }
    found
}
