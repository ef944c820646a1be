//! Passwords: the user's own, and those of others.

use std::sync::Arc;

use askama::Template;

use super::answer::AdminAnswer;
use super::request::AdminRequest;
use super::security_events::on;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, ERROR_PREFIX, PageFrame};
use crate::admin::model::{Accounts, Object, Refusal};
use crate::admin::pages::password::{PasswordField, PasswordPage};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::site::SiteEntry;
use crate::admin::views::{self, ViewError, ViewResult};
use crate::audit;
use crate::auth::password::{self, PasswordHash};
use crate::auth::{Action, login, policy, session};
use crate::web::request::security_log::{EventDetails, SecurityEvent};

/// The button that takes the password of another user away, and its words.
const UNSET: (&str, &str) = ("unset-password", "Take the password away");

/// The box by which a user has to choose another password than the one that is set.
const MUST_CHANGE: &str = "must_change";

/// What is wrong with a password that was typed twice: at the first field, and at the second.
type Complaints = [Vec<String>; 2];

/// What is wrong with a form that sets a password.
#[derive(Default)]
struct PasswordErrors {
    old: Vec<String>,
    new: Complaints,
}

impl PasswordErrors {
    fn are_none(&self) -> bool {
        self.old.is_empty() && is_fine(&self.new)
    }
}

/// What became of a form that sets a password.
enum PasswordForm {
    /// It is answered.
    Answered(AdminAnswer),
    /// It is shown again.
    Wrong(PasswordErrors),
}

/// Shows the form for the user's own password, or sets it. Every session ends with the old one; a new one begins here.
pub(super) fn own(context: &mut Context<'_>, asked: &AdminRequest) -> Result<AdminAnswer, ViewError> {
    let mut errors = PasswordErrors::default();
    let accounts = context.site.entries().iter().find_map(|entry| entry.admin.accounts());
    if let (Some(posted), Some(accounts)) = (&asked.posted, accounts) {
        match change_own(context, asked, accounts, posted)? {
            PasswordForm::Answered(answer) => return Ok(answer),
            PasswordForm::Wrong(found) => errors = found,
        }
    }
    let status = if asked.posted.is_some() { 422 } else { 200 };
    let [first, second] = errors.new;
    let page = PasswordPage {
        action: Address::PasswordChange.into(),
        fields: vec![
            field("old_password", "Old password", errors.old),
            field("new_password1", "New password", first),
            field("new_password2", "New password, again", second),
        ],
        button: ("_save", "Change my password"),
        must_change: None,
        length_min: policy::current().password_length_min,
        other: None,
        frame: frame(context, status, "Password change"),
    };
    shown(status, &page).map(AdminAnswer::from)
}

fn change_own(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    accounts: &dyn Accounts,
    posted: &Query,
) -> Result<PasswordForm, ViewError> {
    let value = |name: &str| posted.get(name).unwrap_or("");
    let id = context.account.id;
    let mut errors = PasswordErrors::default();
    match retyped(context, asked, value("old_password"))? {
        Ok(()) => {}
        Err(OldPasswordError::Blocked(seconds)) => return blocked(context, seconds).map(PasswordForm::Answered),
        Err(OldPasswordError::Wrong(error)) => errors.old.push(error),
    }
    let (first, second) = (value("new_password1"), value("new_password2"));
    errors.new = complaints(context, accounts, id, first, second)?;
    if context.account.must_change && first == value("old_password") && is_fine(&errors.new) {
        errors.new[1].push("This is the password that you were given. Choose another one.".to_owned());
    }
    if !errors.are_none() {
        return Ok(PasswordForm::Wrong(errors));
    }
    match set(context, accounts, id, (&password::hash(first), false), Some(asked))? {
        Set::Done(token) => {
            asked.event(SecurityEvent::PasswordChanged, on("their own"));
            begin_again(context, token).map(PasswordForm::Answered)
        }
        Set::Refused(new) => Ok(PasswordForm::Wrong(PasswordErrors { new, ..errors })),
    }
}

/// Why an old password does not do.
pub(super) enum OldPasswordError {
    /// It is the wrong one; what to say.
    Wrong(String),
    /// Too many were wrong; not for so many seconds.
    Blocked(u64),
}

