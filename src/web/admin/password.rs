//! Passwords: one's own, and those of others.

use std::sync::Arc;

use askama::Template;

use super::answer::{AdminAnswer, AdminRequest};
use super::security_events::on;
use super::{PASSWORD_CHANGE, message};
use crate::admin::context::{Context, ERROR_PREFIX, Frame};
use crate::admin::model::Refusal;
use crate::admin::reply::{Reply, redirect};
use crate::admin::site::Entry;
use crate::admin::views::{self, Error, Outcome};
use crate::audit;
use crate::auth::password::{self, PasswordHash};
use crate::auth::{Action, login as door, policy, session};
use crate::web::request::security_log::{EventDetails, SecurityEvent};

#[derive(Template)]
#[template(path = "admin/password.html", whitespace = "minimize")]
struct PasswordPage {
    frame: Frame,
    action: String,
    fields: Vec<PasswordField>,
    button: (&'static str, &'static str),
    /// Whether the box that asks for another password is there, and ticked.
    must_change: Option<bool>,
    /// Characters of a password at least.
    length_min: usize,
    /// Another way to send the form, in which nothing is typed.
    other: Option<(&'static str, &'static str)>,
}

struct PasswordField {
    name: &'static str,
    label: &'static str,
    errors: Vec<String>,
}

/// The button that takes somebody's password away, and what it says.
const UNSET: (&str, &str) = ("unset-password", "Take the password away");

/// The box by which a user has to choose another password than the one that is set.
const MUST_CHANGE: &str = "must_change";

/// The page behind a change of one's own password.
pub(super) const DONE: &str = "/admin/password_change/done/";

/// What is wrong with a password that was typed twice: at the first field, and at the second.
type Complaints = [Vec<String>; 2];

/// Returns the user's own password. Every session ends with the old one; a new one begins here.
pub(super) fn own(context: &mut Context<'_>, asked: &AdminRequest) -> Result<AdminAnswer, Error> {
    let (mut old_errors, mut new_errors) = (Vec::new(), Complaints::default());
    let entry = context.site.entries().iter().find(|entry| entry.admin.has_password());
    if let (Some(posted), Some(entry)) = (&asked.posted, entry) {
        let value = |name: &str| posted.get(name).unwrap_or("");
        let id = context.account.id;
        match retyped(context, asked, value("old_password"))? {
            Ok(()) => {}
            Err(Old::Blocked(seconds)) => return blocked(context, seconds),
            Err(Old::Wrong(error)) => old_errors.push(error),
        }
        let (first, second) = (value("new_password1"), value("new_password2"));
        new_errors = complaints(context, entry, id, first, second)?;
        if context.account.must_change && first == value("old_password") && is_fine(&new_errors) {
            new_errors[1].push("This is the password that you were given. Choose another one.".to_owned());
        }
        if old_errors.is_empty() && is_fine(&new_errors) {
            let hash = password::hash(first);
            match set(context, entry, id, (&hash, false), Some(asked))? {
                Set::Done(token) => {
                    asked.event(SecurityEvent::PasswordChanged, on("their own"));
                    return begin_again(context, token);
                }
                Set::Refused(errors) => new_errors = errors,
            }
        }
    }
    let status = if asked.posted.is_some() { 422 } else { 200 };
    let [first, second] = new_errors;
    let fields = vec![
        PasswordField {
            name: "old_password",
            label: "Old password",
            errors: old_errors,
        },
        PasswordField {
            name: "new_password1",
            label: "New password",
            errors: first,
        },
        PasswordField {
            name: "new_password2",
            label: "New password, again",
            errors: second,
        },
    ];
    let page = PasswordPage {
        action: PASSWORD_CHANGE.to_owned(),
        fields,
        button: ("_save", "Change my password"),
        must_change: None,
        length_min: policy::current().password_length_min,
        other: None,
        frame: frame(context, status, "Password change"),
    };
    shown(status, &page).map(AdminAnswer::from)
}

