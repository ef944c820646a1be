//! Log in and log out.

use askama::Template;
use chrono::NaiveDateTime;

use super::answer::AdminAnswer;
use super::redraw;
use super::request::AdminRequest;
use super::view::assets;
use crate::admin::address::Address;
use crate::admin::context::{ERROR_PREFIX, PageFrame};
use crate::admin::pages::login::{LoginPage, NotKeptPage};
use crate::admin::pages::message::MessagePage;
use crate::admin::query::Query;
use crate::admin::reply::{Reply, html};
use crate::admin::views::ViewError;
use crate::auth::session::{self, Session};
use crate::auth::{csrf, login};
use crate::db::Conn;
use crate::db::pool::Pool;
use crate::web::request::security_log::{EventDetails, SecurityEvent};

/// One message for every reason, so that nothing shows which user names exist.
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
) -> Result<AdminAnswer, ViewError> {
    let of_form = asked.posted.as_ref().and_then(|posted| posted.get("next"));
    let given = of_form.filter(|next| !next.is_empty()).or(asked.query.get("next"));
    let given = given.unwrap_or("");
    let to_next = || Reply::Redirect {
        to: asked.destination(given),
        messages: Vec::new(),
    };
    let Some(posted) = &asked.posted else {
        return match session {
            Some(session) if session.account.is_staff => Ok(to_next().into()),
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
    let attempt = login::Attempt {
        username,
        password: posted.get("password").unwrap_or(""),
        address: asked.client.address,
        user_agent: &asked.user_agent,
        secure: asked.client.secure,
        previous_token: asked.token.as_deref(),
    };
    let outcome = attempted(pool, &attempt, now)?;
    log(pool, asked, username, &outcome)?;
    match outcome {
        login::LoginOutcome::In { token, .. } => Ok(AdminAnswer {
            begin: Some(token),
            csrf_secret: Some(csrf::new_secret()),
            ..to_next().into()
        }),
        login::LoginOutcome::Refused => page(asked, 422, REFUSED, username, given, kept),
        login::LoginOutcome::Blocked(seconds) => {
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

/// Logs what became of a login. A name that no user has may be a password, and is logged as unknown.
fn log(pool: &Pool, asked: &AdminRequest, typed: &str, outcome: &login::LoginOutcome) -> Result<(), ViewError> {
    let event = match outcome {
        login::LoginOutcome::In { account, .. } => {
            asked.record.set_user(&account.username);
            asked.event(SecurityEvent::Login, EventDetails::default());
            return Ok(());
        }
        login::LoginOutcome::Refused => SecurityEvent::LoginFailed,
        login::LoginOutcome::Blocked(_) => SecurityEvent::LoginBlocked,
    };
    let known = login::known_name(&mut *pool.get()?, typed)?;
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
fn attempted(pool: &Pool, attempt: &login::Attempt<'_>, now: NaiveDateTime) -> Result<login::LoginOutcome, ViewError> {
    let looked_up = login::look_up(&mut *pool.get()?, attempt, now)?;
    let candidate = match looked_up {
        login::LookedUp::Blocked(seconds) => return Ok(login::LoginOutcome::Blocked(seconds)),
        login::LookedUp::Candidate(candidate) => candidate,
    };
    let verified = candidate.verify(attempt.password);
    Ok(login::admit(&mut *pool.get()?, attempt, verified, now)?)
}

/// Returns the message for a user whose access to the admin was taken away.
fn not_for(username: &str) -> String {
    format!("You are logged in as {username}, who has no access to this admin. You can log in as another user.")
}

/// Returns the page for a form that was sent without a session: it keeps the fields, which authorise nothing, until the login.
///
/// # Errors
/// Those of the template.
pub(super) fn ended(asked: &AdminRequest, kept: &Query) -> Result<AdminAnswer, ViewError> {
    page(asked, 403, "", "", &asked.rooted(&asked.path_and_query), Some(kept))
}

/// Returns the page for a form that was sent without a session and is too large to keep (413), or holds a file (403).
///
/// # Errors
/// Those of the template.
pub(super) fn not_kept(asked: &AdminRequest, status: u16) -> Result<AdminAnswer, ViewError> {
    let page = NotKeptPage {
        next: asked.rooted(&asked.path_and_query),
        login: asked.login_address(),
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
) -> Result<AdminAnswer, ViewError> {
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

/// Returns what a page without a session shows around its content.
pub(super) fn bare_frame(asked: &AdminRequest, title: &str, body_class: &str) -> PageFrame {
    PageFrame {
        root: asked.client.root.to_string(),
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
        own_zone: None,
        offers_zone: false,
        look: asked.look.clone(),
        here: asked.path_and_query.clone(),
    }
}

/// Ends the session. Only by POST: a link or a picture must not be able to.
pub(super) fn logout(conn: &mut Conn, asked: &AdminRequest, session: &Session) -> Result<AdminAnswer, ViewError> {
    let page = |title, text: &str, words: &str| MessagePage {
        frame: bare_frame(asked, title, "logout"),
        text: text.to_owned(),
        link: (words.to_owned(), Address::Index.into()),
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
