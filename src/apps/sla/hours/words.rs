//! Hours in words.

use crate::admin::dates;
use crate::apps::sla::rule::describe::lasting;
use crate::calculus::civil::format_time;
use crate::calculus::span::Span;
use crate::zones::{ClockChange, Zone};

/// Seconds of a week without a change of the clock.
pub const WEEK: i64 = 7 * 86_400;
/// How far ahead hours are compared where they are said to differ within a year, in seconds: 53 weeks, so that any rule of a year is in it.
pub const YEAR: i64 = 53 * WEEK;

/// The most spans of a day that are named one by one.
const SPANS_SHOWN: usize = 4;

/// Returns a number of seconds as `650 h`, `3 h 45 min`, `0 h`.
#[must_use]
pub fn length(seconds: i64) -> String {
    match seconds {
        0 => "0 h".to_owned(),
        1.. => lasting(seconds),
        _ => format!("−{}", lasting(seconds.saturating_neg())),
    }
}

/// Seconds from which on seconds are left out of short lengths: ten hours.
const SHORT_FROM: i64 = 10 * 3_600;

/// Returns a number of seconds as [`length`] does, without seconds beside many hours: `743 h 25 min`.
#[must_use]
pub fn short_length(seconds: i64) -> String {
    match seconds.abs() >= SHORT_FROM {
        true => length(seconds - seconds % 60),
        false => length(seconds),
    }
}

/// Returns a difference as `+3 h 45 min`, `−1 h`, `0 h`.
#[must_use]
pub fn difference(seconds: i64) -> String {
    match seconds {
        1.. => format!("+{}", length(seconds)),
        _ => length(seconds),
    }
}

/// Returns what hours have more or less, in an ordinary week or else in the time that was compared, and since when: `−1 h a week from Fri 4
/// Dec`, `+24 h within a year, first on Fri 25 Dec`.
#[must_use]
pub fn change(week: i64, all: i64, within: &str, first: &str) -> String {
    match (week, all) {
        (0, 0) => format!("as many hours, at other times, first on {first}"),
        (0, all) => format!("{} within {within}, first on {first}", difference(all)),
        (week, _) => format!("{} a week from {first}", difference(week)),
    }
}

/// Returns times of day within a local day as `08:00–12:00, 13:00–18:00`; the day's end is 24:00.
#[must_use]
pub fn times(spans: &[Span], day: Span, zone: Zone) -> String {
    let end = |at: i64| match at == day.end {
        true => "24:00".to_owned(),
        false => format_time(zone.local_at(at).time()),
    };
    let shown = spans.iter().take(SPANS_SHOWN);
    let mut shown: Vec<String> = shown
        .map(|span| format!("{}–{}", format_time(zone.local_at(span.start).time()), end(span.end)))
        .collect();
    if spans.len() > SPANS_SHOWN {
        shown.push(format!("and {} more", spans.len() - SPANS_SHOWN));
    }
    shown.join(", ")
}

/// Returns `the clocks in Europe/Berlin go back 1 h at 03:00 on Sun 25 Oct 2026`.
#[must_use]
pub fn clock_change(change: &ClockChange, zone: Zone) -> String {
    clock_change_in_tense(change, zone, false)
}

/// Returns what [`clock_change`] does; of a past change that the clocks went.
#[must_use]
pub fn clock_change_in_tense(change: &ClockChange, zone: Zone, is_past: bool) -> String {
    let verb = if is_past { "went" } else { "go" };
    let direction = if change.forward() < 0 { "back" } else { "forward" };
    // What the clock would show at the change without it.
    let local = crate::zones::from_seconds(change.at.saturating_add(change.before));
    format!(
        "the clocks in {zone} {verb} {direction} {} at {} on {}",
        lasting(change.forward().abs()),
        format_time(local.time()),
        dates::day(local.date())
    )
}
