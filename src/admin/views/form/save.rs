//! Forms: add, change, look at. One save is one transaction: versions are compared in it, and everything is in it.

use serde_json::json;

use super::conflict::{changed_meanwhile, deleted_meanwhile, posted_anew};
use super::draw::{form, is_in_dialog, kept, posted_object, way_back};
use super::inline::{deleted_rows, replace_rows};
use super::restore as restoring;
use super::state::{FormState, Purpose};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::Context;
use crate::admin::history;
use crate::admin::input::FormInput;
use crate::admin::model::{Object, Refusal, Saved};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::SiteEntry;
use crate::admin::spec::Widget;
use crate::admin::views::{ViewError, ViewResult, forbidden, hidden, message_page, missing};
use crate::audit::{self, store};
use crate::auth::Action;
use crate::db;

/// Returns the form for a new object, its first values from the query, or from the trail's state of one that was deleted.
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
        Ok(id) => {
            let object = entry.admin.object(context.conn, id)?;
            Ok(object.map(|object| hidden::covered(context, entry, object)))
        }
        Err(_) => Ok(None),
    }
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
    let restored = match kept.as_ref().and_then(history::state_of) {
        Some(state) => entry.admin.restored(context.conn, &state)?,
        None => None,
    };
    let Some(mut object) = restored else {
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
    context.messages.push(Message::new(
        Level::Warning,
        format!("This is the earlier state. Nothing is changed until you save it.{more}"),
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

/// How a save ended that changed nothing.
enum Stopped {
    Gone,
    Conflict(Box<Object>),
    Refused(Refusal),
}

impl From<audit::Error> for Stopped {
    fn from(error: audit::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<db::Error> for Stopped {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Returns whether the user may change the object, or look at the one that they copy.
fn may_save(context: &mut Context<'_>, entry: &SiteEntry, copies: bool, id: i64) -> db::Result<bool> {
    let action = if copies { Action::View } else { Action::Change };
    entry.may_do(context.conn, &context.account, action, id)
}

/// Returns what a posted form is for, and the object that it was drawn from, if its user may see that: a new object without `id`,
/// otherwise that one, or a copy of it.
///
/// # Errors
/// The answer without the permission, and to a form whose object was deleted.
pub(in crate::admin::views) fn purpose(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: Option<&str>,
    posted: &Query,
) -> Result<(Purpose, Option<Object>), ViewResult> {
    // A model with a form of its own for new objects cannot make one from the other form.
    let copies = id.is_some() && posted.get("_saveasnew").is_some() && entry.spec.add_fieldsets.is_none();
    let action = if id.is_none() || copies {
        Action::Add
    } else {
        Action::Change
    };
    if !entry.may(&context.account, action) {
        return Err(forbidden(context));
    }
    // Users without the permission to view the object see nothing of it, and need nothing of it for a copy.
    let Some(id) = id.filter(|_| !copies || entry.may(&context.account, Action::View)) else {
        return Ok((Purpose::Add, None));
    };
    let Some(object) = find(context, entry, id).map_err(Err)? else {
        return Err(deleted_meanwhile(context, entry, id, posted));
    };
    match may_save(context, entry, copies, object.id) {
        Ok(true) => {}
        Ok(false) => return Err(forbidden(context)),
        Err(error) => return Err(Err(error.into())),
    }
    let purpose = if copies {
        Purpose::Copy(object.id)
    } else {
        Purpose::Change(object.id)
    };
    Ok((purpose, Some(object)))
}

/// Saves a posted form: a new object without `id`, otherwise that one, or a copy of it.
pub fn save(context: &mut Context<'_>, entry: &SiteEntry, id: Option<&str>, posted: &Query) -> ViewResult {
    let (purpose, stored) = match purpose(context, entry, id, posted) {
        Ok(known) => known,
        Err(answer) => return answer,
    };
    let mut input = FormInput::new(posted);
    let target = match purpose {
        Purpose::Change(id) => {
            let version = input.take("_version", |text| {
                text.parse::<i64>()
                    .map_err(|_| "The field _version is missing: load the page again, so that no change is lost.")
            });
            version.map(|version| Some((id, version)))
        }
        Purpose::Add | Purpose::Copy(_) => Some(None),
    };
    let saved = match target {
        Some(target) => {
            if let Some(accounts) = entry.admin.accounts() {
                accounts.hash_password(target.map(|(id, _)| id), &mut input);
            }
            store_form(context, entry, target, &mut input, (posted, stored.as_ref()))
        }
        None => Err(Stopped::Refused(Refusal::Input)),
    };
    let (status, failure) = match saved {
        Ok(saved) => return Ok(after_save(context, entry, posted, purpose, saved)),
        Err(Stopped::Gone) => return deleted_meanwhile(context, entry, id.unwrap_or(""), posted),
        Err(Stopped::Conflict(current)) => return changed_meanwhile(context, entry, posted, &current),
        Err(Stopped::Refused(refusal)) => match refusal {
            Refusal::Input => (422, None),
            Refusal::Fields(errors) => {
                for error in errors {
                    input.refuse(error.field, error.message);
                }
                (422, None)
            }
            Refusal::Rule(message) => {
                input.refuse("", message);
                (422, None)
            }
            Refusal::Audit(audit::Error::Denied(_)) => return forbidden(context),
            Refusal::Audit(error @ audit::Error::SignedOut(_)) => return Err(error.into()),
            Refusal::Audit(audit::Error::Database(db::Error::Violation(message))) => {
                input.refuse("", format!("The database refused it: {message}."));
                (422, None)
            }
            Refusal::Audit(error) if is_unknown(&error) => {
                input.refuse("", UNKNOWN);
                context.messages.push(look_first(entry, purpose));
                (503, Some(error))
            }
            Refusal::Audit(error) => {
                input.refuse("", not_taken(&error));
                (503, Some(error))
            }
        },
    };
    if let Some(error) = &failure {
        tracing::error!(%error, model = %entry.spec.model, "a form could not be saved");
    }
    let object = posted_object(entry, posted, stored.as_ref());
    let shown = FormState {
        errors: input.into_errors(),
        deleted_rows: deleted_rows(entry, posted),
        ..FormState::status(status)
    };
    match (form(context, entry, purpose, &object, shown), failure) {
        // A database that is gone cannot draw the form either.
        (Err(_), Some(error)) => Err(error.into()),
        (outcome, _) => outcome,
    }
}

/// Saves a new object, or the one with this key if it still has this version. If it has another one and what was posted is what is
/// stored, nothing needs a change, and there is no conflict: the form was sent twice, say. A new object may be linked to what `copied` is
/// linked to, also where its user may not view that.
fn store_form(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    target: Option<(i64, i64)>,
    input: &mut FormInput<'_>,
    (posted, copied): (&Query, Option<&Object>),
) -> Result<Saved, Stopped> {
    let actor = context.actor();
    audit::transaction(context.conn, &actor, context.now, |tx| {
        let mut linked = copied.cloned();
        if let Some((id, version)) = target {
            let current = entry.admin.object(tx.reader(), id)?.ok_or(Stopped::Gone)?;
            if current.version != version {
                let anew = posted_anew(entry, posted, &current);
                // What this changes is rolled back with the conflict.
                return match entry.admin.save(tx, Some(id), &mut FormInput::new(&anew)) {
                    Ok(saved) if !saved.changed => Ok(saved),
                    Err(Refusal::Audit(error @ audit::Error::Denied(_))) => Err(error.into()),
                    Err(Refusal::Audit(error)) if !is_violation(&error) => Err(error.into()),
                    _ => Err(Stopped::Conflict(Box::new(current))),
                };
            }
            linked = Some(current);
        }
        let id = target.map(|(id, _)| id);
        hidden::refuse_chosen(entry, linked.as_ref(), input, |permission| tx.actor().may(permission));
        let saved = entry.admin.save(tx, id, input).map_err(Stopped::Refused)?;
        match input.is_valid() {
            true => Ok(saved),
            false => Err(Stopped::Refused(Refusal::Input)),
        }
    })
}

/// Says why the database did not take a change.
fn not_taken(error: &audit::Error) -> String {
    let reason = match error {
        audit::Error::Database(outage) if outage.is_outage() => outage.in_words(),
        _ => "The database did not take it.".to_owned(),
    };
    format!("{reason} Nothing was changed, so nothing was saved. Try again in a moment.")
}

/// What is said of a save whose COMMIT was sent and not answered.
const UNKNOWN: &str = "It is not known whether this was saved: the connection to the database was lost meanwhile.";

/// Returns the way to where it is seen whether something was saved.
fn look_first(entry: &SiteEntry, purpose: Purpose) -> Message {
    let history = match purpose {
        Purpose::Change(id) => (entry.history_url(id), "the history".to_owned()),
        Purpose::Add | Purpose::Copy(_) => (
            Address::Model(audit::LOG_ENTRY, ModelPage::List).into(),
            "the log".to_owned(),
        ),
    };
    Message {
        link: Some(history),
        after: " before you send it again.".to_owned(),
        ..Message::new(Level::Error, "Look at ")
    }
}

/// Returns whether it is unknown if a change was committed.
fn is_unknown(error: &audit::Error) -> bool {
    matches!(error, audit::Error::Database(db::Error::OutcomeUnknown(_)))
}

/// Returns whether a constraint of the schema refused a change.
fn is_violation(error: &audit::Error) -> bool {
    matches!(error, audit::Error::Database(db::Error::Violation(_)))
}

/// Returns where a save leads, and what the next page says.
fn after_save(context: &Context<'_>, entry: &SiteEntry, posted: &Query, purpose: Purpose, saved: Saved) -> Reply {
    if is_in_dialog(context) {
        let Saved {
            id,
            title,
            changed,
            warnings,
        } = saved;
        let saved = json!({"id": id.to_string(), "title": title, "changed": changed, "warnings": warnings});
        return Reply::Json(saved.to_string());
    }
    let may = |action| entry.may(&context.account, action);
    let existed = matches!(purpose, Purpose::Change(_));
    let is_copy = matches!(purpose, Purpose::Copy(_)) || posted.get("_saveasnew").is_some() && !existed;
    let adds_another = posted.get("_addanother").is_some() && may(Action::Add);
    // A form of its own for new objects is only the first half: the other one follows.
    let has_second_half = !existed && entry.spec.add_fieldsets.is_some() && !adds_another;
    let continues = may(Action::View) && (posted.get("_continue").is_some() || is_copy || has_second_half);
    let object_url = entry.change_url(saved.id);
    let kept = kept(context);
    let (to, hint) = if continues && may(Action::Change) {
        (format!("{object_url}{kept}"), " You may edit it again below.")
    } else if continues {
        (format!("{object_url}{kept}"), "")
    } else if adds_another {
        let hint = " You may add another one below.";
        (format!("{}{kept}", entry.address(ModelPage::Add)), hint)
    } else {
        (way_back(context, entry), "")
    };
    let did = match (existed, saved.changed) {
        (true, false) => "needed no change",
        (true, true) => "was changed successfully",
        (false, _) => "was added successfully",
    };
    let before = format!("The {} “", entry.spec.singular);
    let after = format!("” {did}.{hint}");
    let mut messages = vec![if may(Action::View) {
        Message {
            level: Level::Success,
            text: before,
            link: Some((object_url, saved.title.clone())),
            after,
        }
    } else {
        Message::new(Level::Success, format!("{before}{}{after}", saved.title))
    }];
    messages.extend(
        saved
            .warnings
            .into_iter()
            .map(|warning| Message::new(Level::Warning, warning)),
    );
    Reply::Redirect { to, messages }
}