/// Why an old password does not do.
enum Old {
    /// It is the wrong one; what to say.
    Wrong(String),
    /// Too many were wrong; not for so many seconds.
    Blocked(u64),
}

/// Returns whether the user typed their own password once more.
fn retyped(context: &mut Context<'_>, asked: &AdminRequest, password: &str) -> Result<Result<(), Old>, Error> {
    let account = Arc::clone(&context.account);
    let retyped = door::retype(context.conn, &account, asked.client.address, password, context.now)?;
    Ok(match retyped {
        door::Retyped::Right => Ok(()),
        door::Retyped::Wrong => {
            asked.event(SecurityEvent::OldPasswordWrong, EventDetails::default());
            let error = "Your old password was entered incorrectly. Please enter it again.";
            Err(Old::Wrong(error.to_owned()))
        }
        door::Retyped::Blocked(seconds) => {
            asked.event(SecurityEvent::OldPasswordBlocked, EventDetails::default());
            Err(Old::Blocked(seconds))
        }
    })
}

/// Returns the answer to too many wrong old passwords.
fn blocked(context: &mut Context<'_>, seconds: u64) -> Result<AdminAnswer, Error> {
    let text = format!(
        "Too many wrong passwords. Wait {}, then try again; the right password has to wait as well.",
        super::login::wait(seconds)
    );
    let link = ("Back to the start page", "/admin/");
    Ok(AdminAnswer {
        retry_after: Some(seconds),
        ..views::message_page(context, 429, "Too many wrong passwords", &text, link)?.into()
    })
}

/// Says that the password was changed.
pub(super) fn done(context: &mut Context<'_>) -> Result<AdminAnswer, Error> {
    let text = "Your password is the new one from now on, here and wherever you log in.";
    let link = ("Back to the start page", "/admin/");
    views::message_page(context, 200, "Password change successful", text, link).map(AdminAnswer::from)
}

/// Goes on in the session that the change of one's own password began.
fn begin_again(context: &mut Context<'_>, token: Option<session::Token>) -> Result<AdminAnswer, Error> {
    let session = match &token {
        Some(token) => session::find(context.conn, token.as_str(), context.now)?,
        None => None,
    };
    let done = message("Your password was changed. Your other sessions have ended.");
    Ok(AdminAnswer {
        begin: token,
        session_hash: session.map(|session| session.id_hash),
        ..redirect(DONE, done).into()
    })
}

/// Returns what is wrong with a password that was typed twice.
fn complaints(
    context: &mut Context<'_>,
    entry: &Entry,
    id: i64,
    first: &str,
    second: &str,
) -> Result<Complaints, Error> {
    if first.is_empty() {
        return Ok([vec!["This field is required.".to_owned()], Vec::new()]);
    }
    if first != second {
        return Ok([Vec::new(), vec!["The two password fields didn’t match.".to_owned()]]);
    }
    Ok([Vec::new(), entry.admin.password_complaints(context.conn, id, first)?])
}

fn is_fine(complaints: &Complaints) -> bool {
    complaints.iter().all(Vec::is_empty)
}

/// What became of a password that was to be set.
enum Set {
    /// It was set; with the session that began, if one was to.
    Done(Option<session::Token>),
    /// A rule forbids it.
    Refused(Complaints),
}

/// Sets a password. Every session of its user ends; another one begins in the same transaction for the browser of `own`.
fn set(
    context: &mut Context<'_>,
    entry: &Entry,
    id: i64,
    (hash, must_change): (&PasswordHash, bool),
    own: Option<&AdminRequest>,
) -> Result<Set, Error> {
    let (actor, now) = (context.actor(), context.now);
    let done = audit::transaction(context.conn, &actor, now, |tx| {
        entry.admin.set_password(tx, id, hash, must_change)?;
        let begun = own.map(|asked| session::create(tx.reader(), id, &asked.session_client(), now));
        Ok(begun.transpose()?)
    });
    match done {
        Ok(token) => Ok(Set::Done(token)),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => Ok(Set::Refused([Vec::new(), vec![refusal.to_string()]])),
    }
}

