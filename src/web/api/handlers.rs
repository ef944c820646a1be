//! The operations over HTTP. The order of every request: is the token valid and has it the scope? is there any of the user's quota left? are the
//! parameters in their form? Only then the body is read, and the work begins beside the threads that serve connections.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::gate;
use super::problem::{ProblemDetails, ProblemKind};
use super::query::{self, ApiQuery};
use super::refused::{self, RefusedRequest};
use super::uploads::{self, permits, too_large};
use crate::api::operation::ApiOperation;
use crate::api::refusal::{ApiRefusal, BodyFault};
use crate::api::replay::ReplayKey;
use crate::api::requests::{ApiCall, ApplyWish, ExplainOutcome, ExplainRequest, FileText, SpansRequest};
use crate::auth::token::ApiCaller;
use crate::db::request_writes::RequestWrites;
use crate::web::admin::admission::WorkPermits;
use crate::web::admin::body::{RequestBody, Unread};
use crate::web::admin::work_kind::WorkKind;
use crate::web::connection::presence::Presence;
use crate::web::request::deadline::{self, WorkFailure};
use crate::web::request::record::{RequestRecord, timed};
use crate::web::request::security_log::{EventDetails, SecurityEvent};
use crate::web::state::AppState;

/// The largest question for an evaluation, in bytes.
const EVALUATION_MAX: usize = 64 * 1024;

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A request that was let in.
struct Admitted<'a> {
    operation: ApiOperation,
    request: &'a HttpRequest,
    shared: &'a web::Data<AppState>,
    record: Arc<RequestRecord>,
    caller: ApiCaller,
    query: ApiQuery,
}

/// What work answers.
struct ApiBody {
    text: String,
    media_type: &'static str,
    is_replayed: bool,
}

/// Answers a request for an operation.
pub(super) async fn answer(
    operation: ApiOperation,
    request: HttpRequest,
    payload: web::Payload,
    shared: web::Data<AppState>,
) -> HttpResponse {
    let mut body = RequestBody::new(payload, &shared);
    let (Ok(mut response) | Err(mut response)) = respond(operation, &request, &mut body, &shared).await;
    body.discard().await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the answer; one that ends the request early is the `Err`.
async fn respond(
    operation: ApiOperation,
    request: &HttpRequest,
    body: &mut RequestBody,
    shared: &web::Data<AppState>,
) -> Result<HttpResponse, HttpResponse> {
    let Some(scope) = operation.scope() else {
        return description(request, shared).map_err(|problem| problem.respond());
    };
    let caller = gate::admit(request, shared, scope).await?;
    let taken = shared.api.quota.take(caller.account.id, Instant::now());
    taken.map_err(|seconds| {
        let detail = "The user of this token has sent too many requests within a minute; --api-rate allows more.";
        let problem = ProblemDetails::new(ProblemKind::TooManyRequests, detail);
        problem.retry_after(seconds).respond()
    })?;
    let query = ApiQuery::read(operation, request.query_string()).map_err(|problem| problem.respond())?;
    let admitted = Admitted {
        operation,
        request,
        shared,
        record: RequestRecord::of(request),
        caller,
        query,
    };
    match operation {
        ApiOperation::Apply => admitted.apply(body).await,
        ApiOperation::Export => admitted.export().await,
        ApiOperation::Explain => admitted.explain().await,
        ApiOperation::Spans => admitted.spans().await,
        ApiOperation::Evaluate => admitted.evaluate(body).await,
        ApiOperation::Description => description(request, shared).map_err(|problem| problem.respond()),
    }
}

/// Returns the description, for which no token is needed.
fn description(request: &HttpRequest, shared: &AppState) -> Result<HttpResponse, ProblemDetails> {
    ApiQuery::read(ApiOperation::Description, request.query_string())?;
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, JSON));
    Ok(response.body(shared.api.description.clone()))
}

