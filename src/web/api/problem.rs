//! What the API answers when it refuses a request or fails: problem details (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use serde::Serialize;

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Before the name of a kind of problem: URNs, because installations have addresses of their own.
const KIND_PREFIX: &str = "urn:sla-monitor:problem:";

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no token, or it opens nothing.
    Unauthorized,
    /// Too many refused tokens came from the address before.
    TooManyFailures,
    /// The token has not the scope.
    ScopeMissing,
    /// The user has to choose another password first.
    PasswordChangeRequired,
    /// The database does not answer, or takes no change.
    Unavailable,
    /// A fault of the program.
    Internal,
}

impl ProblemKind {
    /// Returns its name, the end of its URN.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::TooManyFailures => "too-many-failures",
            Self::ScopeMissing => "scope-missing",
            Self::PasswordChangeRequired => "password-change-required",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// Returns what it is in a few words, the same each time.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "A valid token is required",
            Self::TooManyFailures => "Too many tokens were refused",
            Self::ScopeMissing => "The token lacks a scope",
            Self::PasswordChangeRequired => "The user has to choose another password",
            Self::Unavailable => "The database is not available",
            Self::Internal => "Something went wrong",
        }
    }

    /// Returns its status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::TooManyFailures => StatusCode::TOO_MANY_REQUESTS,
            Self::ScopeMissing | Self::PasswordChangeRequired => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Problem details.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemDetails {
    /// A URN of the kind.
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    /// Seconds until the request may be sent again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl ProblemDetails {
    /// Returns a problem of a kind; `detail` is a sentence about this occurrence, with the way out.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("{KIND_PREFIX}{}", kind.name()),
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Returns the problem, with the seconds after which the request may be sent again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// Returns the response.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.body(serde_json::json!(self).to_string())
    }
}
