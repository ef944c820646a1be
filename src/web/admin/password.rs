//! Passwords: one's own, and those of others.

use askama::Template;

use super::answer::{Answer, Asked};
use super::message;
use crate::admin::context::{Context, ERROR_PREFIX, Frame};
use crate::admin::model::Refusal;
use crate::admin::reply::{Reply, redirect};
use crate::admin::site::Entry;
use crate::admin::views::{self, Error, Outcome};
use crate::audit;
use crate::auth::password::{self, PasswordHash};
use crate::auth::{Action, login as door, session};

#[derive(Template)]
#[template(path = "admin/password.html")]
struct PasswordPage {
    frame: Frame,
    action: String,
    fields: Vec<PasswordField>,
    button: (&'static str, &'static str),
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

/// The page behind a change of one's own password.
pub(super) const DONE: &str = "/admin/password_change/done/";

/// What is wrong with a password that was typed twice: at the first field, and at the second.
type Complaints = [Vec<String>; 2];

/// The user's own password. Every session ends with the old one; a new one begins here.
pub(super) fn own(context: &mut Context<'_>, asked: &Asked) -> Result<Answer, Error> {
    let (mut old_errors, mut new_errors) = (Vec::new(), Complaints::default());
    let entry = context.site.entries().iter().find(|entry| entry.admin.has_password());
    if let (Some(posted), Some(entry)) = (&asked.posted, entry) {
        let value = |name: &str| posted.get(name).unwrap_or("");
        let id = context.account.id;
        if !door::is_password_of(context.conn, id, value("old_password"))? {
            old_errors.push("Your old password was entered incorrectly. Please enter it again.".to_owned());
        }
        let (first, second) = (value("new_password1"), value("new_password2"));
        new_errors = complaints(context, entry, id, first, second)?;
        if old_errors.is_empty() && is_fine(&new_errors) {
            let hash = password::hash(first);
            match set(context, entry, id, &hash, Some(asked))? {
                Set::Done(token) => return begin_again(context, token),
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
        action: "/admin/password_change/".to_owned(),
        fields,
        button: ("_save", "Change my password"),
        other: None,
        frame: frame(context, status, "Password change"),
    };
    shown(status, &page).map(Answer::from)
}

/// Says that the password was changed.
pub(super) fn done(context: &mut Context<'_>) -> Result<Answer, Error> {
    let text = "Your password is the new one from now on, here and wherever you log in.";
    let link = ("Back to the start page", "/admin/");
    views::message_page(context, 200, "Password change successful", text, link).map(Answer::from)
}

/// Goes on in the session that the change of one's own password began.
fn begin_again(context: &mut Context<'_>, token: Option<session::Token>) -> Result<Answer, Error> {
    let session = match &token {
        Some(token) => session::find(context.conn, token.as_str(), context.now)?,
        None => None,
    };
    let done = message("Your password was changed. Your other sessions have ended.");
    Ok(Answer {
        begin: token,
        session_hash: session.map(|session| session.id_hash),
        ..redirect(DONE, done).into()
    })
}

/// What is wrong with a password that was typed twice.
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
    hash: &PasswordHash,
    own: Option<&Asked>,
) -> Result<Set, Error> {
    let (actor, now) = (context.actor(), context.now);
    let done = audit::transaction(context.conn, &actor, now, |tx| {
        entry.admin.set_password(tx, id, hash)?;
        let begun = own.map(|asked| session::create(tx.reader(), id, &asked.session_client(), now));
        Ok(begun.transpose()?)
    });
    match done {
        Ok(token) => Ok(Set::Done(token)),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => Ok(Set::Refused([Vec::new(), vec![refusal.to_string()]])),
    }
}

/// The password of any user, by those who may change users. Whose own it is stays logged in.
pub(super) fn of_any(context: &mut Context<'_>, asked: &Asked, entry: &Entry, id: &str) -> Result<Answer, Error> {
    if !entry.may(&context.account, Action::Change) {
        return views::forbidden(context).map(Answer::from);
    }
    let Some(object) = views::change::find(context, entry, id)? else {
        return views::missing(context, entry, id).map(Answer::from);
    };
    if !entry.may_do(context.conn, &context.account, Action::Change, object.id)? {
        return views::forbidden(context).map(Answer::from);
    }
    let url = entry.object_url(object.id, "password");
    let is_own = object.id == context.account.id;
    let mut errors = Complaints::default();
    if let Some(posted) = &asked.posted {
        let value = |name: &str| posted.get(name).unwrap_or("");
        let unset = posted.get(UNSET.0).is_some() && !is_own;
        let (first, second) = (value("password1"), value("password2"));
        if !unset {
            errors = complaints(context, entry, object.id, first, second)?;
        }
        if is_fine(&errors) {
            let hash = if unset {
                PasswordHash::unusable()
            } else {
                password::hash(first)
            };
            match set(context, entry, object.id, &hash, is_own.then_some(asked))? {
                Set::Done(token) if is_own => return begin_again(context, token),
                Set::Done(_) => {}
                Set::Refused(refused) => errors = refused,
            }
        }
        if is_fine(&errors) {
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
    let fields = vec![
        PasswordField {
            name: "password1",
            label: "Password",
            errors: first,
        },
        PasswordField {
            name: "password2",
            label: "Password, again",
            errors: second,
        },
    ];
    let page = PasswordPage {
        action: url,
        fields,
        button: ("set-password", "Change password"),
        other: (!is_own).then_some(UNSET),
        frame: frame(context, status, &format!("Change password: {}", object.title)),
    };
    shown(status, &page).map(Answer::from)
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
