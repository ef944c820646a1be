//! GET and HEAD /metrics: is the client allowed, what does it ask for, is the data fresh, and the answer in the form that it takes.

pub mod access;
mod body;
mod scrape;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, web};

use self::scrape::{Scrape, ScrapeRequest};
use crate::auth::throttle::Verdict;
use crate::config::OnError;
use crate::metrics::state::refresher::RefreshOutcome;
use crate::web::error;
use crate::web::request::InFlightGauge;
use crate::web::request::record::{RequestRecord, block};
use crate::web::request::security_log::{EventDetails, SecurityEvent};
use crate::web::state::AppState;

/// The header by which Prometheus passes its `scrape_timeout`, in seconds.
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// How much of a scraper's timeout is left for rendering and sending.
const SCRAPE_TIMEOUT_OFFSET: Duration = Duration::from_millis(500);

/// The shortest wait for the database, however short the scraper's timeout is.
const REFRESH_LIMIT_MIN: Duration = Duration::from_millis(50);

/// Answers a scrape.
pub async fn metrics(request: HttpRequest, shared: web::Data<AppState>) -> HttpResponse {
    let record = RequestRecord::of(&request);
    if let Some(refusal) = refusal(&request, &shared, &record) {
        return refusal;
    }
    let Ok(permit) = Arc::clone(&shared.scraping.permits).try_acquire_owned() else {
        return unavailable("Too many scrapes are being answered; --metrics-max-in-flight allows more.");
    };
    let asked = match ScrapeRequest::read(&request, shared.scraping.layout) {
        Ok(asked) => asked,
        Err(message) => return error::text(StatusCode::BAD_REQUEST, &message),
    };
    let held = body::Held {
        _permit: permit,
        _in_flight: InFlightGauge::enter(&shared.http_metrics.scrapes_in_flight),
    };
    let form = asked.form();
    let refreshed = shared
        .collector
        .refresher()
        .refresh(scrape_limit(request.headers(), &shared));
    // What the refresh does not change is done while it runs.
    let scrape = Scrape::begin(asked, || shared.program_registry.gather());
    let outcome = record.waiting(refreshed).await;
    if outcome != RefreshOutcome::Fresh && shared.scraping.on_error == OnError::Unavailable {
        return unavailable(
            "The database did not answer; --metrics-on-error stale shows the last good components instead.",
        );
    }
    let context = shared.clone();
    match block(&record, move || scrape.finish(&context, outcome)).await {
        Ok(encoded) => body::respond(encoded, form, held),
        Err(_) => error::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The metrics could not be rendered; the log says why.",
        ),
    }
}

/// Returns the refusal of a client that may not read, and logs it.
fn refusal(request: &HttpRequest, shared: &AppState, record: &RequestRecord) -> Option<HttpResponse> {
    let refusal = access::refusal(request, shared);
    let (response, reason) = match too_many_guesses(request, shared, refusal.is_none()) {
        Some(too_many) => (too_many, "too many unknown credentials before"),
        None => {
            let refusal = refusal?;
            let reason = access::reason(&refusal, request.headers());
            (refusal, reason)
        }
    };
    let details = EventDetails {
        reason: Some(reason),
        ..EventDetails::default()
    };
    record.event(SecurityEvent::MetricsRefused, details);
    Some(response)
}

/// Returns the refusal of an address from which too many wrong credentials came.
fn too_many_guesses(request: &HttpRequest, shared: &AppState, is_right: bool) -> Option<HttpResponse> {
    let scraping = &shared.scraping;
    if !scraping.access.is_protected() || !request.headers().contains_key(AUTHORIZATION) {
        return None;
    }
    let address = RequestRecord::of(request).client.address;
    let Verdict::Wait(seconds) = shared.guesses.judge(address, is_right, shared.clock.now()) else {
        return None;
    };
    let message = "Too many wrong credentials came from this address.";
    let mut response = error::text(StatusCode::TOO_MANY_REQUESTS, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    Some(response)
}

/// Returns how long this scrape may wait for the database.
fn scrape_limit(headers: &HeaderMap, shared: &AppState) -> Duration {
    let own = shared.scraping.refresh_timeout;
    let Some(header) = headers.get(SCRAPE_TIMEOUT) else {
        return own;
    };
    let seconds = header.to_str().ok().and_then(|text| text.trim().parse::<f64>().ok());
    match seconds.filter(|seconds| *seconds > 0.0 && *seconds < 86_400.0) {
        Some(seconds) => {
            let left = Duration::from_secs_f64(seconds).saturating_sub(SCRAPE_TIMEOUT_OFFSET);
            own.min(left.max(REFRESH_LIMIT_MIN))
        }
        None => {
            shared.http_metrics.timeout_headers_invalid.inc();
            own
        }
    }
}

fn unavailable(message: &str) -> HttpResponse {
    let mut response = error::text(StatusCode::SERVICE_UNAVAILABLE, message);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
