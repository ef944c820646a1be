//! Windows written out in full, with a question about them: the lines that `evaluate` reads.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::json;
use super::node::{At, Node, ReadError};
use crate::apps::sla::rule::file::{rule, rules};
use crate::apps::sla::rule::{RULES_MAX, plain};
use crate::calculus::civil;
use crate::calculus::coverage::{Coverage, CoveragePart};
use crate::calculus::rule::Rule;
use crate::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use crate::zones::{self, Zone};

/// The most windows of one line.
const WINDOWS_MAX: usize = 100;

/// A coverage and a question about it.
pub struct Evaluation {
    /// The union of the enabled windows.
    pub coverage: Coverage,
    /// The question.
    pub question: Question,
}

/// The question, in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The five values at an instant.
    Instant(i64),
    /// The covered seconds of `[from, to)`.
    Range {
        /// Where it starts.
        from: i64,
        /// Where it ends.
        to: i64,
    },
}

/// The keys of a question; all others are passed through.
const KEYS: [&str; 4] = ["windows", "now", "from", "to"];

impl Evaluation {
    /// Reads a line.
    ///
    /// # Errors
    /// What is refused, with its path in the line.
    pub fn read(line: &str) -> Result<Self, String> {
        let message = |error: ReadError| match error.path.as_str() {
            "" => error.message,
            path => format!("{path}: {}", error.message),
        };
        let node = json::parse(line).map_err(message)?;
        Self::of_node(&node).map_err(message)
    }

    /// Reads a tree.
    ///
    /// # Errors
    /// What is refused, with its place.
    pub fn of_node(node: &Node) -> Result<Self, ReadError> {
        read(&At::root(node))
    }

    /// Returns the answer by its keys: the five values, or the covered seconds.
    #[must_use]
    pub fn answer(&self) -> Vec<(&'static str, Value)> {
        match self.question {
            Question::Range { from, to } => vec![("seconds", json!(self.coverage.covered_seconds(from, to)))],
            Question::Instant(now) => {
                let values = self.coverage.values(now);
                vec![
                    ("in_window", json!(i64::from(values.in_window))),
                    ("last_start", json!(values.last_start)),
                    ("last_end", json!(values.last_end)),
                    ("next_start", json!(values.next_start)),
                    ("next_end", json!(values.next_end)),
                ]
            }
        }
    }
}

/// Returns what a line passes through: all keys but those of the question.
///
/// # Errors
/// A message, if it is no JSON object.
pub fn passed_through(line: &str) -> Result<Map<String, Value>, String> {
    let object = serde_json::from_str::<Map<String, Value>>(line);
    let mut object = object.map_err(|error| format!("this is no JSON object: {error}"))?;
    object.retain(|key, _| !KEYS.contains(&key.as_str()));
    Ok(object)
}

fn read(at: &At<'_>) -> Result<Evaluation, ReadError> {
    let windows = at.required("windows")?;
    let parts = windows.items()?.map(|at| window(&at)).collect::<Result<Vec<_>, _>>()?;
    if parts.len() > WINDOWS_MAX {
        return Err(windows.error(format!(
            "{} windows are too many; the limit is {WINDOWS_MAX}",
            parts.len()
        )));
    }
    let question = match (at.get("now"), at.get("from"), at.get("to")) {
        (Some(now), None, None) => Question::Instant(now.integer()?),
        (None, Some(from), Some(to)) => Question::Range {
            from: from.integer()?,
            to: to.integer()?,
        },
        _ => return Err(at.error("give `now`, or `from` and `to`, in Unix seconds")),
    };
    Ok(Evaluation {
        coverage: Coverage::new(parts.into_iter().flatten().collect()),
        question,
    })
}

/// Returns a window as part of a coverage; nothing if it is disabled.
fn window(at: &At<'_>) -> Result<Option<CoveragePart>, ReadError> {
    at.expect_keys(&[
        "name",
        "description",
        "timezone",
        "enabled",
        "valid_from",
        "valid_until",
        "rules",
        "excludes",
    ])?;
    let timezone = at.required("timezone")?.parsed(zones::parse)?;
    let date = |key| {
        at.get(key)
            .and_then(At::not_null)
            .map(|at| at.parsed(civil::parse_date))
            .transpose()
    };
    let (valid_from, valid_until) = (date("valid_from")?, date("valid_until")?);
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && from > until
    {
        return Err(at.error(format!("valid_until {until} is before valid_from {from}")));
    }
    let rules = plain(&rules(&at.required("rules")?)?);
    let (excludes, exclusions) = excludes(at)?;
    let definition = WindowDefinition {
        timezone,
        valid_from,
        valid_until,
        rules,
        excludes,
    };
    let enabled = at.get("enabled").map(|at| at.boolean()).transpose()?.unwrap_or(true);
    Ok(enabled.then(|| CoveragePart {
        window: Arc::new(CompiledWindow::compile(definition)),
        exclusions,
    }))
}

/// Returns excluding rules of the window's own zone, and those with a zone of their own.
fn excludes(at: &At<'_>) -> Result<(Vec<Rule>, Vec<Arc<Exclusion>>), ReadError> {
    let (mut own, mut zoned) = (Vec::new(), Vec::new());
    let Some(list) = at.get("excludes").and_then(At::not_null) else {
        return Ok((own, zoned));
    };
    for item in list.items()? {
        let definition = rule(&item, &["timezone"])?;
        let timezone: Option<Zone> = item
            .get("timezone")
            .and_then(At::not_null)
            .map(|at| at.parsed(zones::parse))
            .transpose()?;
        match timezone {
            Some(timezone) => zoned.push(Arc::new(Exclusion::compile(timezone, vec![definition.rule]))),
            None => own.push(definition.rule),
        }
    }
    if own.len() + zoned.len() > RULES_MAX {
        return Err(list.error(format!(
            "{} rules are too many; the limit is {RULES_MAX}",
            own.len() + zoned.len()
        )));
    }
    Ok((own, zoned))
}
