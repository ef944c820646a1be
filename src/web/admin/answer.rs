//! What a request to the admin brings, read off the wire, and what goes back.

use std::sync::Arc;

use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use super::{export_body, failure, form};
use crate::admin::context::Standing;
use crate::admin::look::{Look, Theme};
use crate::admin::query::{Query, encode};
use crate::admin::reply::Reply;
use crate::admin::transfer::Upload;
use crate::auth::csrf;
use crate::auth::policy;
use crate::auth::session;
use crate::web::cookies;
use crate::web::look::{self, THEME_COOKIE};
use crate::web::request::client::RequestClient;
use crate::web::request::record::RequestRecord;
use crate::web::request::security_log::{EventDetails, SecurityEvent};
use crate::web::state::AppState;

/// The most characters of a browser's name that are looked at.
const USER_AGENT_MAX: usize = 200;

/// What a request to the admin brings.
pub(super) struct AdminRequest {
    /// What is learned about the request.
    pub(super) record: Arc<RequestRecord>,
    /// The other side.
    pub(super) client: RequestClient,
    /// The path below the host.
    pub(super) path: String,
    /// The same with the query string.
    pub(super) path_and_query: String,
    /// Whether a form is sent.
    pub(super) is_post: bool,
    /// Whether only the head of the answer is wanted.
    pub(super) is_head: bool,
    /// Whether a script asks, which shows parts of the page at most.
    pub(super) is_by_script: bool,
    /// The pairs of the query string.
    pub(super) query: Query,
    /// The posted form; nothing for GET.
    pub(super) posted: Option<Query>,
    /// The file that came with it.
    pub(super) upload: Option<Upload>,
    /// The token of the session cookie.
    pub(super) token: Option<String>,
    /// The secret for CSRF tokens: the cookie's, or a new one.
    pub(super) csrf_secret: String,
    /// Whether the secret is a new one.
    pub(super) csrf_is_new: bool,
    /// Whether the browser says that a page of ours sent the request.
    pub(super) came_from_here: bool,
    /// Whether the browser says that a page of another site sent the request.
    pub(super) came_from_elsewhere: bool,
    /// Whether the token of the posted form belongs to an earlier login, so that the form must not be carried out.
    pub(super) is_stale: bool,
    /// What the browser calls itself.
    pub(super) user_agent: String,
    /// How pages look to whoever asks.
    pub(super) look: Look,
}

impl AdminRequest {
    /// Returns everything but the body.
    pub(super) fn read(
        request: &HttpRequest,
        client: RequestClient,
        shared: &AppState,
        record: Arc<RequestRecord>,
    ) -> Self {
        let cookie = |name: &str| cookies::value(request.headers(), name);
        let secure = client.secure;
        let secret = cookie(csrf_cookie(secure)).filter(|secret| csrf::is_secret(secret));
        let user_agent = request
            .headers()
            .get("user-agent")
            .and_then(|value| value.to_str().ok());
        let path_and_query = request.uri().path_and_query();
        let (origin, referer) = form::origin(request);
        let came_from_here = csrf::names_our_page(client.scheme(), &client.host, origin, referer);
        Self {
            came_from_here,
            came_from_elsewhere: !came_from_here && (origin.is_some() || referer.is_some()),
            is_stale: false,
            record,
            client,
            path: request.path().to_owned(),
            path_and_query: path_and_query.map_or_else(|| request.path().to_owned(), ToString::to_string),
            is_post: request.method() == Method::POST,
            is_head: request.method() == Method::HEAD,
            is_by_script: request.headers().contains_key("x-requested-with"),
            query: Query::parse(request.query_string()),
            posted: None,
            upload: None,
            token: cookie(session_cookie(secure)).filter(|token| session::Token::is_for(token, secure)),
            csrf_is_new: secret.is_none(),
            csrf_secret: secret.unwrap_or_else(csrf::new_secret),
            look: look::read(cookie, shared.environment.as_ref()),
            user_agent: user_agent.unwrap_or("").chars().take(USER_AGENT_MAX).collect(),
        }
    }

    /// Returns the same browser at another address of this host, with another form or none.
    pub(super) fn leading_to(&self, address: &str, posted: Option<Query>) -> Self {
        let address = address.split('#').next().unwrap_or(address);
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        Self {
            record: Arc::clone(&self.record),
            client: self.client.clone(),
            path: path.to_owned(),
            path_and_query: address.to_owned(),
            is_post: posted.is_some(),
            is_head: false,
            is_by_script: self.is_by_script,
            query: Query::parse(query),
            posted,
            upload: None,
            token: self.token.clone(),
            csrf_secret: self.csrf_secret.clone(),
            csrf_is_new: self.csrf_is_new,
            came_from_here: self.came_from_here,
            came_from_elsewhere: self.came_from_elsewhere,
            is_stale: false,
            user_agent: self.user_agent.clone(),
            look: self.look.clone(),
        }
    }

    /// Writes a line of the security log, and counts it.
    pub(super) fn event(&self, event: SecurityEvent, details: EventDetails<'_>) {
        self.record.event(event, details);
    }

