//! What a draft of an SLA window comes to.

use super::state::WindowState;
use crate::apps::sla::calendar;
use crate::apps::sla::declarative::document::draft::Draft;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::link_names::PlannedLinks;
use crate::apps::sla::declarative::merge::merged;
use crate::apps::sla::properties::text::check_name;
use crate::apps::sla::stored::Stored;
use crate::text;

/// Returns what a window is to be.
///
/// # Errors
/// The first property that is refused, a new window without a zone, and a validity that ends before it begins.
pub fn merged_window(
    draft: &Draft<WindowState>,
    stored: Option<&Stored<WindowState>>,
    links: &PlannedLinks,
) -> Result<WindowState, ReadError> {
    if stored.is_none() && draft.given("timezone").is_none() {
        return Err(without_zone(draft, links));
    }
    let state = merged(draft, stored, links)?;
    if let (Some(from), Some(until)) = (state.valid_from, state.valid_until)
        && from > until
    {
        let message = format!("valid_until {until} is before valid_from {from}");
        return Err(draft.place.error(message));
    }
    Ok(state)
}

fn without_zone(draft: &Draft<WindowState>, links: &PlannedLinks) -> ReadError {
    let name = &draft.written.name;
    if let Err(error) = check_name(&text::line(name)) {
        let line = draft.given("name").map_or(draft.place.line, |given| given.line);
        return draft.place.error_at("name", line, error);
    }
    let is_calendar = links.names(&calendar::TARGET).is_some_and(|names| names.has(name));
    draft.place.error(if is_calendar {
        format!(
            "`{name}` is a calendar; put it under calendars: (a window `{name}` does not exist yet and would need a `timezone`)"
        )
    } else {
        format!("the window `{name}` does not exist yet and needs a `timezone`, e.g. Europe/Berlin")
    })
}
