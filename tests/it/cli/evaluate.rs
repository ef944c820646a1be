//! `evaluate`: the vectors, and lines that are odd or refused.

use serde_json::{Map, Value, json};

use super::{folder, text, write};
use crate::support::program::{Ran, run, run_with};

const VECTORS: &str = include_str!("../../data/windows.json");
const VALUES: [&str; 5] = ["in_window", "last_start", "last_end", "next_start", "next_end"];

fn vectors(list: &str) -> Vec<Value> {
    let mut all: Value = serde_json::from_str(VECTORS).expect("the vectors are JSON");
    let Value::Array(vectors) = all[list].take() else {
        panic!("{list} is no list")
    };
    assert!(!vectors.is_empty(), "{list} holds something");
    vectors
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

fn answers(out: &str) -> Vec<Map<String, Value>> {
    out.lines()
        .map(|line| serde_json::from_str(line).expect("every line is a JSON object"))
        .collect()
}

/// Answers line by line to lines that are all accepted.
fn accepted(questions: &[Value]) -> Vec<Map<String, Value>> {
    let answers = answers(&run_with(&["evaluate"], &lines(questions), &[]).ok());
    assert_eq!(answers.len(), questions.len(), "an answer for each line");
    answers
}

/// What of a question comes back with its answer.
fn passed_through(question: &Value) -> Map<String, Value> {
    let mut passed = question.as_object().expect("questions are objects").clone();
    passed.retain(|key, _| !["windows", "now", "from", "to"].contains(&key.as_str()));
    passed
}

#[test]
fn all_vectors_have_their_five_values_and_keep_their_other_keys() {
    let vectors = vectors("vectors");
    for (vector, answer) in vectors.iter().zip(accepted(&vectors)) {
        let mut expected = passed_through(vector);
        expected.extend(VALUES.map(|key| (key.to_owned(), vector["expect"][key].clone())));
        assert_eq!(Value::Object(answer), Value::Object(expected), "{}", vector["id"]);
    }
}

#[test]
fn all_ranges_have_their_covered_seconds() {
    let ranges = vectors("coverage");
    for (range, answer) in ranges.iter().zip(accepted(&ranges)) {
        let mut expected = passed_through(range);
        expected.insert("seconds".to_owned(), range["expect_seconds"].clone());
        assert_eq!(Value::Object(answer), Value::Object(expected), "{}", range["id"]);
    }
}

#[test]
fn all_definitions_to_refuse_are_refused_on_their_lines() {
    let refused = vectors("reject");
    let question = |reject: &Value| {
        let window = match reject["field"].as_str() {
            Some("rule") => json!({"timezone": "UTC", "rules": [reject["input"]]}),
            Some("window") => reject["input"].clone(),
            other => panic!("{other:?} is a field that this test does not know"),
        };
        json!({"id": reject["id"], "windows": [window], "now": 0})
    };
    let questions: Vec<Value> = refused.iter().map(question).collect();
    let ran = run_with(&["evaluate"], &lines(&questions), &[]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (1, ""),
        "the lines themselves say what is wrong"
    );
    let answers = answers(&ran.out);
    assert_eq!(answers.len(), refused.len());
    for (reject, answer) in refused.iter().zip(answers) {
        let place = if reject["field"] == "rule" {
            "windows[0].rules[0]."
        } else {
            "windows[0]."
        };
        let error = answer["error"].as_str().expect("the error is a text");
        assert!(error.starts_with(place), "{}: {error}", reject["id"]);
        assert_eq!(
            Value::Object(answer.clone()),
            json!({"id": reject["id"], "error": error})
        );
    }
}

/// A window of every Monday from nine to five in Berlin, with further keys.
fn office(more: &str) -> String {
    let rule = r#"{"type": "weekly", "days": ["MO"], "start": "09:00", "duration_s": 28800}"#;
    format!(r#"{{"windows": [{{"timezone": "Europe/Berlin", "rules": [{rule}]{more}}}], "now": 1736762400}}"#)
}

#[test]
fn lines_are_answered_one_by_one() {
    const INSIDE: &str = r#"{"in_window":1,"last_start":1736755200,"last_end":1736179200,"next_start":1737360000,"next_end":1736784000}"#;
    const NEVER: &str = r#"{"in_window":0,"last_start":null,"last_end":null,"next_start":null,"next_end":null}"#;
    let lunch = r#"{"type": "weekly", "days": ["MO"], "start": "10:00", "duration_s": 3600"#;
    let cases = [
        (office(""), INSIDE.to_owned()),
        (office(r#", "name": "x", "description": "y", "enabled": true, "excludes": null, "valid_from": null"#), INSIDE.to_owned()),
        (office(r#", "enabled": false"#), NEVER.to_owned()),
        (r#"{"windows": [], "now": 0}"#.to_owned(), NEVER.to_owned()),
        (r#"{"windows": [], "now": 9223372036854775807}"#.to_owned(), NEVER.to_owned()),
        (r#"{"windows": [], "from": 10, "to": 0}"#.to_owned(), r#"{"seconds":0}"#.to_owned()),
        (r#"  {"n": 12345678901234567890, "windows": [], "a": {"b": [1, 2.5, null]}, "from": 0, "to": 9} "#.to_owned(),
            r#"{"n":12345678901234567890,"a":{"b":[1,2.5,null]},"seconds":0}"#.to_owned()),
        // 10:00 in Berlin is the question's instant; 10:00 in London is an hour later.
        (office(&format!(r#", "excludes": [{lunch}}}]"#)),
            r#"{"in_window":1,"last_start":1736762400,"last_end":1736758800,"next_start":1737360000,"next_end":1736784000}"#.to_owned()),
        (office(&format!(r#", "excludes": [{lunch}, "timezone": "Europe/London"}}]"#)),
            r#"{"in_window":0,"last_start":1736755200,"last_end":1736762400,"next_start":1736766000,"next_end":1736784000}"#.to_owned()),
    ];
    let input: String = cases.iter().map(|(line, _)| format!("{line}\n")).collect();
    let out = run_with(&["evaluate"], &input, &[]).ok();
    for ((line, expected), answer) in cases.iter().zip(out.lines()) {
        assert_eq!(answer, expected, "{line}");
    }
    assert_eq!(out.lines().count(), cases.len());
}

#[test]
fn a_refused_line_says_why_and_the_others_are_answered() {
    let cases: &[(&str, &str)] = &[
        ("nonsense", "this is no JSON object: "),
        ("[1]", "this is no JSON object: "),
        (r#"{"windows": [], "now": 0"#, "this is no JSON object: "),
        (r#"{"now": 0}"#, "`windows` is missing"),
        (r#"{"windows": null, "now": 0}"#, "windows: a list is needed here"),
        (r#"{"windows": []}"#, "give `now`, or `from` and `to`"),
        (r#"{"windows": [], "from": 0}"#, "give `now`, or `from` and `to`"),
        (
            r#"{"windows": [], "now": 0, "from": 0, "to": 0}"#,
            "give `now`, or `from` and `to`",
        ),
        (
            r#"{"windows": [], "now": null}"#,
            "now: a single value is needed here, not null",
        ),
        (r#"{"windows": [], "now": 1.5}"#, "now: `1.5` is not a whole number"),
        (r#"{"windows": [], "now": "soon"}"#, "now: `soon` is not a whole number"),
        (r#"{"windows": [], "now": 99999999999999999999}"#, "now: "),
        (
            r#"{"windows": [{"rules": []}], "now": 0}"#,
            "windows[0]: `timezone` is missing",
        ),
        (
            r#"{"windows": [{"timezone": "UTC"}], "now": 0}"#,
            "windows[0]: `rules` is missing",
        ),
        (
            r#"{"windows": [{"timezone": "UTC", "rules": [], "tz": 1}], "now": 0}"#,
            "windows[0].tz: the key `tz` is unknown",
        ),
        (
            r#"{"windows": [{"timezone": "UTC", "rules": [], "enabled": 1}], "now": 0}"#,
            "windows[0].enabled: `1` is neither",
        ),
        (
            r#"{"windows": [], "now": 0, "a": {"b": 1, "b": 2}}"#,
            "a.b: the key `b` stands here a second time",
        ),
    ];
    for (line, reason) in cases {
        let good = office("");
        let ran = run_with(&["evaluate"], &format!("{good}\n\n{line}\n \t\r\n{good}\n"), &[]);
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{line}");
        let answers = answers(&ran.out);
        assert_eq!(answers.len(), 3, "blank lines have no answer: {}", ran.out);
        let error = answers[1]["error"].as_str().expect("the error is a text");
        assert!(error.starts_with(reason), "{line}: {error}");
        assert_eq!(answers[0], answers[2]);
        assert_eq!(answers[0]["in_window"], 1);
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_on_their_line() {
    let folder = folder();
    let path = write(
        folder.path(),
        "latin1.jsonl",
        b"{\"id\": \"\xe4\", \"windows\": [], \"now\": 0}\n",
    );
    let ran = run(&["evaluate", text(&path)]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (1, "{\"error\":\"this is not UTF-8 text\"}\n")
    );
}

#[test]
fn a_file_and_standard_input_give_the_same_answers() {
    let folder = folder();
    // The last line has no end.
    let questions = format!("{}\n{}", office(""), office(r#", "valid_until": "2024-12-31""#));
    let path = write(folder.path(), "questions.jsonl", &questions);
    let from_file = run(&["evaluate", text(&path)]).ok();
    assert_eq!(from_file.lines().count(), 2);
    assert_eq!(run_with(&["evaluate", "-"], &questions, &[]).ok(), from_file);
    assert_eq!(run_with(&["evaluate"], &questions, &[]).ok(), from_file);
}

#[test]
fn nothing_is_answered_with_nothing() {
    assert_eq!(run(&["evaluate"]).ok(), "");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = folder();
    let missing = folder.path().join("missing.jsonl");
    for path in [missing.as_path(), folder.path()] {
        let ran: Ran = run(&["evaluate", text(path)]);
        let message = ran.refused();
        assert!(
            message.starts_with(&format!("sla-monitor: {}: ", path.display())),
            "{message}"
        );
    }
}
