//! The gate of the API: a request comes in with a valid token that has the scope it needs, or gets problem details.

use actix_web::http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};

use super::problem::{ProblemDetails, ProblemKind};
use crate::auth::actor::Request;
use crate::auth::throttle::Verdict;
use crate::auth::token::{self, ApiCaller, RefusedToken, TokenFault, TokenScope, TokenSecret};
use crate::db;
use crate::web::admin::admission::{AdmissionRefusal, RETRY_AFTER_SECONDS};
use crate::web::admin::failure;
use crate::web::admin::work_kind::WorkKind;
use crate::web::connection::presence::Presence;
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
        return Err(refused(&record, None, None, detail));
    };
    let address = record.client.address;
    let found = match bearer(given).and_then(TokenSecret::read) {
        Some(secret) => look_up(request, shared, secret).await?,
        None => Err(RefusedToken {
            fault: TokenFault::Unknown,
            of: None,
        }),
    };
    // 256 bits are not guessed: a valid token counts, whatever others have sent from the same address.
    let verdict = shared.guesses.judge(address, found.is_ok(), shared.clock.now());
    if let (Verdict::Wait(seconds), Err(_)) = (verdict, &found) {
        return Err(blocked(&record, seconds));
    }
    let caller = found.map_err(|refusal| {
        let (fault, of) = (refusal.fault.to_string(), refusal.of.as_ref());
        refused(&record, of, Some(&fault), &in_words(&refusal))
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

/// Looks a token up beside the threads that serve connections, within the limits of pages.
async fn look_up(
    request: &HttpRequest,
    shared: &web::Data<AppState>,
    secret: TokenSecret,
) -> Result<Result<ApiCaller, RefusedToken>, HttpResponse> {
    let record = RequestRecord::of(request);
    let presence = request.conn_data::<Presence>().cloned().unwrap_or_default();
    let admitted = shared.admin.admission.admit_page(&presence);
    let admitted = record.waiting(admitted).await.map_err(not_admitted)?;
    let worker = shared.clone();
    let find = move || {
        WorkKind::Page.limit(&presence).run(|| -> db::Result<_> {
            let mut conn = worker.admin.pool.get()?;
            token::find(&mut conn, &secret, worker.clock.now())
        })
    };
    match deadline::beside(admitted, timed(&record, find)).await {
        Ok((Ok(found), _)) => Ok(found),
        Ok((Err(error), _)) => Err(failed(&error, shared)),
        Err(WorkFailure::TimedOut(_)) => Err(failed(&failure::no_answer(), shared)),
        Err(WorkFailure::Panicked) => Err(ProblemDetails::new(ProblemKind::Internal, "The log says more.").respond()),
    }
}

/// Returns the response to a request that waited in vain until others were done.
pub(super) fn not_admitted(refusal: AdmissionRefusal) -> HttpResponse {
    let kind = match refusal {
        AdmissionRefusal::Searcher => ProblemKind::TooManyRequests,
        AdmissionRefusal::Busy(_) | AdmissionRefusal::Disconnected => ProblemKind::Busy,
    };
    let problem = ProblemDetails::new(kind, refusal.message());
    problem.retry_after(RETRY_AFTER_SECONDS).respond()
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

/// Logs a request without a valid token, and returns the response: `fault` is why its token is none, if it has one, `of` whose that is.
fn refused(record: &RequestRecord, of: Option<&(String, String)>, fault: Option<&str>, detail: &str) -> HttpResponse {
    let title = of.map(|(name, username)| token::title(name, username));
    let details = EventDetails {
        user: of.map(|(_, username)| username.as_str()),
        reason: Some(fault.unwrap_or("no token")),
        object: title.as_deref(),
    };
    record.event(SecurityEvent::ApiTokenRefused, details);
    let mut response = ProblemDetails::new(ProblemKind::Unauthorized, detail).respond();
    let challenge = match fault {
        None => "Bearer realm=\"api\"",
        Some(_) => "Bearer realm=\"api\", error=\"invalid_token\"",
    };
    challenge_with(&mut response, challenge);
    response
}

/// Returns the response to a request whose token ended while it was carried out, and logs it.
pub(super) fn ended(record: &RequestRecord) -> HttpResponse {
    let detail = "The token expired or was revoked meanwhile, or its user is not active any more. Nothing was written.";
    refused(record, None, Some("the token has ended"), detail)
}

/// Logs another refused token of an address from which too many came, and returns the response.
fn blocked(record: &RequestRecord, seconds: u64) -> HttpResponse {
    let details = EventDetails {
        reason: Some("too many refused tokens before"),
        ..EventDetails::default()
    };
    record.event(SecurityEvent::ApiTokenBlocked, details);
    let detail = "Too many refused tokens came from this address, and this one is not valid either.";
    let problem = ProblemDetails::new(ProblemKind::TooManyFailures, detail);
    problem.retry_after(seconds).respond()
}

/// Sets the challenge of a response (RFC 6750, section 3).
fn challenge_with(response: &mut HttpResponse, challenge: &str) {
    if let Ok(challenge) = HeaderValue::from_str(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
}
