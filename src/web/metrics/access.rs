//! Access to /metrics: clients on loopback by default, holders of credentials if there are any, everyone if so decided; and holders of an API token with
//! the scope `metrics` in any case.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::auth::token::TokenSecret;
use crate::config::MetricsAccess;
use crate::web::error;
use crate::web::request::record::RequestRecord;
use crate::web::state::AppState;

/// Returns the refusal of a request that may not read without an API token, if it may not.
///
/// Callers with credentials may read under any host: no page of another site can make a browser send them. Without credentials it is the
/// address that counts, which such a page could borrow; so hosts count too.
#[must_use]
pub fn refusal(request: &HttpRequest, shared: &AppState) -> Option<HttpResponse> {
    let access = &shared.scraping.access;
    if access.is_protected() {
        let now = shared.clock.now_seconds();
        return (!is_authorized(access, request.headers(), now)).then(unauthorized);
    }
    let client = &RequestRecord::of(request).client;
    if !client.is_host_allowed {
        return Some(error::text(
            StatusCode::BAD_REQUEST,
            "The host of this address is not one that --allowed-hosts names. Scrape under one of these names, add this one, or start with \
             --metrics-token-file: a token counts under any host.",
        ));
    }
    if access.is_public() || client.is_loopback() {
        return None;
    }
    Some(error::text(
        StatusCode::FORBIDDEN,
        "Metrics are answered to loopback addresses only, and not through a proxy that --trusted-proxy does not name. Send an API \
         token with the scope metrics, or start with --metrics-token-file or --metrics-basic-auth-file to ask for credentials, or with --metrics-public to answer everyone.",
    ))
}

/// Returns why a request may not read, for the log.
#[must_use]
pub fn reason(refusal: &HttpResponse, headers: &HeaderMap) -> &'static str {
    match (refusal.status(), headers.contains_key("authorization")) {
        (StatusCode::UNAUTHORIZED, false) => "no credentials",
        (StatusCode::UNAUTHORIZED, true) => "unknown credentials",
        (StatusCode::BAD_REQUEST, _) => "the host is not among --allowed-hosts",
        _ => "not a loopback address",
    }
}

/// Returns the response to a request without the right credentials.
pub(super) fn unauthorized() -> HttpResponse {
    let mut response = error::text(StatusCode::UNAUTHORIZED, "The metrics ask for credentials.");
    let headers = response.headers_mut();
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"metrics\""));
    headers.append(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"metrics\", charset=\"UTF-8\""),
    );
    response
}

/// Returns what came as an API token, right or wrong.
pub(super) fn api_token(headers: &HeaderMap) -> Option<TokenSecret> {
    let (scheme, credentials) = given(headers)?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| TokenSecret::read(credentials))
        .flatten()
}

/// Returns the scheme and the credentials of a request.
fn given(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some((scheme, credentials.trim()))
}

fn is_authorized(access: &MetricsAccess, headers: &HeaderMap, now: i64) -> bool {
    let Some((scheme, credentials)) = given(headers) else {
        return false;
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return access.has_token(credentials.as_bytes(), now);
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return STANDARD
            .decode(credentials)
            .is_ok_and(|pair| access.has_pair(&pair, now));
    }
    false
}
