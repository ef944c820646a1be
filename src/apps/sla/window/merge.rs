//! What a draft of an SLA window comes to.

use super::file::WindowDraft;
use super::state::WindowState;
use crate::apps::sla::declarative::document::draft::NAME_LENGTH_MAX;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::link_names::{Names, linked};
use crate::apps::sla::declarative::settle::{settled_area, settled_name, settled_rules};
use crate::apps::sla::stored::Stored;
use crate::text;

/// Returns what a window is to be.
pub fn window(
    draft: &WindowDraft,
    stored: Option<&Stored<WindowState>>,
    calendar_names: &Names,
) -> Result<WindowState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let check = |name: &str| text::check_name(name, NAME_LENGTH_MAX);
    let name = settled_name(&draft.name, &draft.place, stored.map(|s| &s.name), check)?;
    let Some(timezone) = draft.timezone.or(stored.map(|s| s.timezone)) else {
        let message = if calendar_names.has(&draft.name.text) {
            format!(
                "`{0}` is a calendar; put it under calendars: (a window `{0}` does not exist yet and would need a `timezone`)",
                draft.name.text
            )
        } else {
            format!(
                "the window `{}` does not exist yet and needs a `timezone`, e.g. Europe/Berlin",
                draft.name.text
            )
        };
        return Err(draft.place.error(message));
    };
    let state = WindowState {
        name,
        description: settled_area(draft.description.as_ref(), stored.map(|s| &s.description)),
        timezone,
        valid_from: draft.valid_from.or(stored.map(|s| s.valid_from)).flatten(),
        valid_until: draft.valid_until.or(stored.map(|s| s.valid_until)).flatten(),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        calendars: linked(
            draft.calendars.as_ref(),
            stored.map(|s| &s.calendars),
            &draft.place,
            calendar_names,
        )?,
        rules: settled_rules("rules", draft.rules.as_ref(), stored.map(|s| &s.rules), &draft.place)?,
        excludes: settled_rules(
            "excludes",
            draft.excludes.as_ref(),
            stored.map(|s| &s.excludes),
            &draft.place,
        )?,
    };
    if let (Some(from), Some(until)) = (state.valid_from, state.valid_until)
        && from > until
    {
        return Err(draft
            .place
            .error(format!("valid_until {until} is before valid_from {from}")));
    }
    Ok(state)
}
