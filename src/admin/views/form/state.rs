//! What a form is for, and what it shows beside the values of its object.

use super::options::Finds;
use crate::admin::input::Errors;
use crate::admin::pages::form::{Conflict, ShownMissing, ShownPreview};

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin::views) enum Purpose {
    /// To add an object.
    Add,
    /// To change or look at the object with this key.
    Change(i64),
    /// To add a copy of the object with this key.
    Copy(i64),
}

/// What a form shows beside the object's own values.
#[derive(Default)]
pub(in crate::admin::views) struct FormState {
    pub status: u16,
    pub errors: Errors,
    pub conflict: Option<Conflict>,
    pub deleted_rows: Vec<usize>,
    /// Why a posted form is drawn without being saved; empty if it is not.
    pub note: String,
    pub missing: Vec<ShownMissing>,
    /// What to offer in fields of which not everything is offered.
    pub finds: Finds,
    /// What saving it would come to, if that was asked for.
    pub preview: Option<ShownPreview>,
    /// The name of the field of a row that has the focus; empty for none.
    pub focus: String,
}

impl Purpose {
    /// Returns the key of the stored object that the form was drawn from.
    pub(super) fn stored(self) -> Option<i64> {
        match self {
            Self::Add => None,
            Self::Change(id) | Self::Copy(id) => Some(id),
        }
    }
}

impl FormState {
    pub(in crate::admin::views) fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }
}
