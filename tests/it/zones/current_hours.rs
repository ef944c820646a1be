//! Clocks whose law changed in 2026: what the program says is what they show.

use serde_json::{Value, json};

use crate::support::program::run_with;

/// What is asked of daily hours from 08:00 to 18:00 in a zone: now, and the values expected.
const CASES: [(&str, i64, Value, i64); 7] = [
    ("America/Vancouver", 1_796_049_000, Value::Null, 1_796_050_800),
    ("America/Edmonton", 1_796_045_400, Value::Null, 1_796_047_200),
    ("America/Inuvik", 1_796_045_400, Value::Null, 1_796_047_200),
    ("America/Winnipeg", 1_796_041_800, Value::Null, 1_796_043_600),
    ("Africa/Casablanca", 1_796_023_800, Value::Null, 1_796_025_600),
    ("Africa/El_Aaiun", 1_796_023_800, Value::Null, 1_796_025_600),
    ("America/Havana", 1_796_038_200, Value::Null, 1_796_040_000),
];

#[test]
fn zones_whose_law_changed_have_their_present_hours() {
    let question = |zone: &str, now: i64| {
        let rule = json!({"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "08:00", "duration_s": 36_000});
        json!({"now": now, "windows": [{"timezone": zone, "rules": [rule]}]}).to_string()
    };
    let questions: Vec<String> = CASES.iter().map(|(zone, now, ..)| question(zone, *now)).collect();
    let answers = run_with(&["evaluate"], &questions.join("\n"), &[]).ok();
    let answers: Vec<Value> = answers
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect();
    assert_eq!(answers.len(), CASES.len());
    for ((zone, _, _, next_start), answer) in CASES.iter().zip(&answers) {
        assert_eq!(answer["in_window"], 0, "{zone}: {answer}");
        assert_eq!(answer["next_start"], *next_start, "{zone}: {answer}");
        assert_eq!(answer["next_end"], *next_start + 36_000, "{zone}: {answer}");
    }
}

#[test]
fn summer_time_goes_on_after_2100() {
    // 2150-07-01 and 2150-12-01, daily 08:00 for an hour in Berlin, asked at midnight UTC.
    let (summer, winter) = (5_695_920_000_i64, 5_709_139_200_i64);
    let question = |now: i64| {
        let rule = json!({"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "08:00", "duration_s": 3_600});
        json!({"now": now, "windows": [{"timezone": "Europe/Berlin", "rules": [rule]}]}).to_string()
    };
    let answers = run_with(
        &["evaluate"],
        &format!("{}\n{}\n", question(summer), question(winter)),
        &[],
    )
    .ok();
    let starts: Vec<i64> = answers
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).expect("JSON")["next_start"]
                .as_i64()
                .expect("a start")
        })
        .collect();
    assert_eq!(starts, [summer + 6 * 3_600, winter + 7 * 3_600]);
}
