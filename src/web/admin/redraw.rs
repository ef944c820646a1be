//! Forms that are not carried out, and not lost: those whose CSRF token belongs to an earlier login, and those that came after their
//! session had ended. They are drawn again with what was typed, for their user to send.
//!
//! Nothing here writes. What comes back is what this very request brought, without passwords. It is not drawn for a request that the
//! browser says another site sent; of one that says nothing, only forms that show all of their values are drawn.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::answer::AdminAnswer;
use super::body::{ANONYMOUS_FORM_MAX, RequestBody, Unread};
use super::failure::failed;
use super::form::{self, is_form};
use super::login;
use super::request::AdminRequest;
use super::routes::{self, Route};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, ERROR_PREFIX, PageFrame};
use crate::admin::pages::resend::ResendPage;
use crate::admin::query::{Query, encode};
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::{Site, SiteEntry};
use crate::admin::views::{self, ViewError};
use crate::auth::csrf;
use crate::web::error;
use crate::web::state::AppState;

/// The field with which a page asks for its form to be drawn with these values and not to be carried out.
const AGAIN: &str = "_redraw";
/// What stands before the names of fields that the login page keeps.
const KEPT: &str = "kept.";
/// How many bytes the login page's form needs beside what it keeps: a user name, a password and a token.
const LOGIN_BYTES: usize = 2 * 1024;
/// The most fields that are listed before they are sent again; the others are counted.
const LISTED_MAX: usize = 100;
/// The most characters of a value that are listed.
const VALUE_SHOWN_MAX: usize = 200;

/// Why a form is drawn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RedrawReason {
    /// Its token belongs to an earlier login.
    Stale,
    /// A script kept it while its user logged in again.
    Kept,
    /// The login page kept it; this is the answer to the login, at the address of the login.
    LoggedIn,
    /// The database did not take it.
    NotTaken,
}

impl RedrawReason {
    /// Decides whether the posted form is only to be drawn.
    pub(super) fn of(asked: &AdminRequest) -> Option<Self> {
        let posted = asked.posted.as_ref()?;
        if asked.is_stale {
            return Some(Self::Stale);
        }
        posted.get(AGAIN).is_some().then_some(Self::Kept)
    }

    fn status(self) -> u16 {
        match self {
            Self::Stale => 403,
            Self::Kept | Self::LoggedIn => 200,
            Self::NotTaken => 503,
        }
    }

    /// Returns the sentence above the form.
    fn note(self, username: &str) -> String {
        match self {
            Self::Stale => format!(
                "Nothing was saved: its CSRF token is out of date, because of a login after this page was loaded. What you entered is \
                 still here, except passwords. You are logged in as {username}. Check it and send it again."
            ),
            Self::NotTaken => {
                "Nothing was changed. What you entered is still here, except passwords. Try again in a moment."
                    .to_owned()
            }
            Self::Kept | Self::LoggedIn => {
                "Nothing was saved yet. This is what you entered before, except passwords. Check it and send it again."
                    .to_owned()
            }
        }
    }
}

/// Returns whether a form with the token of an earlier login may be drawn again: if the browser says that it comes from a page of ours, or
/// if it does not say where it comes from and drawing it shows all of it.
pub(super) fn may_draw(asked: &AdminRequest, site: &Site) -> bool {
    asked.came_from_here || (asked.route.form_rules(site).shows_all && !asked.came_from_elsewhere)
}

/// Draws the form again.
///
/// # Errors
/// Of the database and of the templates.
pub(super) fn draw(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    reason: RedrawReason,
) -> Result<AdminAnswer, ViewError> {
    let note = reason.note(&context.account.username);
    drawn(context, asked, reason, &note)
}

/// Draws a form that the database did not take, with the reason above it.
///
/// # Errors
/// Of the database and of the templates.
pub(super) fn not_taken(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    refusal: &str,
) -> Result<AdminAnswer, ViewError> {
    let reason = RedrawReason::NotTaken;
    let note = format!("{refusal} {}", reason.note(&context.account.username));
    drawn(context, asked, reason, &note)
}

