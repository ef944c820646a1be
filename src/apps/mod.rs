//! What the product is about. Each model has a folder of its own; everything above is handed values and traits.

pub mod accounts;
pub mod sla;

use crate::audit;
use crate::auth::{Action, Model, Permission};

/// Everything that is looked after, in the order in which pages offer it.
pub const MODELS: [Model; 7] = [
    audit::LOG_ENTRY,
    accounts::GROUP,
    accounts::USER,
    sla::CALENDAR,
    sla::COMPONENT,
    sla::LABEL,
    sla::WINDOW,
];

/// Every permission that there is, in the order in which pages offer them. The audit trail can only be viewed.
pub fn permissions() -> impl Iterator<Item = Permission> {
    let exists = |permission: &Permission| permission.model != audit::LOG_ENTRY || permission.action == Action::View;
    let all = MODELS
        .into_iter()
        .flat_map(|model| Action::ALL.map(|action| model.permission(action)));
    all.filter(exists)
}

/// The permission that is written like this: `sla.change_component`.
#[must_use]
pub fn permission(text: &str) -> Option<Permission> {
    permissions().find(|permission| permission.to_string() == text)
}
