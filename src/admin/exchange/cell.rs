//! A property as a cell of CSV, and back: nothing is lost on the way.
//!
//! A spreadsheet takes a cell that begins with certain characters for a formula and carries it out. Such cells get an apostrophe in
//! front, as OWASP advises, and reading takes exactly that one off again: what began with apostrophes before it gets one more.

use serde_json::{Map, Value};

use super::read::Budget;
use super::{Column, Kind, list};
use crate::text::{is_unprintable, short};

/// What formulas begin with.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// What cells are divided at, or begin a formula in some programs.
const BREAK: [char; 3] = ['\t', '\r', '\n'];

/// Some programs skip what cannot be seen before they look for a formula, so it does not count here either.
fn is_dangerous(text: &str) -> bool {
    let is_skipped = |character: char| character == '\'' || character.is_whitespace() || is_unprintable(character);
    text.trim_start_matches('\'').starts_with(BREAK) || text.trim_start_matches(is_skipped).starts_with(FORMULA)
}

/// A text that no spreadsheet carries out.
#[must_use]
pub fn guarded(text: String) -> String {
    if is_dangerous(&text) { format!("'{text}") } else { text }
}

/// A text as it was before it was guarded.
#[must_use]
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(inner) if is_dangerous(inner) => inner,
        _ => text,
    }
}

/// The cell of a value.
#[must_use]
pub fn write(column: Column, value: Option<&Value>) -> String {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return String::new();
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match (column.kind, value) {
        (Kind::Flag | Kind::Number, value) => text(value),
        (Kind::Json, Value::Array(items)) if items.is_empty() => String::new(),
        (Kind::Json, value) => value.to_string(),
        (Kind::Names, Value::Array(items)) => guarded(list::join(&items.iter().map(text).collect::<Vec<_>>())),
        (Kind::Pairs, Value::Object(pairs)) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={}", text(value)))
                .collect();
            guarded(list::join(&pairs))
        }
        (_, value) => guarded(text(value)),
    }
}

/// The value of a cell. An empty one is an empty text, an empty list, or none. What is in it counts against the file's `budget`.
///
/// # Errors
/// A sentence for people.
pub fn read(column: Column, cell: &str, budget: &Budget) -> Result<Value, String> {
    let items = || list::split(unguarded(cell));
    match column.kind {
        Kind::Text => Ok(Value::String(unguarded(cell).to_owned())),
        Kind::Optional => Ok(text_or_null(unguarded(cell))),
        Kind::Number => Ok(text_or_null(cell.trim())),
        Kind::Flag => flag(cell.trim()),
        Kind::Names => Ok(items()?.into_iter().map(Value::String).collect()),
        Kind::Pairs => pairs(items()?),
        Kind::Json if cell.trim().is_empty() => Ok(Value::Array(Vec::new())),
        Kind::Json => super::read::json(cell, budget).map_err(|error| format!("this is no JSON: {error}")),
    }
}

fn text_or_null(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        Value::String(text.to_owned())
    }
}

/// As spreadsheets write it, too.
fn flag(text: &str) -> Result<Value, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(Value::Bool(true)),
        "false" | "no" | "0" => Ok(Value::Bool(false)),
        "" => Err("give true or false; leave the column out to keep what is".to_owned()),
        _ => Err(format!("“{}” is neither true nor false", short(text))),
    }
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