fn drawn(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    reason: RedrawReason,
    note: &str,
) -> Result<AdminAnswer, ViewError> {
    let posted = asked.posted.as_ref().map(without_secrets).unwrap_or_default();
    let shown = (reason.status(), note);
    if asked.upload.is_some() {
        let link = ("Back to the page", asked.path_and_query.as_str());
        let text = "Nothing was imported: the CSRF token of the page is out of date, because of a login after it was loaded. A file \
                    cannot be kept; choose it once more.";
        return views::message_page(context, reason.status(), "Choose the file once more", text, link)
            .map(AdminAnswer::from);
    }
    if let Route::Page(Address::Model(model, page)) = &asked.route
        && let Some(entry) = context.site.get(*model)
        && let Some(reply) = model_page(context, entry, page, reason, &posted, shown)?
    {
        return Ok(with_status(reply.into(), reason));
    }
    if asked.route.form_rules(context.site).holds_password {
        context.messages.push(Message::new(Level::Warning, note));
        let empty = asked.leading_to(&asked.path_and_query, None, context.site);
        return routes::route(context, &empty).map(|answer| with_status(answer, reason));
    }
    let reply = resend(context, asked, &posted, shown)?;
    Ok(with_status(reply.into(), reason))
}

/// Draws the page of a model with what was posted to it; nothing if the page cannot show that.
fn model_page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    page: &ModelPage,
    reason: RedrawReason,
    posted: &Query,
    (status, note): (u16, &str),
) -> Result<Option<Reply>, ViewError> {
    let shown = (status, note);
    match page {
        ModelPage::Add => views::redraw::object(context, entry, None, posted, shown).map(Some),
        ModelPage::Change(key) => views::redraw::object(context, entry, Some(key.as_str()), posted, shown).map(Some),
        ModelPage::Delete(key) => {
            context.messages.push(Message::new(Level::Warning, note));
            views::delete::delete(context, entry, key.as_str(), None).map(Some)
        }
        // Links of a list lead nowhere from the address of the login.
        ModelPage::List if reason == RedrawReason::LoggedIn => {
            views::redraw::many(context, entry, posted, note).transpose()
        }
        ModelPage::List => views::redraw::list(context, entry, posted, shown).transpose(),
        ModelPage::ReadRow
        | ModelPage::Export
        | ModelPage::Import
        | ModelPage::Views
        | ModelPage::Object(_)
        | ModelPage::History(_)
        | ModelPage::Password(_)
        | ModelPage::Added(..) => Ok(None),
    }
}

/// Returns the answer with the status of forms that were not carried out. Pages that say something else keep theirs.
fn with_status(mut answer: AdminAnswer, reason: RedrawReason) -> AdminAnswer {
    if let Reply::Html { status, .. } = &mut answer.reply
        && [200, 422].contains(status)
    {
        *status = reason.status();
    }
    answer
}

/// Lists what was sent to an address whose form cannot be drawn with it, and offers to send it again.
fn resend(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    posted: &Query,
    (status, note): (u16, &str),
) -> Result<Reply, ViewError> {
    let crumbs = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Send again".to_owned(), None),
    ];
    let frame = context.frame("Send again", crumbs, "resend");
    sent(asked, posted, (status, note), None, frame)
}

