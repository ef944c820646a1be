//! A few worked examples of the answers that are more than five numbers: explanations and warnings.

use sla_monitor::calculus::civil::{
    DurationMode, OccurrenceLength, WeekdaySet, parse_date, parse_date_time, parse_time,
};
use sla_monitor::calculus::coverage::{Coverage, CoveragePart, CoverageValues};
use sla_monitor::calculus::explain::{CutBy, MissReason, explain};
use sla_monitor::calculus::lint;
use sla_monitor::calculus::recurrence::Recurrence;
use sla_monitor::calculus::rule::{Rule, Schedule};
use sla_monitor::calculus::skip::SkipOutcome;
use sla_monitor::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use sla_monitor::zones::{Resolution, Zone};

fn berlin_zone() -> Zone {
    crate::support::zone("Europe/Berlin")
}

fn schedule(start: &str, hours: i64, mode: DurationMode) -> Schedule {
    Schedule {
        start: parse_time(start).expect("a time"),
        length: OccurrenceLength::new(hours * 3_600, mode).expect("a length"),
    }
}

fn weekly(days: &str, start: &str, hours: i64) -> Rule {
    Rule::Weekly {
        days: WeekdaySet::parse(days.split(',')).expect("weekdays"),
        schedule: schedule(start, hours, DurationMode::Wall),
    }
}

fn recurring(text: &str) -> Rule {
    Rule::Recurring {
        recurrence: Recurrence::parse(text, None).expect("a rule"),
        schedule: schedule("00:00", 24, DurationMode::Wall),
    }
}

fn definition(rules: Vec<Rule>, excludes: Vec<Rule>) -> WindowDefinition {
    WindowDefinition {
        timezone: berlin_zone(),
        valid_from: None,
        valid_until: None,
        rules,
        excludes,
    }
}

fn part(rules: Vec<Rule>, excludes: Vec<Rule>) -> CoveragePart {
    CoveragePart {
        window: CompiledWindow::compile(definition(rules, excludes)).into(),
        exclusions: Vec::new(),
    }
}

fn berlin(local: &str) -> i64 {
    berlin_zone().resolve(parse_date_time(local).expect("a local time"))
}

const EVERY_DAY: &str = "MO,TU,WE,TH,FR,SA,SU";

#[test]
fn an_explanation_names_what_includes_and_what_cuts() {
    let office = weekly("MO,TU,WE,TH,FR", "09:00", 8);
    let night = weekly("FR", "22:00", 8);
    let mut part = part(vec![office, night], vec![weekly("FR", "12:00", 1)]);
    let holidays = Rule::dates(
        vec![parse_date("2025-03-01").expect("a date")],
        schedule("00:00", 24, DurationMode::Wall),
    );
    let holidays = Exclusion::compile(berlin_zone(), vec![holidays.expect("a rule")]);
    part.exclusions.push(holidays.into());
    let coverage = Coverage::new(vec![part]);
    let at = |local| explain(&coverage, berlin(local)).remove(0);

    let working = at("2025-02-28T09:00");
    assert!(working.is_covered());
    assert_eq!(working.inclusions[0].rule, 0);
    assert_eq!(working.inclusions[0].occurrence.span.end, berlin("2025-02-28T17:00"));

    let lunch = at("2025-02-28T12:30");
    assert!(!lunch.is_covered());
    assert_eq!((lunch.cuts[0].by, lunch.cuts[0].rule), (CutBy::Window, 0));

    // Friday's night is still on when the holiday begins on Saturday.
    let night = at("2025-03-01T03:00");
    assert!(!night.is_covered());
    assert_eq!(night.inclusions[0].rule, 1);
    assert_eq!(night.inclusions[0].occurrence.span.start, berlin("2025-02-28T22:00"));
    assert_eq!(night.cuts[0].by, CutBy::Exclusion(0));

    let outside = at("2025-02-28T17:00");
    assert!(outside.inclusions.is_empty() && outside.cuts.is_empty() && !outside.is_covered());
}

