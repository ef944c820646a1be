//! Rules as files write them. The shapes are those of the contract; every refusal stands at the key that it is about.

use chrono::NaiveDate;

use super::node::{At, Content, ReadError};
use crate::apps::sla::rule::named_days::NamedDays;
use crate::apps::sla::rule::{NOTE_LENGTH_MAX, RuleDefinition};
use crate::calculus::civil::{self, DurationMode, OccurrenceLength, WeekdaySet};
use crate::calculus::recurrence::Recurrence;
use crate::calculus::rule::{Rule, Schedule};

/// The most rules that a window or a calendar has.
pub const RULES_MAX: usize = 100;

const WEEKLY_KEYS: &[&str] = &["type", "days", "start", "end", "duration_s", "duration_mode", "note"];
const RRULE_KEYS: &[&str] = &[
    "type",
    "rrule",
    "anchor",
    "start",
    "end",
    "duration_s",
    "duration_mode",
    "note",
];
const DATES_KEYS: &[&str] = &["type", "dates", "start", "end", "duration_s", "duration_mode", "note"];
const ONCE_KEYS: &[&str] = &["type", "start_local", "end_local", "note"];

/// Reads a list of rules.
///
/// # Errors
/// The first rule that is refused, or that there are more than [`RULES_MAX`].
pub fn rules(at: &At<'_>) -> Result<Vec<RuleDefinition>, ReadError> {
    let rules = at.items()?.map(|at| rule(&at, &[])).collect::<Result<Vec<_>, _>>()?;
    if rules.len() > RULES_MAX {
        return Err(at.error(format!("{} rules are too many; the limit is {RULES_MAX}", rules.len())));
    }
    Ok(rules)
}

/// Reads one rule, which may hold the keys `also` beside its own.
///
/// # Errors
/// What is wrong with it.
pub fn rule(at: &At<'_>, also: &[&str]) -> Result<RuleDefinition, ReadError> {
    let kind = at.required("type")?;
    let expect = |keys: &[&str]| at.expect_keys(&[keys, also].concat());
    if let Some(zone) = at.get("timezone").filter(|_| !also.contains(&"timezone")) {
        return Err(zone.error("a rule is read in the zone of its window or calendar; exclusions in a zone of their own go into a calendar with that `timezone`"));
    }
    let note = note(at)?;
    match kind.text()? {
        "weekly" => {
            expect(WEEKLY_KEYS)?;
            let rule = Rule::Weekly {
                days: days(&at.required("days")?)?,
                schedule: schedule(at)?,
            };
            Ok(RuleDefinition::new(rule, note))
        }
        "rrule" => {
            expect(RRULE_KEYS)?;
            let anchor = at
                .get("anchor")
                .and_then(At::not_null)
                .map(|at| at.parsed(civil::parse_date))
                .transpose()?;
            let recurrence = at.required("rrule")?.parsed(|text| Recurrence::parse(text, anchor))?;
            let rule = Rule::Recurring {
                recurrence,
                schedule: schedule(at)?,
            };
            Ok(RuleDefinition::new(rule, note))
        }
        "dates" => {
            expect(DATES_KEYS)?;
            let list = at.required("dates")?;
            RuleDefinition::dated(dates(&list)?, schedule(at)?, note).map_err(|error| list.error(error))
        }
        "once" => {
            expect(ONCE_KEYS)?;
            let start = at.required("start_local")?.parsed(civil::parse_date_time)?;
            let end = at.required("end_local")?;
            let end_local = end.parsed(civil::parse_date_time)?;
            let rule = Rule::once(start, end_local).map_err(|error| end.error(error))?;
            Ok(RuleDefinition::new(rule, note))
        }
        other => Err(kind.error(format!("`{other}` is no rule type; use weekly, rrule, dates or once"))),
    }
}

