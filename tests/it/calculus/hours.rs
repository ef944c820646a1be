//! Hours in a range of time: what is cut and by whom, what a change makes of them, and the periods of a zone's calendar.

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;
use sla_monitor::calculus::cuts::CutSpan;
use sla_monitor::calculus::difference::{CoverageDifference, of_ordinary_week};
use sla_monitor::calculus::explain::{CutBy, cuts_within, explain};
use sla_monitor::calculus::period::{Period, PeriodKind};
use sla_monitor::calculus::span::{Span, intersections, merge, seconds_within, without};

use super::generate::{self, Case};
use super::oracle::{self, RuleSpec, WindowSpec};
use crate::support::zone;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The seconds of spans, of which none may overlap.
fn total(spans: &[Span]) -> i64 {
    spans.iter().map(Span::seconds).sum()
}

/// Rules alone, without exclusions.
fn only(window: &WindowSpec, zone: sla_monitor::zones::Zone, rules: &[RuleSpec], is_bound: bool) -> Vec<WindowSpec> {
    vec![WindowSpec {
        zone,
        from: window.from.filter(|_| is_bound),
        until: window.until.filter(|_| is_bound),
        rules: rules.to_vec(),
        excludes: Vec::new(),
        calendars: Vec::new(),
    }]
}

/// What the oracle says is cut: second by second, what a window includes, one of its excludes contains, and nothing covers.
fn expected_cuts(case: &Case, from: i64, to: i64) -> Vec<CutSpan> {
    let covered = oracle::spans(&case.windows, from, to);
    let mut cuts = Vec::new();
    for (part, window) in case.windows.iter().enumerate() {
        let included = oracle::spans(&only(window, window.zone, &window.rules, true), from, to);
        let own = (CutBy::Window, window.zone, &window.excludes);
        let calendars = window.calendars.iter().enumerate();
        let calendars = calendars.map(|(index, (zone, rules))| (CutBy::Exclusion(index), *zone, rules));
        for (by, zone, rules) in std::iter::once(own).chain(calendars) {
            let excluded = oracle::spans(&only(window, zone, rules, false), from, to);
            // The bounds of all three, between which nothing changes.
            let mut bounds: Vec<i64> = [&included, &excluded, &covered]
                .into_iter()
                .flatten()
                .flat_map(|span| [span.start, span.end])
                .collect();
            bounds.sort_unstable();
            let holds = |spans: &[Span], at: i64| spans.iter().any(|span| span.contains(at));
            let pieces = bounds.windows(2).filter_map(|pair| Span::new(pair[0], pair[1]));
            let pieces = pieces.filter(|piece| {
                holds(&included, piece.start) && holds(&excluded, piece.start) && !holds(&covered, piece.start)
            });
            cuts.extend(
                merge(pieces.collect())
                    .into_iter()
                    .map(|span| CutSpan { span, part, by }),
            );
        }
    }
    cuts.sort_unstable();
    cuts
}

