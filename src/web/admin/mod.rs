//! The admin over HTTP. The order of every request: is the host ours? who asks? did the form come from a page of ours? Only then a view,
//! which asks for permission before it looks at anything. A body is not read before the session is known.
//!
//! What touches the database happens beside the threads that serve connections.

mod answer;
mod login;
mod password;
mod routes;
mod sessions;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDateTime;

use self::answer::{Answer, Asked};
use super::client::Client;
use super::shared::Shared;
use super::{assets, error};
use crate::admin::context::{Assets, Context};
use crate::admin::query::{Query, encode};
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::views;
use crate::auth::csrf;
use crate::auth::session::{self, Session};
use crate::db;

/// The cookie that holds a session's token.
const SESSION_COOKIE: &str = "sessionid";
/// The cookie that holds the secret of CSRF tokens.
const CSRF_COOKIE: &str = "csrftoken";
/// The largest form, in bytes.
const BODY_MAX: usize = 2_621_440;
/// The most fields of a form: a list may name 10,000 rows.
const FIELDS_MAX: usize = 20_000;
/// How long a page waits for the newest components.
const REFRESH_LIMIT: Duration = Duration::from_secs(1);
/// The one page for those who are not logged in.
const LOGIN: &str = "/admin/login/";

/// Every address from `/admin/` on.
pub async fn admin(request: HttpRequest, payload: web::Payload, shared: web::Data<Shared>) -> HttpResponse {
    match answered(&request, payload, &shared).await {
        Ok(response) | Err(response) => response,
    }
}

/// The answer; one that ends the request early is the `Err`.
async fn answered(
    request: &HttpRequest,
    payload: web::Payload,
    shared: &web::Data<Shared>,
) -> Result<HttpResponse, HttpResponse> {
    let method = request.method();
    if ![Method::GET, Method::HEAD, Method::POST].contains(method) {
        return Err(method_not_allowed());
    }
    let client = Client::of(request, &shared.admin.trusted_proxies);
    if !client.is_allowed(&shared.admin.allowed_hosts) {
        let message = "The host of this address is not one that --allowed-hosts names.";
        return Err(error::page(StatusCode::BAD_REQUEST, "Bad request", message));
    }
    let mut asked = Asked::read(request, client);
    let session = find_session(shared, &asked).await?;
    if session.is_none() && asked.path != LOGIN {
        // Known addresses and unknown ones alike: who is not logged in learns nothing.
        let to = format!("{LOGIN}?next={}", encode(&asked.path_and_query));
        return Ok(answer::respond(
            Reply::Redirect {
                to,
                messages: Vec::new(),
            }
            .into(),
            &asked,
        ));
    }
    if method == Method::POST {
        asked.posted = Some(posted(request, payload, &asked).await?);
    }
    shared.collector.refresher().refresh(REFRESH_LIMIT).await;
    let worker = shared.clone();
    let done = web::block(move || (view(&worker, &asked, session), asked)).await;
    match done {
        Ok((Ok(answer), asked)) => Ok(answer::respond(answer, &asked)),
        Ok((Err(failure), _)) => Err(failed(&failure)),
        Err(_) => Err(lost()),
    }
}

fn method_not_allowed() -> HttpResponse {
    let mut response = error::text(StatusCode::METHOD_NOT_ALLOWED, "Use GET or POST here.");
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}

/// The session of the cookie, of somebody who may use the admin.
async fn find_session(shared: &web::Data<Shared>, asked: &Asked) -> Result<Option<Session>, HttpResponse> {
    let Some(token) = asked.token.clone() else {
        return Ok(None);
    };
    let worker = shared.clone();
    let found = web::block(move || -> db::Result<Option<Session>> {
        let mut conn = worker.admin.pool.get()?;
        session::find(&mut conn, &token, worker.clock.now())
    });
    match found.await {
        Ok(Ok(session)) => Ok(session.filter(|session| session.account.is_staff)),
        Ok(Err(failure)) => Err(failed(&failure.into())),
        Err(_) => Err(lost()),
    }
}

