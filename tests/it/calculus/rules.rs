//! Tables of known answers: what is read, what is refused and with which words, and how local times resolve.

use chrono::{Datelike, NaiveDate};
use sla_monitor::calculus::civil::{
    DurationMode, OccurrenceLength, WeekdaySet, format_date_time, format_time, parse_date, parse_date_time, parse_end,
    parse_time,
};
use sla_monitor::calculus::recurrence::Recurrence;
use sla_monitor::calculus::rule::{DATES_MAX, Rule, Schedule};
use sla_monitor::zones::{self, Resolution};

fn date(text: &str) -> NaiveDate {
    parse_date(text).expect("a date")
}

fn recurrence(text: &str, anchor: &str) -> Recurrence {
    Recurrence::parse(text, Some(date(anchor))).expect("a rule")
}

/// The dates on which a rule recurs, as "month/day" words, from a date on, as many as are expected.
fn check_dates(text: &str, from: &str, expected: &str) {
    let rule = recurrence(text, from);
    let count = expected.split_whitespace().count();
    let dates = date(from).iter_days().filter(|date| rule.matches(*date));
    let words = dates.take(count).map(|date| format!("{}/{}", date.month(), date.day()));
    assert_eq!(words.collect::<Vec<_>>().join(" "), expected, "{text}");
}

#[track_caller]
fn check_refused<T, E: std::fmt::Display>(result: Result<T, E>, words: &[&str]) {
    let message = result.err().map(|error| error.to_string());
    let message = message.expect("should have been refused");
    for word in words {
        assert!(message.contains(word), "“{message}” does not say “{word}”");
    }
}

/// RFC 5545 section 3.8.5.3, the examples that are predicates on a date; their DTSTART is the anchor.
#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn recurrences_of_rfc_5545() {
    let cases = [
        ("FREQ=DAILY", "1997-09-02", "9/2 9/3 9/4"),
        ("FREQ=DAILY;INTERVAL=2", "1997-09-02", "9/2 9/4 9/6 9/8"),
        ("FREQ=DAILY;INTERVAL=10", "1997-09-02", "9/2 9/12 9/22 10/2 10/12"),
        ("FREQ=DAILY;BYMONTH=1", "1998-01-30", "1/30 1/31 1/1 1/2"),
        (
            "FREQ=YEARLY;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "1998-01-30",
            "1/30 1/31 1/1 1/2",
        ),
        ("FREQ=WEEKLY", "1997-09-02", "9/2 9/9 9/16 9/23 9/30 10/7"),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            "1997-09-02",
            "9/2 9/16 9/30 10/14 10/28 11/11",
        ),
        ("FREQ=WEEKLY;WKST=SU;BYDAY=TU,TH", "1997-09-02", "9/2 9/4 9/9 9/11 9/16"),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
            "1997-09-01",
            "9/1 9/3 9/5 9/15 9/17 9/19 9/29",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH",
            "1997-09-02",
            "9/2 9/4 9/16 9/18 9/30",
        ),
        (
            "FREQ=MONTHLY;BYDAY=1FR",
            "1997-09-05",
            "9/5 10/3 11/7 12/5 1/2 2/6 3/6 4/3 5/1 6/5",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU",
            "1997-09-07",
            "9/7 9/28 11/2 11/30 1/4 1/25 3/1 3/29 5/3 5/31",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-2MO",
            "1997-09-22",
            "9/22 10/20 11/17 12/22 1/19 2/16",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28",
            "9/28 10/29 11/28 12/29 1/29 2/26",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=2,15",
            "1997-09-02",
            "9/2 9/15 10/2 10/15 11/2 11/15",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,-1",
            "1997-09-30",
            "9/30 10/1 10/31 11/1 11/30 12/1 12/31 1/1 1/31 2/1",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11,12,13,14,15",
            "1997-09-10",
            "9/10 9/11 9/12 9/13 9/14 9/15 3/10 3/11",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            "1997-09-02",
            "9/2 9/9 9/16 9/23 9/30 11/4 11/11 11/18 11/25 1/6",
        ),
        ("FREQ=YEARLY;BYMONTH=6,7", "1997-06-10", "6/10 7/10 6/10 7/10"),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=1,2,3",
            "1997-03-10",
            "3/10 1/10 2/10 3/10 1/10",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "1997-03-13",
            "3/13 3/20 3/27 3/5 3/12 3/19 3/26 3/4",
        ),
        (
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "1997-06-05",
            "6/5 6/12 6/19 6/26 7/3 7/10",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "1997-09-02",
            "2/13 3/13 11/13 8/13 10/13",
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "1997-09-13",
            "9/13 10/11 11/8 12/13 1/10 2/7",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05",
            "11/5 11/7 11/2",
        ),
        ("FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", "9/4 10/7 11/6"),
        // One month of a year: places are those of the month, and INTERVAL counts years, whatever month the anchor is in.
        (
            "FREQ=YEARLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
            "1997-09-26",
            "9/26 9/25 9/24 9/29",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
            "1997-01-01",
            "9/26 9/24 9/28",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29",
            "9/29 10/30 11/27 12/30 1/29 2/26 3/30",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
            "1997-08-05",
            "8/5 8/10 8/19 8/24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
            "1997-08-05",
            "8/5 8/17 8/19 8/31",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30",
            "2007-01-15",
            "1/15 1/30 2/15 3/15 3/30",
        ),
    ];
    for (text, anchor, expected) in cases {
        check_dates(text, anchor, expected);
    }
}

