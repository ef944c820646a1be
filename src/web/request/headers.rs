//! Headers that may come in several lines.

use actix_web::http::header::{HeaderMap, HeaderName};

/// Returns all lines of a header as one (RFC 9110 section 5.3); nothing if it is absent.
pub(in crate::web) fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}
