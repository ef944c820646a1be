//! The admin over HTTP. The order of every request: is the host ours? who asks? did the form come from a page of ours? Only then a view,
//! which asks for permission before it looks at anything. A body is not read before the session is known.
//!
//! What touches the database happens beside the threads that serve connections.

pub mod admission;
mod answer;
mod body;
mod export_body;
mod failure;
mod form;
pub mod hashing_queue;
mod login;
mod outage;
mod page;
mod password;
mod redraw;
mod routes;
mod security_events;
mod sessions;
mod theme;
mod timezone;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue, RETRY_AFTER, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::admission::WorkKind;
use self::answer::{AdminAnswer, AdminRequest};
use self::body::RequestBody;
use self::failure::{failed, lost};
use self::form::posted;
use self::page::Page;
use crate::admin::context::{Assets, Context, Waiting};
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::transfer;
use crate::admin::views;
use crate::auth::actor::Request;
use crate::auth::csrf;
use crate::auth::session::{self, Session};
use crate::auth::throttle;
use crate::db::work::{Written, written_here};
use crate::db::{self, dialect};
use crate::web::admin::hashing_queue::HashingTurn;
use crate::web::connection::presence::Presence;
use crate::web::request::client::RequestClient;
use crate::web::request::deadline::{self, WorkFailure};
use crate::web::request::record::{RequestRecord, timed};
use crate::web::request::security_log::SecurityEvent;
use crate::web::state::AppState;
use crate::web::{error, static_files};

/// What caches are told.
const NEVER_KEPT: &str = "max-age=0, no-cache, no-store, must-revalidate, private";
/// The most parameters of an address; a page repeats them in each of its links.
const PARAMETERS_MAX: usize = 200;
/// How long a form with a password or a file may wait until others are done.
const PERMIT_WAIT: Duration = Duration::from_secs(10);
/// The most characters of a refused host that are logged.
const HOST_LOGGED_MAX: usize = 100;
/// How long a page waits for the newest components.
const REFRESH_LIMIT: Duration = Duration::from_secs(2);
/// The page on which users change their own password.
const PASSWORD_CHANGE: &str = "/admin/password_change/";
/// The one page for those who are not logged in.
const LOGIN: &str = "/admin/login/";

/// Returns every address from `/admin` on.
pub async fn admin(request: HttpRequest, payload: web::Payload, shared: web::Data<AppState>) -> HttpResponse {
    let mut body = RequestBody::new(payload, &shared);
    let (Ok(mut response) | Err(mut response)) = answered(&request, &mut body, &shared).await;
    body.discard().await;
    // Pages hold what only their reader may see: nothing keeps them, and Back after logging out shows none.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NEVER_KEPT));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    response
}

