//! The access log: a line for each request that got an answer, with the time until the end of the answer, and where a slow one spent it.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use tracing::Span;

use crate::admin::address::Address;
use crate::config::AccessLog;
use crate::web::request::record::RequestRecord;
use crate::web::state::AppState;

/// From how long on the line says where the time went.
const SLOW: Duration = Duration::from_secs(1);

/// The most names of parameters in a line.
const PARAMETERS_MAX: usize = 20;

/// The longest name of a parameter in a line, in characters.
const PARAMETER_LENGTH_MAX: usize = 40;

/// A request, to be counted and logged at the end of its answer.
pub(super) struct AccessLogLine {
    pub(super) record: Arc<RequestRecord>,
    pub(super) started: Instant,
    pub(super) method: Method,
    /// The label of the request's metrics.
    pub(super) route: String,
    /// Names of the parameters, from [`parameters`].
    pub(super) parameters: Option<String>,
    pub(super) shared: Option<web::Data<AppState>>,
    /// The span of the request, in which the rest of its answer is made.
    pub(super) span: Span,
}

/// How an answer ended.
#[derive(Clone, Copy)]
pub(super) struct AnswerEnd {
    pub(super) status: StatusCode,
    /// From the head of the request.
    pub(super) duration: Duration,
    /// Bytes of the body that were handed to the connection.
    pub(super) bytes: u64,
    /// Whether the client left before the last byte.
    pub(super) is_cut: bool,
}

impl AccessLogLine {
    /// Writes the line of a response when the last byte of its body is handed to the connection, or the client has left before.
    pub(super) fn write_for(self, response: HttpResponse) -> HttpResponse {
        let status = response.status();
        let has_body = match response.body().size() {
            _ if self.method == Method::HEAD => false,
            BodySize::None | BodySize::Sized(0) => false,
            BodySize::Sized(_) | BodySize::Stream => true,
        };
        if !has_body {
            self.write(status, 0, false);
            return response;
        }
        response.map_body(|_, body| {
            BoxBody::new(CountedBody {
                body,
                bytes: 0,
                line: Some((self, status)),
            })
        })
    }

    fn write(&self, status: StatusCode, bytes: u64, is_cut: bool) {
        let end = AnswerEnd {
            status,
            duration: self.started.elapsed(),
            bytes,
            is_cut,
        };
        if let Some(shared) = &self.shared {
            shared.http_metrics.answered(&self.route, &self.method, end);
        }
        self.log(end);
    }

    fn log(&self, end: AnswerEnd) {
        let AnswerEnd {
            status,
            duration,
            bytes,
            is_cut,
        } = end;
        let is_slow = duration >= SLOW;
        let is_wanted = match self.shared.as_ref().map_or(AccessLog::All, |shared| shared.access_log) {
            AccessLog::All => true,
            AccessLog::NoScrapes => {
                let probes = [Address::Metrics, Address::Healthy, Address::Ready].map(|address| address.pattern());
                let is_scrape = probes.contains(&self.route.as_str());
                !is_scrape || is_slow || status.is_client_error() || status.is_server_error()
            }
            AccessLog::Off => false,
        };
        if !is_wanted {
            return;
        }
        let RequestRecord { id, path, client, .. } = &*self.record;
        let spent = self.record.times();
        let times = is_slow.then_some(spent);
        tracing::info!(
            request_id = %id,
            client = client.address.map(display),
            user = self.record.user(),
            method = %self.method,
            path,
            params = self.parameters,
            status = status.as_u16(),
            bytes,
            is_cut = is_cut.then_some(true),
            duration_ms = milliseconds(duration),
            statements = (spent.statements > 0).then_some(spent.statements),
            waiting_ms = times.map(|times| milliseconds(times.waiting)),
            database_ms = times.map(|times| milliseconds(times.database)),
            rendering_ms = times.map(|times| milliseconds(times.rendering)),
            "request"
        );
    }
}

/// Returns a duration in milliseconds, to the microsecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// Returns the names of the parameters of a query string, each once, separated by commas; never a value. A text without `=` may be
/// anything, and is left out, as are names that no page of ours has.
pub(super) fn parameters(query: &str) -> Option<String> {
    let is_plain = |name: &&str| {
        name.len() <= PARAMETER_LENGTH_MAX
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte))
    };
    let decoded = query.replace("%5B", "[").replace("%5D", "]");
    let names: BTreeSet<&str> = decoded
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0))
        .filter(is_plain)
        .take(PARAMETERS_MAX)
        .collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(","))
}

/// A body that counts what is sent of it, and then writes the line: before the last byte is sent, so that a client that has it all
/// finds the request counted.
struct CountedBody {
    body: BoxBody,
    bytes: u64,
    line: Option<(AccessLogLine, StatusCode)>,
}

impl CountedBody {
    fn end(&mut self, is_cut: bool) {
        if let Some((line, status)) = self.line.take() {
            line.write(status, self.bytes, is_cut);
        }
    }
}

impl MessageBody for CountedBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let span = self.line.as_ref().map(|(line, _)| line.span.clone());
        let entered = span.as_ref().map(Span::enter);
        let next = Pin::new(&mut self.body).poll_next(context);
        // The line has the id and the path itself.
        drop(entered);
        match &next {
            Poll::Ready(Some(Ok(bytes))) => {
                self.bytes += bytes.len() as u64;
                if self.size() == BodySize::Sized(self.bytes) {
                    self.end(false);
                }
            }
            Poll::Ready(None) => self.end(false),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        next
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        self.end(true);
    }
}
