//! Log in and log out.

use askama::Template;
use chrono::NaiveDateTime;

use super::answer::{AdminAnswer, AdminRequest};
use super::{LOGIN, assets, redraw};
use crate::admin::context::{ERROR_PREFIX, Frame};
use crate::admin::pages::message::MessagePage;
use crate::admin::query::{Query, encode};
use crate::admin::reply::{Reply, html};
use crate::admin::views::Error;
use crate::auth::session::{self, Session};
use crate::auth::{csrf, login as door};
use crate::db::Conn;
use crate::db::pool::Pool;
use crate::web::request::security_log::{EventDetails, SecurityEvent};

#[derive(Template)]
#[template(path = "admin/login.html", whitespace = "minimize")]
struct LoginPage {
    frame: Frame,
    error: String,
    username: String,
    next: String,
    /// Whether the page is the answer to a form that was sent without a session.
    is_returned: bool,
    /// The fields of that form.
    kept: Vec<(String, String)>,
}

/// The page for a form that was sent without a session and cannot be kept.
#[derive(Template)]
#[template(path = "admin/not_kept.html", whitespace = "minimize")]
struct NotKeptPage {
    frame: Frame,
    next: String,
    login: String,
    is_large: bool,
}

/// Where a login leads that was on the way to nowhere.
const HOME: &str = "/admin/";

/// One message for every reason, so that nobody learns which user names exist.
const REFUSED: &str =
    "Please enter the correct username and password for a staff account. Note that both fields may be case-sensitive.";

/// What is said to a login from a page that was loaded before another login in the same browser.
const STALE: &str = "The CSRF token of the login page was out of date, because of another login in this browser. Enter the password again.";

/// Returns the login page, or a login.
pub(super) fn login(
    pool: &Pool,
    asked: &AdminRequest,
    session: Option<&Session>,
    now: NaiveDateTime,
) -> Result<AdminAnswer, Error> {
    let of_form = asked.posted.as_ref().and_then(|posted| posted.get("next"));
    let given = of_form.filter(|next| !next.is_empty()).or(asked.query.get("next"));
    let given = given.unwrap_or("");
    let next = destination(given);
    let to = |next: &str| Reply::Redirect {
        to: next.to_owned(),
        messages: Vec::new(),
    };
    let Some(posted) = &asked.posted else {
        return match session {
            Some(session) if session.account.is_staff => Ok(to(next).into()),
            Some(session) => page(asked, 200, &not_for(&session.account.username), "", given, None),
            None => page(asked, 200, "", "", given, None),
        };
    };
    let kept = redraw::kept_by_login(posted);
    let kept = (!kept.is_empty()).then_some(&kept);
    let username = posted.get("username").unwrap_or("");
    if asked.is_stale {
        return page(asked, 403, STALE, username, given, kept);
    }
    let attempt = door::Attempt {
        username,
        password: posted.get("password").unwrap_or(""),
        address: asked.client.address,
        user_agent: &asked.user_agent,
        secure: asked.client.secure,
        previous_token: asked.token.as_deref(),
    };
    let outcome = try_door(pool, &attempt, now)?;
    log(pool, asked, username, &outcome)?;
    match outcome {
        door::Outcome::In { token, .. } => Ok(AdminAnswer {
            begin: Some(token),
            csrf_secret: Some(csrf::new_secret()),
            ..to(next).into()
        }),
        door::Outcome::Refused => page(asked, 422, REFUSED, username, given, kept),
        door::Outcome::Blocked(seconds) => {
            let error = format!(
                "Too many failed logins. Wait {}, then try again; the right password has to wait as well.",
                wait(seconds)
            );
            Ok(AdminAnswer {
                retry_after: Some(seconds),
                ..page(asked, 429, &error, username, given, kept)?
            })
        }
    }
}

