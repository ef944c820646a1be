//! Opens a form: to add an object, to change or look at one, or to bring an earlier state back.

use super::draw::form;
use super::inline::replace_rows;
use super::restore as restoring;
use super::state::{FormState, Purpose};
use crate::admin::context::Context;
use crate::admin::history;
use crate::admin::instant::Instant;
use crate::admin::model::Object;
use crate::admin::reply::{Level, Message};
use crate::admin::site::SiteEntry;
use crate::admin::spec::Widget;
use crate::admin::views::{ViewError, ViewResult, forbidden, hidden, message_page, missing};
use crate::audit::store;
use crate::auth::Action;

/// Returns the form for a new object, its first values from the query, or from the audit log's state of one that was deleted.
pub fn add(context: &mut Context<'_>, entry: &SiteEntry) -> ViewResult {
    if !entry.may(&context.account, Action::Add) {
        return forbidden(context);
    }
    if let Some(log_entry) = context.query.get("restore").map(str::to_owned) {
        if !entry.may(&context.account, Action::View) {
            return forbidden(context);
        }
        return restore(context, entry, None, &log_entry);
    }
    let mut object = entry.admin.blank();
    for field in entry.spec.form(true).iter().flat_map(|set| &set.fields) {
        let given = context.query.all(field.name).into_iter();
        let given: Vec<String> = match field.widget {
            Widget::Many(_) | Widget::Checks(_) => {
                given.flat_map(|value| value.split(',')).map(str::to_owned).collect()
            }
            Widget::Password => Vec::new(),
            _ => given.map(str::to_owned).collect(),
        };
        if !given.is_empty() && !field.read_only {
            object.values.insert(field.name.to_owned(), given);
        }
    }
    form(context, entry, Purpose::Add, &object, FormState::status(200))
}

/// Returns the form of an object, to change or to look at; filled with an earlier state if one is to be restored.
pub fn change(context: &mut Context<'_>, entry: &SiteEntry, id: &str) -> ViewResult {
    let restored = context.query.get("restore").map(str::to_owned);
    let action = if restored.is_some() {
        Action::Change
    } else {
        Action::View
    };
    if !entry.may(&context.account, action) {
        return forbidden(context);
    }
    match (find(context, entry, id)?, restored) {
        (None, _) => missing(context, entry, id),
        (Some(object), _) if !entry.may_do(context.conn, &context.account, action, object.id)? => forbidden(context),
        (Some(object), None) => form(
            context,
            entry,
            Purpose::Change(object.id),
            &object,
            FormState::status(200),
        ),
        (Some(object), Some(log_entry)) => restore(context, entry, Some(&object), &log_entry),
    }
}

/// Returns the object of a key as it stands in an address.
pub fn find(context: &mut Context<'_>, entry: &SiteEntry, id: &str) -> Result<Option<Object>, ViewError> {
    match id.parse::<i64>() {
        Ok(id) => object(context, entry, id),
        Err(_) => Ok(None),
    }
}

/// Returns the object of a key.
pub fn object(context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Object>, ViewError> {
    let object = entry.admin.object(context.conn, id)?;
    Ok(object.map(|object| hidden::covered(context, entry, object)))
}

/// Returns the form filled with an earlier state, to be saved or not.
fn restore(context: &mut Context<'_>, entry: &SiteEntry, current: Option<&Object>, log_entry: &str) -> ViewResult {
    let kept = match log_entry.parse::<i64>() {
        Ok(log_entry) => store::find(context.conn, log_entry)?,
        Err(_) => None,
    };
    let kept = kept
        .filter(|kept| kept.content_type == entry.spec.model.to_string())
        .filter(|kept| current.is_none_or(|current| current.id == kept.object_id));
    // What is still there is restored on its own page.
    let kept = match (kept, current) {
        (Some(kept), None) if entry.admin.object(context.conn, kept.object_id)?.is_some() => None,
        (kept, _) => kept,
    };
    let restored = match kept.as_ref().and_then(history::restorable_state) {
        Some(state) => entry.admin.restored(context.conn, &state)?,
        None => None,
    };
    let restored = restored.map(|restored| hidden::covered(context, entry, restored));
    let action_time = kept.map(|kept| kept.action_time);
    let (Some(mut object), Some(action_time)) = (restored, action_time) else {
        let back = current.map_or_else(|| entry.url(), |current| entry.change_url(current.id));
        let text = "There is no such earlier state.";
        return message_page(context, 404, "Nothing to restore", text, ("Back", &back));
    };
    let mut shown = FormState::status(200);
    shown.missing = restoring::missing(context, entry, &object, current.is_none())?;
    let more = if shown.missing.is_empty() {
        ""
    } else {
        " Not all of it can be brought back: what is missing is listed first."
    };
    let at = Instant::new(action_time, context.zone()).words();
    context.messages.push(Message::new(
        Level::Warning,
        format!("This is the state of {at}. Nothing is changed until you save it.{more}"),
    ));
    let purpose = match current {
        Some(current) => {
            (object.id, object.version, object.title) = (current.id, current.version, current.title.clone());
            replace_rows(&mut object, &mut shown.deleted_rows, current);
            Purpose::Change(current.id)
        }
        None => {
            object.title = String::new();
            Purpose::Add
        }
    };
    form(context, entry, purpose, &object, shown)
}
