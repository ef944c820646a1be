//! Made-up windows, and moments at which something might go wrong.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::RngSeed;
use sla_monitor::calculus::civil::{DurationMode, OccurrenceLength, WeekdaySet};
use sla_monitor::calculus::coverage::{Coverage, CoveragePart};
use sla_monitor::calculus::recurrence::Recurrence;
use sla_monitor::calculus::rule::{Rule, Schedule};
use sla_monitor::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use sla_monitor::zones::Zone;

use super::oracle::{self, RuleSpec, Shape, WindowSpec};
use crate::support::zone;

/// Zones that differ in hemisphere, in the size of the step, in its hour (midnight in Cairo and Havana), in sign (Dublin,
/// Casablanca), in never changing, and in leaving out a whole day (Apia).
pub(super) const ZONES: [&str; 17] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Europe/Dublin",
    "America/St_Johns",
    "Asia/Tehran",
];

/// Draws the same cases in every run: a test that fails now and then is one that is not believed.
pub(super) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(5545),
        max_shrink_iters: 2_000,
        ..ProptestConfig::default()
    }
}

/// When a case is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    At(i64),
    /// So many seconds from a change of the first window's clock.
    NearChange(usize, i64),
    /// So many seconds from one of the four transitions around an instant.
    NearTransition(i64, u8, i64),
}

/// Windows and a moment.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) windows: Vec<WindowSpec>,
    pub(super) moment: Moment,
}

impl Case {
    /// The instant meant.
    pub(super) fn now(&self) -> i64 {
        match self.moment {
            Moment::At(instant) => instant,
            Moment::NearChange(index, distance) => {
                let zone = self
                    .windows
                    .first()
                    .map_or_else(|| zone("Europe/Berlin"), |window| window.zone);
                let mut changes = oracle::clock(zone).changes();
                changes.retain(|change| (-500_000_000..5_500_000_000).contains(change));
                let chosen = index.checked_rem(changes.len()).map_or(0, |index| changes[index]);
                chosen + distance
            }
            Moment::NearTransition(instant, which, distance) => {
                let values = oracle::values(&self.windows, instant);
                let transition = match which {
                    0 => values.last_start,
                    1 => values.last_end,
                    2 => values.next_start,
                    _ => values.next_end,
                };
                transition.unwrap_or(instant) + distance
            }
        }
    }

    /// The coverage to test; `plainly` without the search for rules that leave no hole.
    pub(super) fn coverage(&self, plainly: bool) -> Coverage {
        let part = |window: &WindowSpec| {
            let calendars = window.calendars.iter();
            let definition = WindowDefinition {
                timezone: window.zone,
                valid_from: window.from,
                valid_until: window.until,
                rules: window.rules.iter().map(rule).collect(),
                excludes: window.excludes.iter().map(rule).collect(),
            };
            CoveragePart {
                window: match plainly {
                    true => CompiledWindow::compile_plainly(definition),
                    false => CompiledWindow::compile(definition),
                }
                .into(),
                exclusions: calendars
                    .map(|(zone, rules)| Exclusion::compile(*zone, rules.iter().map(rule).collect()).into())
                    .collect(),
            }
        };
        Coverage::new(self.windows.iter().map(part).collect())
    }
}

fn rule(spec: &RuleSpec) -> Rule {
    let local = |seconds| {
        let local = DateTime::from_timestamp(seconds, 0).expect("inside the calendar");
        local.naive_utc()
    };
    match spec {
        RuleSpec::Weekly(bits, shape) => Rule::Weekly {
            days: WeekdaySet::from_bits(*bits).expect("a set"),
            schedule: schedule(*shape),
        },
        RuleSpec::Recurring(text, anchor, shape) => Rule::Recurring {
            recurrence: Recurrence::parse(text, *anchor).expect("a rule"),
            schedule: schedule(*shape),
        },
        RuleSpec::Dates(dates, shape) => Rule::date_ranges(ranges(dates), schedule(*shape)).expect("some dates"),
        RuleSpec::Once(start, end) => Rule::once(local(*start), local(*end)).expect("in order"),
    }
}

/// Dates that follow each other in the list as ranges.
fn ranges(dates: &[NaiveDate]) -> Vec<(NaiveDate, NaiveDate)> {
    let runs = dates.chunk_by(|one, next| one.succ_opt() == Some(*next));
    runs.filter_map(|run| Some((*run.first()?, *run.last()?))).collect()
}

fn schedule(shape: Shape) -> Schedule {
    let mode = match shape.elapsed {
        true => DurationMode::Elapsed,
        false => DurationMode::Wall,
    };
    let seconds = u32::try_from(shape.start).expect("a time of day");
    Schedule {
        start: NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).expect("a time of day"),
        length: OccurrenceLength::new(shape.length, mode).expect("a length"),
    }
}

