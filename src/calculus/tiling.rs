//! Finds rules that leave no hole, such as seven days from 00:00 to 24:00, or a day shift and a night shift.
//!
//! Without it, "there is no end within fifty years" would be known only after reading fifty years of occurrences.
//! What is found is a *part* of the rules' union, so that adding it to the union changes no answer.

use std::collections::BTreeMap;

use super::civil::{DAY, DurationMode};
use super::occurrence::{Days, Recurring, Validity};
use super::recurrence::weekday_index;
use super::span::{BEGINNING_OF_TIME, END_OF_TIME, Span};
use crate::zones::Zone;

const WEEK: i64 = 7 * DAY;

/// Occurrences that follow one another round the week, each ending on the clock just when the next one starts.
struct Cycle {
    /// Seconds from Monday 00:00 at which one of them starts.
    start: i64,
    /// Seconds until the same one starts again: a number of weeks.
    period: i64,
}

/// Returns a span that the weekly rules among these cover without a hole.
///
/// Occurrences of wall-clock length that meet on the clock meet as instants, since one local time resolves to one
/// instant. So a chain of them covers everything from the instant of its first to the instant of its last local time,
/// even where, in a gap, a later local time is the earlier instant.
pub(super) fn solid(zone: Zone, rules: &[Recurring], validity: Validity) -> Option<Span> {
    let cycle = find_cycle(rules)?;
    let (weekday, time) = (cycle.start.div_euclid(DAY), cycle.start.rem_euclid(DAY));
    let days_until = |from: i64, to: i64| (to - from).rem_euclid(7);
    let weekday_of = |day: i64| i64::from(weekday_index(day));

    // Only whole periods between the bounds count; what the rules cover beside them, they cover themselves.
    let (first_day, last_day) = validity.days();
    let first = first_day + days_until(weekday_of(first_day), weekday);
    let last = last_day - days_until(weekday, weekday_of(last_day));
    let instant = |day: i64| zone.resolve_seconds(day * DAY + time).0;
    let whole_periods = (last - first).div_euclid(cycle.period / DAY) * (cycle.period / DAY);
    match (validity.from, validity.until) {
        (None, None) => Some(Span::ALWAYS),
        (Some(_), None) => Span::new(instant(first), END_OF_TIME),
        (None, Some(_)) => Span::new(BEGINNING_OF_TIME, instant(last)),
        (Some(_), Some(_)) => Span::new(instant(first), instant(first + whole_periods)),
    }
}

fn find_cycle(rules: &[Recurring]) -> Option<Cycle> {
    let mut lengths = lengths_by_start(rules);
    // Whatever ends where nothing starts is no part of a cycle; nor is, then, what ends where only that started.
    loop {
        let starts: Vec<i64> = lengths.keys().copied().collect();
        let leads_on = |start: i64, length: i64| starts.binary_search(&(start + length).rem_euclid(WEEK)).is_ok();
        lengths.retain(|start, lengths| {
            lengths.retain(|length| leads_on(*start, *length));
            !lengths.is_empty()
        });
        if lengths.len() == starts.len() {
            break;
        }
    }
    // From every start left there is a way on; following it, one must come round.
    let length_at = |start: i64| lengths.get(&start).and_then(|lengths| lengths.first());
    let mut start = *lengths.first_key_value()?.0;
    for _ in 0..lengths.len() {
        start = (start + length_at(start)?).rem_euclid(WEEK);
    }
    let mut period = *length_at(start)?;
    while period.rem_euclid(WEEK) != 0 {
        period += length_at((start + period).rem_euclid(WEEK))?;
    }
    Some(Cycle { start, period })
}

/// Returns, of every weekly occurrence of wall-clock length: start (seconds from Monday 00:00) and length.
fn lengths_by_start(rules: &[Recurring]) -> BTreeMap<i64, Vec<i64>> {
    let mut lengths: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for rule in rules {
        let Days::Weekly(days) = &rule.days else {
            continue;
        };
        if rule.shape.mode == DurationMode::Elapsed {
            continue;
        }
        for weekday in (0..7).filter(|weekday| days.bits() & (1 << weekday) != 0) {
            let start = weekday * DAY + rule.shape.start;
            lengths.entry(start).or_default().push(rule.shape.length);
        }
    }
    lengths
}
