//! Calendars in files.

use super::state::CalendarState;
use crate::apps::sla::declarative::document::draft::{Place, Written, area, boolean, name, nullable, place};
use crate::apps::sla::declarative::document::json;
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::apps::sla::rule::RuleDefinition;
use crate::apps::sla::rule::file::rules;
use crate::zones::{self, Zone};

/// The keys of a calendar.
pub const CALENDAR_KEYS: [&str; 5] = ["name", "description", "timezone", "enabled", "rules"];

/// A calendar.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct CalendarDraft {
    pub place: Place,
    pub name: Written,
    pub description: Option<String>,
    pub timezone: Option<Option<Zone>>,
    pub enabled: Option<bool>,
    pub rules: Option<Vec<RuleDefinition>>,
}

/// Returns what a file says about a calendar.
///
/// # Errors
/// The first thing that is refused.
pub fn calendar(at: &At<'_>) -> Result<CalendarDraft, ReadError> {
    at.expect_keys(&CALENDAR_KEYS)?;
    Ok(CalendarDraft {
        place: place(at),
        name: name(at)?,
        description: area(at, "description")?,
        timezone: nullable(at, "timezone", |at| at.parsed(zones::parse))?,
        enabled: boolean(at, "enabled")?,
        rules: at.get("rules").map(|at| rules(&at)).transpose()?,
    })
}

/// Returns the state of a calendar that the audit trail kept.
///
/// # Errors
/// What cannot be read any more.
pub fn calendar_state(state: &serde_json::Value) -> Result<CalendarState, ReadError> {
    let node = json::parse(&state.to_string())?;
    let draft = calendar(&At::root(&node))?;
    Ok(CalendarState {
        name: draft.name.text,
        description: draft.description.unwrap_or_default(),
        timezone: draft.timezone.flatten(),
        enabled: draft.enabled.unwrap_or(true),
        rules: draft.rules.unwrap_or_default(),
    })
}
