//! What the API answers when it refuses a request or fails: problem details (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};

use crate::api::answers::{ProblemAnswer, ProblemPlace};
use crate::api::refusal::{BUSY, FILE_MALFORMED, FILE_REFUSED, OUTCOME_UNKNOWN, TOO_MANY_REQUESTS};

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
    /// There is nothing at the address, or no such object.
    NotFound,
    /// The address has another method.
    MethodNotAllowed,
    /// A parameter, a header or the body has not its form.
    BadRequest,
    /// A parameter has its form and means nothing.
    ParameterRefused,
    /// The body is larger than it may be.
    TooLarge,
    /// The body took too long to arrive.
    TooSlow,
    /// The body is of another type.
    UnsupportedMediaType,
    /// The body is not written in its format.
    FileMalformed,
    /// The body is refused.
    FileRefused,
    /// The user of the token lacks a permission.
    PermissionMissing,
    /// The key of the request came with another request before.
    KeyReused,
    /// What it is about was changed meanwhile.
    Conflict,
    /// What is stored cannot be read.
    StoredUnreadable,
    /// The user of the token sends too many requests, or too many files come at once.
    TooManyRequests,
    /// Others are served first.
    Busy,
    /// It is not known whether something was written.
    OutcomeUnknown,
    /// The database does not answer, or takes no change.
    Unavailable,
    /// A fault of the program.
    Internal,
}

impl ProblemKind {
    /// All of them, in the order of the description.
    pub const ALL: [Self; 22] = [
        Self::Unauthorized,
        Self::TooManyFailures,
        Self::ScopeMissing,
        Self::PasswordChangeRequired,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadRequest,
        Self::ParameterRefused,
        Self::TooLarge,
        Self::TooSlow,
        Self::UnsupportedMediaType,
        Self::FileMalformed,
        Self::FileRefused,
        Self::PermissionMissing,
        Self::KeyReused,
        Self::Conflict,
        Self::StoredUnreadable,
        Self::TooManyRequests,
        Self::Busy,
        Self::OutcomeUnknown,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Returns the URN that stands for it.
    #[must_use]
    pub fn urn(self) -> String {
        format!("{KIND_PREFIX}{}", self.name())
    }

    /// Returns its name, the end of its URN.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::TooManyFailures => "too-many-failures",
            Self::ScopeMissing => "scope-missing",
            Self::PasswordChangeRequired => "password-change-required",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::BadRequest => "bad-request",
            Self::ParameterRefused => "parameter-refused",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::FileMalformed => FILE_MALFORMED,
            Self::FileRefused => FILE_REFUSED,
            Self::PermissionMissing => "permission-missing",
            Self::KeyReused => "key-reused",
            Self::Conflict => "conflict",
            Self::StoredUnreadable => "stored-unreadable",
            Self::TooManyRequests => TOO_MANY_REQUESTS,
            Self::Busy => BUSY,
            Self::OutcomeUnknown => OUTCOME_UNKNOWN,
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
            Self::NotFound => "There is no such thing",
            Self::MethodNotAllowed => "The method is not allowed",
            Self::BadRequest => "The request cannot be understood",
            Self::ParameterRefused => "A parameter is refused",
            Self::TooLarge => "The body is too large",
            Self::TooSlow => "The body took too long",
            Self::UnsupportedMediaType => "The type of the body is not taken",
            Self::FileMalformed => "The file cannot be read",
            Self::FileRefused => "The file is refused",
            Self::PermissionMissing => "A permission is missing",
            Self::KeyReused => "The key came with another request",
            Self::Conflict => "Something was changed meanwhile",
            Self::StoredUnreadable => "Something stored cannot be read",
            Self::TooManyRequests => "Too many requests",
            Self::Busy => "Others are served first",
            Self::OutcomeUnknown => "It is not known whether something was written",
            Self::Unavailable => "The database is not available",
            Self::Internal => "Something went wrong",
        }
    }

    /// Returns its status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::TooManyFailures | Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::ScopeMissing | Self::PasswordChangeRequired | Self::PermissionMissing => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest | Self::FileMalformed => StatusCode::BAD_REQUEST,
            Self::ParameterRefused | Self::FileRefused | Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Conflict | Self::StoredUnreadable => StatusCode::CONFLICT,
            Self::Busy | Self::OutcomeUnknown | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Problem details.
#[derive(Clone, Debug)]
pub struct ProblemDetails {
    answer: ProblemAnswer,
    /// Seconds until the request may be sent again.
    retry_after: Option<u64>,
}

impl ProblemDetails {
    /// Returns a problem of a kind; `detail` is a sentence about this occurrence, with the way out.
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            answer: ProblemAnswer {
                kind: kind.urn(),
                title: kind.title().to_owned(),
                status: kind.status().as_u16(),
                detail: detail.into(),
                errors: Vec::new(),
            },
            retry_after: None,
        }
    }

    /// Returns the problem with a place where something is wrong.
    #[must_use]
    pub fn with(mut self, place: ProblemPlace) -> Self {
        self.answer.errors.push(place);
        self
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
        let status = StatusCode::from_u16(self.answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.body(serde_json::json!(self.answer).to_string())
    }
}
