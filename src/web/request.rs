//! What wraps every request: an id, headers that make browsers careful, a count, a log line, and a net under panics.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::error;
use super::http_metrics::UNMATCHED;
use super::routes::Shared;

/// The header that carries a request's id in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a client.
const REQUEST_ID_LENGTH_MAX: usize = 64;

/// Headers of every answer. Nothing is loaded from elsewhere, framed, or run unless it is a file of ours.
const SAFE_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ),
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY")),
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

/// Wraps a request. An error of the framework becomes a page, a panic becomes a 500.
///
/// # Errors
/// None of its own.
pub async fn wrap(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, Error> {
    let shared = request.app_data::<web::Data<Shared>>().cloned();
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    let route = request.match_pattern().unwrap_or_else(|| UNMATCHED.to_owned());
    let path: String = request.path().chars().take(200).collect();
    let http_request = request.request().clone();
    let in_flight = shared.as_ref().map(|shared| InFlight::enter(&shared.http_metrics.in_flight));

    let mut response = match contain_panics(next.call(request)).await {
        Some(Ok(response)) => response.map_into_boxed_body(),
        Some(Err(failure)) => ServiceResponse::new(http_request, framework_error(&failure)),
        None => {
            if let Some(shared) = &shared {
                shared.http_metrics.panicked(&route);
            }
            tracing::error!(request_id = %id, route, "a handler panicked");
            let page = error::page(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", &format!("This is our fault. The log has it under {id}."));
            ServiceResponse::new(http_request, page)
        }
    };
    drop(in_flight);

    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    if let Some(shared) = &shared {
        shared.http_metrics.answered(&route, &method, status, elapsed.as_secs_f64());
    }
    tracing::info!(request_id = %id, %method, path, status, duration_ms = elapsed.as_secs_f64() * 1000.0, "request");
    let headers = response.headers_mut();
    SAFE_HEADERS.into_iter().for_each(|(name, value)| drop(headers.insert(name, value)));
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    Ok(response)
}

/// Counts a request for as long as it is being answered.
struct InFlight(prometheus::IntGauge);

impl InFlight {
    fn enter(gauge: &prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The value of `future`, or nothing if it panicked.
async fn contain_panics<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => std::task::Poll::Ready(None),
    })
    .await
}

fn framework_error(failure: &Error) -> actix_web::HttpResponse {
    let status = failure.as_response_error().status_code();
    error::page(status, status.canonical_reason().unwrap_or("Error"), "The request could not be understood.")
}

/// The client's id if it is short and plain, otherwise one of ours.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=REQUEST_ID_LENGTH_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    given.filter(plain).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned)
}
