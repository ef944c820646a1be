//! Who may read /metrics: everyone from loopback by default, holders of credentials if there are any, everyone if so decided.

use std::net::SocketAddr;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::{Choice, ConstantTimeEq};

use super::error;
use crate::config::MetricsAccess;

/// The refusal of a request that may not read, if it may not.
#[must_use]
pub fn refusal(access: &MetricsAccess, headers: &HeaderMap, peer: Option<SocketAddr>) -> Option<HttpResponse> {
    if access.is_protected() {
        return (!is_authorized(access, headers)).then(unauthorized);
    }
    let is_local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    if access.public || is_local {
        return None;
    }
    Some(error::text(
        StatusCode::FORBIDDEN,
        "Metrics are answered to loopback addresses only. Start with --metrics-token-file or --metrics-basic-auth-file to ask for \
         credentials, or with --metrics-public to answer everyone.",
    ))
}

fn unauthorized() -> HttpResponse {
    let mut response = error::text(StatusCode::UNAUTHORIZED, "The metrics ask for credentials.");
    let headers = response.headers_mut();
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"metrics\""));
    headers.append(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"metrics\", charset=\"UTF-8\""),
    );
    response
}

fn is_authorized(access: &MetricsAccess, headers: &HeaderMap) -> bool {
    let given = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    let Some((scheme, credentials)) = given else {
        return false;
    };
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return matches_any(&access.tokens, credentials.as_bytes());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        return STANDARD
            .decode(credentials)
            .is_ok_and(|pair| matches_any(&access.basic, &pair));
    }
    false
}

/// Compares with every secret in a time that tells neither which one nor how much of it was right.
fn matches_any(secrets: &[String], given: &[u8]) -> bool {
    let any = secrets
        .iter()
        .fold(Choice::from(0), |any, secret| any | secret.as_bytes().ct_eq(given));
    any.into()
}
