//! Instants as people read them, at the borders of days, of years and of summer time.

use chrono::NaiveDateTime;
use sla_monitor::admin::instant::Instant;
use sla_monitor::zones::Zone;

use crate::support::zone;

fn utc(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("the case is an instant")
}

/// What `at` is called at `now` in `zone`, both UTC.
fn check(zone: Zone, now: &str, at: &str, shown: &str) {
    let instant = Instant::natural(utc(at), zone, utc(now));
    assert_eq!(instant.shown, shown, "{at} seen at {now} in {zone}");
    assert_eq!(instant.utc, format!("{}Z", at.replace(' ', "T")));
}

#[test]
fn words_change_at_midnight_of_the_viewer() {
    let [new_york, kathmandu, berlin, utc_zone] =
        ["America/New_York", "Asia/Kathmandu", "Europe/Berlin", "UTC"].map(zone);
    let now = "2026-11-22 12:00:00";
    check(utc_zone, now, "2026-11-22 12:00:00", "just now");
    check(utc_zone, now, "2026-11-22 11:59:01", "just now");
    check(utc_zone, now, "2026-11-22 11:59:00", "1 min ago");
    check(utc_zone, now, "2026-11-22 11:00:01", "59 min ago");
    check(utc_zone, now, "2026-11-22 11:00:00", "today 11:00 UTC");
    check(utc_zone, now, "2026-11-22 12:00:01", "in less than a minute");
    check(utc_zone, now, "2026-11-22 12:01:00", "in 1 min");
    check(utc_zone, now, "2026-11-22 12:59:59", "in 59 min");
    check(utc_zone, now, "2026-11-22 13:00:00", "today 13:00 UTC");
    check(utc_zone, now, "2026-11-22 23:59:59", "today 23:59 UTC");
    check(utc_zone, now, "2026-11-23 00:00:00", "tomorrow 00:00 UTC");
    check(utc_zone, now, "2026-11-22 00:00:00", "today 00:00 UTC");
    check(utc_zone, now, "2026-11-21 23:59:59", "yesterday 23:59 UTC");
    check(utc_zone, now, "2026-11-24 08:00:00", "Tue 24 Nov 08:00 UTC");
    check(utc_zone, now, "2026-11-28 23:59:59", "Sat 28 Nov 23:59 UTC");
    check(utc_zone, now, "2026-11-29 00:00:00", "2026-11-29 00:00 UTC");
    check(utc_zone, now, "2026-11-16 00:00:00", "Mon 16 Nov 00:00 UTC");
    check(utc_zone, now, "2026-11-15 23:59:59", "2026-11-15 23:59 UTC");
    // The same instants fall on other days elsewhere; zones without an abbreviation are called by their offset.
    check(berlin, now, "2026-11-22 23:00:00", "tomorrow 00:00 CET");
    check(new_york, now, "2026-11-23 04:59:00", "today 23:59 EST");
    check(kathmandu, now, "2026-11-22 18:15:00", "tomorrow 00:00 UTC+0545");
    // Shortly after midnight, what was before it is minutes ago, not yesterday.
    check(berlin, "2026-11-22 23:10:00", "2026-11-22 22:50:00", "20 min ago");
    check(
        berlin,
        "2026-11-22 23:10:00",
        "2026-11-22 21:50:00",
        "yesterday 22:50 CET",
    );
}

#[test]
fn words_hold_over_summer_time_and_new_year() {
    let [berlin, utc_zone] = ["Europe/Berlin", "UTC"].map(zone);
    // The day on which the clocks go back has 25 hours, and 02:30 twice; the zone distinguishes them.
    let now = "2026-10-24 22:30:00";
    check(berlin, now, "2026-10-25 00:30:00", "today 02:30 CEST");
    check(berlin, now, "2026-10-25 01:30:00", "today 02:30 CET");
    check(berlin, now, "2026-10-25 22:59:59", "today 23:59 CET");
    check(berlin, now, "2026-10-25 23:00:00", "tomorrow 00:00 CET");
    // The day on which they go forward has 23.
    let now = "2026-03-28 23:30:00";
    check(berlin, now, "2026-03-29 00:59:59", "today 01:59 CET");
    check(berlin, now, "2026-03-29 01:00:00", "today 03:00 CEST");
    check(berlin, now, "2026-03-29 22:00:00", "tomorrow 00:00 CEST");
    let now = "2026-12-31 12:00:00";
    check(utc_zone, now, "2027-01-01 00:00:00", "tomorrow 00:00 UTC");
    check(utc_zone, now, "2027-01-02 00:00:00", "Sat 2 Jan 00:00 UTC");
    check(utc_zone, now, "2025-12-31 12:00:00", "2025-12-31 12:00 UTC");
    check(
        utc_zone,
        "2027-01-01 12:00:00",
        "2026-12-31 01:00:00",
        "yesterday 01:00 UTC",
    );
    check(
        utc_zone,
        "2028-03-01 12:00:00",
        "2028-02-29 01:00:00",
        "yesterday 01:00 UTC",
    );
}

#[test]
fn the_exact_instant_stands_behind_the_words() {
    let natural = |at: &str| Instant::natural(utc(at), zone("Europe/Berlin"), utc("2026-11-22 12:00:00"));
    assert_eq!(
        natural("2026-11-22 15:10:05").to_string(),
        "<time datetime=\"2026-11-22T15:10:05Z\" title=\"2026-11-22 16:10:05 CET (in 3 h 10 min)\">today 16:10 CET \
         <span class=\"exact\">2026-11-22 16:10:05 CET</span></time>"
    );
    // A plain date says all but the seconds already.
    assert_eq!(
        natural("2026-01-01 12:00:00").to_string(),
        "<time datetime=\"2026-01-01T12:00:00Z\" title=\"2026-01-01 13:00:00 CET\">2026-01-01 13:00 CET</time>"
    );
    let exact = Instant::new(utc("2026-07-01 12:00:05"), zone("Europe/Berlin"));
    assert_eq!(
        exact.to_string(),
        "<time datetime=\"2026-07-01T12:00:05Z\">2026-07-01 14:00:05 CEST</time>"
    );
    for (at, distance) in [
        ("2026-11-22 12:00:30", ""),
        ("2026-11-22 12:25:00", "in 25 min"),
        ("2026-11-22 14:00:00", "in 2 h"),
        ("2026-11-23 12:00:00", "in 1 day"),
        ("2026-11-20 09:00:00", "2 days 3 h ago"),
        ("2026-12-20 12:59:00", "in 28 days"),
        ("2026-12-21 12:00:00", ""),
    ] {
        assert_eq!(natural(at).distance, distance, "{at}");
    }
}
