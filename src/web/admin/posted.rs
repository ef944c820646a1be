//! The form that comes with a request: read within limits, and refused unless a page of ours sent it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::answer::Asked;
use super::body::{Body, FORM_MAX, UPLOAD_MAX, Unread};
use super::upload;
use crate::admin::exchange::Upload;
use crate::admin::query::Query;
use crate::auth::csrf;
use crate::web::error;

/// The most fields of a form: a list may name 10,000 rows.
const FIELDS_MAX: usize = 20_000;

/// The posted form and the file in it, if it came from a page of ours.
pub(super) async fn posted(
    request: &HttpRequest,
    body: &mut Body,
    asked: &Asked,
    takes_files: bool,
) -> Result<(Query, Option<Upload>), HttpResponse> {
    let forbidden = |message: &str| error::page(StatusCode::FORBIDDEN, "Forbidden", message);
    let bad = |message: &str| error::page(StatusCode::BAD_REQUEST, "Bad request", message);
    // What is not even text is the word of no browser of ours, and not as good as none.
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap_or("?"))
    };
    let client = &asked.client;
    if let Err(refusal) = csrf::check_origin(client.scheme(), &client.host, header("origin"), header("referer")) {
        return Err(forbidden(&format!("The form was not taken: {refusal}.")));
    }
    let is_form = header("content-type").is_none_or(is_form);
    let parts = header("content-type").filter(|content_type| takes_files && upload::is_multipart(content_type));
    let length_max = if parts.is_some() { UPLOAD_MAX } else { FORM_MAX };
    let body = match body.read(length_max).await {
        Ok(body) => body,
        Err(Unread::Broken) => return Err(bad("The form could not be read to its end.")),
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
    let token = form.get("csrfmiddlewaretoken").filter(|token| !token.is_empty());
    let token = token.or(header("x-csrftoken")).unwrap_or("");
    if asked.csrf_is_new || !csrf::matches(&asked.csrf_secret, token) {
        return Err(forbidden(
            "The form was not taken: its CSRF token is missing or out of date. Go back, load the page again and send it once more; \
             cookies must be allowed.",
        ));
    }
    if !is_form && parts.is_none() {
        let message = "Forms are taken as application/x-www-form-urlencoded.";
        return Err(error::page(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Unsupported media type",
            message,
        ));
    }
    Ok((form, upload))
}

/// Whether a content type is the one of forms, whatever its parameters.
fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or("").trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}