/// Lists what was sent and was not carried out, or perhaps was, and offers to send it again. Needs no database. Gives nothing for what
/// cannot be sent again: passwords, and files.
///
/// # Errors
/// Those of the template.
pub(super) fn unanswered(
    asked: &AdminRequest,
    site: &Site,
    title: &str,
    note: (u16, &str),
    look: (&'static str, String),
) -> Result<Option<Reply>, ViewError> {
    let posted = asked.posted.as_ref().map(without_secrets).unwrap_or_default();
    if asked.route.form_rules(site).holds_password || asked.upload.is_some() || posted.is_empty() {
        return Ok(None);
    }
    let frame = login::bare_frame(asked, &format!("{ERROR_PREFIX}{title}"), "resend");
    sent(asked, &posted, note, Some(look), frame).map(Some)
}

fn sent(
    asked: &AdminRequest,
    posted: &Query,
    (status, note): (u16, &str),
    look: Option<(&'static str, String)>,
    frame: PageFrame,
) -> Result<Reply, ViewError> {
    let fields: Vec<(String, String)> = posted
        .pairs()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let short = |value: &String| match value.char_indices().nth(VALUE_SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.clone(),
    };
    let listed = fields.iter().take(LISTED_MAX);
    let page = ResendPage {
        note: note.to_owned(),
        look,
        action: asked.path_and_query.clone(),
        shown: listed.map(|(name, value)| (name.clone(), short(value))).collect(),
        more: fields.len().saturating_sub(LISTED_MAX),
        fields,
        back: asked.destination(&asked.path_and_query),
        frame,
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    })
}

/// Returns what a request gets that is not logged in: the way to the login page, or that page itself with the form that was sent, if a page
/// of ours sent it.
///
/// # Errors
/// The response that ends the request: another site sent the form, or it cannot be read or kept.
pub(super) async fn signed_out(
    request: &HttpRequest,
    body: &mut RequestBody,
    asked: &AdminRequest,
    shared: &AppState,
) -> Result<AdminAnswer, HttpResponse> {
    let to_login = || AdminAnswer::from(to_login(asked));
    // A browser without our cookie was never at a page of ours.
    if !asked.is_post || asked.csrf_is_new || asked.is_logout() {
        return Ok(to_login());
    }
    form::check_origin(request, asked).map_err(form::from_another_site)?;
    let failed = |failure: ViewError| failed(&failure, shared.clock.now());
    if !is_form(request) {
        return login::not_kept(asked, 403).map_err(failed);
    }
    let body = match body.read(ANONYMOUS_FORM_MAX).await {
        Ok(body) => body,
        Err(Unread::TooLarge) => return login::not_kept(asked, 413).map_err(failed),
        Err(Unread::Broken) => {
            let message = "The form could not be read to its end.";
            return Err(error::page(StatusCode::BAD_REQUEST, "Bad request", message));
        }
        Err(Unread::Late) => return Err(form::late()),
    };
    let form = Query::parse(&String::from_utf8_lossy(&body));
    let token = form.get("csrfmiddlewaretoken").unwrap_or("");
    let is_ours = csrf::matches(&asked.csrf_secret, token) || (csrf::is_token(token) && asked.came_from_here);
    let kept = without_secrets(&form);
    if !is_ours || kept.is_empty() {
        return Ok(to_login());
    }
    keep(asked, &kept).map_err(failed)
}

/// Returns the login page with a form that it keeps, unless that is too large: it comes back within the form of the login, which has no
/// session either.
fn keep(asked: &AdminRequest, kept: &Query) -> Result<AdminAnswer, ViewError> {
    let length = Query::new(prefixed(kept)).encoded().len() + encode(&asked.rooted(&asked.path_and_query)).len();
    match length + LOGIN_BYTES > ANONYMOUS_FORM_MAX {
        true => login::not_kept(asked, 413),
        false => login::ended(asked, kept),
    }
}

/// Answers a form whose user was logged out, disabled or shut out of the admin while it arrived or waited: nothing was written. The login
/// page keeps it if it is small and without a file.
///
/// # Errors
/// Those of the template.
pub(super) fn ended(asked: &AdminRequest) -> Result<AdminAnswer, ViewError> {
    let posted = match &asked.posted {
        Some(posted) if !asked.is_logout() && !asked.is_stale => posted,
        _ => return Ok(to_login(asked).into()),
    };
    if asked.upload.is_some() {
        return login::not_kept(asked, 403);
    }
    let kept = without_secrets(posted);
    match kept.is_empty() {
        true => Ok(to_login(asked).into()),
        false => keep(asked, &kept),
    }
}

/// Returns the way to the login page, and from there on to what was asked for.
fn to_login(asked: &AdminRequest) -> Reply {
    Reply::Redirect {
        to: asked.login_address(),
        messages: Vec::new(),
    }
}

/// Returns the form as the login page holds it: every name with a prefix, so that no field is taken for one of the login.
pub(super) fn prefixed(kept: &Query) -> Vec<(String, String)> {
    kept.pairs()
        .map(|(name, value)| (format!("{KEPT}{name}"), value.to_owned()))
        .collect()
}

/// Returns the form that a login brings along; empty if there is none.
pub(super) fn kept_by_login(posted: &Query) -> Query {
    let kept = posted
        .pairs()
        .filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?.to_owned(), value.to_owned())));
    without_secrets(&Query::new(kept.collect()))
}

/// Returns a form without what never comes back: tokens, and passwords, whose fields all have that word in their names.
fn without_secrets(form: &Query) -> Query {
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == "csrfmiddlewaretoken" || name == AGAIN || name.contains("password")
    };
    let kept = form.pairs().filter(|(name, _)| !is_secret(name));
    Query::new(kept.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
