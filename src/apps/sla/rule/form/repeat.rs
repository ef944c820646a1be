//! The builder of recurrences: fields in which people say how a rule repeats, which write the recurrence rule (RFC 5545) that is stored.
//!
//! The text of the rule counts instead of the fields when no way of repeating is chosen, as in forms of scripts, or when it is not the text
//! that the form was drawn with.

use crate::admin::input::FormInput;
use crate::admin::model::FormValues;
use crate::admin::spec::{Choices, Field, Widget};
use crate::apps::sla::rule::describe::{MONTHS, WEEKDAYS};
use crate::apps::sla::rule::kind::RuleField;
use crate::calculus::recurrence::Recurrence;

/// The way of repeating.
pub(super) const REPEAT: &str = "repeat";
/// How many years, months, weeks or days lie between.
const EVERY: &str = "repeat_every";
const PLACE: &str = "repeat_place";
const DAY: &str = "repeat_day";
const DAYS: &str = "repeat_weekdays";
const MONTH_DAY: &str = "repeat_month_day";
const MONTH: &str = "repeat_month";
/// The text of the rule that the form was drawn with.
const DRAWN: &str = "repeat_of";

/// The fields of a blank row that are not empty.
pub(super) const BLANK_EVERY: (&str, &str) = (EVERY, "1");
/// See [`BLANK_EVERY`].
pub(super) const BLANK_MONTH: (&str, &str) = (MONTH, EVERY_MONTH);
/// The choice of all months.
const EVERY_MONTH: &str = "0";
/// Monday to Friday.
const WORKDAYS: &str = "MO,TU,WE,TH,FR";
/// The most days of a month.
const MONTH_DAYS: usize = 31;
/// The largest INTERVAL.
const EVERY_MAX: u32 = 999;

/// The ways of repeating, with their words.
const WAYS: [(&str, &str); 5] = [
    ("date", "on a day of the month or of the year"),
    ("weekday", "on a weekday of the month, such as the third Tuesday"),
    ("workday", "on a working day (Mon–Fri) of the month, such as the last"),
    ("weeks", "on weekdays of every week, or of every so many weeks"),
    ("days", "every so many days"),
];

/// Places in a month, counted from either end.
const PLACES: [(&str, &str); 7] = [
    ("1", "first"),
    ("2", "second"),
    ("3", "third"),
    ("4", "fourth"),
    ("5", "fifth"),
    ("-1", "last"),
    ("-2", "last but one"),
];

/// Returns the fields of the builder.
pub(super) fn fields() -> [Field; 8] {
    let select = |name, label| Field::new(name, label, Widget::Select(Choices::Listed));
    let fields = [
        select(REPEAT, "Repeats")
            .help("How it repeats; the fields for it are below. For anything else, write the recurrence rule (RRULE) and leave this empty."),
        Field::new(EVERY, "Every", Widget::Text)
            .help("1: every one; 2: every other year, month, week or day, counted from the anchor date."),
        select(PLACE, "Which"),
        select(DAY, "Weekday"),
        Field::new(DAYS, "Weekdays of the week", Widget::Checks(Choices::Listed)),
        select(MONTH_DAY, "Day of the month"),
        select(MONTH, "Month").required(),
        Field::new(DRAWN, "Rule as drawn", Widget::Hidden),
    ];
    fields.map(|field| field.group("Recurrence", RuleField::Recurrence.kinds()))
}

