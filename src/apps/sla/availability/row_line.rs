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

/// Reads lines of a month that begins at `begin`, the older rows first; `after` is the order of the row before the first.
///
/// # Errors
/// What is wrong with them.
pub(super) fn rows(text: &str, begin: i64, after: i64) -> Result<Vec<MeasuredRow>, String> {
    let numbered = (after + 1..).zip(text.lines());
    numbered.map(|(order, line)| row(line, begin, order)).collect()
}

fn row(line: &str, begin: i64, order: i64) -> Result<MeasuredRow, String> {
    let ReadLine(offset, length, indicator, fourth, fifth, sixth) =
        serde_json::from_str(line).map_err(|error| error.to_string())?;
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
