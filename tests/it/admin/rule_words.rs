//! What rules say in plain English.

use chrono::NaiveDate;
use sla_monitor::apps::sla::rule::RuleDefinition;
use sla_monitor::apps::sla::rule::describe::{words, words_with_note};
use sla_monitor::apps::sla::rule::listed_days::ListedDays;
use sla_monitor::calculus::civil::{
    DurationMode, OccurrenceLength, WeekdaySet, parse_date, parse_date_time, parse_time,
};
use sla_monitor::calculus::recurrence::Recurrence;
use sla_monitor::calculus::rule::{Rule, Schedule};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn schedule(start: &str, seconds: i64, mode: DurationMode) -> Schedule {
    Schedule {
        start: parse_time(start).expect("it is a time"),
        length: OccurrenceLength::new(seconds, mode).expect("it is a length"),
    }
}

fn plain(rule: Rule) -> RuleDefinition {
    RuleDefinition::new(rule, String::new())
}

fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("it is a date")
}

fn weekly(days: &str, start: &str, seconds: i64) -> String {
    weekly_in(DurationMode::Wall, days, start, seconds)
}

fn weekly_in(mode: DurationMode, days: &str, start: &str, seconds: i64) -> String {
    words(&plain(Rule::Weekly {
        days: WeekdaySet::parse(days.split(',')).expect("they are weekdays"),
        schedule: schedule(start, seconds, mode),
    }))
}

fn recurring(rule: &str, anchor: Option<&str>) -> String {
    let said = recurring_at(rule, anchor, "08:00", 10 * HOUR);
    let time = "08:00–18:00";
    let dates = said
        .strip_suffix(time)
        .unwrap_or_else(|| panic!("{said} ends with {time}"));
    dates.trim_end_matches([',', ' ']).to_owned()
}

fn recurring_at(rule: &str, anchor: Option<&str>, start: &str, seconds: i64) -> String {
    let recurrence = Recurrence::parse(rule, anchor.map(date)).unwrap_or_else(|error| panic!("{rule}: {error}"));
    words(&plain(Rule::Recurring {
        recurrence,
        schedule: schedule(start, seconds, DurationMode::Wall),
    }))
}

