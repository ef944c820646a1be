//! What is answered to a request to the admin: a page, data or another address, and cookies beside it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use bytes::Bytes;

use super::request::AdminRequest;
use super::{compression, export_body, failure};
use crate::admin::context::SessionCheck;
use crate::admin::look::Theme;
use crate::admin::query::encode;
use crate::admin::reply::Reply;
use crate::auth::session;
use crate::web::cookies::CookieScope;
use crate::web::look::THEME_COOKIE;
use crate::web::state::AppState;

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
    /// The page or data in gzip, once it is.
    pub(super) packed: Option<Vec<u8>>,
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
            packed: None,
        }
    }
}

impl AdminAnswer {
    /// Compresses the page or the data, if the request takes it so and that is worth it.
    pub(super) fn compress(&mut self, asked: &AdminRequest) {
        if let (true, Reply::Html { body, .. } | Reply::Json(body)) = (asked.takes_gzip, &self.reply) {
            self.packed = self.packed.take().or_else(|| compression::packed(body));
        }
    }
}

/// Returns the response of an answer.
pub(super) fn respond(mut answer: AdminAnswer, asked: &AdminRequest, shared: &web::Data<AppState>) -> HttpResponse {
    let mut response = match &answer.reply {
        Reply::Html { status, .. } => HttpResponse::build(StatusCode::from_u16(*status).unwrap_or(StatusCode::OK)),
        // It was finished beside this thread.
        Reply::Unfinished(_) => HttpResponse::Ok(),
        Reply::Redirect { .. } => HttpResponse::Found(),
        Reply::Moved(_) => HttpResponse::MovedPermanently(),
        Reply::Json(_) | Reply::File { .. } | Reply::Export { .. } => HttpResponse::Ok(),
    };
    let is_outage = matches!(answer.reply, Reply::Html { status: 503, .. });
    let retry_after = answer.retry_after.or(is_outage.then_some(failure::RETRY_AFTER_SECONDS));
    if let Some(seconds) = retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if answer.reply.is_method_not_allowed() {
        let taken = if asked.is_post { "GET, HEAD" } else { "POST" };
        response.insert_header(("allow", taken));
    }
    let cookies = CookieScope::of(&asked.client);
    if let Some(token) = &answer.begin {
        response.cookie(cookies.session(token.as_str()));
    }
    if answer.end {
        response.cookie(cookies.session_end());
    }
    if let Some(secret) = answer
        .csrf_secret
        .as_ref()
        .or(asked.csrf_is_new.then_some(&asked.csrf_secret))
    {
        response.cookie(cookies.cookie(cookies.csrf_name(), secret));
    }
    if let Some(theme) = answer.theme {
        response.cookie(cookies.cookie(THEME_COOKIE, theme.as_str()));
    }
    // Pages of the views are compressed already, beside this thread.
    answer.compress(asked);
    let packed = answer.packed.map(Bytes::from);
    if packed.is_some() {
        response.insert_header((CONTENT_ENCODING, "gzip"));
    }
    match answer.reply {
        Reply::Html { body, .. } => response
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(packed.unwrap_or_else(|| body.into())),
        Reply::Unfinished(_) => response.finish(),
        Reply::Json(body) => response
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(packed.unwrap_or_else(|| body.into())),
        Reply::File { name, media_type, body } => response
            .insert_header((CONTENT_TYPE, media_type))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .body(packed.unwrap_or_else(|| body.into())),
        Reply::Export { export, first } => {
            let session = (!asked.is_head).then(|| session_check(asked, shared));
            export_body::respond(&mut response, shared, *export, first, session)
        }
        Reply::Redirect { to, .. } | Reply::Moved(to) => {
            let location = plain(&asked.rooted(&to));
            response.insert_header((LOCATION, location)).finish()
        }
    }
}

/// Returns the session of a request, to be asked for later.
pub(super) fn session_check(asked: &AdminRequest, shared: &AppState) -> SessionCheck {
    let clock = Arc::clone(&shared.clock);
    SessionCheck {
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
