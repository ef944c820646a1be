//! Dates as people of different countries type them, read where they can mean one day only.

use chrono::NaiveDate;

use crate::apps::sla::rule::describe::MONTHS;

/// The fewest letters of a month's name.
const LETTERS_MIN: usize = 3;

/// Reads the date at the beginning of a text: `24.12.2027`, `24/12/2027`, `2027/12/24`, `24 December 2027`, `Dec 24, 2027`. Answers what follows
/// it too; nothing if there is no such date.
///
/// # Errors
/// A message for people if it could be two different days, or is none.
pub(super) fn leading(text: &str) -> Option<Result<(NaiveDate, &str), String>> {
    let (read, rest) = numeric(text).or_else(|| named(text))?;
    let typed = text.strip_suffix(rest).unwrap_or(text).trim();
    if rest.starts_with(|next: char| next.is_alphanumeric()) {
        return None;
    }
    Some(match read {
        TypedDate::Parts(year, month, day) => NaiveDate::from_ymd_opt(year, month, day)
            .filter(|_| year >= 1900)
            .map(|date| (date, rest))
            .ok_or_else(|| format!("“{typed}” is not a day of the calendar")),
        TypedDate::Ambiguous(one, other) => Err(format!("“{typed}” could be {one} or {other}; write it like that")),
    })
}

/// What was typed.
enum TypedDate {
    /// Year, month and day.
    Parts(i32, u32, u32),
    /// Either of two dates.
    Ambiguous(NaiveDate, NaiveDate),
}

/// Reads three numbers with dots or slashes between.
fn numeric(text: &str) -> Option<(TypedDate, &str)> {
    let (first, rest) = number(text)?;
    let separator = rest.chars().next().filter(|next| ['.', '/'].contains(next))?;
    let (second, rest) = number(rest.strip_prefix(separator)?)?;
    let (third, rest) = number(rest.strip_prefix(separator)?)?;
    let (first, second, third) = (value(first)?, value(second)?, value(third)?);
    let year = |number: u32| i32::try_from(number).ok().filter(|year| *year > 999);
    if let Some(year) = year(first) {
        return Some((TypedDate::Parts(year, second, third), rest));
    }
    let year = year(third)?;
    let read = if separator == '.' || first > 12 || first == second {
        TypedDate::Parts(year, second, first)
    } else if second > 12 {
        TypedDate::Parts(year, first, second)
    } else {
        // Day and month are in this order in one country and in that order in another.
        TypedDate::Ambiguous(
            NaiveDate::from_ymd_opt(year, second, first)?,
            NaiveDate::from_ymd_opt(year, first, second)?,
        )
    };
    Some((read, rest))
}

/// Reads a date with the name of its month.
fn named(text: &str) -> Option<(TypedDate, &str)> {
    let (day, month, rest) = if let Some((day, rest)) = number(text) {
        let (month, rest) = month(rest.strip_prefix('.').unwrap_or(rest).trim_start())?;
        (day, month, rest)
    } else {
        let (month, rest) = month(text)?;
        let (day, rest) = number(rest.trim_start())?;
        (day, month, rest.strip_prefix(',').unwrap_or(rest))
    };
    let (year, rest) = number(rest.trim_start())?;
    let year = (year.len() == 4).then(|| year.parse().ok()).flatten()?;
    Some((TypedDate::Parts(year, month, value(day)?), rest))
}

/// Splits a text behind its leading digits, of which there are one to four.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len());
    (1..=4).contains(&end).then(|| text.split_at(end))
}

fn value(digits: &str) -> Option<u32> {
    digits.parse().ok()
}

/// Reads the name of a month, or its beginning, and answers its number.
fn month(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|next: char| !next.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (typed, rest) = text.split_at(end);
    let is_called = |name: &str| {
        typed.len() >= LETTERS_MIN
            && name
                .get(..typed.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(typed))
    };
    let (_, number) = MONTHS.iter().zip(1..).find(|(name, _)| is_called(name))?;
    Some((number, rest.strip_prefix('.').unwrap_or(rest)))
}

/// Writes the date at the beginning of a text, and the time behind it, as forms keep them; a text without such a date stays as it is.
pub(super) fn normal(text: &str) -> String {
    let Some(Ok((date, rest))) = leading(text) else {
        return text.to_owned();
    };
    match rest.trim_start_matches([',', ' ', 'T']) {
        "" => date.to_string(),
        time => format!("{date}T{time}"),
    }
}
