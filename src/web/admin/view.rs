//! What is done for a request on a thread of its own: the session and its rights are read again, and the page is made.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::answer::{self, AdminAnswer};
use super::request::AdminRequest;
use super::routes::{self, Route};
use super::{failure, login, redraw, sessions};
use crate::admin::address::Address;
use crate::admin::context::{AssetUrls, Context, WaitingMessages};
use crate::admin::reply::{Level, Message, Reply, html, redirect};
use crate::admin::views;
use crate::auth::actor::Request;
use crate::auth::csrf;
use crate::auth::session::{self, Session};
use crate::db;
use crate::db::request_writes::{RequestWrites, written_by_thread};
use crate::web::state::AppState;
use crate::web::static_files;

/// Returns the answer of the page that is asked for.
pub(super) fn view(
    shared: &AppState,
    asked: &AdminRequest,
    session: Option<Session>,
) -> Result<AdminAnswer, views::ViewError> {
    let now = shared.clock.now();
    let session = match session {
        Some(session) if !asked.is_login() => session,
        // A password takes its time, during which others want the connections.
        session => {
            let answer = login::login(&shared.admin.pool, asked, session.as_ref(), now)?;
            return Ok(with_kept_form(shared, asked, answer, now));
        }
    };
    let mut loan = shared.admin.pool.get()?;
    // A form took its time to arrive, and may have waited for others: what its user may do is read again.
    let session = if asked.is_post {
        let found = match &asked.token {
            Some(token) => session::find(&mut loan, token, now)?,
            None => None,
        };
        match found.filter(|session| session.account.is_staff) {
            Some(session) => session,
            None => return redraw::ended(asked),
        }
    } else {
        session
    };
    if asked.is_logout() && !asked.is_stale {
        return login::logout(&mut loan, asked, &session);
    }
    let reason = redraw::RedrawReason::of(asked);
    let answer = signed_in(shared, &mut loan, asked, &session, reason, now)?;
    drop(loan);
    finished(answer)
}

/// Returns the page that is asked for, for the user of the token; nothing if that is no session of a user of the admin.
pub(super) fn of_token(shared: &AppState, asked: &AdminRequest) -> Result<Option<AdminAnswer>, views::ViewError> {
    let now = shared.clock.now();
    let Some(token) = &asked.token else {
        return Ok(None);
    };
    let mut loan = shared.admin.pool.get()?;
    let Some(session) = session::find(&mut loan, token, now)? else {
        return Ok(None);
    };
    asked.record.set_user(&session.account.username);
    if !session.account.is_staff {
        return Ok(None);
    }
    let answer = signed_in(shared, &mut loan, asked, &session, None, now)?;
    drop(loan);
    finished(answer).map(Some)
}

/// Finishes a page that waits for another server. The connection to the database is given back before.
fn finished(mut answer: AdminAnswer) -> Result<AdminAnswer, views::ViewError> {
    answer.reply = match answer.reply {
        Reply::Unfinished(page) => html(page.finish()?),
        reply => reply,
    };
    Ok(answer)
}

/// Returns the answer to a login that brought along a form, which it shows; any other answer as it is. The login
/// stands, even if that page cannot be drawn.
fn with_kept_form(shared: &AppState, asked: &AdminRequest, mut answer: AdminAnswer, now: NaiveDateTime) -> AdminAnswer {
    let kept = asked.posted.as_ref().map(redraw::kept_by_login).unwrap_or_default();
    let (Some(token), Reply::Redirect { to, .. }) = (&answer.begin, &answer.reply) else {
        return answer;
    };
    if kept.is_empty() || !to.starts_with(Address::Index.pattern()) {
        return answer;
    }
    let mut next = asked.leading_to(to, Some(kept), &shared.admin.site);
    if let Some(secret) = &answer.csrf_secret {
        next.csrf_secret.clone_from(secret);
    }
    let drawn = || -> Result<Option<AdminAnswer>, views::ViewError> {
        let mut loan = shared.admin.pool.get()?;
        let Some(session) = session::find(&mut loan, token.as_str(), now)? else {
            return Ok(None);
        };
        signed_in(
            shared,
            &mut loan,
            &next,
            &session,
            Some(redraw::RedrawReason::LoggedIn),
            now,
        )
        .map(Some)
    };
    match drawn() {
        Ok(Some(drawn)) => answer.reply = drawn.reply,
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "a form that was kept over a login could not be drawn"),
    }
    answer
}