/// The posted form, if it came from a page of ours.
async fn posted(request: &HttpRequest, payload: web::Payload, asked: &Asked) -> Result<Query, HttpResponse> {
    let forbidden = |message: &str| error::page(StatusCode::FORBIDDEN, "Forbidden", message);
    let bad = |message: &str| error::page(StatusCode::BAD_REQUEST, "Bad request", message);
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let client = &asked.client;
    if let Err(refusal) = csrf::check_origin(client.scheme(), &client.host, header("origin"), header("referer")) {
        return Err(forbidden(&format!("The form was not taken: {refusal}.")));
    }
    let body = match payload.to_bytes_limited(BODY_MAX).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Err(bad("The form could not be read to its end.")),
        Err(_) => return Err(bad("The form is larger than 2.5 MiB.")),
    };
    let form = Query::parse(&String::from_utf8_lossy(&body));
    if form.pairs().count() > FIELDS_MAX {
        return Err(bad(&format!("The form has more than {FIELDS_MAX} fields.")));
    }
    let token = form.get("csrfmiddlewaretoken").or(header("x-csrftoken")).unwrap_or("");
    if asked.csrf_is_new || !csrf::matches(&asked.csrf_secret, token) {
        return Err(forbidden(
            "The form was not taken: its CSRF token is missing or out of date. Go back, load the page again and send it once more; \
             cookies must be allowed.",
        ));
    }
    Ok(form)
}

/// The answer of the page that is asked for.
fn view(shared: &Shared, asked: &Asked, session: Option<Session>) -> Result<Answer, views::Error> {
    let mut loan = shared.admin.pool.get()?;
    let now = shared.clock.now();
    let Some(session) = session else {
        return login::login(&mut loan, asked, None, now);
    };
    match asked.path.as_str() {
        LOGIN => login::login(&mut loan, asked, Some(&session), now),
        "/admin/logout/" => login::logout(&mut loan, asked, &session),
        _ => signed_in(shared, &mut loan, asked, &session, now),
    }
}

fn signed_in(
    shared: &Shared,
    conn: &mut db::Conn,
    asked: &Asked,
    session: &Session,
    now: NaiveDateTime,
) -> Result<Answer, views::Error> {
    let mut context = Context {
        site: &shared.admin.site,
        account: Arc::clone(&session.account),
        conn,
        now,
        path: asked.path.clone(),
        query: asked.query.clone(),
        csrf_token: csrf::token(&asked.csrf_secret),
        messages: session.messages.clone(),
        assets: assets(),
    };
    let answer = match asked.path.as_str() {
        "/admin/password_change/" => password::own(&mut context, asked),
        "/admin/sessions/" => sessions::sessions(&mut context, asked, session),
        _ => routes::route(&mut context, asked),
    };
    let answer = match answer {
        Err(views::Error::Audit(crate::audit::Error::Denied(_))) => views::forbidden(&mut context)?.into(),
        answer => answer?,
    };
    pass_on_messages(context.conn, session, &answer);
    Ok(answer)
}

/// A page has said the messages that waited; a way elsewhere leaves its own for the next page. What was done is done: a message that
/// cannot be kept is no reason to say otherwise.
fn pass_on_messages(conn: &mut db::Conn, session: &Session, answer: &Answer) {
    let kept = match &answer.reply {
        Reply::Html { .. } if !session.messages.is_empty() => session::take_messages(conn, &session.id_hash).map(drop),
        Reply::Redirect { messages, .. } if !messages.is_empty() => session::push_messages(
            conn,
            answer.session_hash.as_deref().unwrap_or(&session.id_hash),
            messages,
        ),
        _ => Ok(()),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, "messages for the next page were lost");
    }
}

fn failed(failure: &views::Error) -> HttpResponse {
    tracing::error!(error = %failure, "the admin could not answer");
    let message = "The database did not answer. Nothing was changed. Try again in a moment.";
    error::page(StatusCode::SERVICE_UNAVAILABLE, "Not available", message)
}

fn lost() -> HttpResponse {
    error::page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "This is our fault. The log says more.",
    )
}

/// Addresses of static files.
fn assets() -> Assets {
    Assets {
        stylesheet: assets::admin_stylesheet().to_owned(),
        script: assets::admin_script().to_owned(),
        icon: assets::icon().to_owned(),
    }
}

/// Something to say on the next page.
fn message(text: impl Into<String>) -> Message {
    Message::new(Level::Success, text)
}
