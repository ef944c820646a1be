//! A property as a cell of a table, and back: nothing is lost on the way.
//!
//! A spreadsheet takes a cell that begins with certain characters for a formula and carries it out. Such cells get an apostrophe in
//! front, as OWASP advises, and reading takes exactly that one off again: what began with apostrophes before it gets one more.

use serde_json::{Map, Value};

use super::read::ReadState;
use super::{flag, list};
use crate::admin::transfer::{ColumnKind, FileColumn};
use crate::text::{is_unprintable, short};

/// What formulas begin with.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What cells are divided at, or begin a formula in some programs.
const BREAK: [char; 3] = ['\t', '\r', '\n'];

/// What ends a line.
const LINE_BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Returns some programs skip what cannot be seen before they look for a formula, so it does not count here either.
fn is_dangerous(text: &str) -> bool {
    let is_skipped = |character: char| character == '\'' || character.is_whitespace() || is_unprintable(character);
    text.trim_start_matches('\'').starts_with(BREAK) || text.trim_start_matches(is_skipped).starts_with(FORMULA)
}

/// Returns a text that no spreadsheet carries out.
#[must_use]
pub fn guarded(text: String) -> String {
    if is_dangerous(&text) { format!("'{text}") } else { text }
}

/// Returns a text as it was before it was guarded.
#[must_use]
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(inner) if is_dangerous(inner) => inner,
        _ => text,
    }
}

/// Returns the cell of a value in a CSV file.
#[must_use]
pub fn write(column: FileColumn, value: Option<&Value>) -> String {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return String::new();
    };
    match column.kind {
        ColumnKind::Flag | ColumnKind::Number | ColumnKind::Json => plain(column, value),
        _ => guarded(plain(column, value)),
    }
}

/// Returns the text of a value in a cell that is known to hold a text, so that no program takes it for a formula. It is guarded only where
/// reading would take an apostrophe off.
#[must_use]
pub fn write_typed(column: FileColumn, value: &Value) -> String {
    let text = plain(column, value);
    if unguarded(&text).len() < text.len() {
        format!("'{text}")
    } else {
        text
    }
}

fn plain(column: FileColumn, value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (column.kind, value) {
        (ColumnKind::Json, Value::Array(items)) if items.is_empty() => String::new(),
        (ColumnKind::Json, value) => value.to_string(),
        (ColumnKind::Names, Value::Array(items)) => list::join(&items.iter().map(text).collect::<Vec<_>>()),
        (ColumnKind::Pairs, Value::Object(pairs)) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={}", text(value)))
                .collect();
            list::join(&pairs)
        }
        (_, value) => text(value),
    }
}

/// Returns the value of a cell. An empty one is an empty text, an empty list, or none. What is in it counts against the file's budget.
///
/// # Errors
/// A sentence for people.
pub fn read(column: FileColumn, cell: &str, reading: &ReadState) -> Result<Value, String> {
    let items = || list::split(unguarded(cell));
    let value = match column.kind {
        ColumnKind::Line | ColumnKind::Text => Value::String(unguarded(cell).to_owned()),
        ColumnKind::Optional | ColumnKind::Date => text_or_null(unguarded(cell).trim()),
        ColumnKind::Number => number(cell.trim(), reading),
        ColumnKind::Flag => flag::read(cell.trim()).map(Value::Bool)?,
        ColumnKind::Names => items()?.into_iter().map(Value::String).collect(),
        ColumnKind::Pairs => pairs(items()?)?,
        ColumnKind::Json if cell.trim().is_empty() => Value::Array(Vec::new()),
        ColumnKind::Json => {
            super::read::json(cell, &reading.budget).map_err(|error| format!("this is no JSON: {error}"))?
        }
    };
    match more_lines(column, &value) {
        None => Ok(value),
        Some(fault) => Err(fault),
    }
}

/// Finds a line break where a column takes texts of one line; returns a sentence about it.
#[must_use]
pub fn more_lines(column: FileColumn, value: &Value) -> Option<String> {
    let fault = |text: &str| {
        let (line, _) = text.split_once(LINE_BREAKS)?;
        Some(format!(
            "behind “{}” is a line break, and this takes one line",
            short(line)
        ))
    };
    match (column.kind, value) {
        (ColumnKind::Line | ColumnKind::Optional | ColumnKind::Date, Value::String(text)) => fault(text),
        (ColumnKind::Names, Value::Array(items)) => items.iter().filter_map(Value::as_str).find_map(fault),
        (ColumnKind::Pairs, Value::Object(pairs)) => {
            let mut texts = pairs
                .iter()
                .flat_map(|(name, value)| [Some(name.as_str()), value.as_str()]);
            texts.find_map(|text| fault(text?))
        }
        _ => None,
    }
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::String(text.to_owned())
    }
}

/// Returns the text of a number, with a point for its decimal mark and without a percent sign.
fn number(text: &str, reading: &ReadState) -> Value {
    let digits = text.strip_suffix('%').map_or(text, str::trim_end);
    // What is only a percent sign is no number, and stays to be refused.
    let digits = if digits.is_empty() { text } else { digits };
    if reading.has_decimal_commas && digits.matches(',').count() == 1 && !digits.contains('.') {
        return Value::String(digits.replace(',', "."));
    }
    text_or_null(digits)
}

fn pairs(items: Vec<String>) -> Result<Value, String> {
    let mut pairs = Map::new();
    for item in items {
        let Some((name, value)) = item.split_once('=') else {
            return Err(format!("“{}” is no name=value", short(&item)));
        };
        if pairs.insert(name.to_owned(), Value::String(value.to_owned())).is_some() {
            return Err(format!("“{}” stands here twice", short(name)));
        }
    }
    Ok(Value::Object(pairs))
}
