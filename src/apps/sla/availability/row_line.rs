//! Rows as lines of the text that keeps those of a component and a month: lists of JSON, with what a report needs of them.

use serde::{Deserialize, Serialize};

use super::measured_row::{KeptMonth, MeasuredRow};
use super::row_text;
use crate::calculus::attainment::account::TimeAccount;
use crate::calculus::span::Span;

/// A line as it is written. All begin with the seconds from the beginning of the month to the row's start, its length, and the key of the
/// indicator.
#[derive(Serialize)]
#[serde(untagged)]
enum RowLine {
    /// A span that was up.
    Up(i64, i64, Option<i64>),
    /// A span, with its runs.
    Span(i64, i64, Option<i64>, String),
    /// What was promised of a day, after the runs.
    Day(i64, i64, Option<i64>, String, String),
    /// The zone of a month, what was up, down, unknown and excluded, and the last correction that it has.
    Month(i64, i64, Option<i64>, String, [i64; 4], Option<i64>),
}

/// A line as it is read: what shorter ones lack is nothing.
#[derive(Deserialize)]
struct ReadLine(
    i64,
    i64,
    Option<i64>,
    #[serde(default)] Option<String>,
    #[serde(default)] Option<Fifth>,
    #[serde(default)] Option<i64>,
);

/// What comes fifth in a line.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fifth {
    /// What was promised of a day.
    Spans(String),
    /// What of a month was up, down, unknown and excluded.
    Parts([i64; 4]),
}

/// Returns the line of a row in a month that begins at `begin`, with its end.
pub(super) fn of_row(row: &MeasuredRow, begin: i64) -> String {
    let (offset, length) = (row.range.start - begin, row.range.seconds());
    let whole = row.range.in_milliseconds();
    let runs = || row_text::of_runs(&row.runs, whole.start);
    let line = match &row.month {
        Some(month) => {
            let account = &month.account;
            let parts = [account.up(), account.down(), account.unknown(), month.excluded_ms];
            let zone = month.timezone.clone();
            RowLine::Month(offset, length, row.indicator, zone, parts, month.corrections_until)
        }
        None if row.spans != [whole] => {
            let spans = row_text::of_spans(&row.spans, whole.start);
            RowLine::Day(offset, length, row.indicator, runs(), spans)
        }
        None if row.runs.is_empty() => RowLine::Up(offset, length, row.indicator),
        None => RowLine::Span(offset, length, row.indicator, runs()),
    };
    let mut line = serde_json::to_string(&line).expect("lists of numbers and texts can be written");
    line.push('\n');
    line
}

/// Reads lines of a month that begins at `begin`, the older rows first, behind the rows in `all`; `after` is the order of the row before the first.
///
/// # Errors
/// What is wrong with them.
pub(super) fn read(text: &str, begin: i64, after: i64, all: &mut Vec<MeasuredRow>) -> Result<(), String> {
    for (order, line) in (after + 1..).zip(text.lines()) {
        all.push(row(line, begin, order)?);
    }
    Ok(())
}

/// Reads the line of a span that was up, as most are; nothing of any other line.
fn up(line: &str) -> Option<ReadLine> {
    let numbers = line.strip_prefix('[')?.strip_suffix(']')?;
    let (offset, rest) = number(numbers.as_bytes())?;
    let (length, rest) = number(rest.strip_prefix(b",")?)?;
    let (indicator, rest) = number(rest.strip_prefix(b",")?)?;
    let line = ReadLine(offset, length, Some(indicator), None, None, None);
    rest.is_empty().then_some(line)
}

/// Reads a number that is not negative, and returns it with what follows it; nothing without a digit, or of one that is too great.
fn number(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = bytes.split_at(digits);
    let number = digits.iter().try_fold(0_i64, |number, digit| {
        number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
    });
    number.filter(|_| !digits.is_empty()).map(|number| (number, rest))
}

fn row(line: &str, begin: i64, order: i64) -> Result<MeasuredRow, String> {
    let ReadLine(offset, length, indicator, fourth, fifth, sixth) = match up(line) {
        Some(line) => line,
        None => serde_json::from_str(line).map_err(|error| error.to_string())?,
    };
    let start = begin.saturating_add(offset);
    let range = Span::new(start, start.saturating_add(length)).ok_or_else(|| format!("no row is {length} s long"))?;
    let whole = range.in_milliseconds();
    let mut row = MeasuredRow {
        order,
        range,
        indicator,
        spans: vec![whole],
        runs: Vec::new(),
        month: None,
    };
    match (fourth, fifth) {
        (None, None) => {}
        (Some(runs), None) => row.runs = row_text::runs(&runs, whole.start)?,
        (Some(runs), Some(Fifth::Spans(spans))) => {
            row.runs = row_text::runs(&runs, whole.start)?;
            row.spans = row_text::spans(&spans, whole.start)?;
        }
        (Some(timezone), Some(Fifth::Parts([up, down, unknown, excluded_ms]))) => {
            let total = up.saturating_add(down).saturating_add(unknown);
            let account = TimeAccount::from_parts(up, down, unknown, total);
            row.spans.clear();
            row.month = Some(Box::new(KeptMonth {
                timezone,
                account: account.ok_or("its parts are no parts of it")?,
                excluded_ms,
                corrections_until: sixth,
            }));
        }
        (None, Some(_)) => return Err("a line has no fourth value".to_owned()),
    }
    Ok(row)
}
