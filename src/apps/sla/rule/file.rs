//! Rules as files write them. The shapes are those of the contract; every refusal stands at the key that it is about.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use super::fields::{RuleFieldError, RuleFieldFault, RuleFields};
use super::kind::{RuleField, RuleKind};
use super::listed_days::ListedDays;
use super::{NOTE_LENGTH_MAX, RULES_MAX, RuleDefinition};
use crate::apps::sla::declarative::document::node::{At, Content, ReadError};
use crate::apps::sla::properties::text::check_storable;
use crate::calculus::civil::{self, DurationMode};

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
    if let Some(zone) = at.get("timezone").filter(|_| !also.contains(&"timezone")) {
        return Err(zone.error(
            "a rule is read in the zone of its window or calendar; exclusions in a zone of their own go into a calendar with \
             that `timezone`",
        ));
    }
    let kind = kind.parsed(RuleKind::parse)?;
    at.expect_keys(&[keys(kind).as_slice(), also].concat())?;
    let fields = fields(at, kind)?;
    fields.read().map_err(|errors| match errors.first() {
        Some(first) => refusal(at, first),
        None => at.error("this is no rule"),
    })
}

/// Returns a rule as files write it; defaults are left out.
#[must_use]
pub fn to_json(definition: &RuleDefinition) -> Value {
    let RuleFields {
        kind,
        note,
        weekdays,
        recurrence,
        anchor,
        dates,
        start,
        // A length has one form, which no change of the clock touches.
        end: _,
        end_day: _,
        length_s,
        mode,
        start_local,
        end_local,
    } = RuleFields::of(definition);
    let list = |dates: Vec<ListedDays>| dates.iter().map(ListedDays::to_json).collect::<Value>();
    let mode = mode.filter(|mode| mode != DurationMode::default().as_str());
    let values = [
        (RuleField::Kind, Some(json!(kind.as_str()))),
        (RuleField::Weekdays, weekdays.map(|codes| json!(codes))),
        (RuleField::Recurrence, recurrence.map(Value::from)),
        (RuleField::Anchor, anchor.map(Value::from)),
        (RuleField::Dates, dates.map(list)),
        (RuleField::StartLocal, start_local.map(Value::from)),
        (RuleField::EndLocal, end_local.map(Value::from)),
        (RuleField::Start, start.map(Value::from)),
        (RuleField::Length, length_s.map(Value::from)),
        (RuleField::Mode, mode.map(Value::from)),
        (
            RuleField::Note,
            Some(note).filter(|note| !note.is_empty()).map(Value::from),
        ),
    ];
    let mut object = Map::new();
    for (field, value) in values {
        if let (Some(key), Some(value)) = (key(field), value) {
            object.insert(key.to_owned(), value);
        }
    }
    Value::Object(object)
}

/// Returns the key of a field; nothing for one that files do not have.
pub(super) fn key(field: RuleField) -> Option<&'static str> {
    Some(match field {
        RuleField::Kind => "type",
        RuleField::Note => "note",
        RuleField::Weekdays => "days",
        RuleField::Recurrence => "rrule",
        RuleField::Anchor => "anchor",
        RuleField::Dates => "dates",
        RuleField::Start => "start",
        RuleField::End => "end",
        RuleField::EndDay => return None,
        RuleField::Length => "duration_s",
        RuleField::Mode => "duration_mode",
        RuleField::StartLocal => "start_local",
        RuleField::EndLocal => "end_local",
    })
}

/// Returns the keys of a rule, in the order in which messages list them.
pub(super) fn keys(kind: RuleKind) -> Vec<&'static str> {
    let own = kind.fields().iter().copied();
    let all = [RuleField::Kind].into_iter().chain(own).chain([RuleField::Note]);
    all.filter_map(key).collect()
}