/// Returns the answer to a user who is logged in; `again` says why a posted form is only drawn.
fn signed_in(
    shared: &AppState,
    conn: &mut db::Conn,
    asked: &AdminRequest,
    session: &Session,
    again: Option<redraw::RedrawReason>,
    now: NaiveDateTime,
) -> Result<AdminAnswer, views::ViewError> {
    if session.account.must_change && !may_wait_for_a_password(asked) {
        let text = "Choose a password of your own first: yours was set by another user.";
        return Ok(redirect(Address::PasswordChange, Message::new(Level::Warning, text)).into());
    }
    let mut context = context(shared, conn, asked, session, now);
    let answer = match (again, &asked.route) {
        (Some(reason), _) => redraw::draw(&mut context, asked, reason),
        (None, Route::Page(Address::Sessions)) => sessions::sessions(&mut context, asked, session),
        (None, _) => match routes::added(&mut context, asked, &shared.admin.pages) {
            Some(added) => added.map(AdminAnswer::from),
            None => routes::route(&mut context, asked),
        },
    };
    let answer = match answer {
        Err(views::ViewError::Audit(crate::audit::Error::Denied(_))) => {
            context.messages = context.waiting.taken().to_vec();
            views::forbidden(&mut context).map(AdminAnswer::from)
        }
        // There is no session left that could show messages.
        Err(views::ViewError::Audit(crate::audit::Error::SignedOut(_))) => return redraw::ended(asked),
        Err(error) if again.is_none() && asked.posted.is_some() && asked.upload.is_none() => {
            // What was committed before is not taken back.
            let reason = failure::not_taken(&error, context.account.is_superuser);
            match reason.filter(|_| written_by_thread() == RequestWrites::Nothing) {
                Some(reason) => redraw::not_taken(&mut context, asked, &reason).map_err(|_| error),
                None => Err(error),
            }
        }
        answer => answer,
    };
    let taken = context.waiting.taken().to_vec();
    leave_messages(context.conn, session, taken, answer.as_ref().ok());
    answer
}

/// Returns whether a user who has to choose another password may use this address before.
fn may_wait_for_a_password(asked: &AdminRequest) -> bool {
    let is_change = [Address::PasswordChange, Address::PasswordChanged]
        .map(Route::Page)
        .contains(&asked.route);
    is_change || asked.chooses_theme()
}

fn context<'a>(
    shared: &'a AppState,
    conn: &'a mut db::Conn,
    asked: &AdminRequest,
    session: &Session,
    now: NaiveDateTime,
) -> Context<'a> {
    Context {
        site: &shared.admin.site,
        account: Arc::clone(&session.account),
        session: session.id_hash.clone(),
        request: Request {
            id: Some(asked.record.id.clone()),
            client_address: asked.client.address.map(|client| client.to_string()),
        },
        session_check: answer::session_check(asked, shared),
        conn,
        now,
        root: asked.client.root.to_string(),
        path: asked.path.clone(),
        query: asked.query.clone(),
        csrf_token: csrf::token(&asked.csrf_secret),
        waiting: match asked.is_head || asked.is_by_script {
            true => WaitingMessages::default(),
            false => WaitingMessages::of(session),
        },
        messages: Vec::new(),
        assets: assets(),
        look: asked.look.clone(),
    }
}

/// Leaves messages for the next page. A page has shown those that it took; what is no page leaves its own for the next one, and so
/// does a page that failed while it was drawn. What was done is done: a message that cannot be kept is no reason to say otherwise.
fn leave_messages(conn: &mut db::Conn, session: &Session, mut left: Vec<Message>, answer: Option<&AdminAnswer>) {
    match answer.map(|answer| &answer.reply) {
        Some(Reply::Html { .. } | Reply::Unfinished(_)) => return,
        Some(Reply::Redirect { messages, .. }) => left.extend_from_slice(messages),
        Some(Reply::Moved(_) | Reply::Json(_) | Reply::File { .. } | Reply::Export { .. }) | None => {}
    }
    if left.is_empty() {
        return;
    }
    let next = answer.and_then(|answer| answer.session_hash.as_deref());
    if let Err(error) = session::push_messages(conn, next.unwrap_or(&session.id_hash), &left) {
        tracing::warn!(%error, "messages for the next page were lost");
    }
}

/// Returns the addresses of static files.
pub(super) fn assets() -> AssetUrls {
    AssetUrls {
        stylesheet: static_files::stylesheet().to_owned(),
        script: static_files::script().to_owned(),
        icon: static_files::icon().to_owned(),
    }
}