/// Returns the answer; one that ends the request early is the `Err`.
async fn answered(
    request: &HttpRequest,
    body: &mut RequestBody,
    shared: &web::Data<AppState>,
) -> Result<HttpResponse, HttpResponse> {
    let method = request.method();
    let record = RequestRecord::of(request);
    record.set_route(Page::of(request.path(), &shared.admin.site).pattern());
    if ![Method::GET, Method::HEAD, Method::POST].contains(method) {
        return Err(method_not_allowed());
    }
    let client = RequestClient::of(request, &shared.admin.trusted_proxies);
    if !client.is_allowed(&shared.admin.allowed_hosts) {
        let host: String = client.host.chars().take(HOST_LOGGED_MAX).collect();
        let reason = format!("`{host}` is not among --allowed-hosts");
        record.event(SecurityEvent::HostRefused, security_events::because(&reason));
        let message = "The host of this address is not one that --allowed-hosts names.";
        return Err(error::page(StatusCode::BAD_REQUEST, "Bad request", message));
    }
    if request.query_string().bytes().filter(|byte| *byte == b'&').count() >= PARAMETERS_MAX {
        let message = format!("The address has more than {PARAMETERS_MAX} parameters.");
        return Err(error::page(StatusCode::BAD_REQUEST, "Bad request", &message));
    }
    let mut asked = AdminRequest::read(request, client, shared, Arc::clone(&record));
    let session = find_session(shared, &asked).await?;
    if let Some(session) = &session {
        record.set_user(&session.account.username);
    }
    let is_in = session.as_ref().is_some_and(|session| session.account.is_staff);
    let is_open = asked.path == LOGIN || theme::is_chosen(&asked);
    if !is_in && !is_open {
        // Known addresses and unknown ones alike: who is not logged in learns nothing.
        let answer = redraw::signed_out(request, body, &asked, shared).await?;
        return Ok(answer::respond(answer, &asked, shared));
    }
    let mut takes_files = false;
    if method == Method::POST {
        takes_files = session
            .as_ref()
            .is_some_and(|session| self::takes_files(shared, &asked, session));
        let posted = posted(request, body, &asked, is_in, takes_files).await?;
        (asked.posted, asked.upload, asked.is_stale) = (Some(posted.form), posted.upload, posted.is_stale);
        let is_drawn = asked.path == LOGIN || (is_in && !theme::is_chosen(&asked) && redraw::may_draw(&asked));
        if asked.is_stale && !is_drawn {
            return Err(form::without_token(&asked));
        }
    }
    if let (true, Some(posted)) = (theme::is_chosen(&asked), &asked.posted) {
        return Ok(answer::respond(theme::choose(posted), &asked, shared));
    }
    if asked.path != LOGIN {
        record
            .waiting(shared.collector.refresher().refresh(REFRESH_LIMIT))
            .await;
    }
    // Hashing and files take memory: those who come in a crowd wait here, where waiting costs nothing, and not each on a thread.
    let permit = match asked.posted {
        Some(_) if takes_files => {
            let message = "Too many files are taken in at once. Nothing was written. Try again in a moment.";
            let waiting = record.waiting(permit(&shared.admin.importing, message));
            (None, Some(waiting.await?))
        }
        Some(_) if brings_password(&asked.path) => {
            let message = "Too many people log in at once. Try again in a moment.";
            (Some(record.waiting(turn(shared, &asked, message)).await?), None)
        }
        _ => (None, None),
    };
    let presence = request.conn_data::<Presence>().cloned().unwrap_or_default();
    let admitted = match &session {
        Some(session) if asked.path != LOGIN => {
            let work = WorkKind::of(&asked);
            let admitted = shared.admin.admission.admit(work, session.account.id, &presence);
            Some(record.waiting(admitted).await?)
        }
        _ => None,
    };
    let asked = Arc::new(asked);
    let (worker, of_worker) = (shared.clone(), Arc::clone(&asked));
    // The work goes on when the client is gone, and keeps its permits until it is done or given up.
    let work = move || {
        let limit = WorkKind::of(&of_worker).limit(&presence);
        limit.run(|| view(&worker, &of_worker, session))
    };
    match deadline::beside((permit, admitted), timed(&record, work)).await {
        Ok((Ok(answer), _)) => {
            security_events::of_answer(&asked, &answer, &shared.admin.site);
            Ok(answer::respond(answer, &asked, shared))
        }
        Ok((Err(failure), written)) => Err(outage::failed(&failure, written, &asked, shared)),
        Err(WorkFailure::TimedOut(written)) => Err(outage::late(written, &asked, shared)),
        Err(WorkFailure::Panicked) => Err(lost()),
    }
}

/// Returns whether this page takes files from this user.
fn takes_files(shared: &AppState, asked: &AdminRequest, session: &Session) -> bool {
    let parts: Vec<&str> = asked.path.split('/').collect();
    let ["", "admin", app, model, "import", ""] = parts.as_slice() else {
        return false;
    };
    let entry = shared.admin.site.find(app, model);
    entry.is_some_and(|entry| transfer::import::may(entry, &session.account))
}

