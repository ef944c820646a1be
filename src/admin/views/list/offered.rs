//! The actions that a list offers on chosen rows.

use crate::admin::context::Context;
use crate::admin::site::SiteEntry;
use crate::admin::transfer::export;
use crate::admin::views::bulk;
use crate::auth::Action;

/// Returns what the user may do to chosen rows.
pub(super) fn offered(context: &Context<'_>, entry: &SiteEntry) -> Vec<(String, String)> {
    let mut actions = Vec::new();
    if entry.may(&context.account, Action::Delete) {
        actions.push((
            "delete_selected".to_owned(),
            format!("Delete selected {}", entry.spec.plural),
        ));
    }
    if entry.may(&context.account, Action::Change) {
        if bulk::edits::fields(&entry.spec).next().is_some() {
            let words = format!("Change selected {}", entry.spec.plural);
            actions.push((bulk::ACTION.to_owned(), words));
        }
        actions.extend(
            entry
                .spec
                .actions
                .iter()
                .map(|action| (action.name.to_owned(), action.label.to_owned())),
        );
    }
    actions.extend(export::action(context, entry));
    actions
}