/// Up to four windows around a year, and a moment near it.
pub(super) fn case() -> impl Strategy<Value = Case> {
    (1_960_i32..2_140).prop_flat_map(|year| {
        let near = seconds(year, 1)..seconds(year, 12);
        let moment = prop_oneof![
            1 => near.clone().prop_map(Moment::At),
            2 => (any::<usize>(), -7_200_i64..=7_200).prop_map(|(index, distance)| Moment::NearChange(index, distance)),
            3 => (near, 0_u8..4, -1_i64..=1)
                .prop_map(|(instant, which, distance)| Moment::NearTransition(instant, which, distance)),
        ];
        let windows = prop_oneof![
            1 => Just(Vec::new()),
            20 => vec(window(year), 1),
            10 => vec(window(year), 2..=4),
        ];
        (windows, moment).prop_map(|(windows, moment)| Case { windows, moment })
    })
}

/// A coverage, and one or two of whose rules or windows are others.
pub(super) fn change() -> impl Strategy<Value = (Case, Case)> {
    (case(), case()).prop_map(|(before, other)| {
        let mut after = before.clone();
        match (after.windows.first_mut(), other.windows.first()) {
            (Some(window), Some(other)) => window.excludes.clone_from(&other.rules),
            _ => after.windows = other.windows,
        }
        (before, after)
    })
}

/// One of [`ZONES`].
pub(super) fn any_zone() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(zone)
}

fn seconds(year: i32, month: u32) -> i64 {
    let date = NaiveDate::from_ymd_opt(year, month, 1).expect("a date");
    i64::from(date.to_epoch_days()) * 86_400
}

