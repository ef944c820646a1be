//! Draws what was posted anew without carrying it out: nothing is saved before its user sends the form again. Fields of passwords stay
//! empty, and no permission is lifted: users who cannot save a form do not see it drawn either.

use super::form::draw::{form, posted_object};
use super::form::inline::deleted_rows;
use super::form::save::purpose;
use super::form::state::FormState;
use super::list::edit;
use super::{ViewResult, bulk};
use crate::admin::context::Context;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;

/// Draws the posted form of a new object, or of the one whose key is `id`, with `note` above it.
pub fn object(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: Option<&str>,
    posted: &Query,
    (status, note): (u16, &str),
) -> ViewResult {
    // A copy that was asked for stays one: saving would overwrite what it was copied from.
    let (purpose, stored) = match purpose(context, entry, id, posted) {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    let shown = FormState {
        note: note.to_owned(),
        deleted_rows: deleted_rows(entry, posted),
        ..FormState::status(status)
    };
    form(
        context,
        entry,
        purpose,
        &posted_object(entry, posted, stored.as_ref()),
        shown,
    )
}

/// Draws the list with the edited cells that were posted to it, or the form for many objects, with `note` above it. Gives nothing for
/// an action, which has no form to be drawn.
pub fn list(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    posted: &Query,
    (status, note): (u16, &str),
) -> Option<ViewResult> {
    if posted.get("_save").is_some() {
        return Some(edit::redraw(context, entry, posted, (status, note)));
    }
    many(context, entry, posted, note)
}

/// Draws the form for many objects that was posted, with `note` above it. Gives nothing if it is not what was posted.
pub fn many(context: &mut Context<'_>, entry: &SiteEntry, posted: &Query, note: &str) -> Option<ViewResult> {
    let is_bulk = posted.get("action") == Some(bulk::ACTION) && posted.get(bulk::edits::ROWS).is_some();
    is_bulk.then(|| bulk::redraw(context, entry, posted, note))
}