#[test]
fn an_explanation_says_how_local_times_were_resolved() {
    let elapsed = Rule::Weekly {
        days: WeekdaySet::parse(["SU"]).expect("weekdays"),
        schedule: schedule("02:30", 2, DurationMode::Elapsed),
    };
    let coverage = Coverage::new(vec![part(vec![elapsed, weekly("SU", "02:00", 2)], Vec::new())]);
    let inclusions = explain(&coverage, berlin("2025-03-30T03:45")).remove(0).inclusions;
    let (elapsed, wall) = (inclusions[0].occurrence, inclusions[1].occurrence);

    assert_eq!(elapsed.start_resolution, Resolution::Gap);
    assert_eq!(elapsed.start_local.to_string(), "2025-03-30 02:30:00");
    assert_eq!(elapsed.end_resolution, None);
    assert_eq!(elapsed.end_local.to_string(), "2025-03-30 05:30:00");
    assert_eq!(wall.start_resolution, Resolution::Gap);
    assert_eq!(wall.end_resolution, Some(Resolution::Exact));
    assert_eq!(wall.end_local.to_string(), "2025-03-30 04:00:00");
    assert_eq!(wall.span.seconds(), 3_600);
}

#[test]
fn definitions_that_are_probably_not_meant_are_found() {
    let now = berlin("2025-01-01T00:00");
    let rules = vec![
        recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        weekly("SU", "02:30", 2),
    ];
    assert_eq!(lint::never_cutting(berlin_zone(), &rules, now), [0]);
    let mut definition = definition(rules, Vec::new());
    assert_eq!(lint::never_firing(&definition, now), [0]);

    let skips = lint::skips(&definition, now);
    let dates = skips.iter().map(|skip| (skip.rule, skip.start.date().to_string()));
    let expected = [(2, "2025-03-30".to_owned()), (2, "2026-03-29".to_owned())];
    assert_eq!(dates.collect::<Vec<_>>(), expected);

    definition.valid_until = parse_date("2025-03-30").ok();
    assert_eq!(lint::skips(&definition, now).len(), 1);
    definition.valid_from = definition.valid_until;
    assert_eq!(lint::never_firing(&definition, now), [0, 1]);
}