/// Returns whether the user typed their own password once more.
pub(super) fn retyped(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    password: &str,
) -> Result<Result<(), OldPasswordError>, ViewError> {
    let account = Arc::clone(&context.account);
    let retyped = login::retype(context.conn, &account, asked.client.address, password, context.now)?;
    Ok(match retyped {
        login::Retyped::Right => Ok(()),
        login::Retyped::Wrong => {
            asked.event(SecurityEvent::OldPasswordWrong, EventDetails::default());
            let error = "Your old password was entered incorrectly. Please enter it again.";
            Err(OldPasswordError::Wrong(error.to_owned()))
        }
        login::Retyped::Blocked(seconds) => {
            asked.event(SecurityEvent::OldPasswordBlocked, EventDetails::default());
            Err(OldPasswordError::Blocked(seconds))
        }
    })
}

/// Returns the answer to too many wrong old passwords.
pub(super) fn blocked(context: &mut Context<'_>, seconds: u64) -> Result<AdminAnswer, ViewError> {
    let text = format!(
        "Too many wrong passwords. Wait {}, then try again; the right password has to wait as well.",
        super::login::wait(seconds)
    );
    let link = ("Back to the start page", Address::Index.pattern());
    Ok(AdminAnswer {
        retry_after: Some(seconds),
        ..views::message_page(context, 429, "Too many wrong passwords", &text, link)?.into()
    })
}

/// Says that the password was changed.
pub(super) fn done(context: &mut Context<'_>) -> Result<AdminAnswer, ViewError> {
    let text = "Your password is the new one from now on, here and wherever you log in.";
    let link = ("Back to the start page", Address::Index.pattern());
    views::message_page(context, 200, "Password change successful", text, link).map(AdminAnswer::from)
}

/// Goes on in the session that the change of one's own password began.
fn begin_again(context: &mut Context<'_>, token: Option<session::Token>) -> Result<AdminAnswer, ViewError> {
    let session = match &token {
        Some(token) => session::find(context.conn, token.as_str(), context.now)?,
        None => None,
    };
    let done = Message::new(
        Level::Success,
        "Your password was changed. Your other sessions have ended.",
    );
    Ok(AdminAnswer {
        begin: token,
        session_hash: session.map(|session| session.id_hash),
        ..redirect(Address::PasswordChanged, done).into()
    })
}

/// Returns what is wrong with a password that was typed twice.
fn complaints(
    context: &mut Context<'_>,
    accounts: &dyn Accounts,
    id: i64,
    first: &str,
    second: &str,
) -> Result<Complaints, ViewError> {
    if first.is_empty() {
        return Ok([vec!["This field is required.".to_owned()], Vec::new()]);
    }
    if first != second {
        return Ok([Vec::new(), vec!["The two password fields didn’t match.".to_owned()]]);
    }
    Ok([Vec::new(), accounts.password_complaints(context.conn, id, first)?])
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
    accounts: &dyn Accounts,
    id: i64,
    (hash, must_change): (&PasswordHash, bool),
    own: Option<&AdminRequest>,
) -> Result<Set, ViewError> {
    let (actor, now) = (context.actor(), context.now);
    let done = audit::transaction(context.conn, &actor, now, |tx| {
        accounts.set_password(tx, id, hash, must_change)?;
        let begun = own.map(|asked| session::create(tx.unaudited_writer(), id, &asked.session_client(), now));
        Ok(begun.transpose()?)
    });
    match done {
        Ok(token) => Ok(Set::Done(token)),
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => Ok(Set::Refused([Vec::new(), vec![refusal.to_string()]])),
    }
}

