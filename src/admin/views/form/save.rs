//! Saves a posted form. One save is one transaction: versions are compared in it, and everything is in it.

use super::conflict::{changed_meanwhile, deleted_meanwhile, posted_anew};
use super::draw::{PREVIEW, form, posted_object};
use super::inline::deleted_rows;
use super::open::object;
use super::options::finds;
use super::preview::preview;
use super::split::{SPLIT, split};
use super::state::{FormState, Purpose};
use super::way::Way;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::Context;
use crate::admin::input::FormInput;
use crate::admin::model::{Object, Refusal};
use crate::admin::pages::form::SAVE_AS_NEW;
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewResult, forbidden, hidden, missing};
use crate::audit::{self, Tx};
use crate::auth::Action;
use crate::db;

/// How a save ended that changed nothing.
enum Stopped {
    Deleted,
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

/// Returns what a posted form is to do, and the object that it is for or copied from; or the answer, if that cannot be.
pub(in crate::admin::views) fn purpose(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: Option<&str>,
    posted: &Query,
) -> Result<(Purpose, Option<Object>), ViewResult> {
    let purpose = intended(context, entry, id, posted)?;
    let object = opened(context, entry, purpose, posted)?;
    Ok((purpose, object))
}

/// Returns what a posted form is to do, if its user may do it. Whether its object is still there is not known yet.
fn intended(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: Option<&str>,
    posted: &Query,
) -> Result<Purpose, ViewResult> {
    // A model with a form of its own for new objects cannot make one from the other form.
    let copies = id.is_some() && posted.get(SAVE_AS_NEW).is_some() && entry.spec.add_fieldsets.is_none();
    let action = if id.is_none() || copies {
        Action::Add
    } else {
        Action::Change
    };
    if entry.spec.read_only || !entry.may(&context.account, action) {
        return Err(forbidden(context));
    }
    // Users without the permission to view the object see nothing of it, and need nothing of it for a copy.
    let Some(id) = id.filter(|_| !copies || entry.may(&context.account, Action::View)) else {
        return Ok(Purpose::Add);
    };
    let Ok(key) = id.parse::<i64>() else {
        return Err(missing(context, entry, id));
    };
    match may_save(context, entry, copies, key) {
        Ok(true) if copies => Ok(Purpose::Copy(key)),
        Ok(true) => Ok(Purpose::Change(key)),
        Ok(false) => Err(forbidden(context)),
        Err(error) => Err(Err(error.into())),
    }
}

/// Returns the object that a form is for or copied from; or the answer, if it was deleted meanwhile.
pub(super) fn opened(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    posted: &Query,
) -> Result<Option<Object>, ViewResult> {
    let (Purpose::Change(id) | Purpose::Copy(id)) = purpose else {
        return Ok(None);
    };
    match object(context, entry, id) {
        Ok(Some(object)) => Ok(Some(object)),
        Ok(None) => Err(deleted_meanwhile(context, entry, &id.to_string(), posted)),
        Err(error) => Err(Err(error)),
    }
}

/// Saves a posted form: a new object without `id`, otherwise that one, or a copy of it.
pub fn save(context: &mut Context<'_>, entry: &SiteEntry, id: Option<&str>, posted: &Query) -> ViewResult {
    let purpose = match intended(context, entry, id, posted) {
        Ok(purpose) => purpose,
        Err(answer) => return answer,
    };
    if let Some(asked) = posted.get(SPLIT) {
        return drawn_split(context, entry, purpose, (posted, asked));
    }
    if let Some(finds) = finds(posted) {
        let shown = FormState {
            finds,
            note: "Nothing was saved yet: choose among what was found, then save.".to_owned(),
            ..FormState::status(200)
        };
        return drawn_again(context, entry, purpose, posted, shown);
    }
    if posted.get(PREVIEW).is_some() {
        return preview(context, entry, purpose, posted);
    }
    let copied = match purpose {
        Purpose::Copy(_) => match opened(context, entry, purpose, posted) {
            Ok(copied) => copied,
            Err(answer) => return answer,
        },
        // A save that goes well reads what it changes once, in its transaction.
        Purpose::Add | Purpose::Change(_) => None,
    };
    let mut input = FormInput::new(posted).in_zone(context.zone());
    let saved = match target(purpose, &mut input) {
        Some(target) => {
            if let Some(accounts) = entry.admin.accounts() {
                accounts.hash_password(target.map(|(id, _)| id), &mut input);
            }
            let way = Way::of(context, entry, posted, purpose);
            store_form(context, entry, target, &mut input, (posted, copied.as_ref(), &way))
        }
        None => Err(Stopped::Refused(Refusal::Input)),
    };
    let refusal = match saved {
        Ok(reply) => return Ok(reply),
        Err(Stopped::Deleted) => return deleted_meanwhile(context, entry, id.unwrap_or(""), posted),
        Err(Stopped::Conflict(current)) => return changed_meanwhile(context, entry, posted, &current),
        Err(Stopped::Refused(refusal)) => refusal,
    };
    refused(context, entry, purpose, posted, (input, refusal))
}

/// Answers a form that is refused: as it was posted, with the reasons beside its fields.
pub(super) fn refused(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    posted: &Query,
    (mut input, refusal): (FormInput<'_>, Refusal),
) -> ViewResult {
    let failure = match explain(context, entry, purpose, &mut input, refusal) {
        Ok(failure) => failure,
        Err(answer) => return answer,
    };
    if let Some(error) = &failure {
        tracing::error!(%error, model = %entry.spec.model, "a form could not be saved");
    }
    let shown = FormState {
        errors: input.into_errors(),
        ..FormState::status(if failure.is_some() { 503 } else { 422 })
    };
    match (drawn_again(context, entry, purpose, posted, shown), failure) {
        // A database that does not answer cannot draw the form either.
        (Err(_), Some(error)) => Err(error.into()),
        (outcome, _) => outcome,
    }
}

/// Returns the object that a form changes, with the version that it was drawn from; nothing if it does not say that, which is noted in it.
pub(super) fn target(purpose: Purpose, input: &mut FormInput<'_>) -> Option<Option<(i64, i64)>> {
    match purpose {
        Purpose::Change(id) => {
            let version = input.take("_version", |text| {
                text.parse::<i64>()
                    .map_err(|_| "The field _version is missing: load the page again, so that no change is lost.")
            });
            version.map(|version| Some((id, version)))
        }
        Purpose::Add | Purpose::Copy(_) => Some(None),
    }
}

/// Draws a posted form again.
pub(super) fn drawn_again(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    posted: &Query,
    shown: FormState,
) -> ViewResult {
    let stored = match opened(context, entry, purpose, posted) {
        Ok(stored) => stored,
        Err(answer) => return answer,
    };
    let shown = FormState {
        deleted_rows: deleted_rows(entry, posted),
        ..shown
    };
    let object = posted_object(entry, posted, stored.as_ref());
    form(context, entry, purpose, &object, shown)
}

/// Draws a posted form again, a value of one of its rows in a row of its own.
fn drawn_split(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    purpose: Purpose,
    (posted, asked): (&Query, &str),
) -> ViewResult {
    let stored = match opened(context, entry, purpose, posted) {
        Ok(stored) => stored,
        Err(answer) => return answer,
    };
    let mut object = posted_object(entry, posted, stored.as_ref());
    let shown = split(context, entry, &mut object.rows, (asked, deleted_rows(entry, posted)))?;
    form(context, entry, purpose, &object, shown)
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
            input.refuse("", not_taken(&error, context.account.is_superuser));
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
    (posted, copied, way): (&Query, Option<&Object>, &Way),
) -> Result<Reply, Stopped> {
    let actor = context.actor();
    audit::transaction(context.conn, &actor, context.now, |tx| {
        let id = target.map(|(id, _)| id);
        if let Some((id, version)) = target {
            let stored = entry.admin.version(tx.reader(), id)?.ok_or(Stopped::Deleted)?;
            if stored != version {
                let current = entry.admin.object(tx.reader(), id)?.ok_or(Stopped::Deleted)?;
                let anew = posted_anew(entry, posted, &current);
                // What this changes is rolled back with the conflict.
                return match entry
                    .admin
                    .save(tx, Some(id), &mut FormInput::new(&anew).in_zone(input.zone()))
                {
                    Ok(saved) if !saved.changed => replied(tx, way.reply(entry, saved)),
                    Err(Refusal::Audit(error @ audit::Error::Denied(_))) => Err(error.into()),
                    Err(Refusal::Audit(error)) if !is_violation(&error) => Err(error.into()),
                    _ => Err(Stopped::Conflict(Box::new(current))),
                };
            }
        }
        if hidden::refuses(entry, |permission| tx.actor().may(permission)) {
            let linked = match id {
                Some(id) => entry.admin.form_object(tx.reader(), id)?,
                None => copied.cloned(),
            };
            hidden::refuse_chosen(entry, linked.as_ref(), input, |permission| tx.actor().may(permission));
        }
        let saved = entry.admin.save(tx, id, input).map_err(Stopped::Refused)?;
        match input.is_valid() {
            true => replied(tx, way.reply(entry, saved)),
            false => Err(Stopped::Refused(Refusal::Input)),
        }
    })
}

/// Leaves the messages of an answer for the next page, so that they are stored by the commit that they speak of.
fn replied(tx: &mut Tx<'_>, mut reply: Reply) -> Result<Reply, Stopped> {
    if let Reply::Redirect { messages, .. } = &mut reply {
        tx.leave_messages(&std::mem::take(messages))?;
    }
    Ok(reply)
}

/// Says why the database did not take a change.
fn not_taken(error: &audit::Error, is_superuser: bool) -> String {
    let reason = match error {
        audit::Error::Database(outage) if outage.is_outage() => outage.in_words_for(is_superuser),
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
