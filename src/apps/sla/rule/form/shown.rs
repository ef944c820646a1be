//! A rule as the fields of its row.

use chrono::NaiveTime;

use super::{DAY, dates, seconds};
use crate::admin::model::FormValues;
use crate::apps::sla::rule::describe::words;
use crate::apps::sla::rule::{Effect, RuleDefinition};
use crate::calculus::civil::{self, DurationMode};
use crate::calculus::rule::Rule;

/// Returns what a rule says, and that it excludes where it could include.
#[must_use]
pub fn said(definition: &RuleDefinition, effect: Option<Effect>) -> String {
    let not = if effect == Some(Effect::Exclude) { "not " } else { "" };
    format!("{not}{}", words(definition))
}

/// Returns the fields of a rule; without an `effect` that is its to choose it excludes. Its title is what it says.
#[must_use]
pub fn values(definition: &RuleDefinition, effect: Option<Effect>, id: Option<i64>) -> FormValues {
    let mut values = FormValues::new();
    let mut put = |name: &str, value: Vec<String>| values.insert(name.to_owned(), value);
    let one = |text: String| if text.is_empty() { Vec::new() } else { vec![text] };
    put("id", id.map(|id| id.to_string()).into_iter().collect());
    put("effect", one(effect.unwrap_or(Effect::Exclude).as_str().to_owned()));
    put("note", one(definition.note.clone()));
    put("title", one(said(definition, effect)));
    put("duration_mode", one(DurationMode::Wall.as_str().to_owned()));
    let (kind, schedule) = match &definition.rule {
        Rule::Weekly { days, schedule } => {
            put("weekdays", days.codes().map(str::to_owned).collect());
            ("weekly", Some(schedule))
        }
        Rule::Recurring { recurrence, schedule } => {
            put("rrule", one(recurrence.text().to_owned()));
            put(
                "anchor_date",
                recurrence.anchor().map(|date| date.to_string()).into_iter().collect(),
            );
            ("rrule", Some(schedule))
        }
        Rule::Dates { schedule, .. } => {
            put("dates", one(dates::written(&definition.listed)));
            ("dates", Some(schedule))
        }
        Rule::Once { start, end } => {
            put("start_local", one(civil::format_date_time(*start)));
            put("end_local", one(civil::format_date_time(*end)));
            ("once", None)
        }
    };
    put("kind", one(kind.to_owned()));
    if let Some(schedule) = schedule {
        let start = seconds(schedule.start);
        let total = start + i64::from(schedule.length.seconds());
        // Midnight at the end of a day is shown as 24:00 of that day.
        let (days, end) = if total % DAY == 0 {
            (total / DAY - 1, DAY)
        } else {
            (total / DAY, total % DAY)
        };
        let implied = i64::from(end <= start);
        put("start_time", one(civil::format_time(schedule.start)));
        put(
            "end_time",
            one(if end == DAY {
                "24:00".to_owned()
            } else {
                shown_time(end)
            }),
        );
        put(
            "end_day_offset",
            if days == implied {
                Vec::new()
            } else {
                one(days.to_string())
            },
        );
        put("duration_mode", one(schedule.length.mode().as_str().to_owned()));
    }
    values
}

fn shown_time(seconds: i64) -> String {
    let time = u32::try_from(seconds)
        .ok()
        .and_then(|seconds| NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0));
    time.map(civil::format_time).unwrap_or_default()
}