/// Returns whether a form of this page holds a password that is hashed.
fn brings_password(path: &str) -> bool {
    path == LOGIN || path.contains("/password") || path == "/admin/auth/user/add/"
}

/// Returns the right to what takes memory, of which there are few; `message` is said to those who waited in vain.
async fn permit(permits: &Arc<Semaphore>, message: &str) -> Result<OwnedSemaphorePermit, HttpResponse> {
    let permit = Arc::clone(permits).acquire_owned();
    match tokio::time::timeout(PERMIT_WAIT, permit).await {
        Ok(Ok(permit)) => Ok(permit),
        Ok(Err(_)) | Err(_) => Err(too_many(message)),
    }
}

/// Returns the right to hash a password, in turn with other addresses.
async fn turn(shared: &AppState, asked: &AdminRequest, message: &str) -> Result<HashingTurn, HttpResponse> {
    let place = throttle::place(asked.client.address);
    match tokio::time::timeout(PERMIT_WAIT, shared.admin.hashing.take(&place)).await {
        Ok(Some(turn)) => Ok(turn),
        Ok(None) | Err(_) => Err(too_many(message)),
    }
}

fn too_many(message: &str) -> HttpResponse {
    let mut response = error::page(StatusCode::TOO_MANY_REQUESTS, "Too many requests", message);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

fn method_not_allowed() -> HttpResponse {
    let mut response = error::text(StatusCode::METHOD_NOT_ALLOWED, "Use GET or POST here.");
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

/// Returns the session of the cookie; its user may have lost the right to use the admin since it began.
async fn find_session(shared: &web::Data<AppState>, asked: &AdminRequest) -> Result<Option<Session>, HttpResponse> {
    let Some(token) = asked.token.clone() else {
        return Ok(None);
    };
    let worker = shared.clone();
    let find = move || -> db::Result<Option<Session>> {
        let mut conn = worker.admin.pool.get()?;
        session::find(&mut conn, &token, worker.clock.now())
    };
    let found = deadline::beside((), timed(&asked.record, find));
    match found.await {
        Ok((Ok(session), _)) => Ok(session),
        Ok((Err(failure), _)) => Err(failed(&failure.into(), shared.clock.now())),
        Err(WorkFailure::TimedOut(_)) => Err(failed(&outage::no_answer(), shared.clock.now())),
        Err(WorkFailure::Panicked) => Err(lost()),
    }
}

/// Returns the answer of the page that is asked for.
fn view(shared: &AppState, asked: &AdminRequest, session: Option<Session>) -> Result<AdminAnswer, views::Error> {
    let now = shared.clock.now();
    let session = match session {
        Some(session) if asked.path != LOGIN => session,
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
    let drawn = |conn: &mut db::Conn| signed_in(shared, conn, asked, &session, redraw::Why::of(asked), now);
    if asked.path == "/admin/logout/" && !asked.is_stale {
        return login::logout(&mut loan, asked, &session);
    }
    dialect::with_limits(&mut loan, WorkKind::of(asked).statement_limit(), drawn)?
}

/// Returns the answer to a login that brought along a form, which it shows; any other answer as it is. Whoever logged in is in, even if
/// that page cannot be drawn.
fn with_kept_form(shared: &AppState, asked: &AdminRequest, mut answer: AdminAnswer, now: NaiveDateTime) -> AdminAnswer {
    let kept = asked.posted.as_ref().map(redraw::kept_by_login).unwrap_or_default();
    let (Some(token), Reply::Redirect { to, .. }) = (&answer.begin, &answer.reply) else {
        return answer;
    };
    if kept.is_empty() || !to.starts_with("/admin/") {
        return answer;
    }
    let mut next = asked.leading_to(to, Some(kept));
    if let Some(secret) = &answer.csrf_secret {
        next.csrf_secret.clone_from(secret);
    }
    let drawn = || -> Result<Option<AdminAnswer>, views::Error> {
        let mut loan = shared.admin.pool.get()?;
        let Some(session) = session::find(&mut loan, token.as_str(), now)? else {
            return Ok(None);
        };
        signed_in(shared, &mut loan, &next, &session, Some(redraw::Why::LoggedIn), now).map(Some)
    };
    match drawn() {
        Ok(Some(drawn)) => answer.reply = drawn.reply,
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "a form that was kept over a login could not be drawn"),
    }
    answer
}

fn signed_in(
    shared: &AppState,
    conn: &mut db::Conn,
    asked: &AdminRequest,
    session: &Session,
    again: Option<redraw::Why>,
    now: NaiveDateTime,
) -> Result<AdminAnswer, views::Error> {
    let waiting = if asked.is_head || asked.is_by_script {
        Waiting::default()
    } else {
        Waiting::of(session)
    };
    let mut context = Context {
        site: &shared.admin.site,
        account: Arc::clone(&session.account),
        session: session.id_hash.clone(),
        request: Request {
            id: Some(asked.record.id.clone()),
            client_address: asked.record.client.map(|client| client.to_string()),
        },
        standing: answer::standing(asked, shared),
        conn,
        now,
        path: asked.path.clone(),
        query: asked.query.clone(),
        csrf_token: csrf::token(&asked.csrf_secret),
        waiting,
        messages: Vec::new(),
        assets: assets(),
        look: asked.look.clone(),
    };
    if session.account.must_change
        && !theme::is_chosen(asked)
        && ![PASSWORD_CHANGE, password::DONE].contains(&asked.path.as_str())
    {
        let text = "Choose a password of your own first: yours was set by somebody else.";
        return Ok(redirect(PASSWORD_CHANGE, Message::new(Level::Warning, text)).into());
    }
    let answer = match (again, Page::of(&asked.path, context.site)) {
        (Some(why), _) => redraw::draw(&mut context, asked, why),
        (None, Page::Sessions) => sessions::sessions(&mut context, asked, session),
        (None, _) => routes::route(&mut context, asked),
    };
    let answer = match answer {
        Err(views::Error::Audit(crate::audit::Error::Denied(_))) => {
            context.messages = context.waiting.taken().to_vec();
            views::forbidden(&mut context).map(AdminAnswer::from)
        }
        // Nobody is left to say messages to.
        Err(views::Error::Audit(crate::audit::Error::SignedOut(_))) => return redraw::ended(asked),
        Err(error) if again.is_none() && asked.posted.is_some() && asked.upload.is_none() => {
            // What was committed before is not taken back.
            match failure::not_taken(&error).filter(|_| written_here() == Written::Nothing) {
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

/// A page has said the messages that it took; what is no page leaves its own for the next one, and so does a page that failed while it was
/// drawn. What was done is done: a message that cannot be kept is no reason to say otherwise.
fn leave_messages(conn: &mut db::Conn, session: &Session, mut left: Vec<Message>, answer: Option<&AdminAnswer>) {
    match answer.map(|answer| &answer.reply) {
        Some(Reply::Html { .. }) => return,
        Some(Reply::Redirect { messages, .. }) => left.extend_from_slice(messages),
        Some(Reply::Moved(_) | Reply::Json(_) | Reply::Export { .. }) | None => {}
    }
    if left.is_empty() {
        return;
    }
    let next = answer.and_then(|answer| answer.session_hash.as_deref());
    if let Err(error) = session::push_messages(conn, next.unwrap_or(&session.id_hash), &left) {
        tracing::warn!(%error, "messages for the next page were lost");
    }
}

/// Addresses of static files.
fn assets() -> Assets {
    Assets {
        stylesheet: static_files::stylesheet().to_owned(),
        scripts: static_files::scripts().to_vec(),
        icon: static_files::icon().to_owned(),
    }
}

/// Something to say on the next page.
fn message(text: impl Into<String>) -> Message {
    Message::new(Level::Success, text)
}