#[test]
fn an_anchor_is_phase_and_no_bound() {
    let rule = recurrence("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2025-01-06");
    assert!(rule.matches(date("2024-12-23")));
    assert!(!rule.matches(date("2024-12-30")));
    let rule = recurrence("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=15", "2025-02-15");
    assert!(rule.matches(date("2024-11-15")));
    assert!(!rule.matches(date("2024-12-15")));
}

#[test]
fn recurrences_are_stored_as_they_are_meant() {
    let cases = [
        (
            "rrule:freq=weekly;byday=fr,mo,fr",
            "2025-01-07",
            "FREQ=WEEKLY;BYDAY=MO,FR",
        ),
        ("FREQ=WEEKLY", "2025-01-07", "FREQ=WEEKLY;BYDAY=TU"),
        ("FREQ=MONTHLY", "2025-01-31", "FREQ=MONTHLY;BYMONTHDAY=31"),
        ("FREQ=YEARLY", "2024-02-29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        (
            "FREQ=YEARLY;BYMONTH=4,3",
            "2024-02-29",
            "FREQ=YEARLY;BYMONTH=3,4;BYMONTHDAY=29",
        ),
        ("FREQ=DAILY;INTERVAL=1", "2024-02-29", "FREQ=DAILY"),
        (
            " WKST=SU;BYDAY=-1SU,TU,+2MO;INTERVAL=02;FREQ=MONTHLY ",
            "2025-01-01",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU,2MO,-1SU;WKST=SU",
        ),
        (
            "FREQ=YEARLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
            "2025-01-01",
            "FREQ=MONTHLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
            "2025-01-01",
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYDAY=FR;BYSETPOS=-1",
        ),
        (
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR;BYSETP\r\n OS=1",
            "2025-01-01",
            "FREQ=MONTHLY;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR;BYSETPOS=1",
        ),
        (
            "RRULE : FREQ = MONTHLY ;\r\n BYDAY = MO , -1FR ; BYMONTH = 1, 2",
            "2025-01-01",
            "FREQ=MONTHLY;BYMONTH=1,2;BYDAY=MO,-1FR",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-1,+5,1;BYSETPOS=-1,2",
            "2025-01-01",
            "FREQ=MONTHLY;BYMONTHDAY=1,5,-1;BYSETPOS=2,-1",
        ),
    ];
    for (text, anchor, expected) in cases {
        assert_eq!(recurrence(text, anchor).text(), expected, "{text}");
        assert_eq!(recurrence(text, anchor).anchor(), Some(date(anchor)));
    }
    let free = Recurrence::parse("FREQ=MONTHLY", None).expect("a rule");
    assert_eq!(free.text(), "FREQ=MONTHLY;BYMONTHDAY=1");
    assert_eq!(free.anchor(), None);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn refused_recurrences_say_why() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["empty"]),
        ("RRULE:", &["empty"]),
        ("garbage", &["GARBAGE", "NAME=VALUE"]),
        ("FREQ=DAILY;", &["empty part"]),
        ("FREQ=DAILY;;BYDAY=MO", &["empty part"]),
        ("FREQ=DAILY;BYDAY=", &["BYDAY", "value"]),
        ("FREQ:DAILY", &["FREQ="]),
        ("FREQ=DAILY;FREQ=DAILY", &["FREQ", "twice"]),
        ("INTERVAL=1", &["FREQ is missing"]),
        ("FREQ=FORTNIGHTLY", &["FORTNIGHTLY", "WEEKLY"]),
        ("FREQ=HOURLY", &["HOURLY", "start time"]),
        ("FREQ=MINUTELY", &["MINUTELY"]),
        ("FREQ=SECONDLY", &["SECONDLY"]),
        ("DTSTART:20250101T000000Z", &["DTSTART", "valid_from", "anchor"]),
        ("FREQ=DAILY;UNTIL=20250101T000000Z", &["UNTIL", "valid_until"]),
        ("FREQ=DAILY;COUNT=3", &["COUNT", "valid_until"]),
        ("FREQ=DAILY;BYHOUR=9", &["BYHOUR", "start time"]),
        ("FREQ=DAILY;BYMINUTE=9", &["BYMINUTE"]),
        ("FREQ=DAILY;BYSECOND=9", &["BYSECOND"]),
        ("FREQ=YEARLY;BYWEEKNO=20", &["BYWEEKNO", "list the dates"]),
        ("FREQ=YEARLY;BYYEARDAY=20", &["BYYEARDAY"]),
        ("FREQ=YEARLY;BYEASTER=0", &["BYEASTER", "list the dates"]),
        ("FREQ=YEARLY;SKIP=OMIT", &["SKIP", "BYMONTHDAY"]),
        ("FREQ=MONTHLY\nBYDAY=-1FR", &["put “;” between"]),
        ("FREQ=MONTHLY BYDAY=-1FR", &["put “;” between"]),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", &["more than a recurrence rule"]),
        (
            "DTSTART;TZID=Europe/Berlin:20260904T090000\r\nRRULE:FREQ=DAILY",
            &["DTSTART", "RRULE:", "valid_from", "anchor", "start"],
        ),
        ("RRULE:FREQ=DAILY\nEXDATE:20260904T090000Z", &["EXDATE", "exclude"]),
        ("FREQ=DAILY;INTERVAL=0", &["INTERVAL=0", "1 to 999"]),
        ("FREQ=DAILY;INTERVAL=1000", &["INTERVAL=1000"]),
        ("FREQ=DAILY;INTERVAL=+1", &["INTERVAL=+1"]),
        ("FREQ=DAILY;INTERVAL=2", &["INTERVAL=2", "anchor"]),
        ("FREQ=DAILY;BYMONTH=13", &["13", "BYMONTH"]),
        ("FREQ=DAILY;BYMONTH=0", &["BYMONTH"]),
        ("FREQ=DAILY;BYMONTH=-1", &["-1", "BYMONTH"]),
        ("FREQ=MONTHLY;BYMONTHDAY=0", &["BYMONTHDAY"]),
        ("FREQ=MONTHLY;BYMONTHDAY=32", &["32"]),
        ("FREQ=MONTHLY;BYMONTHDAY=1,,2", &["“”"]),
        ("FREQ=MONTHLY;BYMONTHDAY=1-5", &["1-5"]),
        ("FREQ=WEEKLY;BYMONTHDAY=1", &["BYMONTHDAY", "WEEKLY"]),
        ("FREQ=MONTHLY;BYDAY=XX", &["XX", "BYDAY"]),
        ("FREQ=MONTHLY;BYDAY=6MO", &["6MO"]),
        ("FREQ=MONTHLY;BYDAY=0MO", &["0MO"]),
        ("FREQ=MONTHLY;BYDAY=é", &["BYDAY"]),
        ("FREQ=WEEKLY;BYDAY=1MO", &["1MO", "MONTHLY"]),
        ("FREQ=DAILY;BYDAY=1MO", &["MONTHLY"]),
        ("FREQ=YEARLY;BYDAY=1MO", &["BYMONTH"]),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", &["BYSETPOS", "MONTHLY"]),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=1", &["BYSETPOS", "year", "BYMONTH"]),
        (
            "FREQ=YEARLY;BYMONTH=1,2;BYDAY=MO;BYSETPOS=1",
            &["BYSETPOS", "year", "one month"],
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=MO;BYSETPOS=1",
            &["INTERVAL=2", "anchor"],
        ),
        ("FREQ=MONTHLY;BYSETPOS=1", &["BYSETPOS", "another part"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", &["BYSETPOS"]),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=32", &["BYSETPOS", "32"]),
        ("FREQ=WEEKLY;WKST=1", &["WKST=1"]),
    ];
    for (text, words) in cases {
        check_refused(Recurrence::parse(text, None), words);
    }
    let long = format!("FREQ=MONTHLY;BYMONTHDAY={}1", "1,".repeat(250));
    check_refused(Recurrence::parse(&long, None), &["500"]);
}

