//! The access log: a line for each request that got an answer, with the time it took, and where a slow one spent it.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::http::{Method, StatusCode};
use bytes::Bytes;
use tracing::Span;

use crate::config::AccessLog;
use crate::web::request::record::RequestRecord;

/// From how long on the line says where the time went.
const SLOW: Duration = Duration::from_secs(1);

/// The most names of parameters in a line.
const PARAMETERS_MAX: usize = 20;

/// The longest name of a parameter in a line, in characters.
const PARAMETER_LENGTH_MAX: usize = 40;

/// A line to be written.
pub(super) struct AccessLogLine {
    pub(super) record: Arc<RequestRecord>,
    pub(super) method: Method,
    /// Names of the parameters, from [`parameters`].
    pub(super) parameters: Option<String>,
    pub(super) log: AccessLog,
    /// The span of the request, in which the rest of its answer is made.
    pub(super) span: Span,
}

/// What became of the request.
#[derive(Clone, Copy)]
struct AnswerHead {
    status: StatusCode,
    /// Until the head of the answer.
    duration: Duration,
}

impl AccessLogLine {
    /// Writes the line of a response. If its length is known only when it has been sent, the line is written then.
    pub(super) fn write_for(self, response: HttpResponse, duration: Duration) -> HttpResponse {
        let outcome = AnswerHead {
            status: response.status(),
            duration,
        };
        let told = response.headers().get(CONTENT_LENGTH);
        let told = told.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let length = match response.body().size() {
            _ if self.method == Method::HEAD => Some(0),
            BodySize::None => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => told,
        };
        if let Some(length) = length {
            self.write(outcome, length, false);
            return response;
        }
        response.map_body(|_, body| {
            BoxBody::new(CountedBody {
                body,
                bytes: 0,
                is_whole: false,
                line: Some((self, outcome)),
            })
        })
    }

    fn write(&self, AnswerHead { status, duration }: AnswerHead, bytes: u64, is_cut: bool) {
        let is_slow = duration >= SLOW;
        let is_wanted = match self.log {
            AccessLog::All => true,
            AccessLog::NoScrapes => {
                let is_scrape = self.record.path == "/metrics" || self.record.path.starts_with("/-/");
                !is_scrape || is_slow || status.is_client_error() || status.is_server_error()
            }
            AccessLog::Off => false,
        };
        if !is_wanted {
            return;
        }
        let RequestRecord { id, path, client, .. } = &*self.record;
        let times = is_slow.then(|| self.record.times());
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

/// A body that counts what is sent of it, and then writes the line.
struct CountedBody {
    body: BoxBody,
    bytes: u64,
    is_whole: bool,
    line: Option<(AccessLogLine, AnswerHead)>,
}

impl MessageBody for CountedBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let span = self.line.as_ref().map(|(line, _)| line.span.clone());
        let _entered = span.as_ref().map(Span::enter);
        let next = Pin::new(&mut self.body).poll_next(context);
        match &next {
            Poll::Ready(Some(Ok(bytes))) => self.bytes += bytes.len() as u64,
            Poll::Ready(None) => self.is_whole = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        next
    }
}

impl Drop for CountedBody {
    fn drop(&mut self) {
        if let Some((line, outcome)) = self.line.take() {
            line.write(outcome, self.bytes, !self.is_whole);
        }
    }
}