fn note(at: &At<'_>) -> Result<String, ReadError> {
    match at.get("note").and_then(At::not_null) {
        Some(note) => note.parsed(remark),
        None => Ok(String::new()),
    }
}

/// Returns a note, or the name of a date.
fn remark(text: &str) -> Result<String, String> {
    match text.chars().count() {
        // PostgreSQL cannot keep it.
        _ if text.contains('\0') => Err("a text holds no NUL character".to_owned()),
        0..=NOTE_LENGTH_MAX => Ok(text.to_owned()),
        length => Err(format!("this text has {length} characters; {NOTE_LENGTH_MAX} at most")),
    }
}

fn days(at: &At<'_>) -> Result<WeekdaySet, ReadError> {
    let items: Vec<At<'_>> = at.items()?.collect();
    let codes = items.iter().map(At::text).collect::<Result<Vec<_>, _>>()?;
    for (item, code) in items.iter().zip(&codes) {
        WeekdaySet::parse([*code]).map_err(|error| item.error(error))?;
    }
    WeekdaySet::parse(codes).map_err(|error| at.error(error))
}

fn schedule(at: &At<'_>) -> Result<Schedule, ReadError> {
    let start = at.required("start")?.parsed(civil::parse_time)?;
    let mode = match at.get("duration_mode").and_then(At::not_null) {
        Some(mode) => mode.parsed(DurationMode::parse)?,
        None => DurationMode::Wall,
    };
    let given = |key| at.get(key).and_then(At::not_null);
    let length = match (given("duration_s"), given("end")) {
        (Some(duration), None) => {
            OccurrenceLength::new(duration.integer()?, mode).map_err(|error| duration.error(error))?
        }
        (None, Some(end)) => {
            let time = end.parsed(civil::parse_end)?;
            OccurrenceLength::until(start, time, None, mode).map_err(|error| end.error(error))?
        }
        (Some(_), Some(end)) => {
            return Err(end.error("give `end` or `duration_s`, not both"));
        }
        (None, None) => {
            return Err(at.error("`duration_s` is missing; give the length in seconds, or an `end` such as \"17:00\""));
        }
    };
    Ok(Schedule { start, length })
}

/// Dates are texts, mappings of `date` and `name`, or ranges: mappings of `from`, `to` and `name`.
fn dates(at: &At<'_>) -> Result<Vec<NamedDays>, ReadError> {
    at.items()?.map(|item| named_days(&item)).collect()
}

fn named_days(item: &At<'_>) -> Result<NamedDays, ReadError> {
    if !matches!(item.content(), Content::Map(_)) {
        return Ok(NamedDays::day(item.parsed(lone_date)?, String::new()));
    }
    let name = match item.get("name").and_then(At::not_null) {
        Some(name) => name.parsed(remark)?,
        None => String::new(),
    };
    if item.get("from").is_none() && item.get("to").is_none() {
        item.expect_keys(&["date", "name"])?;
        return Ok(NamedDays::day(item.required("date")?.parsed(civil::parse_date)?, name));
    }
    item.expect_keys(&["from", "to", "name"])?;
    let first = item.required("from")?.parsed(civil::parse_date)?;
    let end = item.required("to")?;
    let last = end.parsed(civil::parse_date)?;
    if last < first {
        return Err(end.error(format!(
            "the range ends on {last}, before it begins on {first}; write the earlier date first"
        )));
    }
    Ok(NamedDays::range(first, last, name))
}

/// Returns a date; refuses the lines that forms take, which are mappings in files.
fn lone_date(text: &str) -> Result<NaiveDate, String> {
    civil::parse_date(text).map_err(|error| {
        let begins_with_date = text.get(..10).is_some_and(|date| civil::parse_date(date).is_ok());
        if begins_with_date {
            format!("“{text}” is more than a date; a range is {{from: …, to: …}}, a date with a name {{date: …, name: …}}, and each other date an item of its own")
        } else {
            error.to_string()
        }
    })
}