#[test]
fn weekdays_and_times_are_said_as_people_say_them() {
    let all = "MO,TU,WE,TH,FR,SA,SU";
    let cases = [
        (weekly("MO,TU,WE,TH,FR", "08:00", 10 * HOUR), "Mon–Fri 08:00–18:00"),
        (weekly("MO", "08:00", HOUR), "Mon 08:00–09:00"),
        (weekly("SA,SU", "08:00", HOUR), "Sat, Sun 08:00–09:00"),
        (weekly("MO,TU,WE,FR", "08:00", HOUR), "Mon–Wed, Fri 08:00–09:00"),
        (weekly("FR,SA,SU,MO", "08:00", HOUR), "Mon, Fri–Sun 08:00–09:00"),
        (
            weekly("TU,TH", "22:00", 8 * HOUR),
            "Tue, Thu 22:00 until 06:00 the next day",
        ),
        (weekly(all, "08:00", HOUR), "every day 08:00–09:00"),
        (weekly(all, "00:00", DAY), "24/7"),
        (weekly(all, "08:30", DAY), "every day 08:30 until 08:30 the next day"),
        (weekly("SA,SU", "00:00", DAY), "Sat, Sun all day"),
        (weekly("SU", "20:00", 4 * HOUR), "Sun 20:00–24:00"),
        (
            weekly("SU", "20:00", 4 * HOUR + DAY),
            "Sun 20:00 until 24:00 the next day",
        ),
        (weekly("FR", "18:00", 2 * DAY + 12 * HOUR), "Fri 18:00 until Mon 06:00"),
        (weekly("FR", "18:00", 2 * DAY + 6 * HOUR), "Fri 18:00 until Sun 24:00"),
        (weekly("SU", "18:00", 3 * DAY), "Sun 18:00 until Wed 18:00"),
        (
            weekly("MO,FR", "18:00", 3 * DAY),
            "Mon, Fri 18:00 until 18:00, 3 days later",
        ),
        (weekly("MO", "18:00", 7 * DAY), "Mon 18:00 until 18:00, 7 days later"),
        (weekly("MO", "00:00", 31 * DAY), "Mon 00:00 until 24:00, 30 days later"),
        (weekly("MO", "08:00:30", HOUR), "Mon 08:00:30–09:00:30"),
        (
            weekly_in(DurationMode::Elapsed, "MO", "22:00", 8 * HOUR),
            "Mon 22:00 for exactly 8 h",
        ),
        (
            weekly_in(DurationMode::Elapsed, "MO", "22:00", 5_430),
            "Mon 22:00 for exactly 1 h 30 min 30 s",
        ),
        // 24 exact hours are no day when clocks change.
        (
            weekly_in(DurationMode::Elapsed, all, "00:00", DAY),
            "every day 00:00 for exactly 24 h",
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn recurrences_are_said_as_people_say_them() {
    let cases = [
        ("FREQ=DAILY", "every day"),
        ("FREQ=WEEKLY", "Mon"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "Mon–Fri"),
        ("FREQ=WEEKLY;BYDAY=SA", "Sat"),
        ("FREQ=WEEKLY;BYDAY=SA;WKST=SU", "Sat"),
        ("FREQ=MONTHLY;BYDAY=MO,TU", "Mon, Tue"),
        ("FREQ=DAILY;BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12", "every day"),
        ("FREQ=DAILY;BYMONTH=12", "every day in December"),
        ("FREQ=WEEKLY;BYDAY=MO;BYMONTH=6,7,8", "Mon in June, July and August"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "last Friday of the month"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "1st and 3rd Monday of the month"),
        (
            "FREQ=MONTHLY;BYDAY=1MO,-1FR",
            "the 1st Monday and the last Friday of the month",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1SA,-1SU",
            "the last Saturday and the last Sunday of the month",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO,2MO,-1SU",
            "the 1st and 2nd Monday and the last Sunday of March every year",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,-1SA,-1SU",
            "every Mon, the last Saturday and the last Sunday of the month",
        ),
        ("FREQ=MONTHLY;BYDAY=-2SU", "2nd-last Sunday of the month"),
        ("FREQ=MONTHLY;BYDAY=5FR", "5th Friday of the month (where there is one)"),
        (
            "FREQ=MONTHLY;BYDAY=MO,-1FR",
            "every Mon and the last Friday of the month",
        ),
        (
            "FREQ=YEARLY;BYMONTH=6;BYDAY=MO,-1FR",
            "every Mon and the last Friday in June every year",
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            "4th Thursday of November every year",
        ),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", "25 December every year"),
        (
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24,25,26",
            "24–26 December every year",
        ),
        (
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1,24,31",
            "1, 24, 31 December every year",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
            "29 February every year (where there is one)",
        ),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "last of February every year"),
        (
            "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1",
            "1st of January and July every year",
        ),
        (
            "FREQ=YEARLY;BYMONTH=4,5;BYMONTHDAY=31",
            "31st of April and May every year (where there is one)",
        ),
        ("FREQ=YEARLY", "1 January every year"),
        ("FREQ=MONTHLY", "1st of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "1st and 15th of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=11,12,13", "11th, 12th and 13th of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "last of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-2", "1st and 2nd-last of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "31st of the month (where there is one)"),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "Fri, if it is the 13th of the month",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR",
            "the Friday from the 23rd to the 29th of the month (where there is one)",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=TU",
            "the Tuesday from the 8th to the 14th of the month",
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR",
            "the Friday from the 23rd to the 29th of November every year",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1,-2,-3,-4,-5,-6,-7;BYDAY=FR",
            "the Friday from the 7th-last to the last of the month",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=23,24,25;BYDAY=FR",
            "Fri, if it is from the 23rd to the 25th of the month",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=SA,SU",
            "Sat, Sun, if it is from the 23rd to the 29th of the month",
        ),
        (
            "FREQ=YEARLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
            "last Friday of September every year",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "last weekday (Mon–Fri) of the month",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
            "1st and last weekday (Mon–Fri) of the month",
        ),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=2", "2nd Friday of the month"),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYSETPOS=5",
            "5th Friday of the month (where there is one)",
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1",
            "1st among the Saturdays and Sundays of the month",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=10",
            "10th day of the month",
        ),
        (
            "FREQ=MONTHLY;BYMONTH=3;BYDAY=FR;BYSETPOS=1",
            "1st Friday of March every year",
        ),
        // What has no short words is said in its own.
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYDAY=MO;BYSETPOS=1",
            "by the recurrence rule FREQ=MONTHLY;BYMONTHDAY=1,2,3;BYDAY=MO;BYSETPOS=1",
        ),
    ];
    for (rule, expected) in cases {
        assert_eq!(recurring(rule, None), expected, "{rule}");
    }
    let anchored = [
        ("FREQ=DAILY;INTERVAL=2", "every 2 days, counted from 2026-01-07"),
        (
            "FREQ=DAILY;INTERVAL=10;BYMONTH=12",
            "every 10 days, counted from 2026-01-07, only in December",
        ),
        (
            "FREQ=DAILY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR",
            "every 2 days, counted from 2026-01-07, only on Mon–Fri",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
            "Mon in every 2nd week, counted from the week of 2026-01-05",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=3",
            "Wed in every 3rd week, counted from the week of 2026-01-05",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU",
            "Sun in every 2nd week, counted from the week of 2026-01-04 (weeks begin on Sunday)",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO",
            "1st Monday of the month in every 3rd month, counted from January 2026",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2",
            "7th of the month in every 2nd month, counted from January 2026",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
            "29 February in every 4th year, counted from 2026 (where there is one)",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
            "last Friday of September in every 2nd year, counted from 2026",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO;BYSETPOS=1",
            "by the recurrence rule FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO;BYSETPOS=1 from 2026-01-07",
        ),
    ];
    for (rule, expected) in anchored {
        assert_eq!(recurring(rule, Some("2026-01-07")), expected, "{rule}");
    }
    assert_eq!(
        recurring_at("FREQ=MONTHLY;BYDAY=-1FR", None, "22:00", 4 * HOUR),
        "last Friday of the month, 22:00 until 02:00 the next day"
    );
    assert_eq!(
        recurring_at("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25", None, "00:00", DAY),
        "25 December every year, all day"
    );
    assert_eq!(recurring_at("FREQ=DAILY", None, "00:00", DAY), "24/7");
    assert_eq!(
        recurring_at("FREQ=WEEKLY;BYDAY=FR", None, "18:00", 2 * DAY + 12 * HOUR),
        "Fri 18:00 until Mon 06:00"
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn dates_and_single_times_are_said_with_their_names() {
    let dated = |listed: Vec<ListedDays>| {
        let schedule = schedule("00:00", DAY, DurationMode::Wall);
        words(&RuleDefinition::dated(listed, schedule, String::new()).expect("they are dates"))
    };
    let listed = |dates: &[&str], names: &[(&str, &str)]| {
        let name = |text: &str| names.iter().find(|(day, _)| *day == text).map_or("", |(_, name)| *name);
        let days = dates
            .iter()
            .map(|text| ListedDays::day(date(text), name(text).to_owned()));
        dated(days.collect())
    };
    let range = |first: &str, last: &str, name: &str| ListedDays::range(date(first), date(last), name.to_owned());
    let summer = || range("2027-07-30", "2027-09-13", "Break");
    let day = |text: &str| range(text, text, "");
    assert_eq!(dated(vec![summer()]), "2027-07-30 – 2027-09-13 (Break), all day");
    assert_eq!(
        dated(vec![day("2027-12-25"), summer(), range("2028-01-01", "2028-01-02", "")]),
        "2027-07-30 – 2027-09-13 (Break), 2027-12-25, 2028-01-01 – 2028-01-02, all day"
    );
    assert_eq!(
        dated(vec![
            summer(),
            day("2027-08-15"),
            day("2027-12-25"),
            range("2028-01-01", "2028-01-07", ""),
            day("2028-01-09"),
        ]),
        "2027-07-30 – 2027-09-13 (Break), 2027-08-15, 2027-12-25 and 8 more days until 2028-01-09, all day"
    );
    // Days within a range that is shown are not counted again.
    assert_eq!(
        dated(vec![
            summer(),
            day("2027-08-01"),
            day("2027-08-02"),
            day("2027-08-03"),
            day("2027-08-04"),
        ]),
        "2027-07-30 – 2027-09-13 (Break), 2027-08-01, 2027-08-02, all day"
    );
    assert_eq!(listed(&["2027-12-26"], &[]), "2027-12-26, all day");
    assert_eq!(
        listed(&["2027-12-26", "2027-12-25"], &[("2027-12-25", "Christmas")]),
        "2027-12-25 (Christmas), 2027-12-26, all day"
    );
    assert_eq!(
        listed(&["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"], &[]),
        "2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04, all day"
    );
    assert_eq!(
        listed(
            &["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04", "2027-01-09"],
            &[]
        ),
        "2027-01-01, 2027-01-02, 2027-01-03 and 2 more dates until 2027-01-09, all day"
    );
    let once = |start: &str, end: &str| {
        let time = |text| parse_date_time(text).expect("it is a time");
        words(&plain(
            Rule::once(time(start), time(end)).expect("it ends after it starts"),
        ))
    };
    assert_eq!(
        once("2026-12-24T18:00", "2026-12-27T08:00"),
        "from 2026-12-24 18:00 until 2026-12-27 08:00"
    );
    assert_eq!(
        once("2026-12-24T18:00", "2026-12-24T20:00:30"),
        "2026-12-24 18:00–20:00:30"
    );
    assert_eq!(once("2026-12-24T18:00", "2026-12-25T00:00"), "2026-12-24 18:00–24:00");
    assert_eq!(once("2026-12-24T00:00", "2026-12-25T00:00"), "2026-12-24 all day");
    let mut noted = plain(Rule::Weekly {
        days: WeekdaySet::parse(["FR"]).expect("it is a weekday"),
        schedule: schedule("12:00", HOUR, DurationMode::Wall),
    });
    noted.note = "team lunch".to_owned();
    assert_eq!(words_with_note(&noted), "Fri 12:00–13:00 (team lunch)");
}