proptest! {
    #![proptest_config(generate::config(80))]

    #[test]
    fn cuts_are_what_is_included_and_excluded_again(case in generate::case(), before in 0_i64..3_000_000, after in 1_i64..3_000_000) {
        let now = case.now();
        let (from, to) = (now - before, now + after);
        let hours = case.coverage(false).hours(from, to);
        prop_assert_eq!(&hours.spans, &oracle::spans(&case.windows, from, to));
        prop_assert_eq!(&hours.cuts, &expected_cuts(&case, from, to));
        prop_assert_eq!(case.coverage(true).hours(from, to), hours);
    }

    #[test]
    fn what_cuts_a_range_cuts_seconds_of_it(case in generate::case(), length in 1_i64..200_000) {
        let coverage = case.coverage(false);
        let range = Span { start: case.now(), end: case.now() + length };
        for (index, part) in coverage.parts().iter().enumerate() {
            let within = cuts_within(part, range);
            for cut in &within {
                let first = cut.occurrence.span.start.max(range.start);
                prop_assert!(range.contains(first));
                prop_assert!(explain(&coverage, first)[index].cuts.contains(cut));
            }
            for at in [range.start, range.start + length / 2, range.end - 1] {
                for cut in &explain(&coverage, at)[index].cuts {
                    prop_assert!(within.contains(cut));
                }
            }
        }
    }

    #[test]
    fn a_difference_is_that_of_the_spans((before, after) in generate::change(), length in 1_i64..8_000_000) {
        let (from, to) = (before.now(), before.now() + length);
        let (one, other) = (oracle::spans(&before.windows, from, to), oracle::spans(&after.windows, from, to));
        let (before, after) = (before.coverage(false), after.coverage(false));
        let difference = CoverageDifference::between(&before.spans(from, to), &after.spans(from, to));
        prop_assert_eq!((difference.before, difference.after), (total(&one), total(&other)));
        prop_assert_eq!(difference.seconds(), total(&other) - total(&one));
        let alone = without(&one, &other).into_iter().chain(without(&other, &one));
        prop_assert_eq!(difference.first, alone.map(|span| span.start).min());
        if let Some(first) = difference.first {
            prop_assert_ne!(before.covers(first), after.covers(first));
        }
    }

    #[test]
    fn spans_are_compared_second_by_second(one in spans(), other in spans(), range in (0_i64..60, 1_i64..60)) {
        let holds = |spans: &[Span], at: i64| spans.iter().any(|span| span.contains(at));
        let (common, left) = (intersections(&one, &other), without(&one, &other));
        for at in 0..70 {
            prop_assert_eq!(holds(&common, at), holds(&one, at) && holds(&other, at));
            prop_assert_eq!(holds(&left, at), holds(&one, at) && !holds(&other, at));
        }
        let range = Span { start: range.0, end: range.0 + range.1 };
        let inside = (range.start..range.end).filter(|at| holds(&one, *at)).count();
        prop_assert_eq!(seconds_within(&one, range), i64::try_from(inside).expect("few"));
    }

    #[test]
    fn periods_follow_one_another_without_a_hole(zone in generate::any_zone(), year in 1_950_i32..2_100, day in 1_u32..=365) {
        let date = NaiveDate::from_yo_opt(year, day).expect("a day of that year");
        for kind in [PeriodKind::Day, PeriodKind::Week, PeriodKind::Month, PeriodKind::Quarter, PeriodKind::Year] {
            let period = Period::containing(kind, date);
            prop_assert!(period.first() <= date && date <= period.last());
            let next = period.next().expect("not the last");
            prop_assert_eq!(next.previous(), Some(period));
            prop_assert_eq!(period.last().succ_opt(), Some(next.first()));
            if let (Some(span), Some(following)) = (period.span(zone), next.span(zone)) {
                prop_assert_eq!(span.end, following.start);
                let days = (period.last() - period.first()).num_days() + 1;
                prop_assert!((span.seconds() - days * DAY).abs() <= 25 * HOUR);
            }
        }
    }

    #[test]
    fn clock_changes_are_those_of_the_offsets(zone in generate::any_zone(), from in -500_000_000_i64..3_000_000_000, length in 0_i64..200_000_000) {
        let to = from + length;
        let found: Vec<i64> = zone.clock_changes(from, to).map(|change| change.at).collect();
        let mut expected = oracle::clock(zone).changes();
        expected.retain(|at| (from..to).contains(at));
        prop_assert_eq!(found, expected);
        for change in zone.clock_changes(from, to) {
            prop_assert_eq!(change.before, zone.offset_at(change.at - 1));
            prop_assert_eq!(change.after, zone.offset_at(change.at));
        }
    }
}

/// A few maximal spans between 0 and 66.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    let span = (0_i64..60, 1_i64..7).prop_map(|(start, length)| Span {
        start,
        end: start + length,
    });
    proptest::collection::vec(span, 0..8).prop_map(merge)
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

#[test]
fn local_days_have_the_hours_of_their_clock() {
    let cases = [
        ("Europe/Berlin", (2026, 3, 29), Some(23 * HOUR)),
        ("Europe/Berlin", (2026, 10, 25), Some(25 * HOUR)),
        ("Europe/Berlin", (2026, 10, 26), Some(24 * HOUR)),
        ("Australia/Lord_Howe", (2026, 4, 5), Some(24 * HOUR + HOUR / 2)),
        ("Australia/Lord_Howe", (2026, 10, 4), Some(24 * HOUR - HOUR / 2)),
        ("Africa/Cairo", (2026, 4, 24), Some(23 * HOUR)),
        ("Asia/Kathmandu", (1986, 1, 1), Some(24 * HOUR - HOUR / 4)),
        ("Asia/Kathmandu", (2026, 10, 25), Some(24 * HOUR)),
        ("Pacific/Apia", (2011, 12, 30), None),
    ];
    for (name, (year, month, day), seconds) in cases {
        let period = Period::containing(PeriodKind::Day, date(year, month, day));
        let span = period.span(zone(name));
        assert_eq!(span.map(|span| span.seconds()), seconds, "{name} {year}-{month}-{day}");
    }
    // The day that begins at 01:00, because its midnight is skipped.
    let cairo = zone("Africa/Cairo");
    let start = cairo.start_of_day(date(2026, 4, 24));
    assert_eq!(cairo.local_at(start).to_string(), "2026-04-24 01:00:00");
}