#[test]
fn what_becomes_of_an_occurrence_that_the_clock_skips_is_judged() {
    let now = berlin("2027-01-01T00:00");
    let minutes = |start: &str, minutes: i64, mode| Rule::Weekly {
        days: WeekdaySet::parse(["SU"]).expect("weekdays"),
        schedule: Schedule {
            start: parse_time(start).expect("a time"),
            length: OccurrenceLength::new(minutes * 60, mode).expect("a length"),
        },
    };
    let local = |text: &str| parse_date_time(text).expect("a local time");
    let starts = |at: &str, longer_s| SkipOutcome::Starts {
        at: local(&format!("2027-03-28T{at}")),
        longer_s,
    };
    let ends = |planned: &str, at: &str, longer_s| SkipOutcome::Ends {
        planned: local(&format!("2027-03-28T{planned}")),
        at: local(&format!("2027-03-28T{at}")),
        longer_s,
    };
    let cases = [
        // The clock in Berlin goes from 02:00 to 03:00.
        (minutes("02:00", 60, DurationMode::Wall), Some(SkipOutcome::Dropped)),
        (minutes("02:30", 30, DurationMode::Wall), Some(SkipOutcome::Dropped)),
        (minutes("02:00", 60, DurationMode::Elapsed), Some(starts("03:00", 0))),
        (minutes("02:15", 30, DurationMode::Wall), Some(starts("03:15", 0))),
        (minutes("02:30", 90, DurationMode::Wall), Some(starts("03:30", -3_600))),
        (minutes("02:00", 120, DurationMode::Wall), Some(starts("03:00", -3_600))),
        (
            minutes("01:30", 60, DurationMode::Wall),
            Some(ends("02:30", "03:30", 0)),
        ),
        (minutes("01:30", 30, DurationMode::Wall), None),
        (minutes("01:30", 60, DurationMode::Elapsed), None),
        (minutes("01:30", 90, DurationMode::Wall), None),
        (minutes("03:00", 60, DurationMode::Wall), None),
        // A week that ends in the gap began in the winter too; from the summer before, it is an hour longer.
        (
            Rule::once(local("2026-10-20T02:30"), local("2027-03-28T02:30")).expect("a rule"),
            Some(ends("02:30", "03:30", 3_600)),
        ),
        (
            Rule::once(local("2027-03-28T02:30"), local("2027-11-28T02:30")).expect("a rule"),
            Some(starts("03:30", 0)),
        ),
    ];
    for (rule, expected) in cases {
        let found = lint::skips(&definition(vec![rule.clone()], Vec::new()), now);
        let found = found
            .iter()
            .find(|skip| skip.start.date() <= local("2027-03-28T00:00").date());
        assert_eq!(found.map(|skip| skip.outcome), expected, "{rule:?}");
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn holes_of_a_minute_are_found() {
    let now = berlin("2027-01-01T12:00");
    let rule = |days: &str, start: &str, seconds: i64| Rule::Weekly {
        days: WeekdaySet::parse(days.split(',')).expect("weekdays"),
        schedule: Schedule {
            start: parse_time(start).expect("a time"),
            length: OccurrenceLength::new(seconds, DurationMode::Wall).expect("a length"),
        },
    };
    const MINUTE: i64 = 86_400 - 60;
    let cases = [
        (
            vec![rule(EVERY_DAY, "00:00", MINUTE)],
            vec![(0, "2027-01-01T23:59", 60)],
        ),
        (
            vec![rule(EVERY_DAY, "00:00", 86_399)],
            vec![(0, "2027-01-01T23:59:59", 1)],
        ),
        (vec![rule(EVERY_DAY, "00:00", 86_400)], vec![]),
        (vec![rule(EVERY_DAY, "00:00", MINUTE - 1)], vec![]),
        (
            vec![rule(EVERY_DAY, "06:00", MINUTE)],
            vec![(0, "2027-01-02T05:59", 60)],
        ),
        (vec![rule("MO", "00:00", MINUTE)], vec![]),
        (
            vec![rule("MO,WE", "00:00", MINUTE), rule("TU", "00:00", MINUTE)],
            vec![(0, "2027-01-04T23:59", 60), (1, "2027-01-05T23:59", 60)],
        ),
        // What another rule covers is no hole.
        (
            vec![rule(EVERY_DAY, "00:00", MINUTE), rule(EVERY_DAY, "23:00", 7_200)],
            vec![],
        ),
        (
            vec![
                Rule::dates(
                    ["2027-05-01", "2027-05-02", "2027-05-04"]
                        .map(|date| parse_date(date).expect("a date"))
                        .to_vec(),
                    schedule("00:00", 24, DurationMode::Wall),
                )
                .expect("dates"),
                Rule::dates(
                    ["2026-06-01", "2026-06-02", "2027-06-01", "2027-06-02"]
                        .map(|date| parse_date(date).expect("a date"))
                        .to_vec(),
                    Schedule {
                        start: parse_time("00:00").expect("a time"),
                        length: OccurrenceLength::new(MINUTE, DurationMode::Wall).expect("a length"),
                    },
                )
                .expect("dates"),
            ],
            vec![(1, "2027-06-01T23:59", 60)],
        ),
    ];
    for (rules, expected) in cases {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(rule, from, seconds)| (rule, parse_date_time(from).expect("a local time"), seconds))
            .collect();
        let brief = |hole: &lint::Hole| (hole.rule, hole.from, hole.seconds);
        let found = lint::minute_holes(&definition(rules.clone(), Vec::new()), now);
        assert_eq!(found.iter().map(brief).collect::<Vec<_>>(), expected, "{rules:?}");
        assert_eq!(lint::minute_holes_of_cuts(berlin_zone(), &rules, now), found);
    }
}

#[test]
fn what_lists_dates_has_a_last_one() {
    let once = |start, end| {
        let local = |text| parse_date_time(text).expect("a local time");
        Rule::once(local(start), local(end)).expect("a rule")
    };
    let dates = |dates: &[&str]| {
        let dates = dates.iter().map(|date| parse_date(date).expect("a date")).collect();
        Rule::dates(dates, schedule("22:00", 8, DurationMode::Wall)).expect("dates")
    };
    let cases = [
        (vec![], None),
        (vec![weekly("MO", "09:00", 8)], None),
        (
            vec![weekly("MO", "09:00", 8), dates(&["2027-05-01"])],
            Some("2027-05-01"),
        ),
        (vec![dates(&["2027-05-01", "2026-05-01"])], Some("2027-05-01")),
        (vec![once("2027-05-01T00:00", "2027-05-03T00:00")], Some("2027-05-02")),
        (
            vec![once("2027-05-01T00:00", "2027-05-03T00:00:01")],
            Some("2027-05-03"),
        ),
    ];
    for (rules, expected) in cases {
        assert_eq!(
            lint::last_date(&rules).map(|date| date.to_string()).as_deref(),
            expected,
            "{rules:?}"
        );
    }
    let mut listed = definition(vec![dates(&["2027-05-01", "2027-05-09"])], Vec::new());
    assert_eq!(lint::last_end(&listed), Some(berlin("2027-05-10T06:00")));
    listed.valid_until = parse_date("2027-05-08").ok();
    assert_eq!(lint::last_end(&listed), Some(berlin("2027-05-02T06:00")));
    listed.rules.push(weekly("MO", "09:00", 8));
    assert_eq!(lint::last_end(&listed), None);
    assert_eq!(lint::last_end(&definition(Vec::new(), Vec::new())), None);
}

#[test]
fn an_explanation_names_the_rules_that_a_changed_clock_keeps_from_holding() {
    let coverage = Coverage::new(vec![part(
        vec![weekly("SU", "02:00", 1), weekly("SU", "02:30", 3)],
        Vec::new(),
    )]);
    let misses = |at: &str| -> Vec<(usize, MissReason)> {
        let at = chrono::DateTime::parse_from_rfc3339(at)
            .expect("an instant")
            .timestamp();
        let explanation = explain(&coverage, at).remove(0);
        explanation.misses.iter().map(|miss| (miss.rule, miss.reason)).collect()
    };
    let local = |text: &str| parse_date_time(text).expect("a local time");
    let dropped = (
        0,
        MissReason::Skipped {
            start: local("2027-03-28T02:00"),
            outcome: SkipOutcome::Dropped,
        },
    );
    let shifted = (
        1,
        MissReason::Skipped {
            start: local("2027-03-28T02:30"),
            outcome: SkipOutcome::Starts {
                at: local("2027-03-28T03:30"),
                longer_s: -3_600,
            },
        },
    );
    assert_eq!(misses("2027-03-28T01:59:59+01:00"), []);
    assert_eq!(misses("2027-03-28T03:00:00+02:00"), [dropped, shifted]);
    assert_eq!(misses("2027-03-28T03:30:00+02:00"), [dropped]);
    assert_eq!(misses("2027-03-28T03:59:59+02:00"), [dropped]);
    assert_eq!(misses("2027-03-28T04:00:00+02:00"), []);
    assert_eq!(misses("2027-03-21T02:15:00+01:00"), []);

    // In the night that is an hour longer, 02:15 comes twice; the first rule holds at 02:00 for an hour on the clock, which is two.
    let short = Coverage::new(vec![part(
        vec![Rule::Weekly {
            days: WeekdaySet::parse(["SU"]).expect("weekdays"),
            schedule: Schedule {
                start: parse_time("02:00").expect("a time"),
                length: OccurrenceLength::new(1_800, DurationMode::Wall).expect("a length"),
            },
        }],
        Vec::new(),
    )]);
    let misses = |at: &str| {
        let at = chrono::DateTime::parse_from_rfc3339(at)
            .expect("an instant")
            .timestamp();
        explain(&short, at).remove(0).misses
    };
    assert_eq!(misses("2027-10-31T02:15:00+02:00"), []);
    let second = misses("2027-10-31T02:15:00+01:00");
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].reason, MissReason::SecondShowing(local("2027-10-31T02:15")));
    assert_eq!((second[0].cut, second[0].rule), (None, 0));
    assert_eq!(misses("2027-10-31T02:45:00+01:00"), []);
}

