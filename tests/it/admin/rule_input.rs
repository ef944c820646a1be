//! What the rows of rules take: dates and ranges of dates, whole days in calendars, recurrence rules pasted from calendars, times of day.

use serde_json::{Value, json};

use super::typed::{errors_beside, key, rules, window};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    ranges_of_dates_stay_ranges,
    dates_that_are_not_understood_are_refused_with_their_line,
    a_new_rule_of_a_calendar_is_whole_days,
    recurrence_rules_are_taken_as_calendars_write_them,
    times_of_day_are_read_as_people_write_them,
);

const CALENDAR: &str = "/admin/sla/calendar/add/";
const WINDOW: &str = "/admin/sla/slawindow/add/";

/// Posts a calendar with one rule for these dates.
fn dated(browser: &mut Browser, name: &str, dates: &str) -> Page {
    let mut fields = rules("1");
    fields.extend([
        ("name", name),
        ("enabled", "on"),
        ("rules-0-kind", "dates"),
        ("rules-0-dates", dates),
        ("rules-0-start_time", "00:00"),
        ("rules-0-end_time", "24:00"),
    ]);
    browser.post(CALENDAR, &fields)
}

/// The first rule of a calendar or window in an export.
fn exported(database: &Database, section: &str, name: &str) -> Value {
    let out = run_on(database, &["export", "--format", "json"]).ok();
    let export: Value = serde_json::from_str(&out).expect("the export is JSON");
    let objects = export[section].as_array().expect("a section is a list").iter();
    let found = objects.into_iter().find(|object| object["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is in {out}"))["rules"][0].clone()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn ranges_of_dates_stay_ranges(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let range = json!({"from": "2990-07-30", "to": "2990-09-13"});
    let named = json!({"from": "2990-07-30", "to": "2990-09-13", "name": "Break"});
    let plain = "2990-07-30 – 2990-09-13";
    // What is typed, what files have, and what the form shows.
    let cases = [
        ("2990-07-30 – 2990-09-13", json!([range]), plain.to_owned()),
        (
            "2990-07-30 - 2990-09-13 Break",
            json!([named]),
            format!("{plain} Break"),
        ),
        ("2990-07-30—2990-09-13\tBreak", json!([named]), format!("{plain} Break")),
        ("2990-07-30-2990-09-13", json!([range]), plain.to_owned()),
        (
            "2990-07-30 to 2990-09-13 Break",
            json!([named]),
            format!("{plain} Break"),
        ),
        ("2990-07-30 TO\t2990-09-13", json!([range]), plain.to_owned()),
        ("2990-07-30..2990-09-13", json!([range]), plain.to_owned()),
        (
            "2990-07-30 .. 2990-09-13   Break",
            json!([named]),
            format!("{plain} Break"),
        ),
        // A range of one day is a day; a day within a range, and what stands there twice, is no fault.
        (
            "2990-12-25 – 2990-12-25 Christmas\r\n2990-12-25\r\n\r\n2990-07-30 – 2990-09-13\r\n2990-08-15 Assumption",
            json!([range, {"date": "2990-08-15", "name": "Assumption"}, {"date": "2990-12-25", "name": "Christmas"}]),
            format!("{plain}\r\n2990-08-15 Assumption\r\n2990-12-25 Christmas"),
        ),
        (
            "2990-12-25 today\n2990-12-26 tomorrow",
            json!([{"date": "2990-12-25", "name": "today"}, {"date": "2990-12-26", "name": "tomorrow"}]),
            "2990-12-25 today\r\n2990-12-26 tomorrow".to_owned(),
        ),
        (
            "2990-12-28 \"Instead of 2990-12-26\"",
            json!([{"date": "2990-12-28", "name": "Instead of 2990-12-26"}]),
            "2990-12-28 \"Instead of 2990-12-26\"".to_owned(),
        ),
    ];
    for (index, (typed, dates, shown)) in cases.into_iter().enumerate() {
        let name = format!("Calendar {index}");
        dated(&mut browser, &name, typed).expect(302);
        let rule = exported(database, "calendars", &name);
        assert_eq!(rule["dates"], dates, "{typed}");
        let path = format!("/admin/sla/calendar/{}/change/", key(database, "calendar", &name));
        let form = browser.get(&path).expect(200).form("#calendar_form");
        assert_eq!(form.values("rules-0-dates"), [shown.as_str()], "{typed}");
        browser.submit(&form, ("_save", "")).expect(302);
        assert_eq!(
            exported(database, "calendars", &name),
            rule,
            "{typed}: sent again it is the same"
        );
        let version = format!("SELECT version AS value FROM calendar WHERE name = '{name}'");
        assert_eq!(database.number(&version), 1, "{typed}: nothing has changed");
    }
    for format in ["yaml", "json"] {
        let file = run_on(database, &["export", "--format", format]).ok();
        assert_eq!(apply(database, &file), "0 added, 0 changed, 0 deleted\n");
    }
    let page = browser
        .get(&format!(
            "/admin/sla/calendar/{}/change/",
            key(database, "calendar", "Calendar 1")
        ))
        .expect(200);
    assert_eq!(
        page.texts("#rules-0 .row-words"),
        ["2990-07-30 – 2990-09-13 (Break), all day"]
    );
}

fn dates_that_are_not_understood_are_refused_with_their_line(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    // What is typed, and words of the refusal.
    let cases: &[(&str, &[&str])] = &[
        (
            "\r\n2990-01-01\r\n2990-07-30 2990-09-13",
            &["Line 3, “2990-07-30 2990-09-13”", "separator"],
        ),
        ("2990-07-30\t2990-09-13", &["Line 1", "separator"]),
        (
            "2990-07-30, 2990-07-31",
            &["Line 1, “2990-07-30, 2990-07-31”", "right after"],
        ),
        ("2990-07-30Break", &["“Break” stands right after a date"]),
        ("2990-07-300", &["“0” stands right after"]),
        ("2990-07-30 – 2990-09-13x", &["“x” stands right after"]),
        ("2990-07-30 Break 2990-09-13", &["separator"]),
        ("2990-07-30 – 2990-09-13 – 2990-10-01", &["a line holds one range"]),
        (
            "2990-07-30 – 2990-09-13 2990-10-01 to 2990-10-02",
            &["Line 1", "separator"],
        ),
        ("2990-07-30 – 2990-09-13, 2990-10-01", &["right after"]),
        ("2990-07-30 –", &["needs a second date"]),
        ("2990-07-30 to", &["“to” after a date needs a second date"]),
        (
            "2990-12-25 - Christmas",
            &["needs a second date", "2027-12-25 Christmas"],
        ),
        ("2990-07-30 – 13 September", &["“13” is not a date"]),
        ("2990-07-30 – 2990-09-31", &["“2990-09-31” is not a day"]),
        (
            "2990-09-13 – 2990-07-30",
            &["Line 1", "ends on 2990-07-30, before it begins on 2990-09-13"],
        ),
        ("2990-01-01 – 2992-09-27", &["1001 dates", "1000"]),
        ("2990-01-01 – 9999-12-31", &["2560349 dates"]),
        ("03/04/2990", &["could be 2990-04-03 or 2990-03-04"]),
        ("2990-07-30 Eve\tof it", &["Line 1", "a control character"]),
    ];
    for (typed, words) in cases {
        let page = dated(&mut browser, "Refused", typed).expect(422);
        let errors = errors_beside(&page, "rules-0-dates").join(" ");
        assert!(words.iter().all(|word| errors.contains(word)), "{typed}: {errors}");
        let kept = page.form("#calendar_form").values("rules-0-dates").join("\n");
        assert_eq!(kept.trim(), typed.trim(), "what was typed is kept");
    }
    // As many days as a rule may list, in ranges that overlap.
    dated(
        &mut browser,
        "Long",
        "2990-01-01 – 2992-09-26\n2990-02-01 – 2990-03-01\n2990-05-01",
    )
    .expect(302);
}

fn a_new_rule_of_a_calendar_is_whole_days(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let page = browser.get(CALENDAR).expect(200);
    let form = page.form("#calendar_form");
    let expected = [
        ("kind", "dates"),
        ("start_time", "00:00"),
        ("end_time", "24:00"),
        ("dates", ""),
    ];
    for (field, value) in expected {
        for row in ["0", "2"] {
            let name = format!("rules-{row}-{field}");
            assert_eq!(form.values(&name), [value], "{name}");
        }
    }
    // The row that scripts copy says the same.
    for (field, value) in [
        ("kind option[selected]", "dates"),
        ("start_time", "00:00"),
        ("end_time", "24:00"),
    ] {
        assert_eq!(
            page.attributes(&format!("#id_rules-__prefix__-{field}"), "value"),
            [value]
        );
    }
    assert_eq!(page.texts("#rules-0 .row-words"), [""]);
    let window = browser.get(WINDOW).expect(200).form("#slawindow_form");
    assert_eq!(window.values("rules-0-kind"), ["weekly"]);
    assert_eq!(window.values("rules-0-start_time"), [""]);

    // Rows as they were offered are no rules.
    let empty = form.clone().set("name", "Empty");
    browser.submit(&empty, ("_save", "")).expect(302);
    let rules = "SELECT count(*) AS value FROM rule";
    assert_eq!(database.number(rules), 0);
    let holidays = form
        .set("name", "Holidays")
        .set("rules-1-dates", "2990-12-25 Christmas");
    browser.submit(&holidays, ("_save", "")).expect(302);
    assert_eq!(
        exported(database, "calendars", "Holidays"),
        json!({"type": "dates", "dates": [{"date": "2990-12-25", "name": "Christmas"}], "start": "00:00", "duration_s": 86400})
    );
    assert_eq!(database.number(rules), 1);
    // A form that is shown again has as many blank rows as before, and the rule.
    let path = format!("/admin/sla/calendar/{}/change/", key(database, "calendar", "Holidays"));
    let form = browser.get(&path).expect(200).form("#calendar_form");
    let page = browser.submit(&form.clone().set("name", ""), ("_save", "")).expect(422);
    assert_eq!(page.form("#calendar_form").values("rules-TOTAL_FORMS"), ["4"]);
    // A row of another kind is one that was chosen.
    let page = browser
        .submit(&form.set("rules-1-kind", "weekly"), ("_save", ""))
        .expect(422);
    assert_eq!(errors_beside(&page, "rules-1-weekdays").len(), 1);
}

/// Posts a window with one rule of these fields.
fn ruled(browser: &mut Browser, name: &str, fields: &[(&str, &str)]) -> Page {
    let named: Vec<(String, &str)> = fields
        .iter()
        .map(|(field, value)| (format!("rules-0-{field}"), *value))
        .collect();
    let more: Vec<(&str, &str)> = named.iter().map(|(field, value)| (field.as_str(), *value)).collect();
    browser.post(WINDOW, &window(name, "1", &more))
}

fn recurrence_rules_are_taken_as_calendars_write_them(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let mut post = |name: &str, rrule: &str| {
        let fields = [
            ("kind", "rrule"),
            ("rrule", rrule),
            ("start_time", "09:00"),
            ("end_time", "17:00"),
        ];
        ruled(&mut browser, name, &fields)
    };
    let monthly = "FREQ=MONTHLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1";
    let taken = [
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1", monthly),
        (
            " RRULE : FREQ = YEARLY ; BYSETPOS = -1 ; BYMONTH = 9 ; BYDAY = FR ",
            monthly,
        ),
        (
            "RRULE:FREQ=MONTHLY;\r\n BYDAY=MO, -1FR\r\n",
            "FREQ=MONTHLY;BYDAY=MO,-1FR",
        ),
    ];
    for (index, (typed, stored)) in taken.into_iter().enumerate() {
        let name = format!("Window {index}");
        post(&name, typed).expect(302);
        assert_eq!(exported(database, "windows", &name)["rrule"], stored, "{typed}");
    }
    let refused: [(&str, &[&str]); 5] = [
        (
            "DTSTART;TZID=Europe/Berlin:20260904T090000\r\nRRULE:FREQ=MONTHLY;BYDAY=1FR",
            &["DTSTART", "“RRULE:”", "start", "anchor", "valid_from"],
        ),
        // A browser drops the line breaks of what is pasted into a field of one line.
        (
            "DTSTART:20260904T090000ZRRULE:FREQ=MONTHLY;BYDAY=1FR",
            &["DTSTART", "“RRULE:”"],
        ),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", &["more than a recurrence rule"]),
        ("RRULE:FREQ=DAILY\nEXDATE:20260904", &["EXDATE", "exclude rules"]),
        (
            "FREQ=YEARLY;BYMONTH=3,9;BYDAY=FR;BYSETPOS=-1",
            &["BYSETPOS", "one month in BYMONTH"],
        ),
    ];
    for (typed, words) in refused {
        let page = post("Refused", typed).expect(422);
        let errors = errors_beside(&page, "rules-0-rrule").join(" ");
        assert!(words.iter().all(|word| errors.contains(word)), "{typed}: {errors}");
    }
}

fn times_of_day_are_read_as_people_write_them(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let weekly = |start: &'static str, end: &'static str| {
        [
            ("kind", "weekly"),
            ("weekdays", "MO"),
            ("start_time", start),
            ("end_time", end),
        ]
    };
    ruled(&mut browser, "Early", &weekly("9:00", "9:30:00")).expect(302);
    let early = exported(database, "windows", "Early");
    assert_eq!((&early["start"], &early["duration_s"]), (&json!("09:00"), &json!(1800)));
    ruled(&mut browser, "Late", &weekly("9:00:30", "24:00:00")).expect(302);
    let late = exported(database, "windows", "Late");
    assert_eq!(
        (&late["start"], &late["duration_s"]),
        (&json!("09:00:30"), &json!(53_970))
    );
    let once = [
        ("kind", "once"),
        ("start_local", "2990-12-30T24:00"),
        ("end_local", "2990-12-31 24:00:00"),
    ];
    ruled(&mut browser, "Once", &once).expect(302);
    let once = exported(database, "windows", "Once");
    assert_eq!(once["start_local"], "2990-12-31T00:00");
    assert_eq!(once["end_local"], "2991-01-01T00:00");

    let page = ruled(&mut browser, "Refused", &weekly("24:00", "06:00")).expect(422);
    let errors = errors_beside(&page, "rules-0-start_time").join(" ");
    assert!(
        errors.contains("24:00") && errors.contains("24:00 is 00:00 on the day after"),
        "{errors}"
    );
    for (start, end, field) in [("9:5", "10:00", "start_time"), ("09:00", "24:01", "end_time")] {
        let page = ruled(&mut browser, "Refused", &weekly(start, end)).expect(422);
        assert_eq!(
            errors_beside(&page, &format!("rules-0-{field}")).len(),
            1,
            "{start} {end}"
        );
    }
}