#[test]
fn times_and_dates_are_read_strictly() {
    for text in ["00:00", "09:05", "23:59", "23:59:59", "10:00:30"] {
        assert_eq!(parse_time(text).map(format_time).as_deref(), Ok(text));
    }
    assert_eq!(parse_time("10:00:00").map(format_time).as_deref(), Ok("10:00"));
    assert_eq!(parse_time("9:05").map(format_time).as_deref(), Ok("09:05"));
    assert_eq!(parse_time("0:00:00").map(format_time).as_deref(), Ok("00:00"));
    let ends = [("24:00", 86_400), ("24:00:00", 86_400), ("0:00", 0), ("9:30", 34_200)];
    for (text, seconds) in ends {
        assert_eq!(parse_end(text), Ok(seconds));
    }
    for text in ["", "24:01", "24:00:01", "24", "25:00", "9:5"] {
        check_refused(parse_end(text), &[text, "00:00 to 24:00"]);
    }
    for text in [
        "",
        "009:05",
        "9:05:1",
        "09:5",
        "9:5",
        "01:99",
        "24:00",
        "23:59:60",
        "09",
        "09:05:",
        "09:05:1",
        "+9:05",
        ":05",
        "24:00:00",
        "09:05:06:07",
        " 09:05",
        "09:05 ",
        "٠٩:٠٥",
        "noon",
    ] {
        check_refused(parse_time(text), &[text, "HH:MM"]);
    }
    for text in ["1900-01-01", "2024-02-29", "9999-12-31"] {
        assert_eq!(date(text).to_string(), text);
    }
    for text in [
        "",
        "2025-2-05",
        "25-02-05",
        "2025-02",
        "2025-02-05-01",
        "20250205",
        "12025-01-01",
        "+025-01-01",
    ] {
        check_refused(parse_date(text), &[text, "YYYY-MM-DD"]);
    }
    check_refused(parse_date("2025-02-29"), &["2025-02-29", "calendar"]);
    check_refused(parse_date("1899-12-31"), &["1900 to 9999"]);
}

