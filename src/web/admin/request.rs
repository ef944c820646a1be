//! What a request to the admin brings, read off the wire.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::Method;

use super::routes::Route;
use super::work_kind::WorkKind;
use super::{compression, form};
use crate::admin::address::{Address, with_root};
use crate::admin::look::Look;
use crate::admin::query::{Query, encode};
use crate::admin::site::Site;
use crate::admin::transfer::Upload;
use crate::auth::csrf;
use crate::auth::session;
use crate::web::cookies::{self, CookieScope};
use crate::web::look;
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
    /// What is at the path.
    pub(super) route: Route,
    /// The path below the root path.
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
    /// Whether the answer may be compressed.
    pub(super) takes_gzip: bool,
    /// What the browser calls itself.
    pub(super) user_agent: String,
    /// How pages look.
    pub(super) look: Look,
}

impl AdminRequest {
    /// Returns everything but the body.
    pub(super) fn read(request: &HttpRequest, shared: &AppState) -> Self {
        let record = RequestRecord::of(request);
        let client = record.client.clone();
        let cookie = |name: &str| cookies::value(request.headers(), name);
        let scope = CookieScope::of(&client);
        let secret = cookie(scope.csrf_name()).filter(|secret| csrf::is_secret(secret));
        let user_agent = request
            .headers()
            .get("user-agent")
            .and_then(|value| value.to_str().ok());
        let path_and_query = request.uri().path_and_query();
        let (origin, referer) = form::origin(request);
        let came_from_here = csrf::names_our_page(client.scheme(), &client.host, origin, referer);
        let came_from_elsewhere = !came_from_here && (origin.is_some() || referer.is_some());
        Self {
            came_from_here,
            came_from_elsewhere,
            takes_gzip: compression::is_wanted(request, came_from_elsewhere),
            is_stale: false,
            record,
            route: Route::of(request.path(), &shared.admin.site),
            path: request.path().to_owned(),
            path_and_query: path_and_query.map_or_else(|| request.path().to_owned(), ToString::to_string),
            is_post: request.method() == Method::POST,
            is_head: request.method() == Method::HEAD,
            is_by_script: request.headers().contains_key("x-requested-with"),
            query: Query::parse(request.query_string()),
            posted: None,
            upload: None,
            token: cookie(scope.session_name()).filter(|token| session::Token::is_for(token, client.secure)),
            csrf_is_new: secret.is_none(),
            csrf_secret: secret.unwrap_or_else(csrf::new_secret),
            look: look::read(cookie, shared.environment.as_ref()),
            user_agent: user_agent.unwrap_or("").chars().take(USER_AGENT_MAX).collect(),
            client,
        }
    }

    /// Returns whether a page is asked for that costs little, with a session that is still to be found.
    pub(super) fn is_plain_page(&self) -> bool {
        let is_known = !self.is_post && self.token.is_some() && !self.is_login() && !self.is_logout();
        is_known && WorkKind::of(self) == WorkKind::Page
    }

    /// Returns whether the request is about the page for logging in.
    pub(super) fn is_login(&self) -> bool {
        self.route == Route::Page(Address::Login)
    }

    /// Returns whether the request ends the session.
    pub(super) fn is_logout(&self) -> bool {
        self.route == Route::Page(Address::Logout)
    }

    /// Returns whether the request chooses a theme, which needs no login.
    pub(super) fn chooses_theme(&self) -> bool {
        self.is_post && self.route == Route::Page(Address::Theme)
    }

    /// Returns `address` with the root path before it, as browsers know it.
    pub(super) fn rooted(&self, address: &str) -> String {
        with_root(self.client.root.as_str(), address)
    }

    /// Returns the address of the page for logging in, from which a login leads to the address of this request.
    pub(super) fn login_address(&self) -> String {
        format!("{}?next={}", Address::Login, encode(&self.rooted(&self.path_and_query)))
    }

    /// Returns where the value `next` of a form or an address leads, without the root path: the page that the user came from, if it is on
    /// this host and does not lead out again.
    pub(super) fn destination(&self, next: &str) -> String {
        let next = self.client.root.strip(next).unwrap_or(next);
        let path = next.split(['?', '#']).next().unwrap_or(next).trim_end_matches('/');
        let leads_out =
            [Address::Login, Address::Logout].map(|address| address.to_string().trim_end_matches('/') == path);
        if is_safe(next) && leads_out == [false, false] {
            next.to_owned()
        } else {
            Address::Index.to_string()
        }
    }

    /// Returns the same browser at another address of this host, below the root path, with another form or none.
    pub(super) fn leading_to(&self, address: &str, posted: Option<Query>, site: &Site) -> Self {
        let address = address.split('#').next().unwrap_or(address);
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        Self {
            record: Arc::clone(&self.record),
            client: self.client.clone(),
            route: Route::of(path, site),
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
            takes_gzip: self.takes_gzip,
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
    pub(super) fn session_client(&self) -> session::SessionClient {
        session::SessionClient {
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

/// Returns whether a path leads to this host: one slash, then anything that is neither another slash nor a backslash nor invisible.
fn is_safe(next: &str) -> bool {
    let is_hidden = |character: char| character.is_control() || character == '\\';
    next.starts_with('/') && !next.starts_with("//") && !next.contains(is_hidden)
}
