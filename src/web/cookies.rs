//! Cookies of a request, pair by pair: one that cannot be read is a neighbour's and hides none of ours.

use actix_web::cookie::Cookie;
use actix_web::http::header::{COOKIE, HeaderMap};

/// Returns the value of the first cookie of this name.
#[must_use]
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| Cookie::parse_encoded(std::str::from_utf8(pair).ok()?.trim()).ok())
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}