#[test]
fn local_date_times_have_no_offset() {
    let cases = [
        ("2025-12-24T18:00", "2025-12-24T18:00"),
        ("2025-12-24 18:00", "2025-12-24T18:00"),
        ("2025-12-24T18:00:00", "2025-12-24T18:00"),
        ("2025-12-24T18:00:01", "2025-12-24T18:00:01"),
        ("2025-12-24T8:00", "2025-12-24T08:00"),
        ("2025-12-31T24:00", "2026-01-01T00:00"),
        ("2024-02-28 24:00:00", "2024-02-29T00:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_date_time(text).map(format_date_time).as_deref(), Ok(expected));
    }
    for text in ["2025-12-24T18:00Z", "2025-12-24T18:00+01:00", "2025-12-24T18:00-05:00"] {
        check_refused(parse_date_time(text), &[text, "time zone"]);
    }
    check_refused(parse_date_time("9999-12-31T24:00"), &["9999-12-31T24:00", "too late"]);
    for text in [
        "",
        "2025-12-24T24:01",
        "2025-12-24T24:00:01",
        "2025-12-24",
        "2025-12-24T",
        "2025-12-24T18",
        "2025-12-24  18:00",
    ] {
        check_refused(parse_date_time(text), &[]);
    }
}

#[test]
fn weekdays_and_lengths_have_limits() {
    let set = WeekdaySet::parse(["SU", "mo", "MO"]).expect("a set");
    assert_eq!((set.bits(), set.codes().collect::<Vec<_>>()), (65, vec!["MO", "SU"]));
    assert_eq!(WeekdaySet::from_bits(65), Ok(set));
    assert!(set.contains(chrono::Weekday::Sun) && !set.contains(chrono::Weekday::Sat));
    check_refused(WeekdaySet::parse([]), &["at least one"]);
    check_refused(WeekdaySet::parse(["blurgsday"]), &["blurgsday"]);
    check_refused(WeekdaySet::from_bits(0), &["at least one"]);
    check_refused(WeekdaySet::from_bits(128), &["128"]);

    for seconds in [1, 86_400, 2_678_400] {
        let length = OccurrenceLength::new(seconds, DurationMode::Wall).expect("a length");
        assert_eq!(i64::from(length.seconds()), seconds);
    }
    check_refused(OccurrenceLength::new(0, DurationMode::Wall), &["zero", "86400"]);
    check_refused(OccurrenceLength::new(-1, DurationMode::Wall), &["-1"]);
    check_refused(OccurrenceLength::new(2_678_401, DurationMode::Wall), &["31 days"]);
    check_refused(OccurrenceLength::new(i64::MAX, DurationMode::Elapsed), &["31 days"]);
    assert_eq!(DurationMode::parse("elapsed").map(DurationMode::as_str), Ok("elapsed"));
    check_refused(DurationMode::parse("Wall"), &["Wall", "elapsed"]);
}

#[test]
fn dates_and_one_offs_are_checked() {
    let schedule = Schedule {
        start: parse_time("09:00").expect("a time"),
        length: OccurrenceLength::new(3_600, DurationMode::Wall).expect("a length"),
    };
    let (first, second) = (date("2025-01-01"), date("2025-05-01"));
    assert_eq!(
        Rule::dates(vec![second, first, second], schedule),
        Ok(Rule::Dates {
            dates: vec![first, second],
            schedule,
        })
    );
    check_refused(Rule::dates(Vec::new(), schedule), &["at least one"]);
    let many = |count| first.iter_days().take(count).collect::<Vec<_>>();
    assert!(Rule::dates(many(DATES_MAX), schedule).is_ok());
    check_refused(Rule::dates(many(DATES_MAX + 1), schedule), &["1001", "1000"]);

    let days = |text: &str| text.split(' ').map(date).collect::<Vec<_>>();
    let ranges = |pairs: &[(&str, &str)]| {
        Rule::date_ranges(
            pairs.iter().map(|(first, last)| (date(first), date(last))).collect(),
            schedule,
        )
    };
    assert_eq!(
        ranges(&[
            ("2025-05-01", "2025-05-01"),
            ("2024-12-31", "2025-01-02"),
            ("2025-01-02", "2025-01-03"),
            ("2025-01-01", "2025-01-01")
        ]),
        Ok(Rule::Dates {
            dates: days("2024-12-31 2025-01-01 2025-01-02 2025-01-03 2025-05-01"),
            schedule,
        })
    );
    check_refused(Rule::date_ranges(Vec::new(), schedule), &["at least one"]);
    check_refused(
        ranges(&[("2025-01-02", "2025-01-01")]),
        &["2025-01-02 – 2025-01-01", "before"],
    );
    check_refused(ranges(&[("1900-01-01", "9999-12-31")]), &["2958464", "1000"]);
    assert!(ranges(&[("2025-01-01", "2027-09-27"), ("2025-02-01", "2025-03-01")]).is_ok());
    check_refused(
        ranges(&[("2025-01-01", "2027-09-27"), ("2028-01-01", "2028-01-01")]),
        &["1001"],
    );
    assert_eq!(
        OccurrenceLength::until(
            parse_time("22:00").expect("a time"),
            6 * 3_600,
            None,
            DurationMode::Elapsed
        ),
        OccurrenceLength::new(8 * 3_600, DurationMode::Elapsed)
    );

    let local = |text| parse_date_time(text).expect("a local time");
    let (start, end) = (local("2025-02-05T12:00"), local("2025-02-05T12:01"));
    assert_eq!(Rule::once(start, end), Ok(Rule::Once { start, end }));
    check_refused(Rule::once(start, start), &["2025-02-05T12:00", "after"]);
    check_refused(Rule::once(end, start), &["after"]);
}

#[test]
fn zones_are_names_of_the_iana_database() {
    for name in [
        "UTC",
        "Europe/Berlin",
        "US/Eastern",
        "Etc/GMT-2",
        "America/Argentina/Buenos_Aires",
    ] {
        assert_eq!(zones::parse(name).map(|zone| zone.name()), Ok(name));
    }
    let cases: &[(&str, &[&str])] = &[
        ("", &["missing"]),
        ("  ", &["missing"]),
        ("Local", &["server"]),
        ("europe/berlin", &["spelt Europe/Berlin"]),
        (" Europe/Berlin", &["spelt Europe/Berlin"]),
        ("Europe/Bonn", &["unknown", "Europe/Berlin"]),
        ("+02:00", &["+02:00", "Etc/GMT-2"]),
        ("-05:00", &["Etc/GMT+5"]),
        ("\u{2212}0500", &["Etc/GMT+5"]),
        ("UTC+2", &["Etc/GMT-2"]),
        ("GMT-11", &["Etc/GMT+11"]),
        ("+00:00", &["or UTC"]),
        ("+05:30", &["fixed offset", "IANA name"]),
        ("+15", &["fixed offset"]),
        ("+", &["unknown"]),
        ("-é", &["unknown"]),
    ];
    for (name, words) in cases {
        check_refused(zones::parse(name), words);
    }
}

/// Columns: zone, local time, instant, how it was found.
#[test]
fn local_times_resolve_as_rfc_5545_says() {
    use Resolution::{Exact, Fold, Gap};
    let cases = [
        ("Europe/Berlin", "2025-03-30T01:59:59", 1_743_296_399, Exact),
        ("Europe/Berlin", "2025-03-30T02:00", 1_743_296_400, Gap),
        ("Europe/Berlin", "2025-03-30T02:30", 1_743_298_200, Gap),
        // The clock shows 03:00 before the instant that 02:30 is read as.
        ("Europe/Berlin", "2025-03-30T03:00", 1_743_296_400, Exact),
        ("Europe/Berlin", "2025-10-26T02:00", 1_761_436_800, Fold),
        ("Europe/Berlin", "2025-10-26T02:59:59", 1_761_440_399, Fold),
        ("Europe/Berlin", "2025-10-26T03:00", 1_761_444_000, Exact),
        ("America/Los_Angeles", "2021-03-14T02:30", 1_615_717_800, Gap),
        ("Australia/Lord_Howe", "2020-10-04T02:15", 1_601_739_900, Gap),
        ("Africa/Cairo", "2024-04-26T00:00", 1_714_082_400, Gap),
        ("America/Havana", "2024-11-03T00:00", 1_730_606_400, Fold),
        ("Pacific/Apia", "2011-12-30T10:00", 1_325_275_200, Gap),
        ("Pacific/Apia", "2011-12-31T10:00", 1_325_275_200, Exact),
    ];
    for (zone, local, instant, resolution) in cases {
        let zone = zones::parse(zone).expect("a zone");
        let civil = parse_date_time(local).expect("a local time");
        assert_eq!(zone.resolve_with(civil), (instant, resolution), "{zone} {local}");
    }
}
