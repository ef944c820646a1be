//! When civil days begin, in zones whose clocks skip midnight, show it twice, or skip a whole day.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use sla_monitor::zones::{Resolution, Zone, Zones};

/// How far before its beginning a day is looked for, in half hours: longer than any gap or fold.
const BEFORE: i64 = 60;

fn zone(name: &str) -> Zone {
    Zones::built_in().get(name).expect("it is a zone")
}

/// The instant at which a day begins, as RFC 3339 in UTC.
fn begins(zone_name: &str, day: &str) -> String {
    let day: NaiveDate = day.parse().expect("a date");
    let instant = DateTime::from_timestamp(zone(zone_name).start_of_day(day), 0).expect("it is within the calendar");
    instant.format("%Y-%m-%dT%H:%MZ").to_string()
}

#[test]
fn a_day_without_midnight_begins_where_the_gap_ends() {
    let cases = [
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z"),
        ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00Z"),
        ("Africa/Cairo", "2023-04-28", "2023-04-27T22:00Z"),
        // The clock goes from 23:30 to 00:30 and back.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30Z"),
        // The day does not exist, and begins and ends at once.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z"),
        // The clock shows midnight twice, and the first one counts.
        ("America/Havana", "2023-11-05", "2023-11-05T04:00Z"),
        // The clock goes back as it reaches midnight, which it then shows once.
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00Z"),
    ];
    for (zone, day, begins_at) in cases {
        assert_eq!(begins(zone, day), begins_at, "{day} in {zone}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_111_230),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_day_begins_when_the_clock_first_reaches_it(index in any::<Index>(), day in -10_000_i32..30_000) {
        let zones = Zones::built_in();
        let names = zones.names();
        let name: &&str = index.get(names.as_slice());
        let zone = zones.get(name).expect("it is a zone of the set");
        let midnight = NaiveDate::from_epoch_days(day).expect("a date").and_time(NaiveTime::MIN);
        let start = zone.start_of_day(midnight.date());
        prop_assert!(zone.local_at(start) >= midnight);
        prop_assert!(zone.local_at(start - 1) < midnight);
        for half_hours in 1..=BEFORE {
            prop_assert!(zone.local_at(start - half_hours * 1_800) < midnight);
        }
        // What a rule means by midnight is the same, where there is one.
        let (meant, resolution) = zone.resolve_with(midnight);
        match resolution {
            Resolution::Exact | Resolution::Fold => prop_assert_eq!(meant, start),
            Resolution::Gap => prop_assert!(zone.local_at(meant) - midnight <= TimeDelta::days(1) && start <= meant),
        }
    }
}
