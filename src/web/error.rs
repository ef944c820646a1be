//! What is answered when there is nothing to show: pages for people, a line of text for scrapers.

use actix_web::body::BoxBody;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::admin::look::Look;
use crate::config::RootPath;
use crate::web::static_files;

#[derive(Template)]
#[template(path = "errors/page.html", whitespace = "minimize")]
struct ErrorPage<'a> {
    root: &'a RootPath,
    stylesheet: &'a str,
    icon: &'a str,
    look: &'a Look,
    title: &'a str,
    message: &'a str,
}

/// What an error page says, until it is drawn.
struct ErrorText {
    title: String,
    message: String,
}

/// Returns a page that says what happened and leads back. It is only a line of text until [`drawn`], where it is known how pages look.
#[must_use]
pub fn page(status: StatusCode, title: &str, message: &str) -> HttpResponse {
    let mut response = text(status, message);
    response.extensions_mut().insert(ErrorText {
        title: title.to_owned(),
        message: message.to_owned(),
    });
    response
}

/// Returns the response, as a page if it is one of [`page`]; `root` stands before its links.
#[must_use]
pub fn drawn(mut response: HttpResponse, look: &Look, root: &RootPath) -> HttpResponse {
    let text = response.extensions_mut().remove::<ErrorText>();
    let Some(ErrorText { title, message }) = text else {
        return response;
    };
    let page = ErrorPage {
        root,
        stylesheet: static_files::stylesheet(),
        icon: static_files::icon(),
        look,
        title: &title,
        message: &message,
    };
    match page.render() {
        Ok(html) => {
            let html_type = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, html_type);
            response.set_body(BoxBody::new(html))
        }
        Err(error) => {
            tracing::error!(%error, "an error page could not be rendered");
            response
        }
    }
}

/// Returns a line of text.
#[must_use]
pub fn text(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(format!("{message}\n"))
}

/// Returns the page of status 404.
pub async fn not_found() -> HttpResponse {
    page(
        StatusCode::NOT_FOUND,
        "Page not found",
        "There is nothing at this address.",
    )
}

/// Returns 405, naming what is allowed (RFC 9110 section 15.5.6).
pub async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    let message = format!("{} is not allowed here; use GET or HEAD.", shown(request.method()));
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, &message);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

/// Returns 204, naming what is allowed.
pub async fn options() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ALLOW, "GET, HEAD, OPTIONS"))
        .finish()
}

/// Returns a method that a client made up may be long.
fn shown(method: &Method) -> String {
    method.as_str().chars().take(20).collect()
}