#[test]
fn periods_begin_where_calendars_say() {
    let cases = [
        (
            PeriodKind::Week,
            date(2026, 11, 29),
            date(2026, 11, 23),
            date(2026, 11, 29),
        ),
        (PeriodKind::Week, date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        (
            PeriodKind::Month,
            date(2028, 2, 29),
            date(2028, 2, 1),
            date(2028, 2, 29),
        ),
        (
            PeriodKind::Quarter,
            date(2026, 11, 29),
            date(2026, 10, 1),
            date(2026, 12, 31),
        ),
        (
            PeriodKind::Quarter,
            date(2026, 1, 31),
            date(2026, 1, 1),
            date(2026, 3, 31),
        ),
        (
            PeriodKind::Year,
            date(2026, 11, 29),
            date(2026, 1, 1),
            date(2026, 12, 31),
        ),
        (
            PeriodKind::Day,
            date(2026, 11, 29),
            date(2026, 11, 29),
            date(2026, 11, 29),
        ),
    ];
    for (kind, at, first, last) in cases {
        let period = Period::containing(kind, at);
        assert_eq!((period.first(), period.last()), (first, last), "{kind:?} of {at}");
    }
}

#[test]
fn periods_end_with_the_calendar() {
    for kind in [
        PeriodKind::Day,
        PeriodKind::Week,
        PeriodKind::Month,
        PeriodKind::Quarter,
        PeriodKind::Year,
    ] {
        for end in [NaiveDate::MIN, NaiveDate::MAX] {
            let period = Period::containing(kind, end);
            assert!(period.first() <= end && end <= period.last());
            assert!(period.next().is_none() || period.previous().is_none());
            let _ = period.span(zone("Europe/Berlin"));
        }
    }
}

#[test]
fn days_of_a_range_are_those_that_have_a_part_in_it() {
    let apia = zone("Pacific/Apia");
    let from = apia.start_of_day(date(2011, 12, 29)) + HOUR;
    let to = apia.start_of_day(date(2012, 1, 1)) + 1;
    let days = Period::between(PeriodKind::Day, apia, from, to);
    let days: Vec<u32> = days.map(|(day, _)| day.first().day()).collect();
    assert_eq!(days, [29, 31, 1]);
    assert_eq!(Period::between(PeriodKind::Day, apia, to, from).count(), 0);
    let berlin = zone("Europe/Berlin");
    let from = berlin.start_of_day(date(2026, 3, 28));
    let to = berlin.start_of_day(date(2026, 3, 31));
    let lengths = Period::between(PeriodKind::Day, berlin, from, to).map(|(_, span)| span.seconds() / HOUR);
    assert_eq!(lengths.collect::<Vec<i64>>(), [24, 23, 24]);
}

#[test]
fn clocks_are_changed_on_the_nights_that_people_know() {
    let nights = |name: &str, year: i32| -> Vec<(String, i64)> {
        let zone = zone(name);
        let (from, to) = (
            zone.start_of_day(date(year, 1, 1)),
            zone.start_of_day(date(year + 1, 1, 1)),
        );
        let changes = zone.clock_changes(from, to);
        changes
            .map(|change| (change.date(zone).to_string(), change.forward() / 60))
            .collect()
    };
    let expected =
        |first: &str, forward: i64, second: &str| vec![(first.to_owned(), forward), (second.to_owned(), -forward)];
    assert_eq!(nights("Europe/Berlin", 2026), expected("2026-03-29", 60, "2026-10-25"));
    assert_eq!(
        nights("Australia/Lord_Howe", 2026),
        expected("2026-04-05", -30, "2026-10-04")
    );
    assert_eq!(nights("Africa/Cairo", 2026), expected("2026-04-23", 60, "2026-10-29"));
    assert!(nights("Asia/Kathmandu", 2026).is_empty());
    assert_eq!(nights("Asia/Kathmandu", 1986), [("1985-12-31".to_owned(), 15)]);
    assert!(nights("UTC", 2026).is_empty());
    assert_eq!(zone("Europe/Berlin").clock_changes(i64::MIN, -3_000_000_000).count(), 0);
    assert_eq!(zone("Europe/Berlin").clock_changes(i64::MAX - 1, i64::MAX).count(), 0);
}

#[test]
fn an_ordinary_week_is_the_one_that_most_weeks_are() {
    let week = |index: i64| Span {
        start: index * 7 * DAY,
        end: (index + 1) * 7 * DAY,
    };
    let weeks: Vec<Span> = (0..5).map(week).collect();
    let hours = |index: i64, hours: i64| Span {
        start: week(index).start,
        end: week(index).start + hours * HOUR,
    };
    let before: Vec<Span> = (0..5).map(|index| hours(index, 10)).collect();
    let after = [hours(0, 9), hours(1, 9), hours(2, 10), hours(3, 9), hours(4, 2)];
    assert_eq!(of_ordinary_week(&before, &after, &weeks), Some(-HOUR));
    // Of two that are as frequent, the larger one.
    assert_eq!(of_ordinary_week(&before[..4], &after[1..3], &weeks[1..3]), Some(-HOUR));
    assert_eq!(of_ordinary_week(&before, &after, &[]), None);
}
