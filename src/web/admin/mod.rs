//! The admin over HTTP. The order of every request: is the host ours? who asks? did the form come from a page of ours? Only then a view,
//! which asks for permission before it looks at anything. A body is not read before the session is known. A page that brings no body and
//! searches nothing looks up its session where it is made, so that it changes threads once.
//!
//! What touches the database happens beside the threads that serve connections.

pub mod admission;
mod answer;
pub(in crate::web) mod body;
mod compression;
mod export_body;
pub(in crate::web) mod failure;
mod form;
pub mod hashing_queue;
mod login;
mod outage;
mod password;
mod permits;
mod redraw;
mod request;
mod routes;
mod security_events;
mod sessions;
mod theme;
mod timezone;
mod tokens;
mod upload;
mod user_agent;
mod view;
pub(in crate::web) mod work_kind;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{ALLOW, CACHE_CONTROL, HeaderValue, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use self::answer::AdminAnswer;
use self::body::RequestBody;
use self::permits::MemoryPermit;
use self::request::AdminRequest;
use self::work_kind::WorkKind;
use crate::admin::views::ViewError;
use crate::auth::session::{self, Session};
use crate::db;
use crate::web::connection::presence::Presence;
use crate::web::error;
use crate::web::request::deadline::{self, WorkFailure};
use crate::web::request::record::timed;
use crate::web::request::security_log::SecurityEvent;
use crate::web::request::work_threads::WorkThreads;
use crate::web::state::AppState;

/// Keeps pages out of caches.
const NEVER_KEPT: &str = "max-age=0, no-cache, no-store, must-revalidate, private";
/// The most parameters of an address; a page repeats them in each of its links.
const PARAMETERS_MAX: usize = 200;
/// The most characters of a refused host that are logged.
const HOST_LOGGED_MAX: usize = 100;
/// How long a page waits for the newest components.
const REFRESH_LIMIT: Duration = Duration::from_secs(2);

/// Answers every address from `/admin` on.
pub async fn handle(request: HttpRequest, payload: web::Payload, shared: web::Data<AppState>) -> HttpResponse {
    let mut body = RequestBody::new(payload, &shared);
    let (Ok(mut response) | Err(mut response)) = respond(&request, &mut body, &shared).await;
    body.discard().await;
    // Pages hold what only their reader may see: nothing keeps them, and Back after logging out shows none.
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(NEVER_KEPT));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Cookie"));
    response
}

/// Returns the answer; one that ends the request early is the `Err`.
async fn respond(
    request: &HttpRequest,
    body: &mut RequestBody,
    shared: &web::Data<AppState>,
) -> Result<HttpResponse, HttpResponse> {
    let mut asked = AdminRequest::read(request, shared);
    asked.record.set_route(asked.route.pattern());
    if let Some(refused) = refused_by_head(request, &asked) {
        return Err(refused);
    }
    if asked.is_plain_page() {
        let asked = Arc::new(asked);
        return match plain_page(request, &asked, shared).await? {
            Some(answer) => Ok(logged(answer, &asked, shared)),
            None => signed_out(request, body, &asked, shared).await,
        };
    }
    let session = find_session(shared, &asked).await?;
    if let Some(session) = &session {
        asked.record.set_user(&session.account.username);
    }
    let user = session.as_ref().filter(|session| session.account.is_staff);
    if user.is_none() && !asked.is_login() && !asked.chooses_theme() {
        return signed_out(request, body, &asked, shared).await;
    }
    let site = &shared.admin.site;
    let takes_files = user.is_some_and(|session| routes::takes_files(&asked.route, &session.account, site));
    if asked.is_post {
        read_form(request, body, &mut asked, user.is_some(), takes_files, shared).await?;
    }
    if let (true, Some(posted)) = (asked.chooses_theme(), &asked.posted) {
        return Ok(answer::respond(theme::choose(&asked, posted), &asked, shared));
    }
    let kind = WorkKind::of(&asked);
    // A change reads what it needs in its own transaction, and the page after it waits.
    if !asked.is_login() && kind != WorkKind::Write {
        let refreshed = shared.collector.refresher().refresh(REFRESH_LIMIT);
        asked.record.waiting(refreshed).await;
    }
    let permit = MemoryPermit::of(&asked, takes_files, shared);
    let permit = asked.record.waiting(permit).await?;
    run_view(request, asked, kind, session, permit, shared).await
}

/// Returns the answer to a request that its head is enough to refuse.
fn refused_by_head(request: &HttpRequest, asked: &AdminRequest) -> Option<HttpResponse> {
    let bad = |message: &str| Some(error::page(StatusCode::BAD_REQUEST, "Bad request", message));
    if ![Method::GET, Method::HEAD, Method::POST].contains(request.method()) {
        let mut response = error::text(StatusCode::METHOD_NOT_ALLOWED, "Use GET or POST here.");
        let allowed = HeaderValue::from_static("GET, HEAD, POST");
        response.headers_mut().insert(ALLOW, allowed);
        return Some(response);
    }
    if !asked.client.is_host_allowed {
        let host: String = asked.client.host.chars().take(HOST_LOGGED_MAX).collect();
        let reason = format!("`{host}` is not among --allowed-hosts");
        asked.event(SecurityEvent::HostRefused, security_events::because(&reason));
        return bad("The host of this address is not one that --allowed-hosts names.");
    }
    if request.query_string().bytes().filter(|byte| *byte == b'&').count() >= PARAMETERS_MAX {
        return bad(&format!("The address has more than {PARAMETERS_MAX} parameters."));
    }
    None
}