/// Returns the password of any user, by those who may change users. Whose own it is stays logged in.
pub(super) fn of_any(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    entry: &Entry,
    id: &str,
) -> Result<AdminAnswer, Error> {
    if !entry.may(&context.account, Action::Change) {
        return views::forbidden(context).map(AdminAnswer::from);
    }
    let Some(object) = views::form::save::find(context, entry, id)? else {
        return views::missing(context, entry, id).map(AdminAnswer::from);
    };
    if !entry.may_do(context.conn, &context.account, Action::Change, object.id)? {
        return views::forbidden(context).map(AdminAnswer::from);
    }
    let url = entry.object_url(object.id, "password");
    let is_own = object.id == context.account.id;
    let (mut errors, mut old_errors) = (Complaints::default(), Vec::new());
    if let Some(posted) = &asked.posted {
        let value = |name: &str| posted.get(name).unwrap_or("");
        let unset = posted.get(UNSET.0).is_some() && !is_own;
        let must_change = posted.get(MUST_CHANGE).is_some() && !is_own && !unset;
        if is_own {
            match retyped(context, asked, value("old_password"))? {
                Ok(()) => {}
                Err(Old::Blocked(seconds)) => return blocked(context, seconds),
                Err(Old::Wrong(error)) => old_errors.push(error),
            }
        }
        let (first, second) = (value("password1"), value("password2"));
        if !unset {
            errors = complaints(context, entry, object.id, first, second)?;
        }
        if is_fine(&errors) && old_errors.is_empty() {
            let hash = if unset {
                PasswordHash::unusable()
            } else {
                password::hash(first)
            };
            let set = set(context, entry, object.id, (&hash, must_change), is_own.then_some(asked))?;
            if matches!(set, Set::Done(_)) {
                let whose = format!("{} {}", entry.spec.model, object.title);
                asked.event(SecurityEvent::PasswordChanged, on(&whose));
            }
            match set {
                Set::Done(token) if is_own => return begin_again(context, token),
                Set::Done(_) => {}
                Set::Refused(refused) => errors = refused,
            }
        }
        if is_fine(&errors) && old_errors.is_empty() {
            let verb = if unset {
                "is gone: they cannot log in until they are given another one"
            } else {
                "was changed"
            };
            let done = format!("The password of “{}” {verb}. Their sessions have ended.", object.title);
            return Ok(redirect(entry.object_url(object.id, "change"), message(done)).into());
        }
    }
    let status = if asked.posted.is_some() { 422 } else { 200 };
    let [first, second] = errors;
    let field = |name, label, errors| PasswordField { name, label, errors };
    let mut fields = vec![
        field("password1", "Password", first),
        field("password2", "Password, again", second),
    ];
    if is_own {
        fields.insert(0, field("old_password", "Old password", old_errors));
    }
    let ticked = asked
        .posted
        .as_ref()
        .is_none_or(|posted| posted.get(MUST_CHANGE).is_some());
    let page = PasswordPage {
        action: url,
        fields,
        button: ("set-password", "Change password"),
        must_change: (!is_own).then_some(ticked),
        length_min: policy::current().password_length_min,
        other: (!is_own).then_some(UNSET),
        frame: frame(context, status, &format!("Change password: {}", object.title)),
    };
    shown(status, &page).map(AdminAnswer::from)
}

fn frame(context: &mut Context<'_>, status: u16, title: &str) -> Frame {
    let way = vec![
        ("Home".to_owned(), Some("/admin/".to_owned())),
        (title.to_owned(), None),
    ];
    let prefix = if status == 200 { "" } else { ERROR_PREFIX };
    context.frame(&format!("{prefix}{title}"), way, "password-change")
}

fn shown(status: u16, page: &PasswordPage) -> Outcome {
    Ok(Reply::Html {
        status,
        body: page.render()?,
    })
}
