//! Saves a posted form. One save is one transaction: versions are compared in it, and everything is in it.

use serde_json::json;

use super::conflict::{changed_meanwhile, deleted_meanwhile, posted_anew};
use super::draw::{form, is_in_dialog, kept, posted_object, way_back};
use super::inline::deleted_rows;
use super::open::find;
use super::options::finds;
use super::state::{FormState, Purpose};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::Context;
use crate::admin::input::FormInput;
use crate::admin::model::{Object, Refusal, Saved};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewResult, forbidden, hidden};
use crate::audit;
use crate::auth::Action;
use crate::db;

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
    if let Some(finds) = finds(posted) {
        let shown = FormState {
            finds,
            note: "Nothing was saved yet: choose among what was found, then save.".to_owned(),
            deleted_rows: deleted_rows(entry, posted),
            ..FormState::status(200)
        };
        let object = posted_object(entry, posted, stored.as_ref());
        return form(context, entry, purpose, &object, shown);
    }
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
    let failure = match saved {
        Ok(saved) => return Ok(after_save(context, entry, posted, purpose, saved)),
        Err(Stopped::Gone) => return deleted_meanwhile(context, entry, id.unwrap_or(""), posted),
        Err(Stopped::Conflict(current)) => return changed_meanwhile(context, entry, posted, &current),
        Err(Stopped::Refused(refusal)) => match explain(context, entry, purpose, &mut input, refusal) {
            Ok(failure) => failure,
            Err(answer) => return answer,
        },
    };
    let status = if failure.is_some() { 503 } else { 422 };
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

/// Writes why nothing was saved beside the fields of the form. Returns the failure of the database, if it was one.
///
/// # Errors
/// The answer, where the form is not drawn again.
fn explain(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    input: &mut FormInput<'_>,
    refusal: Refusal,
) -> Result<Option<audit::Error>, ViewResult> {
    match refusal {
        Refusal::Input => Ok(None),
        Refusal::Fields(errors) => {
            for error in errors {
                input.refuse(error.field, error.message);
            }
            Ok(None)
        }
        Refusal::Rule(message) => {
            input.refuse("", message);
            Ok(None)
        }
        Refusal::Audit(audit::Error::Denied(_)) => Err(forbidden(context)),
        Refusal::Audit(error @ audit::Error::SignedOut(_)) => Err(Err(error.into())),
        Refusal::Audit(audit::Error::Database(db::Error::Violation(message))) => {
            input.refuse("", format!("The database refused it: {message}."));
            Ok(None)
        }
        Refusal::Audit(error) if is_unknown(&error) => {
            input.refuse("", UNKNOWN);
            context.messages.push(look_first(entry, purpose));
            Ok(Some(error))
        }
        Refusal::Audit(error) => {
            input.refuse("", not_taken(&error));
            Ok(Some(error))
        }
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