    /// Returns where a session begins, for its user to recognise.
    pub(super) fn session_client(&self) -> session::Client {
        session::Client {
            address: self
                .client
                .address
                .map(|address| address.to_string())
                .unwrap_or_default(),
            user_agent: self.user_agent.clone(),
            secure: self.client.secure,
        }
    }
}

/// What is answered, and cookies beside it.
pub(super) struct AdminAnswer {
    /// The page or the way elsewhere.
    pub(super) reply: Reply,
    /// A session to begin: its token.
    pub(super) begin: Option<session::Token>,
    /// The key of the session that the next page belongs to, if it is another one.
    pub(super) session_hash: Option<String>,
    /// Whether the session is over.
    pub(super) end: bool,
    /// A CSRF secret to begin, after a login.
    pub(super) csrf_secret: Option<String>,
    /// Seconds to wait before trying again.
    pub(super) retry_after: Option<u64>,
    /// A theme that was chosen.
    pub(super) theme: Option<Theme>,
}

impl From<Reply> for AdminAnswer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            begin: None,
            session_hash: None,
            end: false,
            csrf_secret: None,
            retry_after: None,
            theme: None,
        }
    }
}

/// Returns the response of an answer.
pub(super) fn respond(answer: AdminAnswer, asked: &AdminRequest, shared: &web::Data<AppState>) -> HttpResponse {
    let mut response = match &answer.reply {
        Reply::Html { status, .. } => HttpResponse::build(StatusCode::from_u16(*status).unwrap_or(StatusCode::OK)),
        Reply::Redirect { .. } => HttpResponse::Found(),
        Reply::Moved(_) => HttpResponse::MovedPermanently(),
        Reply::Json(_) | Reply::Export { .. } => HttpResponse::Ok(),
    };
    let is_outage = matches!(answer.reply, Reply::Html { status: 503, .. });
    let retry_after = answer.retry_after.or(is_outage.then_some(failure::RETRY_AFTER_SECONDS));
    if let Some(seconds) = retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if answer.reply.is_method_not_allowed() {
        response.insert_header(("allow", "POST"));
    }
    let secure = asked.client.secure;
    if let Some(token) = &answer.begin {
        response.cookie(self::session(token.as_str(), secure));
    }
    if answer.end {
        let mut gone = self::session("", secure);
        gone.make_removal();
        response.cookie(gone);
    }
    if let Some(secret) = answer
        .csrf_secret
        .as_ref()
        .or(asked.csrf_is_new.then_some(&asked.csrf_secret))
    {
        response.cookie(cookie(csrf_cookie(secure), secret, secure));
    }
    if let Some(theme) = answer.theme {
        response.cookie(cookie(THEME_COOKIE, theme.as_str(), secure));
    }
    match answer.reply {
        Reply::Html { body, .. } => response
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(body),
        Reply::Json(body) => response.insert_header((CONTENT_TYPE, "application/json")).body(body),
        Reply::Export { export, first } => {
            let standing = (!asked.is_head).then(|| standing(asked, shared));
            export_body::respond(&mut response, shared, *export, first, standing)
        }
        Reply::Redirect { to, .. } | Reply::Moved(to) => response.insert_header((LOCATION, plain(&to))).finish(),
    }
}

/// Returns the session of a request, to be asked for later.
pub(super) fn standing(asked: &AdminRequest, shared: &AppState) -> Standing {
    let clock = Arc::clone(&shared.clock);
    Standing {
        pool: shared.admin.pool.clone(),
        token: asked.token.clone().unwrap_or_default(),
        now: Arc::new(move || clock.now()),
    }
}

/// Returns an address as a header may hold it: blanks and what is not ASCII percent-encoded, the rest as it is.
fn plain(address: &str) -> String {
    let is_plain = |character: char| character.is_ascii_graphic();
    address
        .chars()
        .map(|character| {
            if is_plain(character) {
                character.to_string()
            } else {
                encode(character.encode_utf8(&mut [0; 4]))
            }
        })
        .collect()
}

/// Returns the name of the cookie that holds a session's token. Over https browsers take one with this prefix from this host alone, over
/// https, and for all of its paths: neither a neighbour nor somebody on the way over http can plant one.
fn session_cookie(secure: bool) -> &'static str {
    if secure { "__Host-sessionid" } else { "sessionid" }
}

/// Returns the name of the cookie that holds the secret of CSRF tokens.
fn csrf_cookie(secure: bool) -> &'static str {
    if secure { "__Host-csrftoken" } else { "csrftoken" }
}

/// Returns the cookie of a session. Scripts do not see it.
fn session(token: &str, secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(session_cookie(secure), token, secure);
    cookie.set_http_only(true);
    cookie.set_max_age(CookieDuration::seconds(policy::current().session_max.num_seconds()));
    cookie
}

/// Returns a cookie that other sites cannot send along with a form. Scripts see it, as they do the CSRF one, which they may put in a
/// header, and the theme.
fn cookie(name: &'static str, value: &str, secure: bool) -> Cookie<'static> {
    Cookie::build(name, value.to_owned())
        .path("/")
        .http_only(false)
        .secure(secure)
        .same_site(SameSite::Lax)
        .max_age(CookieDuration::weeks(52))
        .finish()
}
