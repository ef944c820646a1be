//! Of which other objects a correction speaks: its title and its texts are for users with the permission to view those.

use super::state::CorrectionState;
use crate::admin::model::{About, StoredState};
use crate::apps::sla::label_texts::{about_labels, stored_texts};
use crate::apps::sla::{COMPONENT, LABEL};
use crate::auth::Model;

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
        None => about_labels(selector, FIELDS),
    }
}

/// Returns of which objects a correction speaks.
#[must_use]
pub fn of(state: &CorrectionState) -> Option<About> {
    of_scope(state.component.as_deref(), &state.selector)
}

/// Returns the same of a correction as files and the audit log have it. One whose state cannot be read may speak of components and of labels.
#[must_use]
pub fn of_state(state: Option<&StoredState>) -> Option<About> {
    match stored_texts(state, ["component", "selector"]) {
        Some([component, selector]) => of_scope(Some(component).filter(|name| !name.is_empty()), selector),
        None => Some(About {
            models: vec![COMPONENT, LABEL],
            fields: FIELDS,
        }),
    }
}

/// Returns the models of whose objects a correction speaks.
#[must_use]
pub fn models(state: &CorrectionState) -> Vec<Model> {
    of(state).map(|about| about.models).unwrap_or_default()
}