impl Admitted<'_> {
    async fn apply(self, body: &mut RequestBody) -> Result<HttpResponse, HttpResponse> {
        let is_json = query::is_json(self.request, true).map_err(|problem| problem.respond())?;
        let wish = self.wish().map_err(|refusal| self.refused(refusal))?;
        let may_apply = self.shared.api.operations.check_apply(&self.caller);
        may_apply.map_err(|refusal| self.refused(refusal))?;
        let (user, headers) = (self.caller.account.id, self.request.headers());
        let room = self.shared.api.uploads.room(user, headers).await?;
        let bytes = self.read(body, room.length).await?;
        let room = room.arrived();
        let key = self.key(&bytes, is_json).map_err(|problem| problem.respond())?;
        let importing = Arc::clone(&self.shared.admin.importing);
        let held = (room, permits(importing, uploads::importing(bytes.len())).await?);
        let kind = match wish.dry_run {
            true => WorkKind::Plan,
            false => WorkKind::Write,
        };
        let is_dry = wish.dry_run;
        let record = Arc::clone(&self.record);
        let response = self
            .work(kind, held, move |shared, call| {
                let file = FileText {
                    text: text(&bytes)?,
                    is_json,
                };
                let outcome = shared.api.operations.apply(call, &wish, file, key.as_ref())?;
                if !is_dry && !outcome.is_replayed {
                    let report = &outcome.report;
                    let object = format!(
                        "{} added, {} changed, {} deleted",
                        report.added, report.changed, report.deleted
                    );
                    let details = EventDetails {
                        object: Some(&object),
                        ..EventDetails::default()
                    };
                    record.event(SecurityEvent::Import, details);
                }
                Ok(ApiBody {
                    is_replayed: outcome.is_replayed,
                    ..json(&outcome.report)?
                })
            })
            .await?;
        Ok(response)
    }

    async fn export(self) -> Result<HttpResponse, HttpResponse> {
        let is_json = match self.query.get("format") {
            Some(format) => format == "json",
            None => query::preferred(self.request, &[JSON, YAML]) == JSON,
        };
        let record = Arc::clone(&self.record);
        self.work(WorkKind::Transfer, (), move |shared, call| {
            let text = shared.api.operations.export(call, is_json)?;
            let details = EventDetails {
                object: Some("everything, by the API"),
                ..EventDetails::default()
            };
            record.event(SecurityEvent::Export, details);
            Ok(ApiBody {
                text,
                media_type: if is_json { JSON } else { YAML },
                is_replayed: false,
            })
        })
        .await
    }

    async fn explain(self) -> Result<HttpResponse, HttpResponse> {
        let asked = ExplainRequest {
            component: self.component().map_err(|problem| problem.respond())?,
            at: self.query.get("at"),
            zone: self.query.get("zone"),
            is_text: query::preferred(self.request, &[JSON, "text/plain"]) != JSON,
        };
        self.work(WorkKind::Search, (), move |shared, call| {
            match shared.api.operations.explain(call, &asked)? {
                ExplainOutcome::Answer(answer) => json(&answer),
                ExplainOutcome::Text(text) => Ok(ApiBody {
                    text,
                    media_type: "text/plain; charset=utf-8",
                    is_replayed: false,
                }),
            }
        })
        .await
    }

    async fn spans(self) -> Result<HttpResponse, HttpResponse> {
        let asked = SpansRequest {
            component: self.component().map_err(|problem| problem.respond())?,
            from: self.query.get("from").unwrap_or_default(),
            to: self.query.get("to").unwrap_or_default(),
            zone: self.query.get("zone"),
        };
        self.work(WorkKind::Search, (), move |shared, call| {
            json(&shared.api.operations.spans(call, &asked)?)
        })
        .await
    }

    async fn evaluate(self, body: &mut RequestBody) -> Result<HttpResponse, HttpResponse> {
        query::is_json(self.request, false).map_err(|problem| problem.respond())?;
        let bytes = self.read(body, EVALUATION_MAX).await?;
        self.work(WorkKind::Search, (), move |shared, _| {
            json(&shared.api.operations.evaluate(text(&bytes)?)?)
        })
        .await
    }

    /// Returns what is to be done with the file.
    fn wish(&self) -> Result<ApplyWish, ApiRefusal> {
        let refused = |reason: String| ApiRefusal::Parameter { name: "impact", reason };
        let (dry_run, impact) = (self.query.is_on("dry_run"), self.query.get("impact"));
        if impact.is_some() && !dry_run {
            return Err(refused("it is for a dry run; give dry_run=1, too".to_owned()));
        }
        let days = impact.map(|text| self.shared.api.operations.impact_days(&text));
        Ok(ApplyWish {
            dry_run,
            prune: self.query.is_on("prune"),
            impact: days.transpose().map_err(refused)?,
        })
    }

    /// Returns the key that the request came with.
    fn key(&self, body: &[u8], is_json: bool) -> Result<Option<ReplayKey>, ProblemDetails> {
        let Some(given) = self.request.headers().get(IDEMPOTENCY_KEY) else {
            return Ok(None);
        };
        // What is no text is no key.
        let given = given.to_str().unwrap_or_default();
        let query = self.request.query_string();
        let parts: [&[u8]; 3] = [query.as_bytes(), if is_json { b"json" } else { b"yaml" }, body];
        let key = ReplayKey::new(self.caller.token, given, &parts);
        key.map(Some)
            .map_err(|message| ProblemDetails::new(ProblemKind::BadRequest, message))
    }

    fn component(&self) -> Result<String, ProblemDetails> {
        let detail = "there is no component whose name is no UTF-8 text";
        query::component(self.request).ok_or_else(|| ProblemDetails::new(ProblemKind::NotFound, detail))
    }

    fn refused(&self, refusal: ApiRefusal) -> HttpResponse {
        refused::respond(refusal, RequestWrites::Nothing, &self.asked())
    }

    /// Returns what refusals depend on.
    fn asked(&self) -> RefusedRequest<'_> {
        RefusedRequest {
            operation: self.operation,
            record: &self.record,
            shared: self.shared,
            has_key: self.request.headers().contains_key(IDEMPOTENCY_KEY),
        }
    }

    /// Reads the body.
    async fn read(&self, body: &mut RequestBody, length_max: usize) -> Result<Vec<u8>, HttpResponse> {
        body.read(length_max).await.map_err(|unread| {
            let problem = match unread {
                Unread::TooLarge => too_large(length_max),
                Unread::Broken => ProblemDetails::new(ProblemKind::BadRequest, "The body broke off."),
                Unread::Late => ProblemDetails::new(ProblemKind::TooSlow, "The body took too long to arrive."),
            };
            problem.respond()
        })
    }

    /// Does the work on a thread of its own, within the limits of its kind; `held` is let go when it is done or given up.
    async fn work(
        self,
        kind: WorkKind,
        held: impl Send + 'static,
        work: impl FnOnce(&AppState, &ApiCall<'_>) -> Result<ApiBody, ApiRefusal> + Send + 'static,
    ) -> Result<HttpResponse, HttpResponse> {
        let presence = self.request.conn_data::<Presence>().cloned().unwrap_or_default();
        let permits = admit(kind, &self.caller, &presence, &self.record, self.shared).await?;
        let (worker, caller) = (self.shared.clone(), self.caller.clone());
        let audited = gate::audited(&self.record);
        let run = move || {
            let call = ApiCall {
                pool: &worker.admin.pool,
                caller: &caller,
                request: audited,
                now: worker.clock.now(),
            };
            kind.limit(&presence).run(|| work(&worker, &call))
        };
        let threads = kind.threads(&self.shared.low_priority);
        match deadline::beside_on(threads, (held, permits), timed(&self.record, run)).await {
            Ok((Ok(body), _)) => Ok(done(body)),
            Ok((Err(refusal), written)) => Err(refused::respond(refusal, written, &self.asked())),
            Err(WorkFailure::TimedOut(written)) => Err(refused::late(written, &self.asked())),
            Err(WorkFailure::Panicked) => {
                Err(ProblemDetails::new(ProblemKind::Internal, "The log says more.").respond())
            }
        }
    }
}

/// Waits for the permits of a kind of work.
async fn admit(
    kind: WorkKind,
    caller: &ApiCaller,
    presence: &Presence,
    record: &RequestRecord,
    shared: &AppState,
) -> Result<WorkPermits, HttpResponse> {
    let admitted = shared.admin.admission.admit(kind, caller.account.id, presence);
    record.waiting(admitted).await.map_err(gate::not_admitted)
}

fn text(bytes: &[u8]) -> Result<&str, ApiRefusal> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        ApiRefusal::Malformed(BodyFault {
            line: Some(line),
            path: String::new(),
            message: "this is not UTF-8 text".to_owned(),
        })
    })
}

fn json(answer: &impl Serialize) -> Result<ApiBody, ApiRefusal> {
    let text = serde_json::to_string(answer);
    let text = text.map_err(|error| crate::db::Error::Other(format!("an answer cannot be written: {error}")))?;
    Ok(ApiBody {
        text,
        media_type: JSON,
        is_replayed: false,
    })
}

fn done(body: ApiBody) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, body.media_type));
    if body.is_replayed {
        response.insert_header((IDEMPOTENCY_REPLAYED, "true"));
    }
    response.body(body.text)
}
