//! The form that comes with a request: read within limits, and refused unless a page of ours sent it.

use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use super::body::{ANONYMOUS_FORM_MAX, FORM_MAX, RequestBody, UPLOAD_MAX, Unread};
use super::request::AdminRequest;
use super::security_events::because;
use super::upload;
use crate::admin::query::Query;
use crate::admin::transfer::Upload;
use crate::auth::csrf;
use crate::web::error;
use crate::web::request::security_log::SecurityEvent;

/// The most fields of a form: a list may name 10,000 rows.
const FIELDS_MAX: usize = 20_000;

/// A form that was posted.
pub(super) struct Posted {
    /// Its fields.
    pub(super) form: Query,
    /// The file in it.
    pub(super) upload: Option<Upload>,
    /// Whether its token is one of an earlier login.
    pub(super) is_stale: bool,
}

/// Reads the posted form and the file in it. A form whose token belongs to another login is read as well, and marked: it may be shown
/// to its user, and must not be carried out. `is_in` says that the request has a session, `takes_files` that its user may send a file here.
///
/// # Errors
/// The response to what another site sent, what has no token, and what cannot be read.
pub(super) async fn posted(
    request: &HttpRequest,
    body: &mut RequestBody,
    asked: &AdminRequest,
    is_in: bool,
    takes_files: bool,
) -> Result<Posted, HttpResponse> {
    let bad = |message: &str| error::page(StatusCode::BAD_REQUEST, "Bad request", message);
    check_origin(request, asked).map_err(from_another_site)?;
    let is_form = is_form(request);
    let parts =
        header(request, "content-type").filter(|content_type| takes_files && upload::is_multipart(content_type));
    let length_max = match (is_in, parts) {
        (false, _) => ANONYMOUS_FORM_MAX,
        (true, None) => FORM_MAX,
        (true, Some(_)) => UPLOAD_MAX,
    };
    let body = match body.read(length_max).await {
        Ok(body) => body,
        Err(Unread::Broken) => return Err(bad("The form could not be read to its end.")),
        Err(Unread::Late) => return Err(late()),
        Err(Unread::TooLarge) if !is_in => {
            let message = "The form is larger than 16 KiB, which is the most before logging in.";
            return Err(error::page(StatusCode::PAYLOAD_TOO_LARGE, "Too large", message));
        }
        Err(Unread::TooLarge) if parts.is_some() => return Err(bad("The file is larger than 16 MiB.")),
        Err(Unread::TooLarge) => return Err(bad("The form is larger than 2.5 MiB.")),
    };
    // Counted before they are read: reading a million of them takes its time.
    if is_form && body.iter().filter(|byte| **byte == b'&').count() >= FIELDS_MAX {
        return Err(bad(&format!("The form has more than {FIELDS_MAX} fields.")));
    }
    let (form, upload) = match parts {
        Some(content_type) => match upload::read(content_type, body).await {
            Ok(read) => read,
            Err(reason) => return Err(bad(&format!("The form could not be read: {reason}."))),
        },
        None if is_form => (Query::parse(&String::from_utf8_lossy(&body)), None),
        None => (Query::default(), None),
    };
    let of_form = form.get("csrfmiddlewaretoken").filter(|token| !token.is_empty());
    let token = of_form.or(header(request, "x-csrftoken")).unwrap_or("");
    let is_stale = asked.csrf_is_new || !csrf::matches(&asked.csrf_secret, token);
    if is_stale && !of_form.is_some_and(csrf::is_token) {
        return Err(without_token(asked));
    }
    if !is_form && parts.is_none() {
        let message = "Forms are taken as application/x-www-form-urlencoded.";
        return Err(error::page(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported media type",
            message,
        ));
    }
    Ok(Posted { form, upload, is_stale })
}

/// Returns the response to a form that did not come to its end in time.
pub(super) fn late() -> HttpResponse {
    let message = "The form did not arrive in time. Nothing was changed. Send it again.";
    let mut response = error::page(StatusCode::REQUEST_TIMEOUT, "Too late", message);
    response.head_mut().set_connection_type(ConnectionType::Close);
    response
}

/// Returns the response to a form whose token is missing, or is out of date where the form cannot be drawn again.
pub(super) fn without_token(asked: &AdminRequest) -> HttpResponse {
    let reason = if asked.csrf_is_new {
        "the browser sent no CSRF cookie"
    } else {
        "the form has no token, or another one"
    };
    asked.event(SecurityEvent::TokenRefused, because(reason));
    let message = "The form was not taken: its CSRF token is missing or out of date. Go back, load the page again and send it once more; \
                   cookies must be allowed.";
    error::page(StatusCode::FORBIDDEN, "Forbidden", message)
}

/// Refuses what a page of another site sent.
///
/// # Errors
/// Why it is not taken.
pub(super) fn check_origin(request: &HttpRequest, asked: &AdminRequest) -> Result<(), csrf::OriginRefusal> {
    let (origin, referer) = origin(request);
    let client = &asked.client;
    let checked = csrf::check_origin(client.scheme(), &client.host, origin, referer);
    if let Err(refusal) = &checked {
        asked.event(SecurityEvent::OriginRefused, because(&refusal.to_string()));
    }
    checked
}

/// Returns the response to what another site sent.
pub(super) fn from_another_site(refusal: csrf::OriginRefusal) -> HttpResponse {
    let message = format!("The form was not taken: {refusal}.");
    error::page(StatusCode::FORBIDDEN, "Forbidden", &message)
}

/// Returns what the browser says about where the request comes from: `Origin` and `Referer`.
pub(super) fn origin(request: &HttpRequest) -> (Option<&str>, Option<&str>) {
    (header(request, "origin"), header(request, "referer"))
}

/// Returns a header. What is not even text is no browser's of ours, and is not as good as none.
fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let value = request.headers().get(name)?;
    Some(value.to_str().unwrap_or("?"))
}

/// Returns whether the content type is the one of forms, whatever its parameters, or is missing.
pub(super) fn is_form(request: &HttpRequest) -> bool {
    header(request, "content-type").is_none_or(|content_type| {
        let media_type = content_type.split(';').next().unwrap_or("").trim();
        media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}
