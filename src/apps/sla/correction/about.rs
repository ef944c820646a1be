//! Of which other objects a correction speaks: its title and its texts are for users with the permission to view those.

use serde_json::Value;

use super::state::CorrectionState;
use crate::admin::input::FormInput;
use crate::admin::model::{About, NOT_SHOWN, StoredState};
use crate::apps::sla::component_selector::ComponentSelector;
use crate::apps::sla::{COMPONENT, LABEL};
use crate::auth::{Action, Model, Permission};

/// The properties that say which labels a correction is about, or may do so.
pub const FIELDS: &[&str] = &["selector", "reason"];

/// Returns of which objects a correction of this scope speaks, and in which fields.
fn of_scope(component: Option<&str>, selector: &str) -> Option<About> {
    match component {
        Some(_) => Some(About {
            models: vec![COMPONENT],
            // The field itself is the engine's to hide, as any that chooses components.
            fields: &[],
        }),
        None if is_by_labels(selector) => Some(About {
            models: vec![LABEL],
            fields: FIELDS,
        }),
        None => None,
    }
}

/// Returns whether a selector names labels. One that cannot be read may.
fn is_by_labels(selector: &str) -> bool {
    !selector.trim().is_empty() && !matches!(selector.parse::<ComponentSelector>(), Ok(ComponentSelector::All))
}

/// Returns of which objects a correction speaks.
#[must_use]
pub fn of(state: &CorrectionState) -> Option<About> {
    of_scope(state.component.as_deref(), &state.selector)
}

/// Returns the same of a correction as files and the audit log have it.
#[must_use]
pub fn of_state(state: &StoredState) -> Option<About> {
    let text = |name: &str| state.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    of_scope(text("component"), text("selector").unwrap_or_default())
}

/// Returns the models of whose objects a correction speaks.
#[must_use]
pub fn models(state: &CorrectionState) -> Vec<Model> {
    of(state).map(|about| about.models).unwrap_or_default()
}

/// Returns whether a correction speaks of what may not be viewed.
pub(super) fn is_hidden(state: &CorrectionState, may: impl Fn(Permission) -> bool) -> bool {
    models(state).iter().any(|model| !may(model.permission(Action::View)))
}

/// Takes the words that stand for what who saves may not view out of a form; returns the fields that had them.
pub(super) fn take_out(
    stored: &CorrectionState,
    input: &mut FormInput<'_>,
    may: impl Fn(Permission) -> bool,
) -> Vec<&'static str> {
    let fields = of(stored).map_or(&[][..], |about| about.fields);
    match is_hidden(stored, may) {
        true => {
            let fields = fields.iter().copied();
            fields
                .filter(|field| input.retain(field, |value| value.trim() != NOT_SHOWN))
                .collect()
        }
        false => Vec::new(),
    }
}

/// Gives fields the texts back that are stored.
pub(super) fn put_back(fields: &[&str], stored: &CorrectionState, after: &mut CorrectionState) {
    if fields.contains(&"selector") {
        after.selector.clone_from(&stored.selector);
    }
    if fields.contains(&"reason") {
        after.reason.clone_from(&stored.reason);
    }
}