#[test]
fn an_explanation_names_what_carries_an_occurrence_on() {
    let coverage = Coverage::new(vec![
        part(vec![weekly("MO", "08:00", 4), weekly("MO", "12:00", 6)], Vec::new()),
        part(vec![weekly("MO", "17:00", 3)], vec![weekly("MO", "19:00", 1)]),
    ]);
    let carried = |at: &str, index: usize| {
        let explanation = explain(&coverage, berlin(at)).remove(index);
        explanation.inclusions[0].carried_on.map(|next| (next.part, next.rule))
    };
    assert_eq!(carried("2027-03-01T09:00", 0), Some((0, 1)));
    assert_eq!(carried("2027-03-01T12:00", 0), Some((1, 0)));
    assert_eq!(carried("2027-03-01T18:30", 1), None);
}

#[test]
fn a_window_is_swallowed_only_if_there_was_something_to_swallow() {
    let now = berlin("2025-01-01T00:00");
    let office = || vec![weekly("MO,TU", "09:00", 8)];
    let swallowed = |rules, excludes| lint::is_swallowed(&part(rules, excludes), now);
    assert!(swallowed(office(), vec![weekly(EVERY_DAY, "00:00", 24)]));
    assert!(swallowed(office(), vec![weekly("MO,TU", "08:00", 10)]));
    assert!(!swallowed(office(), vec![weekly("MO", "08:00", 10)]));
    assert!(!swallowed(Vec::new(), vec![weekly(EVERY_DAY, "00:00", 24)]));
}