/// Returns what a select of the builder offers; nothing for every other field.
pub(super) fn choices(field: &str) -> Vec<(String, String)> {
    let own = |(value, words): &(&str, &str)| ((*value).to_owned(), (*words).to_owned());
    let weekdays = || WEEKDAYS.iter().map(|(code, name, _)| own(&(code, name))).collect();
    match field {
        REPEAT => WAYS.iter().map(own).collect(),
        PLACE => PLACES.iter().map(own).collect(),
        DAY | DAYS => weekdays(),
        MONTH_DAY => {
            let days = (1..=MONTH_DAYS).map(|day| (day.to_string(), day.to_string()));
            days.chain([("-1".to_owned(), "last".to_owned())]).collect()
        }
        MONTH => {
            let months = MONTHS
                .iter()
                .zip(1..)
                .map(|(name, number)| (number.to_string(), (*name).to_owned()));
            [(EVERY_MONTH.to_owned(), "every month".to_owned())]
                .into_iter()
                .chain(months)
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Returns whether the text of a row's rule is not needed, because there is none or the builder says the same.
pub(super) fn is_expressed(row: &FormValues) -> bool {
    let last = |name: &str| {
        row.get(name)
            .and_then(|values| values.last())
            .map_or("", |value| value.trim())
    };
    let text = last(RuleField::Recurrence.as_str());
    text.is_empty() || (!last(REPEAT).is_empty() && text == last(DRAWN))
}

/// What a form says about the dates of a rule.
pub(super) enum PostedRepeat {
    /// The text of the rule, as typed, or as the builder writes it; nothing if there is none.
    Rule(Option<String>),
    /// Fields of the builder are refused.
    Refused,
}

/// Reads the recurrence of a row.
pub(super) fn posted(input: &mut FormInput<'_>, row: &str) -> PostedRepeat {
    let name = |field: &str| format!("{row}-{field}");
    let text = input.text(&name(RuleField::Recurrence.as_str()));
    let way = input.text(&name(REPEAT));
    // Forms of scripts have the text alone, and are refused beside it.
    if way.is_empty() && text.is_empty() && !input.many(&name(REPEAT)).is_empty() {
        input.refuse(
            &name(REPEAT),
            "Choose how it repeats, or write the recurrence rule under “Advanced”.",
        );
        return PostedRepeat::Refused;
    }
    if way.is_empty() || !(text.is_empty() || text == input.text(&name(DRAWN))) {
        return PostedRepeat::Rule((!text.is_empty()).then(|| text.to_owned()));
    }
    match built(input, row, way) {
        Some(text) => PostedRepeat::Rule(Some(text)),
        None => PostedRepeat::Refused,
    }
}

/// Returns the rule that the fields of the builder write; what is wrong with them is kept beside them.
fn built(input: &mut FormInput<'_>, row: &str, way: &str) -> Option<String> {
    let every = every(input, row);
    let by = match way {
        "date" => {
            let day = chosen(input, row, MONTH_DAY);
            monthly(input, row)
                .zip(day)
                .map(|(months, day)| format!("{months};BYMONTHDAY={day}"))
        }
        "weekday" => {
            let (place, day) = (chosen(input, row, PLACE), chosen(input, row, DAY));
            let day = place.zip(day).map(|(place, day)| format!("BYDAY={place}{day}"));
            monthly(input, row)
                .zip(day)
                .map(|(months, day)| format!("{months};{day}"))
        }
        "workday" => {
            let place = chosen(input, row, PLACE);
            monthly(input, row)
                .zip(place)
                .map(|(months, place)| format!("{months};BYDAY={WORKDAYS};BYSETPOS={place}"))
        }
        "weeks" => weekdays(input, row).map(|days| format!("FREQ=WEEKLY;BYDAY={days}")),
        "days" => Some("FREQ=DAILY".to_owned()),
        other => {
            input.refuse(&format!("{row}-{REPEAT}"), format!("“{other}” is none of the choices."));
            None
        }
    };
    let (every, by) = (every?, by?);
    Some(if every > 1 {
        format!("{by};INTERVAL={every}")
    } else {
        by
    })
}

/// Reads how many years, months, weeks or days lie between; from two on an anchor says which of them.
fn every(input: &mut FormInput<'_>, row: &str) -> Option<u32> {
    let every = input.take(&format!("{row}-{EVERY}"), |text| match text {
        "" => Ok(1),
        text => {
            let number = text.parse().ok().filter(|number| (1..=EVERY_MAX).contains(number));
            number.ok_or(format!("Give a number from 1 to {EVERY_MAX}."))
        }
    })?;
    let anchor = format!("{row}-{}", RuleField::Anchor.as_str());
    if every > 1 && input.text(&anchor).is_empty() {
        input.refuse(
            &anchor,
            "Give a date on which the rule applies: every so many are counted from it.",
        );
        return None;
    }
    Some(every)
}

/// Reads one of the choices of a field.
fn chosen<'a>(input: &mut FormInput<'a>, row: &str, field: &str) -> Option<&'a str> {
    let name = format!("{row}-{field}");
    let value = input.text(&name);
    if choices(field).iter().any(|(known, _)| known == value) {
        return Some(value);
    }
    input.refuse(
        &name,
        match value {
            "" => "This field is required.".to_owned(),
            other => format!("“{other}” is none of the choices."),
        },
    );
    None
}

/// Reads weekdays, in the order of a week.
fn weekdays(input: &mut FormInput<'_>, row: &str) -> Option<String> {
    let name = format!("{row}-{DAYS}");
    let posted = input.many(&name);
    let days: Vec<&str> = WEEKDAYS
        .iter()
        .map(|(code, ..)| *code)
        .filter(|code| posted.contains(code))
        .collect();
    if days.is_empty() || posted.iter().any(|code| !days.contains(code)) {
        input.refuse(&name, "Choose at least one weekday.");
        return None;
    }
    Some(days.join(","))
}

/// Returns the beginning of a rule for a month or for all of them.
fn monthly(input: &mut FormInput<'_>, row: &str) -> Option<String> {
    if input.text(&format!("{row}-{MONTH}")).is_empty() {
        return Some("FREQ=MONTHLY".to_owned());
    }
    Some(match chosen(input, row, MONTH)? {
        EVERY_MONTH => "FREQ=MONTHLY".to_owned(),
        month => format!("FREQ=YEARLY;BYMONTH={month}"),
    })
}

/// Returns the fields of the builder for a rule, and the text that the form is drawn with. Where the builder has no words for it, no way of
/// repeating is chosen.
pub(super) fn values(recurrence: Option<&Recurrence>) -> Vec<(&'static str, Vec<String>)> {
    let mut values = recurrence.and_then(expressed).unwrap_or_default();
    for (name, blank) in [BLANK_EVERY, BLANK_MONTH] {
        if values.iter().all(|(known, _)| *known != name) {
            values.push((name, vec![blank.to_owned()]));
        }
    }
    values.extend(recurrence.map(|recurrence| (DRAWN, vec![recurrence.text().to_owned()])));
    values
}

/// Returns the fields with which the builder writes this rule, if it can.
fn expressed(recurrence: &Recurrence) -> Option<Vec<(&'static str, Vec<String>)>> {
    let part = |wanted: &str| {
        let mut parts = recurrence.text().split(';').filter_map(|part| part.split_once('='));
        parts
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value.to_owned())
    };
    let frequency = part("FREQ")?;
    let days = part("BYDAY");
    let mut values: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut put = |name: &'static str, value: String| values.push((name, vec![value]));
    put(EVERY, part("INTERVAL").unwrap_or_else(|| "1".to_owned()));
    put(MONTH, part("BYMONTH").unwrap_or_else(|| EVERY_MONTH.to_owned()));
    let way = match (frequency.as_str(), part("BYMONTHDAY"), days, part("BYSETPOS")) {
        ("DAILY", None, None, None) => "days",
        ("WEEKLY", None, Some(days), None) => {
            values.push((DAYS, days.split(',').map(str::to_owned).collect()));
            "weeks"
        }
        (_, Some(day), None, None) => {
            put(MONTH_DAY, day);
            "date"
        }
        (_, None, Some(days), Some(place)) if days == WORKDAYS => {
            put(PLACE, place);
            "workday"
        }
        (_, None, Some(day), None) => {
            let (place, day) = day.split_at_checked(day.len().checked_sub(2)?)?;
            let (place, day) = (place.to_owned(), day.to_owned());
            put(PLACE, place);
            put(DAY, day);
            "weekday"
        }
        _ => return None,
    };
    values.push((REPEAT, vec![way.to_owned()]));
    is_same(recurrence, &values).then_some(values)
}

/// Returns whether the builder makes this rule of these fields.
fn is_same(recurrence: &Recurrence, values: &[(&'static str, Vec<String>)]) -> bool {
    const ROW: &str = "row";
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, values) in values {
        pairs.extend(values.iter().map(|value| (format!("{ROW}-{name}"), value.clone())));
    }
    if let Some(anchor) = recurrence.anchor() {
        pairs.push((format!("{ROW}-{}", RuleField::Anchor.as_str()), anchor.to_string()));
    }
    let query = crate::admin::query::Query::new(pairs);
    let PostedRepeat::Rule(Some(text)) = posted(&mut FormInput::new(&query), ROW) else {
        return false;
    };
    let made = Recurrence::parse(&text, recurrence.anchor());
    made.is_ok_and(|made| made.text() == recurrence.text())
}
