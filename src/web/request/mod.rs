//! What wraps every request: an id, headers that make browsers careful, a count, a log line, and a net under panics.

mod access_log;
pub mod client;
pub(super) mod deadline;
pub(in crate::web) mod headers;
pub mod metrics;
pub mod record;
pub mod security_log;
pub mod work_threads;

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{ConnectionType, Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use bytes::Bytes;
use tracing::{Instrument, Span};

use self::access_log::AccessLogLine;
use crate::auth::secret;
use crate::auth::token::TokenSecret;
use crate::config::RootPath;
use crate::web::connection::read_timeout::{self, Activity};
use crate::web::request::client::RequestClient;
use crate::web::request::metrics::UNMATCHED;
use crate::web::request::record::RequestRecord;
use crate::web::state::AppState;
use crate::web::{cookies, error, look};

/// The header that carries a request's id in and out.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a client.
const REQUEST_ID_LENGTH_MAX: usize = 64;

/// The longest path that is logged, in characters. The query is not: it may hold secrets.
const PATH_LENGTH_MAX: usize = 200;

/// Has browsers that came by https come by it alone, for a year from then on.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Headers of every answer. Nothing is loaded from elsewhere, framed, or run unless it is a file of ours.
const SAFE_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    ),
    (
        HeaderName::from_static("x-frame-options"),
        HeaderValue::from_static("DENY"),
    ),
    (
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Wraps a request. What the framework refuses becomes a page, a panic becomes a 500.
///
/// # Errors
/// Those two, as errors that hold their answer: a request that failed is gone, and an answer needs one unless it is an error.
pub async fn wrap(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let shared = request.app_data::<web::Data<AppState>>().cloned();
    let environment = shared.as_ref().and_then(|shared| shared.environment.as_ref());
    let cookie = |name: &str| cookies::value(request.headers(), name);
    let look = look::read(cookie, environment);
    let client = match &shared {
        Some(shared) => RequestClient::of(request.request(), &shared.clients),
        None => RequestClient::default(),
    };
    strip_root(&mut request, &client.root);
    let record = Arc::new(RequestRecord::new(
        request_id(request.headers()),
        client,
        logged_path(request.path()),
        shared.as_ref().map(|shared| Arc::clone(&shared.security)),
    ));
    request.extensions_mut().insert(Arc::clone(&record));
    let received = ReceivedRequest {
        started: Instant::now(),
        method: request.method().clone(),
        route: request.match_pattern().unwrap_or_else(|| UNMATCHED.to_owned()),
        parameters: access_log::parameters(request.query_string()),
        metrics: shared.clone(),
        record,
    };
    let root = &Arc::clone(&received.record).client.root;
    // Its connection waits for no other request until the answer is sent.
    let active = request.conn_data::<Activity>().map(Activity::begin);
    // An error, so that it is there at every level of the log: what is logged on the way says of which request it is.
    let span = tracing::error_span!("request", request_id = %received.record.id, path = received.record.path);
    let in_flight = shared
        .as_ref()
        .map(|shared| InFlightGauge::enter(&shared.http_metrics.in_flight));
    let outcome = contain_panics(next.call(request)).instrument(span.clone()).await;
    drop(in_flight);
    let failure = match outcome {
        Some(Ok(response)) => {
            let (request, response) = response.map_into_boxed_body().into_parts();
            let response = received.finish(error::drawn(response, &look, root), span);
            let response = response.map_body(|_, body| ActiveBody::around(body, active));
            return Ok(ServiceResponse::new(request, response));
        }
        Some(Err(failure)) => framework_error(&failure),
        None => span.in_scope(|| received.panic_page()),
    };
    let failure = received.finish(error::drawn(failure, &look, root), span);
    let failure = failure.map_body(|_, body| ActiveBody::around(body, active));
    Err(InternalError::from_response("answered", failure).into())
}

/// Returns a path for logs: cut, and without a token in it.
fn logged_path(path: &str) -> String {
    TokenSecret::masked_in(path).chars().take(PATH_LENGTH_MAX).collect()
}

/// Takes the root path off the address of a request: a proxy may have done it, or may not.
fn strip_root(request: &mut ServiceRequest, root: &RootPath) {
    let uri = request.uri();
    let stripped = match (root.as_str(), root.strip(uri.path())) {
        ("", _) | (_, None) => return,
        (_, Some(path)) => match uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        },
    };
    let mut parts = uri.clone().into_parts();
    // Part of an address that was read is one as well; otherwise the request stays as it is, and nothing is found at its path.
    parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(stripped)).ok();
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// A body until whose end its request is in flight.
struct ActiveBody {
    body: BoxBody,
    _request: read_timeout::ActiveRequest,
}

impl ActiveBody {
    fn around(body: BoxBody, request: Option<read_timeout::ActiveRequest>) -> BoxBody {
        match request {
            Some(request) => BoxBody::new(Self {
                body,
                _request: request,
            }),
            None => body,
        }
    }
}

impl MessageBody for ActiveBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// What is kept of a request until it is answered.
struct ReceivedRequest {
    record: Arc<RequestRecord>,
    started: Instant,
    method: Method,
    route: String,
    parameters: Option<String>,
    metrics: Option<web::Data<AppState>>,
}

impl ReceivedRequest {
    /// Completes the headers of the answer, and counts and logs it at its end. During a stop it asks the client to close the connection.
    fn finish(self, mut response: HttpResponse, span: Span) -> HttpResponse {
        if self.metrics.as_ref().is_some_and(|shared| shared.stopping.is_begun()) {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        let headers = response.headers_mut();
        SAFE_HEADERS
            .into_iter()
            .for_each(|(name, value)| drop(headers.insert(name, value)));
        if self.record.client.secure {
            headers.insert(STRICT_TRANSPORT_SECURITY, HSTS);
        }
        if let Ok(value) = HeaderValue::from_str(&self.record.id) {
            headers.insert(REQUEST_ID, value);
        }
        let line = AccessLogLine {
            route: self.route().to_owned(),
            record: self.record,
            started: self.started,
            method: self.method,
            parameters: self.parameters,
            shared: self.metrics,
            span,
        };
        line.write_for(response)
    }

    /// Returns the label of the request's metrics: the pattern of the page, or of the route.
    fn route(&self) -> &str {
        self.record.route().unwrap_or(&self.route)
    }

    fn panic_page(&self) -> HttpResponse {
        if let Some(shared) = &self.metrics {
            shared.http_metrics.panicked(self.route());
        }
        tracing::error!(route = self.route(), "a handler panicked");
        let message = format!("This is our fault. The log has it under {}.", self.record.id);
        error::page(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", &message)
    }
}

/// Counts a request for as long as this lives.
pub(super) struct InFlightGauge(prometheus::IntGauge);

impl InFlightGauge {
    pub(super) fn enter(gauge: &prometheus::IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlightGauge {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Returns the value of `future`, or nothing if it panicked.
async fn contain_panics<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

fn framework_error(failure: &Error) -> HttpResponse {
    let status = failure.as_response_error().status_code();
    error::page(
        status,
        status.canonical_reason().unwrap_or("Error"),
        "The request could not be understood.",
    )
}

/// Returns the client's id if it is short and plain, otherwise one of ours.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=REQUEST_ID_LENGTH_MAX).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    given.filter(plain).map_or_else(secret::random_id, str::to_owned)
}