#[test]
fn round_the_clock_is_found_in_whatever_way_it_is_written() {
    let ways = [
        vec![weekly(EVERY_DAY, "00:00", 24)],
        vec![weekly(EVERY_DAY, "06:00", 12), weekly(EVERY_DAY, "18:00", 12)],
        vec![weekly("MO", "00:00", 5 * 24), weekly("SA", "00:00", 48)],
        vec![weekly("WE", "02:30", 7 * 24)],
        vec![recurring("FREQ=DAILY"), weekly("MO", "09:00", 8)],
    ];
    let always = CoverageValues {
        in_window: true,
        ..CoverageValues::default()
    };
    for rules in ways {
        let coverage = Coverage::new(vec![part(rules, Vec::new())]);
        assert_eq!(coverage.values(berlin("2025-03-30T03:00")), always);
    }
}

#[test]
fn recurring_service_is_as_old_as_the_calendar() {
    let coverage = Coverage::new(vec![part(vec![weekly(EVERY_DAY, "00:00", 24)], Vec::new())]);
    let (first, last) = (-30_610_224_000, 284_959_123_200 - 86_400 * 365);
    assert!(!coverage.values(first - 1).in_window);
    assert_eq!(coverage.values(first).last_start, Some(first));
    assert!(coverage.values(last).in_window);
}

/// The last cut that the second window knows, in either direction, reaches the horizon and so goes on for ever; reading
/// on from a one-off farther away must not lose it.
#[test]
fn a_cut_that_reaches_the_horizon_lasts() {
    let local = |text| parse_date_time(text).expect("a local time");
    let day = |start, end| Rule::once(local(start), local(end)).expect("a rule");
    let far = vec![
        day("2085-01-01T00:00", "2085-01-02T00:00"),
        day("1965-01-01T00:00", "1965-01-02T00:00"),
    ];
    let march = Rule::Recurring {
        recurrence: Recurrence::parse("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", None).expect("a rule"),
        schedule: schedule("00:00", 31 * 24, DurationMode::Wall),
    };
    let always = || vec![weekly(EVERY_DAY, "00:00", 24)];
    let coverage = Coverage::new(vec![part(always(), far), part(always(), vec![march])]);
    let values = coverage.values(berlin("2025-03-15T00:00"));
    assert_eq!(values.next_end, Some(berlin("2085-01-01T00:00")));
    assert_eq!(values.next_start, Some(berlin("2085-01-02T00:00")));
    assert_eq!(values.last_end, Some(berlin("1965-01-01T00:00")));
    assert_eq!(values.last_start, Some(berlin("1965-01-02T00:00")));
}

#[test]
fn what_is_swallowed_one_by_one_is_not_looked_through_for_ever() {
    // Every two days fifty times five minutes, each cut by an exclude of its own: in fifty years more than 450,000 of them.
    let rules: Vec<Rule> = (0..50)
        .map(|number| Rule::Recurring {
            recurrence: Recurrence::parse("FREQ=DAILY;INTERVAL=2", parse_date("2026-01-01").ok()).expect("a rule"),
            schedule: Schedule {
                start: parse_time(&format!("{:02}:{:02}", number / 6, number % 6 * 10)).expect("a time"),
                length: OccurrenceLength::new(300, DurationMode::Elapsed).expect("a length"),
            },
        })
        .collect();
    let part = CoveragePart {
        window: CompiledWindow::compile(definition(rules.clone(), rules)).into(),
        exclusions: Vec::new(),
    };
    assert!(lint::is_swallowed(&part, 1_800_000_000));
    assert_eq!(
        Coverage::new(vec![part]).values(1_800_000_000),
        CoverageValues::default()
    );
}
