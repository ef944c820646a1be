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
use crate::auth::token::TokenSecret;
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
    let admission = match admit(&request, &shared, &record).await {
        Ok(admission) => admission,
        Err(refusal) => return refusal,
    };
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
    if !admission.stands(&shared) {
        return match shared.scraping.tokens.are_unreadable() {
            true => not_looked_up(),
            false => refused(&record, access::unauthorized(), "unknown credentials"),
        };
    }
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

/// What lets a client read.
enum ScrapeAdmission {
    /// Its address, or credentials of the options.
    Open,
    /// A token, which may be revoked while the scrape waits for the newest components.
    Token(TokenSecret),
}

impl ScrapeAdmission {
    /// Returns whether it still does.
    fn stands(&self, shared: &AppState) -> bool {
        match self {
            Self::Open => true,
            Self::Token(secret) => shared.scraping.tokens.find(secret, shared.clock.now()).is_some(),
        }
    }
}

/// Returns what lets a client read, or the refusal, which is logged.
async fn admit(
    request: &HttpRequest,
    shared: &AppState,
    record: &RequestRecord,
) -> Result<ScrapeAdmission, HttpResponse> {
    let refusal = access::refusal(request, shared);
    if refusal.is_some()
        && let Some(secret) = access::api_token(request.headers())
    {
        return by_token(request, shared, record, secret).await;
    }
    if shared.scraping.access.is_protected()
        && request.headers().contains_key(AUTHORIZATION)
        && let Some(too_many) = too_many_guesses(shared, record, refusal.is_none())
    {
        return Err(too_many);
    }
    let Some(refusal) = refusal else {
        return Ok(ScrapeAdmission::Open);
    };
    let reason = access::reason(&refusal, request.headers());
    Err(refused(record, refusal, reason))
}

/// Admits the holder of a token with the scope `metrics`. One that is not known yet is looked for in a refresh, which is not done for an address
/// from which too many unknown ones came.
async fn by_token(
    request: &HttpRequest,
    shared: &AppState,
    record: &RequestRecord,
    secret: TokenSecret,
) -> Result<ScrapeAdmission, HttpResponse> {
    let address = record.client.address;
    let tokens = &shared.scraping.tokens;
    let mut found = tokens.find(&secret, shared.clock.now());
    if found.is_none() {
        if let Verdict::Wait(seconds) = shared.guesses.blocks(address, shared.clock.now()) {
            return Err(blocked(record, seconds));
        }
        tokens.activate();
        let refreshed = shared
            .collector
            .refresher()
            .refresh(scrape_limit(request.headers(), shared));
        let outcome = record.waiting(refreshed).await;
        found = tokens.find(&secret, shared.clock.now());
        if found.is_none() && (outcome != RefreshOutcome::Fresh || tokens.are_unreadable()) {
            return Err(not_looked_up());
        }
    }
    let verdict = shared.guesses.judge(address, found.is_some(), shared.clock.now());
    let Some(token) = found else {
        if let Verdict::Wait(seconds) = verdict {
            return Err(blocked(record, seconds));
        }
        return Err(refused(record, access::unauthorized(), "unknown credentials"));
    };
    record.set_user(&token.username);
    shared.token_uses.note(token.id, shared.clock.now(), address);
    Ok(ScrapeAdmission::Token(secret))
}

/// Counts credentials, and returns the refusal of an address from which too many wrong ones came.
fn too_many_guesses(shared: &AppState, record: &RequestRecord, is_right: bool) -> Option<HttpResponse> {
    match shared
        .guesses
        .judge(record.client.address, is_right, shared.clock.now())
    {
        Verdict::Go => None,
        Verdict::Wait(seconds) => Some(blocked(record, seconds)),
    }
}

/// Logs that an address is not listened to, and returns the response.
fn blocked(record: &RequestRecord, seconds: u64) -> HttpResponse {
    let message = "Too many wrong credentials came from this address.";
    let mut response = error::text(StatusCode::TOO_MANY_REQUESTS, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    refused(record, response, "too many unknown credentials before")
}

/// Logs a refusal.
fn refused(record: &RequestRecord, refusal: HttpResponse, reason: &str) -> HttpResponse {
    let details = EventDetails {
        reason: Some(reason),
        ..EventDetails::default()
    };
    record.event(SecurityEvent::MetricsRefused, details);
    refusal
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

/// Returns the response to a scrape whose token may be valid.
fn not_looked_up() -> HttpResponse {
    unavailable("The token cannot be looked up in the database; the log says why.")
}

fn unavailable(message: &str) -> HttpResponse {
    let mut response = error::text(StatusCode::SERVICE_UNAVAILABLE, message);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