fn fields(at: &At<'_>, kind: RuleKind) -> Result<RuleFields, ReadError> {
    let given = |field| at.get(key(field)?);
    let present = |field| given(field).and_then(At::not_null);
    let text = |field| present(field).map(|at| at.text().map(str::to_owned)).transpose();
    // What every rule of a kind needs is no less refused for being null.
    let needed = |field| given(field).map(|at| at.text().map(str::to_owned)).transpose();
    let length_s = present(RuleField::Length).map(|at| at.integer()).transpose()?;
    if let Some(end) = present(RuleField::End).filter(|_| length_s.is_some()) {
        return Err(end.error("give `end` or `duration_s`, not both"));
    }
    Ok(RuleFields {
        kind,
        note: present(RuleField::Note)
            .map(|at| at.parsed(note))
            .transpose()?
            .unwrap_or_default(),
        weekdays: given(RuleField::Weekdays).map(|at| codes(&at)).transpose()?,
        recurrence: needed(RuleField::Recurrence)?,
        anchor: text(RuleField::Anchor)?,
        dates: given(RuleField::Dates).map(|at| dates(&at)).transpose()?,
        start: needed(RuleField::Start)?,
        end: text(RuleField::End)?,
        end_day: None,
        length_s,
        mode: text(RuleField::Mode)?,
        start_local: needed(RuleField::StartLocal)?,
        end_local: needed(RuleField::EndLocal)?,
    })
}

/// Returns the error of a field, at the item, the key or the rule that it is about.
fn refusal(at: &At<'_>, error: &RuleFieldError) -> ReadError {
    let RuleFieldError { field, index, fault } = error;
    let missing = key(*field).unwrap_or_default();
    match fault {
        RuleFieldFault::Missing if *field == RuleField::End => {
            at.error("`duration_s` is missing; give the length in seconds, or an `end` such as \"17:00\"")
        }
        RuleFieldFault::Missing => at.error(format!("`{missing}` is missing")),
        RuleFieldFault::Refused(message) => {
            let Some(value) = key(*field).and_then(|key| at.get(key)) else {
                return at.error(message);
            };
            let item = index.and_then(|index| value.items().ok()?.nth(index).map(|item| item.error(message)));
            item.unwrap_or_else(|| value.error(message))
        }
    }
}

fn codes(at: &At<'_>) -> Result<Vec<String>, ReadError> {
    at.items()?.map(|item| item.text().map(str::to_owned)).collect()
}

/// Returns a note, or the name of a date.
fn note(text: &str) -> Result<String, String> {
    check_storable(text)?;
    match text.chars().count() {
        0..=NOTE_LENGTH_MAX => Ok(text.to_owned()),
        length => Err(format!("this text has {length} characters; {NOTE_LENGTH_MAX} at most")),
    }
}

/// Reads dates: texts, mappings of `date` and `name`, or ranges: mappings of `from`, `to` and `name`.
fn dates(at: &At<'_>) -> Result<Vec<ListedDays>, ReadError> {
    at.items()?.map(|item| listed_days(&item)).collect()
}

fn listed_days(item: &At<'_>) -> Result<ListedDays, ReadError> {
    if !matches!(item.content(), Content::Map(_)) {
        return Ok(ListedDays::day(item.parsed(lone_date)?, String::new()));
    }
    let name = match item.get("name").and_then(At::not_null) {
        Some(name) => name.parsed(note)?,
        None => String::new(),
    };
    if item.get("from").is_none() && item.get("to").is_none() {
        item.expect_keys(&["date", "name"])?;
        return Ok(ListedDays::day(item.required("date")?.parsed(civil::parse_date)?, name));
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
    Ok(ListedDays::range(first, last, name))
}

/// Returns a date; refuses the lines that forms take, which are mappings in files.
fn lone_date(text: &str) -> Result<NaiveDate, String> {
    civil::parse_date(text).map_err(|error| {
        let begins_with_date = text.get(..10).is_some_and(|date| civil::parse_date(date).is_ok());
        if begins_with_date {
            format!(
                "“{text}” is more than a date; a range is {{from: …, to: …}}, a date with a name {{date: …, name: …}}, and each \
                 other date an item of its own"
            )
        } else {
            error.to_string()
        }
    })
}
