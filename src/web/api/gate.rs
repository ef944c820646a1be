//! The gate of the API: a request comes in with a valid token that has the scope it needs, or gets problem details.

use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::problem::{ProblemDetails, ProblemKind};
use crate::auth::actor::Request;
use crate::auth::throttle::Verdict;
use crate::auth::token::{self, ApiCaller, RefusedToken, TokenFault, TokenScope, TokenSecret};
use crate::db;
use crate::web::admin::failure;
use crate::web::request::deadline::{self, WorkFailure};
use crate::web::request::record::{RequestRecord, timed};
use crate::web::request::security_log::{EventDetails, SecurityEvent};
use crate::web::state::AppState;

/// Returns the program that sends a request, if its token is valid and has `scope`. To be called before anything else of the request is read.
///
/// # Errors
/// The response: 401 for no valid token, 403 for one without the scope, 429 after too many refused ones, 503 if the database does not answer.
pub async fn admit(
    request: &HttpRequest,
    shared: &web::Data<AppState>,
    scope: TokenScope,
) -> Result<ApiCaller, HttpResponse> {
    let record = RequestRecord::of(request);
    let Some(given) = request.headers().get(AUTHORIZATION) else {
        let detail = without_token(request.headers());
        return Err(refused(&record, None, "no token", detail));
    };
    let address = record.client.address;
    if let Verdict::Wait(seconds) = shared.guesses.blocks(address, shared.clock.now()) {
        return Err(blocked(&record, seconds));
    }
    let found = match bearer(given).and_then(TokenSecret::read) {
        Some(secret) => look_up(&record, shared, secret).await?,
        None => Err(RefusedToken {
            fault: TokenFault::Unknown,
            of: None,
        }),
    };
    if let Verdict::Wait(seconds) = shared.guesses.judge(address, found.is_ok(), shared.clock.now()) {
        return Err(blocked(&record, seconds));
    }
    let caller = found.map_err(|refusal| {
        let (fault, of) = (refusal.fault.to_string(), refusal.of.as_ref());
        refused(&record, of, &fault, &in_words(&refusal))
    })?;
    record.set_user(&caller.account.username);
    shared.token_uses.note(caller.token, shared.clock.now(), address);
    match refusal(&record, &caller, scope) {
        Some(refusal) => Err(refusal),
        None => Ok(caller),
    }
}

/// Returns the request as the audit log keeps it.
#[must_use]
pub fn audited(record: &RequestRecord) -> Request {
    Request {
        id: Some(record.id.clone()),
        client_address: record.client.address.map(|address| address.to_canonical().to_string()),
    }
}

/// Returns the refusal of a caller that may not use the API for what `scope` names, if it may not.
fn refusal(record: &RequestRecord, caller: &ApiCaller, scope: TokenScope) -> Option<HttpResponse> {
    let denied = |reason: &str| {
        let details = EventDetails {
            reason: Some(reason),
            object: Some(&caller.title()),
            ..EventDetails::default()
        };
        record.event(SecurityEvent::PermissionDenied, details);
    };
    if !caller.has(scope) {
        let scope = scope.name();
        denied(&format!("the token lacks the scope {scope}"));
        let detail = format!("The {} lacks the scope {scope}. Make one that has it.", caller.title());
        let mut response = ProblemDetails::new(ProblemKind::ScopeMissing, detail).respond();
        let challenge = format!("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"{scope}\"");
        challenge_with(&mut response, &challenge);
        return Some(response);
    }
    if caller.account.must_change {
        denied("the user has to choose another password");
        let detail = format!(
            "{} has to choose another password in the admin before their tokens are accepted.",
            caller.account.username
        );
        return Some(ProblemDetails::new(ProblemKind::PasswordChangeRequired, detail).respond());
    }
    None
}

