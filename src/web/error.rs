//! What is answered when there is nothing to show: pages for people, a line of text for scrapers.

use actix_web::http::header::{ALLOW, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::assets;

#[derive(Template)]
#[template(path = "errors/page.html")]
struct ErrorPage<'a> {
    stylesheet: &'a str,
    icon: &'a str,
    title: &'a str,
    message: &'a str,
}

/// A page that says what happened and leads back.
#[must_use]
pub fn page(status: StatusCode, title: &str, message: &str) -> HttpResponse {
    let page = ErrorPage {
        stylesheet: assets::stylesheet(),
        icon: assets::icon(),
        title,
        message,
    };
    match page.render() {
        Ok(html) => HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(html),
        Err(error) => {
            tracing::error!(%error, "an error page could not be rendered");
            text(status, message)
        }
    }
}

/// A line of text.
#[must_use]
pub fn text(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(format!("{message}\n"))
}

/// 404.
pub async fn not_found() -> HttpResponse {
    page(
        StatusCode::NOT_FOUND,
        "Page not found",
        "There is nothing at this address.",
    )
}

/// 405, naming what is allowed (RFC 9110 section 15.5.6).
pub async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    let message = format!("{} is not allowed here; use GET or HEAD.", shown(request.method()));
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, &message);
    response.headers_mut().insert(
        ALLOW,
        actix_web::http::header::HeaderValue::from_static("GET, HEAD, OPTIONS"),
    );
    response
}

/// 204, naming what is allowed.
pub async fn options() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ALLOW, "GET, HEAD, OPTIONS"))
        .finish()
}

/// A method that a client made up may be long.
fn shown(method: &Method) -> String {
    method.as_str().chars().take(20).collect()
}
