//! Rules in plain English, for previews, lists and the history. Pure. What has no short description is given in the rule's own text; a
//! description is never wrong.

mod recurring;

pub(super) use self::recurring::MONTHS;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::listed_days::ListedDays;
use super::{Effect, RuleDefinition};
use crate::calculus::civil::{DAY, DurationMode, WeekdaySet, format_end, format_time};
use crate::calculus::rule::{Rule, Schedule};
use crate::text;

/// The most listed dates and ranges of a rule that are shown one by one.
const DATES_SHOWN: usize = 3;
/// The most of those that were added to a rule or removed from it.
const CHANGED_DATES_SHOWN: usize = 20;

/// Returns when a rule holds, e.g. `Mon–Fri 08:00–18:00`; its note aside.
#[must_use]
pub fn words(definition: &RuleDefinition) -> String {
    match &definition.rule {
        Rule::Weekly { days, schedule } => weekly(*days, schedule),
        Rule::Recurring { recurrence, schedule } => {
            let time = times(schedule, None);
            match recurring::dates(recurrence) {
                Some(recurring::RecurringDates::Weekdays(days)) => weekly(days, schedule),
                Some(recurring::RecurringDates::Text(dates)) => format!("{dates}, {time}"),
                None => format!("by the recurrence rule {}, {time}", anchored(recurrence)),
            }
        }
        Rule::Dates { dates, schedule } => {
            format!(
                "{}, {}",
                listed(dates, &definition.listed, DATES_SHOWN),
                times(schedule, None)
            )
        }
        Rule::Once { start, end } => once(*start, *end),
    }
}

/// Returns the same, with `not` in front of a rule that excludes where it could include, and the note behind it.
#[must_use]
pub fn words_with_effect(definition: &RuleDefinition, effect: Option<Effect>) -> String {
    let not = if effect == Some(Effect::Exclude) { "not " } else { "" };
    format!("{not}{}", words_with_note(definition))
}

/// Returns some of the days of a rule that lists dates, with its times: `2027-12-25 (Christmas), all day`.
#[must_use]
pub fn days_in_words(definition: &RuleDefinition, days: &[ListedDays]) -> String {
    let dates: Vec<NaiveDate> = days
        .iter()
        .flat_map(|days| days.first.iter_days().take_while(|date| *date <= days.last))
        .collect();
    let dates = listed(&dates, days, CHANGED_DATES_SHOWN);
    match &definition.rule {
        Rule::Dates { schedule, .. } => format!("{dates}, {}", times(schedule, None)),
        Rule::Weekly { .. } | Rule::Recurring { .. } | Rule::Once { .. } => dates,
    }
}

/// Returns the same, with the note behind it.
#[must_use]
pub fn words_with_note(definition: &RuleDefinition) -> String {
    let words = words(definition);
    if definition.note.is_empty() {
        words
    } else {
        format!("{words} ({})", definition.note)
    }
}

/// All seven.
const EVERY_DAY: u8 = 0b111_1111;

/// Returns `Mon–Fri 08:00–18:00`, `24/7`.
fn weekly(days: WeekdaySet, schedule: &Schedule) -> String {
    match days.bits() == EVERY_DAY && is_whole_day(schedule) {
        true => "24/7".to_owned(),
        false => format!("{} {}", weekdays(days), times(schedule, only_day(days))),
    }
}

/// Returns a recurrence in its own words, with what fixes its phase.
fn anchored(recurrence: &crate::calculus::recurrence::Recurrence) -> String {
    let anchor = recurrence
        .anchor()
        .map(|anchor| format!(" from {anchor}"))
        .unwrap_or_default();
    format!("{}{anchor}", recurrence.text())
}

fn is_whole_day(schedule: &Schedule) -> bool {
    seconds(schedule.start) == 0
        && schedule.length.mode() == DurationMode::Wall
        && i64::from(schedule.length.seconds()) == DAY
}

/// The weekdays, with their codes (RFC 5545) and names.
pub(super) const WEEKDAYS: [(&str, &str, Weekday); 7] = [
    ("MO", "Monday", Weekday::Mon),
    ("TU", "Tuesday", Weekday::Tue),
    ("WE", "Wednesday", Weekday::Wed),
    ("TH", "Thursday", Weekday::Thu),
    ("FR", "Friday", Weekday::Fri),
    ("SA", "Saturday", Weekday::Sat),
    ("SU", "Sunday", Weekday::Sun),
];

/// Returns three letters of a weekday's name.
fn short(index: usize) -> &'static str {
    WEEKDAYS[index % 7].1.get(..3).unwrap_or_default()
}

