//! Of which labels an indicator speaks: its selector is for users with the permission to view these.

use crate::admin::model::{About, StoredState};
use crate::apps::sla::LABEL;
use crate::apps::sla::label_texts::{about_labels, stored_texts};

/// The properties that may name labels.
pub const FIELDS: &[&str] = &["selector"];

/// Returns that an indicator with this selector speaks of labels, if it does.
#[must_use]
pub fn of(selector: &str) -> Option<About> {
    about_labels(selector, FIELDS)
}

/// Returns the same of an indicator as files and the audit log have it. One whose state cannot be read may speak of labels.
#[must_use]
pub fn of_state(state: Option<&StoredState>) -> Option<About> {
    match stored_texts(state, ["selector"]) {
        Some([selector]) => of(selector),
        None => Some(About {
            models: vec![LABEL],
            fields: FIELDS,
        }),
    }
}