/// Returns a wait in words: `7 minutes`, `30 seconds`.
pub(super) fn wait(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// Logs what became of a login. A user name that nobody has may be a password, and stays unknown.
fn log(pool: &Pool, asked: &AdminRequest, typed: &str, outcome: &door::Outcome) -> Result<(), Error> {
    let event = match outcome {
        door::Outcome::In { account, .. } => {
            asked.record.set_user(&account.username);
            asked.event(SecurityEvent::Login, EventDetails::default());
            return Ok(());
        }
        door::Outcome::Refused => SecurityEvent::LoginFailed,
        door::Outcome::Blocked(_) => SecurityEvent::LoginBlocked,
    };
    let known = door::known_name(&mut *pool.get()?, typed)?;
    let user = Some(known.as_deref().unwrap_or("unknown"));
    asked.event(
        event,
        EventDetails {
            user,
            ..EventDetails::default()
        },
    );
    Ok(())
}

/// Logs in. No connection is kept from others while the password is looked at.
fn try_door(pool: &Pool, attempt: &door::Attempt<'_>, now: NaiveDateTime) -> Result<door::Outcome, Error> {
    let looked_up = door::look_up(&mut *pool.get()?, attempt, now)?;
    let candidate = match looked_up {
        door::LookedUp::Blocked(seconds) => return Ok(door::Outcome::Blocked(seconds)),
        door::LookedUp::Candidate(candidate) => candidate,
    };
    let verified = candidate.verify(attempt.password);
    Ok(door::admit(&mut *pool.get()?, attempt, verified, now)?)
}

/// Returns what somebody reads whose right to use the admin was taken away.
fn not_for(username: &str) -> String {
    format!("You are logged in as {username}, who may not use this admin. You can log in as somebody else.")
}

/// Returns the page for a form that was sent without a session: it keeps the fields, which authorise nothing, until the login.
///
/// # Errors
/// Those of the template.
pub(super) fn ended(asked: &AdminRequest, kept: &Query) -> Result<AdminAnswer, Error> {
    page(asked, 403, "", "", &asked.path_and_query, Some(kept))
}

/// Returns the page for a form that was sent without a session and is too large to keep (413), or holds a file (403).
///
/// # Errors
/// Those of the template.
pub(super) fn not_kept(asked: &AdminRequest, status: u16) -> Result<AdminAnswer, Error> {
    let page = NotKeptPage {
        next: asked.path_and_query.clone(),
        login: format!("{LOGIN}?next={}", encode(&asked.path_and_query)),
        is_large: status == 413,
        frame: bare_frame(asked, "Error: Your session has ended", "login"),
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    }
    .into())
}

fn page(
    asked: &AdminRequest,
    status: u16,
    error: &str,
    username: &str,
    next: &str,
    kept: Option<&Query>,
) -> Result<AdminAnswer, Error> {
    let page = LoginPage {
        frame: bare_frame(asked, if status == 200 { "Log in" } else { "Error: Log in" }, "login"),
        error: error.to_owned(),
        username: username.to_owned(),
        next: next.to_owned(),
        is_returned: kept.is_some(),
        kept: kept.map(redraw::prefixed).unwrap_or_default(),
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    }
    .into())
}

/// Returns what a page shows around its content to somebody who is not logged in.
pub(super) fn bare_frame(asked: &AdminRequest, title: &str, body_class: &str) -> Frame {
    Frame {
        assets: assets(),
        title: title.strip_prefix(ERROR_PREFIX).unwrap_or(title).to_owned(),
        has_errors: title.starts_with(ERROR_PREFIX),
        user: String::new(),
        user_key: String::new(),
        csrf_token: csrf::token(&asked.csrf_secret),
        messages: Vec::new(),
        breadcrumbs: Vec::new(),
        apps: Vec::new(),
        body_class: body_class.to_owned(),
        zone: String::new(),
        offers_zone: false,
        look: asked.look.clone(),
        here: asked.path_and_query.clone(),
    }
}

/// Returns where a login leads: where somebody was on the way to, if that is on this host and does not lead out again.
pub(super) fn destination(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or(next).trim_end_matches('/');
    let leads_out = matches!(path, "/admin/logout" | "/admin/login");
    if is_safe(next) && !leads_out { next } else { HOME }
}

/// Returns whether a path leads to this host: one slash, then anything that is neither another slash nor a backslash nor invisible.
fn is_safe(next: &str) -> bool {
    let is_hidden = |character: char| character.is_control() || character == '\\';
    next.starts_with('/') && !next.starts_with("//") && !next.contains(is_hidden)
}

/// Ends the session. Only by POST: a link or a picture must not be able to.
pub(super) fn logout(conn: &mut Conn, asked: &AdminRequest, session: &Session) -> Result<AdminAnswer, Error> {
    let page = |title, text: &str, words: &str| MessagePage {
        frame: bare_frame(asked, title, "logout"),
        text: text.to_owned(),
        link: (words.to_owned(), HOME.to_owned()),
    };
    if asked.posted.is_none() {
        let body = page("Log out", "Use the button “Log out”.", "Back to the start page").render()?;
        return Ok(Reply::Html { status: 405, body }.into());
    }
    session::end(conn, session.account.id, &session.id_hash)?;
    asked.event(SecurityEvent::Logout, EventDetails::default());
    Ok(AdminAnswer {
        end: true,
        ..html(page("Logged out", "You are logged out.", "Log in again").render()?).into()
    })
}
