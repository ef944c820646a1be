//! SLA windows in files.

use chrono::NaiveDate;

use super::state::WindowState;
use crate::apps::sla::declarative::document::draft::{
    Place, Reference, Written, area, boolean, name, nullable, place, references,
};
use crate::apps::sla::declarative::document::json;
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::file::rules;
use crate::calculus::civil;
use crate::zones::{self, Zone};

/// The keys of a window.
pub const WINDOW_KEYS: [&str; 9] = [
    "name",
    "description",
    "timezone",
    "valid_from",
    "valid_until",
    "enabled",
    "calendars",
    "rules",
    "excludes",
];

/// A window.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct WindowDraft {
    pub place: Place,
    pub name: Written,
    pub description: Option<String>,
    pub timezone: Option<Zone>,
    pub valid_from: Option<Option<NaiveDate>>,
    pub valid_until: Option<Option<NaiveDate>>,
    pub enabled: Option<bool>,
    pub calendars: Option<Vec<Reference>>,
    pub rules: Option<Vec<RuleDefinition>>,
    pub excludes: Option<Vec<RuleDefinition>>,
}

/// Returns what a file says about a window.
///
/// # Errors
/// The first thing that is refused.
pub fn window(at: &At<'_>) -> Result<WindowDraft, ReadError> {
    at.expect_keys(&WINDOW_KEYS)?;
    Ok(WindowDraft {
        place: place(at),
        name: name(at)?,
        description: area(at, "description")?,
        timezone: at.get("timezone").map(|at| at.parsed(zones::parse)).transpose()?,
        valid_from: nullable(at, "valid_from", |at| at.parsed(civil::parse_date))?,
        valid_until: nullable(at, "valid_until", |at| at.parsed(civil::parse_date))?,
        enabled: boolean(at, "enabled")?,
        calendars: references(at, "calendars")?,
        rules: at.get("rules").map(|at| rules(&at)).transpose()?,
        excludes: at.get("excludes").map(|at| rules(&at)).transpose()?,
    })
}

/// Returns the state of a window that the audit trail kept: the file form with every property.
///
/// # Errors
/// What cannot be read any more.
pub fn window_state(state: &serde_json::Value) -> Result<WindowState, ReadError> {
    let node = json::parse(&state.to_string())?;
    let draft = window(&At::root(&node))?;
    let timezone = draft
        .timezone
        .ok_or_else(|| draft.place.error("`timezone` is missing".to_owned()))?;
    Ok(WindowState {
        name: draft.name.text,
        description: draft.description.unwrap_or_default(),
        timezone,
        valid_from: draft.valid_from.flatten(),
        valid_until: draft.valid_until.flatten(),
        enabled: draft.enabled.unwrap_or(true),
        calendars: draft
            .calendars
            .unwrap_or_default()
            .into_iter()
            .map(|reference| reference.name)
            .collect(),
        rules: draft.rules.unwrap_or_default(),
        excludes: draft.excludes.unwrap_or_default(),
    })
}