/// Shows the form for the password of any user to users with the permission to change users, or sets it. Users who set their own stay logged in.
pub(super) fn of_any(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    entry: &SiteEntry,
    id: &str,
) -> Result<AdminAnswer, ViewError> {
    if !entry.may(&context.account, Action::Change) {
        return views::forbidden(context).map(AdminAnswer::from);
    }
    let Some(accounts) = entry.admin.accounts() else {
        return views::not_found(context).map(AdminAnswer::from);
    };
    let Some(object) = views::form::open::find(context, entry, id)? else {
        return views::missing(context, entry, id).map(AdminAnswer::from);
    };
    if !entry.may_do(context.conn, &context.account, Action::Change, object.id)? {
        return views::forbidden(context).map(AdminAnswer::from);
    }
    let is_own = object.id == context.account.id;
    let mut errors = PasswordErrors::default();
    if let Some(posted) = &asked.posted {
        match change_any(context, asked, (entry, accounts), &object, posted)? {
            PasswordForm::Answered(answer) => return Ok(answer),
            PasswordForm::Wrong(found) => errors = found,
        }
    }
    let status = if asked.posted.is_some() { 422 } else { 200 };
    let [first, second] = errors.new;
    let mut fields = vec![
        field("password1", "Password", first),
        field("password2", "Password, again", second),
    ];
    if is_own {
        fields.insert(0, field("old_password", "Old password", errors.old));
    }
    let posted = asked.posted.as_ref();
    let ticked = posted.is_none_or(|posted| posted.get(MUST_CHANGE).is_some());
    let page = PasswordPage {
        action: entry.address(ModelPage::Password(object.id.into())).into(),
        fields,
        button: ("set-password", "Change password"),
        must_change: (!is_own).then_some(ticked),
        length_min: policy::current().password_length_min,
        other: (!is_own).then_some(UNSET),
        frame: frame(context, status, &format!("Change password: {}", object.title)),
    };
    shown(status, &page).map(AdminAnswer::from)
}

fn change_any(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    (entry, accounts): (&SiteEntry, &dyn Accounts),
    object: &Object,
    posted: &Query,
) -> Result<PasswordForm, ViewError> {
    let value = |name: &str| posted.get(name).unwrap_or("");
    let is_own = object.id == context.account.id;
    let unset = posted.get(UNSET.0).is_some() && !is_own;
    let must_change = posted.get(MUST_CHANGE).is_some() && !is_own && !unset;
    let mut errors = PasswordErrors::default();
    if is_own {
        match retyped(context, asked, value("old_password"))? {
            Ok(()) => {}
            Err(OldPasswordError::Blocked(seconds)) => return blocked(context, seconds).map(PasswordForm::Answered),
            Err(OldPasswordError::Wrong(error)) => errors.old.push(error),
        }
    }
    let first = value("password1");
    if !unset {
        errors.new = complaints(context, accounts, object.id, first, value("password2"))?;
    }
    if !errors.are_none() {
        return Ok(PasswordForm::Wrong(errors));
    }
    let hash = match unset {
        true => PasswordHash::unusable(),
        false => password::hash(first),
    };
    let token = match set(
        context,
        accounts,
        object.id,
        (&hash, must_change),
        is_own.then_some(asked),
    )? {
        Set::Done(token) => token,
        Set::Refused(new) => return Ok(PasswordForm::Wrong(PasswordErrors { new, ..errors })),
    };
    let whose = format!("{} {}", entry.spec.model, object.title);
    asked.event(SecurityEvent::PasswordChanged, on(&whose));
    if is_own {
        return begin_again(context, token).map(PasswordForm::Answered);
    }
    let change = match unset {
        true => "was removed: they cannot log in until they are given another one",
        false => "was changed",
    };
    let done = format!(
        "The password of “{}” {change}. Their sessions have ended.",
        object.title
    );
    let form = entry.address(ModelPage::Change(object.id.into()));
    Ok(PasswordForm::Answered(
        redirect(form, Message::new(Level::Success, done)).into(),
    ))
}

fn field(name: &'static str, label: &'static str, errors: Vec<String>) -> PasswordField {
    PasswordField { name, label, errors }
}

fn frame(context: &mut Context<'_>, status: u16, title: &str) -> PageFrame {
    let crumbs = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        (title.to_owned(), None),
    ];
    let prefix = if status == 200 { "" } else { ERROR_PREFIX };
    context.frame(&format!("{prefix}{title}"), crumbs, "password-change")
}

fn shown(status: u16, page: &PasswordPage) -> ViewResult {
    Ok(Reply::Html {
        status,
        body: page.render()?,
    })
}
