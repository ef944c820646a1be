//! What a draft of a component comes to.

use super::file::ComponentDraft;
use super::state::ComponentState;
use crate::apps::sla::declarative::document::draft::TEXT_LENGTH_MAX;
use crate::apps::sla::declarative::document::node::ReadError;
use crate::apps::sla::declarative::link_names::{Names, linked};
use crate::apps::sla::declarative::settle::{settled_area, settled_name};
use crate::apps::sla::label::merge::LabelValues;
use crate::apps::sla::stored::Stored;
use crate::metrics::format::names::check_component_name;
use crate::text;

/// Returns what a component is to be.
pub fn component(
    draft: &ComponentDraft,
    stored: Option<&Stored<ComponentState>>,
    window_names: &Names,
    calendar_names: &Names,
    label_values: &LabelValues,
) -> Result<ComponentState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let check = |name: &str| check_component_name(name).map_err(|error| error.to_string());
    let state = ComponentState {
        name: settled_name(&draft.name, &draft.place, stored.map(|s| &s.name), check)?,
        display_name: match &draft.display_name {
            None => stored.map(|s| s.display_name.clone()).unwrap_or_default(),
            Some(given) => {
                let check = |text: &str| text::check_line(text, TEXT_LENGTH_MAX);
                text::settle_line(stored.map(|s| s.display_name.as_str()), &given.text, check)
                    .map_err(|error| draft.place.error_at("display_name", given.line, error))?
            }
        },
        description: settled_area(draft.description.as_ref(), stored.map(|s| &s.description)),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        slo_millipercent: draft.slo_millipercent.or(stored.map(|s| s.slo_millipercent)).flatten(),
        labels: match &draft.labels {
            None => stored.map(|s| s.labels.clone()).unwrap_or_default(),
            Some(labels) => labels
                .iter()
                .map(|(name, value)| {
                    let refused = |error| draft.place.error_at(&format!("labels.{name}"), value.line, error);
                    let value = label_values.settle(name, &value.text).map_err(refused)?;
                    Ok((name.clone(), value))
                })
                .collect::<Result<_, ReadError>>()?,
        },
        windows: linked(
            draft.windows.as_ref(),
            stored.map(|s| &s.windows),
            &draft.place,
            window_names,
        )?,
        calendars: linked(
            draft.calendars.as_ref(),
            stored.map(|s| &s.calendars),
            &draft.place,
            calendar_names,
        )?,
    };
    Ok(state)
}
