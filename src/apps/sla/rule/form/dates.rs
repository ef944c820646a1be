//! The text of a list of dates in a form: a line for each date or range of dates, and perhaps a name behind it.

use chrono::NaiveDate;

use super::typed_date;
use crate::apps::sla::rule::listed_days::ListedDays;
use crate::apps::sla::rule::note_line;
use crate::calculus::civil;

/// The most lines whose errors are shown.
const ERRORS_MAX: usize = 5;
/// The most characters of a line that an error quotes.
const QUOTED_MAX: usize = 80;
/// The length of a date, `YYYY-MM-DD`, in bytes.
const DATE_LENGTH: usize = 10;
/// The hyphens, dashes and minus signs that may stand between the dates of a range.
const DASHES: [char; 8] = ['-', '‐', '‑', '‒', '–', '—', '―', '−'];

/// Reads a list of dates and ranges; `stored` is what the rule lists now. Empty lines are passed over. The errors of a few lines are
/// joined, each with the line's number.
///
/// # Errors
/// A message for people: which lines are not understood, and why.
pub(super) fn read(text: &str, stored: &[ListedDays]) -> Result<Vec<ListedDays>, String> {
    let named = |days: ListedDays| {
        let now = stored
            .iter()
            .find(|now| (now.first, now.last) == (days.first, days.last));
        let name = note_line(now.map(|now| now.name.as_str()), &days.name)?;
        Ok::<_, String>(ListedDays { name, ..days })
    };
    let (mut listed, mut errors) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        match listed_days(line).and_then(named) {
            Ok(days) => listed.push(days),
            Err(error) => errors.push((index + 1, line, error)),
        }
    }
    if errors.is_empty() {
        return Ok(listed);
    }
    let more = errors.len().saturating_sub(ERRORS_MAX);
    let mut messages: Vec<String> = errors.iter().take(ERRORS_MAX).map(message).collect();
    if more > 0 {
        messages.push(format!("And {more} more"));
    }
    Err(messages.join(". "))
}

/// Writes dates and ranges as [`read`] reads them.
pub(super) fn written(listed: &[ListedDays]) -> String {
    listed.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns `Line 3, “2027-07-30, 2027-07-31”: …`; the line's text is left out where the error quotes it.
fn message((number, line, error): &(usize, &str, String)) -> String {
    let error = error.trim_end_matches('.');
    if error.contains(line) {
        return format!("Line {number}: {error}");
    }
    let mut quoted: String = line.chars().take(QUOTED_MAX).collect();
    if quoted.len() < line.len() {
        quoted.push('…');
    }
    format!("Line {number}, “{quoted}”: {error}")
}

/// Returns the line of a date or range. A name that would be read as something else is put in quotes.
fn line(days: &ListedDays) -> String {
    let mut line = days.first.to_string();
    if days.is_range() {
        line = format!("{line} – {}", days.last);
    }
    if days.name.is_empty() {
        return line;
    }
    let plain = format!("{line} {}", days.name);
    if note_line(None, &days.name).as_ref() == Ok(&days.name) && listed_days(&plain).as_ref() == Ok(days) {
        plain
    } else {
        format!("{line} {}", serde_json::Value::from(days.name.as_str()))
    }
}

fn listed_days(line: &str) -> Result<ListedDays, String> {
    let (first, rest) = leading_date(line)?;
    let Some((separator, after)) = separated(rest) else {
        return Ok(ListedDays::day(first, name(rest)?));
    };
    if !after.starts_with(|first: char| first.is_ascii_digit()) && typed_date::leading(after).is_none() {
        return Err(format!(
            "“{separator}” after a date needs a second date, as in 2027-07-30 – 2027-09-13; a name follows a blank alone, as in 2027-12-25 Christmas"
        ));
    }
    let (last, rest) = leading_date(after)?;
    if last < first {
        return Err(format!(
            "the range ends on {last}, before it begins on {first}; write the earlier date first"
        ));
    }
    if separated(rest).is_some() {
        return Err(
            "a line holds one range; write each on a line of its own, and a name after a blank alone".to_owned(),
        );
    }
    Ok(ListedDays::range(first, last, name(rest)?))
}

/// Returns the date at the beginning of a text, and what follows it.
fn leading_date(text: &str) -> Result<(NaiveDate, &str), String> {
    if let Some(read) = typed_date::leading(text) {
        return read;
    }
    let end = if starts_with_date(text.as_bytes()) {
        DATE_LENGTH
    } else {
        text.find(char::is_whitespace).unwrap_or(text.len())
    };
    let (date, rest) = text.split_at(end);
    let date = civil::parse_date(date).map_err(|error| error.to_string())?;
    Ok((date, rest))
}

/// Returns whether a text begins with digits and hyphens as a date has them.
fn starts_with_date(text: &[u8]) -> bool {
    text.len() >= DATE_LENGTH
        && text[..DATE_LENGTH].iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Returns what separates the dates of a range, and what follows it.
fn separated(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let length = match text.chars().next()? {
        dash if DASHES.contains(&dash) => dash.len_utf8(),
        '.' if text.starts_with("..") => 2,
        't' | 'T' => {
            let is_word = text.get(..2)?.eq_ignore_ascii_case("to")
                && !text[2..].starts_with(|next: char| !next.is_whitespace() && !next.is_ascii_digit());
            is_word.then_some(2)?
        }
        _ => return None,
    };
    let (separator, rest) = text.split_at(length);
    Some((separator, rest.trim_start()))
}

/// Returns the name behind a date or range; empty for none.
fn name(rest: &str) -> Result<String, String> {
    if !rest.is_empty() && !rest.starts_with(char::is_whitespace) {
        return Err(format!(
            "“{}” stands right after a date; write one date or range a line, and a name after a blank",
            rest.chars().take(QUOTED_MAX).collect::<String>()
        ));
    }
    let name = rest.trim();
    if name.starts_with('"')
        && let Ok(quoted) = serde_json::from_str::<String>(name)
    {
        return Ok(quoted);
    }
    if name.as_bytes().windows(DATE_LENGTH).any(starts_with_date) {
        return Err(
            "a second date without a separator; write a range as 2027-07-30 – 2027-09-13, each single date on a line of its own, \
             and a name that holds a date in double quotes"
                .to_owned(),
        );
    }
    Ok(name.to_owned())
}