/// Reads the posted form. One with a token of an earlier login is kept only where it can be drawn again.
async fn read_form(
    request: &HttpRequest,
    body: &mut RequestBody,
    asked: &mut AdminRequest,
    is_in: bool,
    takes_files: bool,
    shared: &AppState,
) -> Result<(), HttpResponse> {
    let posted = form::posted(request, body, asked, is_in, takes_files).await?;
    (asked.posted, asked.upload, asked.is_stale) = (Some(posted.form), posted.upload, posted.is_stale);
    let may_draw = is_in && !asked.chooses_theme() && redraw::may_draw(asked, &shared.admin.site);
    if asked.is_stale && !asked.is_login() && !may_draw {
        return Err(form::without_token(asked));
    }
    Ok(())
}

/// Makes the page beside the threads that serve connections. The work goes on when the client has disconnected, and keeps its permits until it is
/// done or given up.
async fn run_view(
    request: &HttpRequest,
    asked: AdminRequest,
    kind: WorkKind,
    session: Option<Session>,
    permit: Option<MemoryPermit>,
    shared: &web::Data<AppState>,
) -> Result<HttpResponse, HttpResponse> {
    let presence = request.conn_data::<Presence>().cloned().unwrap_or_default();
    let admitted = match &session {
        Some(session) if !asked.is_login() => {
            let admitted = shared.admin.admission.admit(kind, session.account.id, &presence);
            Some(asked.record.waiting(admitted).await.map_err(admission::respond)?)
        }
        _ => None,
    };
    let asked = Arc::new(asked);
    let (worker, of_worker) = (shared.clone(), Arc::clone(&asked));
    let work = move || {
        let mut answer = kind.limit(&presence).run(|| view::view(&worker, &of_worker, session))?;
        answer.compress(&of_worker);
        Ok(answer)
    };
    let threads = kind.threads(&shared.low_priority);
    let answer = beside(threads, (permit, admitted), &asked, work, shared).await?;
    Ok(logged(answer, &asked, shared))
}

/// Returns the response of a view, whose refusals and exports are in the security log.
fn logged(answer: AdminAnswer, asked: &AdminRequest, shared: &web::Data<AppState>) -> HttpResponse {
    security_events::of_answer(asked, &answer);
    answer::respond(answer, asked, shared)
}

/// Makes a page that asks little of the database, and looks up its session there: nothing if there is none.
async fn plain_page(
    request: &HttpRequest,
    asked: &Arc<AdminRequest>,
    shared: &web::Data<AppState>,
) -> Result<Option<AdminAnswer>, HttpResponse> {
    let refreshed = shared.collector.refresher().refresh(REFRESH_LIMIT);
    asked.record.waiting(refreshed).await;
    let presence = request.conn_data::<Presence>().cloned().unwrap_or_default();
    let admitted = shared.admin.admission.admit_page(&presence);
    let admitted = asked.record.waiting(admitted).await.map_err(admission::respond)?;
    let (worker, of_worker) = (shared.clone(), Arc::clone(asked));
    let work = move || {
        let limit = WorkKind::Page.limit(&presence);
        let mut answer = limit.run(|| view::of_token(&worker, &of_worker))?;
        answer.iter_mut().for_each(|answer| answer.compress(&of_worker));
        Ok(answer)
    };
    beside(WorkThreads::Usual, admitted, asked, work, shared).await
}

/// Does the work of a request on one of `threads`.
async fn beside<T: Send + 'static>(
    threads: WorkThreads,
    held: impl Send + 'static,
    asked: &Arc<AdminRequest>,
    work: impl FnOnce() -> Result<T, ViewError> + Send + 'static,
    shared: &web::Data<AppState>,
) -> Result<T, HttpResponse> {
    match deadline::beside_on(threads, held, timed(&asked.record, work)).await {
        Ok((Ok(done), _)) => Ok(done),
        Ok((Err(failure), written)) => Err(outage::failed(&failure, written, asked, shared)),
        Err(WorkFailure::TimedOut(written)) => Err(outage::late(written, asked, shared)),
        Err(WorkFailure::Panicked) => Err(failure::lost()),
    }
}

/// Answers a request without a session, to known addresses and unknown ones alike: without a login they tell nothing.
async fn signed_out(
    request: &HttpRequest,
    body: &mut RequestBody,
    asked: &AdminRequest,
    shared: &web::Data<AppState>,
) -> Result<HttpResponse, HttpResponse> {
    let answer = redraw::signed_out(request, body, asked, shared).await?;
    Ok(answer::respond(answer, asked, shared))
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
        Ok((Err(error), _)) => Err(failure::failed(&error.into(), shared.clock.now())),
        Err(WorkFailure::TimedOut(_)) => Err(failure::failed(&failure::no_answer().into(), shared.clock.now())),
        Err(WorkFailure::Panicked) => Err(failure::lost()),
    }
}
