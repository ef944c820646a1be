//! What a draft of a calendar comes to.

use super::file::CalendarDraft;
use super::state::CalendarState;
use crate::apps::sla::declarative::document::draft::NAME_LENGTH_MAX;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::settle::{settled_area, settled_name, settled_rules};
use crate::apps::sla::stored::Stored;
use crate::text;

/// Returns what a calendar is to be.
pub fn calendar(draft: &CalendarDraft, stored: Option<&Stored<CalendarState>>) -> Result<CalendarState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let check = |name: &str| text::check_name(name, NAME_LENGTH_MAX);
    Ok(CalendarState {
        name: settled_name(&draft.name, &draft.place, stored.map(|s| &s.name), check)?,
        description: settled_area(draft.description.as_ref(), stored.map(|s| &s.description)),
        timezone: draft.timezone.or(stored.map(|s| s.timezone)).flatten(),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        rules: settled_rules("rules", draft.rules.as_ref(), stored.map(|s| &s.rules), &draft.place)?,
    })
}