fn date(year: i32, reach: i32) -> impl Strategy<Value = NaiveDate> {
    (year - reach..=year + reach, 1_u32..=366)
        .prop_filter_map("a day of that year", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

fn window(year: i32) -> impl Strategy<Value = WindowSpec> {
    let rules = prop_oneof![
        4 => vec(rule_spec(year), 1..=3),
        1 => round_the_clock(),
        1 => (round_the_clock(), rule_spec(year)).prop_map(|(mut rules, more)| {
            rules.push(more);
            rules
        }),
    ];
    let cuts = || prop_oneof![2 => Just(Vec::new()), 2 => vec(rule_spec(year), 1..=2), 1 => vec(rare(year), 1)];
    let bound = || option::weighted(0.15, date(year, 2));
    let calendar = (any_zone(), cuts());
    (any_zone(), bound(), bound(), rules, cuts(), vec(calendar, 0..=1)).prop_map(
        |(zone, from, until, rules, excludes, calendars)| WindowSpec {
            zone,
            from,
            until,
            rules,
            excludes,
            calendars,
        },
    )
}

/// Rules that together leave no hole.
fn round_the_clock() -> impl Strategy<Value = Vec<RuleSpec>> {
    let start = prop_oneof![Just(0), Just(9_000), 0_i64..86_400];
    (start, 1_i64..86_400, 1_u8..=6, 0..4).prop_map(|(start, length, days, kind)| {
        let shape = |start: i64, length| Shape {
            start: start.rem_euclid(86_400),
            length,
            elapsed: false,
        };
        match kind {
            0 => vec![RuleSpec::Weekly(127, shape(start, 86_400))],
            1 => vec![
                RuleSpec::Weekly(127, shape(start, length)),
                RuleSpec::Weekly(127, shape(start + length, 86_400 - length)),
            ],
            2 => vec![
                RuleSpec::Weekly(1, shape(start, i64::from(days) * 86_400)),
                RuleSpec::Weekly(1 << days, shape(start, i64::from(7 - days) * 86_400)),
            ],
            _ => vec![RuleSpec::Weekly(1 << days, shape(start, 14 * 86_400))],
        }
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let start = prop_oneof![
        2 => select(&[0, 1_800, 7_200, 9_000, 10_800, 79_200, 86_399][..]),
        1 => (0_i64..96).prop_map(|quarter| quarter * 900),
        1 => 0_i64..86_400,
    ];
    let length = prop_oneof![
        3 => select(&[1, 45, 1_800, 3_600, 7_200, 28_800, 43_200, 86_400, 90_000, 604_800, 2_678_400][..]),
        1 => 1_i64..200_000,
        1 => 1_i64..7_200,
    ];
    (start, length, prop::bool::weighted(0.3)).prop_map(|(start, length, elapsed)| Shape { start, length, elapsed })
}

fn rule_spec(year: i32) -> impl Strategy<Value = RuleSpec> {
    prop_oneof![
        4 => (prop_oneof![Just(127), Just(31), 1_u8..=127], shape())
            .prop_map(|(bits, shape)| RuleSpec::Weekly(bits, shape)),
        4 => recurring(),
        2 => rare(year),
    ]
}

fn recurring() -> impl Strategy<Value = RuleSpec> {
    (recurrence(), shape()).prop_map(|((text, anchor), shape)| RuleSpec::Recurring(text, anchor, shape))
}

/// Listed dates and one-offs, the latter sometimes beyond the horizon of recurring rules.
fn rare(year: i32) -> impl Strategy<Value = RuleSpec> {
    let once = (
        prop_oneof![4 => date(year, 2), 1 => date(year, 90)],
        shape(),
        1_i64..8_000_000,
    );
    prop_oneof![
        (
            vec((date(year, 2), prop_oneof![2 => Just(1), 1 => 2_usize..=12]), 1..=6),
            shape()
        )
            .prop_map(|(runs, shape)| {
                let days = runs.into_iter().flat_map(|(first, days)| first.iter_days().take(days));
                RuleSpec::Dates(days.collect(), shape)
            }),
        once.prop_map(|(date, shape, length)| {
            let start = i64::from(date.to_epoch_days()) * 86_400 + shape.start;
            // The calendar of rules begins with 1900.
            let start = start.max(-2_208_988_800);
            RuleSpec::Once(start, start + length)
        }),
    ]
}

/// The text of a recurrence rule and its anchor.
pub(super) fn recurrence() -> impl Strategy<Value = (String, Option<NaiveDate>)> {
    let frequency = select(&["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][..]);
    let months = option::weighted(0.3, subsequence((1..=12).collect::<Vec<i32>>(), 1..=4));
    let month_day = prop_oneof![1_i32..=31, -31_i32..=-1];
    let month_days = option::weighted(0.4, vec(month_day, 1..=5));
    let position = prop_oneof![3 => -3_i32..=3, 1 => -31_i32..=31].prop_filter("not 0", |place| *place != 0);
    let positions = option::weighted(0.3, vec(position, 1..=3));
    let weekday = (0_usize..7, prop_oneof![Just(0_i32), -5..=5]);
    let weekdays = option::weighted(0.5, vec(weekday, 1..=4));
    let week_start = option::weighted(0.3, 0_usize..7);
    let interval = prop_oneof![6 => Just(1), 3 => 2_i32..=5, 1 => 6_i32..=999];
    let anchor = option::weighted(0.5, date(2_010, 40));
    (
        frequency, interval, months, month_days, weekdays, positions, week_start, anchor,
    )
        .prop_map(
            |(frequency, interval, months, month_days, weekdays, positions, week_start, anchor)| {
                let interval = if anchor.is_some() { interval } else { 1 };
                let month_days = month_days.filter(|_| frequency != "WEEKLY");
                let numbered = frequency == "MONTHLY" || (frequency == "YEARLY" && months.is_some());
                let chosen = months.is_some() || month_days.is_some() || weekdays.is_some();
                let one_month = months.as_ref().is_some_and(|months| months.len() == 1);
                let placed = frequency == "MONTHLY" || (frequency == "YEARLY" && one_month);
                let positions = positions.filter(|_| placed && chosen);
                let code = |weekday: usize| ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][weekday];
                let weekday = |(weekday, ordinal): &(usize, i32)| match ordinal {
                    0 => code(*weekday).to_owned(),
                    _ if !numbered => code(*weekday).to_owned(),
                    ordinal => format!("{ordinal}{}", code(*weekday)),
                };
                let list = |numbers: Vec<i32>| numbers.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
                let weekdays = weekdays.map(|days| days.iter().map(weekday).collect::<Vec<_>>().join(","));
                let parts = [
                    ("BYDAY", weekdays),
                    ("BYMONTH", months.map(list)),
                    ("BYSETPOS", positions.map(list)),
                    ("BYMONTHDAY", month_days.map(list)),
                    ("WKST", week_start.map(|weekday| code(weekday).to_owned())),
                ];
                let mut text = format!("FREQ={frequency};INTERVAL={interval}");
                for (name, value) in parts {
                    text.extend(value.map(|value| format!(";{name}={value}")));
                }
                (text, anchor)
            },
        )
}

/// Every day of some years around the given one.
pub(super) fn days_around(year: i32, reach: i32) -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year - reach, 1, 1).expect("a date");
    first.iter_days().take_while(move |date| date.year() <= year + reach)
}
