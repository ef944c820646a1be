//! Refusals of operations and failures of the database as problem details.

use actix_web::HttpResponse;

use super::gate;
use super::problem::{ProblemDetails, ProblemKind};
use crate::api::answers::ProblemPlace;
use crate::api::operation::ApiOperation;
use crate::api::refusal::{ApiRefusal, BodyFault};
use crate::audit;
use crate::db;
use crate::db::request_writes::RequestWrites;
use crate::web::request::record::RequestRecord;
use crate::web::request::security_log::{EventDetails, SecurityEvent};
use crate::web::state::AppState;

/// After how many seconds a request whose outcome is unknown may be sent again.
const AGAIN_AFTER: u64 = 5;

/// A request that is refused.
pub(super) struct RefusedRequest<'a> {
    /// What it asks for.
    pub(super) operation: ApiOperation,
    /// Its record.
    pub(super) record: &'a RequestRecord,
    /// What requests share.
    pub(super) shared: &'a AppState,
    /// Whether it has an `Idempotency-Key`.
    pub(super) has_key: bool,
}

/// Returns the response to a request that was not carried out after `written` was written.
pub(super) fn respond(refusal: ApiRefusal, written: RequestWrites, asked: &RefusedRequest<'_>) -> HttpResponse {
    let record = asked.record;
    let is_unknown = match &refusal {
        ApiRefusal::Database(error) | ApiRefusal::Audit(audit::Error::Database(error)) => {
            matches!(error, db::Error::OutcomeUnknown(_))
        }
        _ => false,
    };
    if is_unknown || matches!(written, RequestWrites::Unknown | RequestWrites::Something) {
        tracing::error!(error = %refusal, "it is not known whether a request to the API was carried out");
        return unknown(asked.has_key);
    }
    match refusal {
        ApiRefusal::Database(error) | ApiRefusal::Audit(audit::Error::Database(error)) => failed(error, asked.shared),
        ApiRefusal::Audit(audit::Error::TokenEnded(_) | audit::Error::SignedOut(_)) => gate::ended(record),
        ApiRefusal::Audit(error @ (audit::Error::Unaudited(_) | audit::Error::Mismatched(_))) => {
            tracing::error!(%error, "the API could not answer");
            ProblemDetails::new(ProblemKind::Internal, "The log says more.").respond()
        }
        ApiRefusal::Audit(audit::Error::Refused(reason)) => of_file(ProblemKind::FileRefused, BodyFault::whole(reason)),
        ApiRefusal::Audit(audit::Error::Denied(denied)) => self::denied(asked, &denied.to_string()),
        ApiRefusal::Denied(reason) => denied(asked, &reason),
        ApiRefusal::Parameter { name, reason } => {
            let problem = ProblemDetails::new(ProblemKind::ParameterRefused, format!("{name}: {reason}"));
            let place = ProblemPlace {
                parameter: Some(name.to_owned()),
                detail: reason,
                ..ProblemPlace::default()
            };
            problem.with(place).respond()
        }
        ApiRefusal::Malformed(fault) => of_file(ProblemKind::FileMalformed, fault),
        ApiRefusal::File(fault) => of_file(ProblemKind::FileRefused, fault),
        ApiRefusal::Unreadable { id, message } => {
            let place = ProblemPlace {
                id: Some(id.to_owned()),
                detail: message.clone(),
                ..ProblemPlace::default()
            };
            ProblemDetails::new(ProblemKind::StoredUnreadable, message)
                .with(place)
                .respond()
        }
        ApiRefusal::NotFound(message) => ProblemDetails::new(ProblemKind::NotFound, message).respond(),
        refusal @ ApiRefusal::KeyReused => ProblemDetails::new(ProblemKind::KeyReused, refusal.to_string()).respond(),
    }
}

/// Returns the response to a request that was given up after `written` was written.
pub(super) fn late(written: RequestWrites, asked: &RefusedRequest<'_>) -> HttpResponse {
    let error = crate::web::admin::failure::no_answer();
    respond(ApiRefusal::Database(error), written, asked)
}

/// Returns the response to a request of which it is not known whether it was carried out, with the way to find out.
fn unknown(has_key: bool) -> HttpResponse {
    let way_out = match has_key {
        true => "Send it again with the same Idempotency-Key: it is carried out once.",
        false => "Send it with dry_run=1: the answer says whether anything is left to be written.",
    };
    let detail = format!("It is not known whether this was written: the database did not say so. {way_out}");
    ProblemDetails::new(ProblemKind::OutcomeUnknown, detail)
        .retry_after(AGAIN_AFTER)
        .respond()
}

fn failed(error: db::Error, shared: &AppState) -> HttpResponse {
    match error {
        db::Error::NotFound | db::Error::Violation(_) => {
            tracing::warn!(%error, "a request to the API came too late");
            let detail = "What this is about was changed or deleted meanwhile. Nothing was written. Read it again.";
            ProblemDetails::new(ProblemKind::Conflict, detail).respond()
        }
        error => gate::failed(&error, shared),
    }
}

fn of_file(kind: ProblemKind, fault: BodyFault) -> HttpResponse {
    let problem = ProblemDetails::new(kind, fault.to_string().trim_start());
    let BodyFault { line, path, message } = fault;
    let place = ProblemPlace {
        line,
        path: Some(path).filter(|path| !path.is_empty()),
        detail: message,
        ..ProblemPlace::default()
    };
    problem.with(place).respond()
}

fn denied(asked: &RefusedRequest<'_>, reason: &str) -> HttpResponse {
    let details = EventDetails {
        reason: Some(reason),
        ..EventDetails::default()
    };
    asked.record.event(SecurityEvent::PermissionDenied, details);
    let outcome = match asked.operation == ApiOperation::Apply {
        true => " Nothing was written.",
        false => "",
    };
    ProblemDetails::new(ProblemKind::PermissionMissing, format!("{reason}.{outcome}")).respond()
}