/// Looks a token up beside the threads that serve connections.
async fn look_up(
    record: &std::sync::Arc<RequestRecord>,
    shared: &web::Data<AppState>,
    secret: TokenSecret,
) -> Result<Result<ApiCaller, RefusedToken>, HttpResponse> {
    let worker = shared.clone();
    let find = move || -> db::Result<_> {
        let mut conn = worker.admin.pool.get()?;
        token::find(&mut conn, &secret, worker.clock.now())
    };
    match deadline::beside((), timed(record, find)).await {
        Ok((Ok(found), _)) => Ok(found),
        Ok((Err(error), _)) => Err(failed(&error, shared)),
        Err(WorkFailure::TimedOut(_)) => Err(failed(&failure::no_answer(), shared)),
        Err(WorkFailure::Panicked) => Err(ProblemDetails::new(ProblemKind::Internal, "The log says more.").respond()),
    }
}

/// Returns the response to a request that the database failed before anything was written.
#[must_use]
pub fn failed(error: &db::Error, shared: &AppState) -> HttpResponse {
    tracing::error!(%error, "the API could not answer");
    if error.is_outage() {
        let detail = failure::outage_in_words(error, shared.clock.now());
        let problem = ProblemDetails::new(ProblemKind::Unavailable, detail);
        return problem.retry_after(failure::RETRY_AFTER_SECONDS).respond();
    }
    ProblemDetails::new(ProblemKind::Internal, "The log says more.").respond()
}

/// Returns the credentials of the scheme `Bearer`.
fn bearer(given: &HeaderValue) -> Option<&str> {
    let (scheme, credentials) = given.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim())
}

fn without_token(headers: &HeaderMap) -> &'static str {
    match headers.contains_key(COOKIE) {
        true => "Send a token in the header `Authorization: Bearer …`; a cookie of the admin opens nothing here.",
        false => {
            "Send a token in the header `Authorization: Bearer …`; `sla-monitor createtoken` and the admin make one."
        }
    }
}

/// Says to the holder of a token why it opens nothing.
fn in_words(refusal: &RefusedToken) -> String {
    let what = match &refusal.of {
        Some((name, username)) => token::title(name, username),
        None => "token".to_owned(),
    };
    match refusal.fault {
        TokenFault::Unknown => "There is no such token.".to_owned(),
        TokenFault::Expired => format!("The {what} has expired. Make another one."),
        TokenFault::Revoked => format!("The {what} was revoked. Make another one."),
        TokenFault::UserInactive => format!("The user of the {what} is not active."),
    }
}

/// Logs a request without a valid token, and returns the response.
fn refused(record: &RequestRecord, of: Option<&(String, String)>, reason: &str, detail: &str) -> HttpResponse {
    let title = of.map(|(name, username)| token::title(name, username));
    let details = EventDetails {
        user: of.map(|(_, username)| username.as_str()),
        reason: Some(reason),
        object: title.as_deref(),
    };
    record.event(SecurityEvent::ApiTokenRefused, details);
    let mut response = ProblemDetails::new(ProblemKind::Unauthorized, detail).respond();
    let challenge = match reason {
        "no token" => "Bearer realm=\"api\"",
        _ => "Bearer realm=\"api\", error=\"invalid_token\"",
    };
    challenge_with(&mut response, challenge);
    response
}

/// Returns the response to a request whose token ended while it was carried out, and logs it.
pub(super) fn ended(record: &RequestRecord) -> HttpResponse {
    let detail = "The token expired or was revoked meanwhile, or its user is not active any more. Nothing was written.";
    refused(record, None, "the token has ended", detail)
}

/// Logs a request that is not looked at, and returns the response.
fn blocked(record: &RequestRecord, seconds: u64) -> HttpResponse {
    let details = EventDetails {
        reason: Some("too many refused tokens before"),
        ..EventDetails::default()
    };
    record.event(SecurityEvent::ApiTokenBlocked, details);
    let detail = "Too many refused tokens came from this address. A valid one has to wait as well.";
    let problem = ProblemDetails::new(ProblemKind::TooManyFailures, detail);
    problem.retry_after(seconds).respond()
}

/// Sets the challenge of a response (RFC 6750, section 3).
fn challenge_with(response: &mut HttpResponse, challenge: &str) {
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
}
