//! Rules in files: ranges of dates, ends instead of lengths, times of day, names under the wrong key.

use serde_json::{Value, json};

use super::EXAMPLE;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_with};

on_both_databases!(
    ranges_of_dates_go_out_as_they_came_in,
    an_end_is_as_good_as_a_length,
    names_under_the_wrong_key_say_where_they_belong,
);

/// The rules of the only window, as an export has them.
fn rules(database: &Database) -> Value {
    let out = run_on(database, &["export", "--format", "json"]).ok();
    let export: Value = serde_json::from_str(&out).expect("the export is JSON");
    for format in ["yaml", "json"] {
        let file = run_on(database, &["export", "--format", format]).ok();
        assert_eq!(apply(database, &file), "0 added, 0 changed, 0 deleted\n", "{file}");
    }
    export["windows"][0]["rules"].clone()
}

fn ranges_of_dates_go_out_as_they_came_in(database: &Database) {
    let file = "windows:\n- name: Break\n  timezone: Europe/Berlin\n  rules:\n  - type: dates\n    start: '0:00'\n    end: '24:00'\n    dates:\n    - {from: 2027-07-30, to: 2027-09-13, name: Summer}\n    - {from: 2027-02-01, to: 2027-02-05}\n    - {from: 2027-05-01, to: 2027-05-01}\n    - {date: 2027-03-26, name: Good Friday}\n    - {date: 2027-08-15, name: ''}\n    - 2027-03-26\n";
    assert_eq!(apply(database, file), "1 added, 0 changed, 0 deleted\n");
    assert_eq!(apply(database, file), "0 added, 0 changed, 0 deleted\n");
    assert_eq!(
        rules(database),
        json!([{
            "type": "dates",
            "dates": [
                {"from": "2027-02-01", "to": "2027-02-05"},
                {"date": "2027-03-26", "name": "Good Friday"},
                "2027-05-01",
                {"from": "2027-07-30", "to": "2027-09-13", "name": "Summer"},
                "2027-08-15",
            ],
            "start": "00:00",
            "duration_s": 86400,
        }])
    );
    // A day instead of a range is another rule.
    let shorter = file.replace("to: 2027-02-05", "to: 2027-02-04");
    assert_eq!(apply(database, &shorter), "0 added, 1 changed, 0 deleted\n");
}

fn an_end_is_as_good_as_a_length(database: &Database) {
    let rule = |more: &str| format!("{{type: weekly, days: [FR], {more}}}");
    let written = [
        ("start: '22:00', end: '06:00'", 28_800),
        ("start: 9:00, end: 17:30:15", 30_615),
        ("start: '09:00', end: '24:00'", 54_000),
        ("start: '09:00', end: '9:00'", 86_400),
        ("start: '09:00', end: '17:00', duration_s: null", 28_800),
        ("start: '09:00', duration_s: 60, end: null", 60),
    ];
    let list: Vec<String> = written.iter().map(|(more, _)| rule(more)).collect();
    let more = rule("start: '22:00', end: '06:00', duration_mode: elapsed");
    apply(
        database,
        &format!(
            "windows: [{{name: w, timezone: UTC, rules: [{}, {more}]}}]",
            list.join(", ")
        ),
    );
    let rules = rules(database);
    for (index, (more, seconds)) in written.into_iter().enumerate() {
        assert_eq!(rules[index]["duration_s"], seconds, "{more}");
        assert!(rules[index].get("end").is_none());
    }
    assert_eq!(
        rules[written.len()],
        json!({"type": "weekly", "days": ["FR"], "start": "22:00", "duration_s": 28_800, "duration_mode": "elapsed"})
    );
}

#[test]
fn questions_take_ranges_ends_and_times() {
    let seconds = |rule: Value| {
        let question = json!({"windows": [{"timezone": "UTC", "rules": [rule]}], "from": 0, "to": 4_102_444_800_i64});
        let out = run_with(&["evaluate"], &format!("{question}\n"), &[]).out;
        let answer: Value = serde_json::from_str(&out).expect("the answer is JSON");
        answer
            .get("seconds")
            .or(answer.get("error"))
            .cloned()
            .expect("an answer")
    };
    let days = json!([{"from": "2027-07-30", "to": "2027-08-02"}, "2027-08-01"]);
    assert_eq!(
        seconds(json!({"type": "dates", "dates": days, "start": "9:00", "end": "17:00"})),
        4 * 28_800
    );
    assert_eq!(
        seconds(json!({"type": "once", "start_local": "2027-07-30T23:00", "end_local": "2027-07-30T24:00"})),
        3_600
    );
    assert_eq!(
        seconds(
            json!({"type": "rrule", "rrule": "FREQ=YEARLY;BYMONTH=9;BYDAY=FR;BYSETPOS=-1", "start": "23:00", "end": "1:00"})
        ),
        (2100 - 1970) * 7_200
    );
    let refused =
        seconds(json!({"type": "weekly", "days": ["MO"], "start": "09:00", "end": "17:00", "duration_s": 60}));
    assert!(
        refused.as_str().is_some_and(|error| error.contains("not both")),
        "{refused}"
    );
}

fn names_under_the_wrong_key_say_where_they_belong(database: &Database) {
    apply(database, EXAMPLE);
    let refused = |file: &str, message: &str| {
        let said = crate::support::program::run_on_input(database, &["apply", "-"], file).refused();
        assert!(said.contains(message), "{message} was expected: {said}");
    };
    refused(
        "components: [{name: a, windows: [holidays de]}]",
        "components[0].windows[0]: `holidays de` is a calendar; put it under calendars:",
    );
    refused(
        "components: [{name: a, calendars: [Business hours DE]}]",
        "components[0].calendars[0]: `Business hours DE` is a window; put it under windows:",
    );
    refused(
        "windows: [{name: w, timezone: UTC, calendars: [Business hours DE]}]",
        "windows[0].calendars[0]: `Business hours DE` is a window; put it under windows:",
    );
    refused(
        "windows: [{name: new, timezone: UTC}]\ncalendars: [{name: c}]\ncomponents: [{name: a, windows: [c], calendars: [new]}]",
        "`c` is a calendar; put it under calendars:",
    );
    refused(
        "windows: [{name: Holidays DE, rules: []}]",
        "`Holidays DE` is a calendar; put it under calendars:",
    );
    refused(
        "components: [{name: a, windows: [Nope]}]",
        "there is no window `Nope`, neither in the file nor in the database",
    );
}