/// Returns the weekday of a set that has but one.
fn only_day(days: WeekdaySet) -> Option<usize> {
    let bits = days.bits();
    (bits.count_ones() == 1).then(|| bits.trailing_zeros() as usize)
}

/// Returns `Mon–Fri`, `Mon, Wed`, `every day`.
fn weekdays(days: WeekdaySet) -> String {
    if days.bits() == EVERY_DAY {
        return "every day".to_owned();
    }
    let chosen: Vec<usize> = (0..7).filter(|day| days.bits() & (1 << day) != 0).collect();
    runs(&chosen, short)
}

/// Returns numbers that follow each other, three or more, as `first–last`; the rest one by one.
fn runs<T: AsRef<str>>(numbers: &[usize], name: impl Fn(usize) -> T) -> String {
    let parts = numbers
        .chunk_by(|one, next| one + 1 == *next)
        .flat_map(|run| match run {
            [first, _, .., last] => vec![format!("{}–{}", name(*first).as_ref(), name(*last).as_ref())],
            few => few.iter().map(|one| name(*one).as_ref().to_owned()).collect(),
        });
    parts.collect::<Vec<_>>().join(", ")
}

fn seconds(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight())
}

/// Returns when on its date an occurrence starts and how it ends. `day` is the weekday of all of them, if they have but one.
fn times(schedule: &Schedule, day: Option<usize>) -> String {
    let start = format_time(schedule.start);
    let length = i64::from(schedule.length.seconds());
    if schedule.length.mode() == DurationMode::Elapsed {
        return format!("{start} for exactly {}", lasting(length));
    }
    if is_whole_day(schedule) {
        return "all day".to_owned();
    }
    let total = seconds(schedule.start) + length;
    // Midnight at the end of a day is shown as 24:00 of that day.
    let days = (total - 1) / DAY;
    let end = format_end(total - days * DAY);
    match (days, day) {
        (0, _) => format!("{start}–{end}"),
        (1, _) => format!("{start} until {end} the next day"),
        (2..=6, Some(day)) => {
            let days = usize::try_from(days).unwrap_or(0);
            format!("{start} until {} {end}", short(day + days))
        }
        (days, _) => format!("{start} until {end}, {days} days later"),
    }
}

/// Writes a length as hours, minutes and seconds: `8 h 30 min`, `1,234 h`.
#[must_use]
pub fn lasting(seconds: i64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds % 3600 / 60, "min"), (seconds % 60, "s")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, unit)| format!("{} {unit}", text::thousands(*count)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns `2027-07-30 – 2027-09-13 (Break), 2027-12-25 (Christmas), 2027-12-26 and 3 more dates until 2030-01-01`. `dates` are the days of
/// what is listed, of which `shown_max` are shown, or one more.
fn listed(dates: &[NaiveDate], listed: &[ListedDays], shown_max: usize) -> String {
    let described = |days: &ListedDays| {
        let mut text = days.first.to_string();
        if days.is_range() {
            text = format!("{text} – {}", days.last);
        }
        if !days.name.is_empty() {
            text = format!("{text} ({})", days.name);
        }
        text
    };
    let shown = if listed.len() > shown_max + 1 {
        shown_max
    } else {
        listed.len()
    };
    let (shown, rest) = listed.split_at(shown);
    let text = shown.iter().map(described).collect::<Vec<_>>().join(", ");
    // Days that are left may lie within the ranges that are shown.
    let is_left = |date: &&NaiveDate| !shown.iter().any(|days| days.contains(**date));
    let left: Vec<&NaiveDate> = dates.iter().filter(is_left).collect();
    let word = if rest.iter().any(ListedDays::is_range) {
        "day"
    } else {
        "date"
    };
    match left.as_slice() {
        [] => text,
        [one] => format!("{text} and 1 more {word}, {one}"),
        [.., last] => format!("{text} and {} more {word}s until {last}", left.len()),
    }
}

fn once(start: NaiveDateTime, end: NaiveDateTime) -> String {
    let (first, last) = (start.date(), end.date());
    let (from, until) = (format_time(start.time()), format_time(end.time()));
    if first == last {
        return format!("{first} {from}–{until}");
    }
    if end.time() == NaiveTime::MIN && first.succ_opt() == Some(last) {
        let is_whole = start.time() == NaiveTime::MIN;
        return if is_whole {
            format!("{first} all day")
        } else {
            format!("{first} {from}–24:00")
        };
    }
    format!("from {first} {from} until {last} {until}")
}
