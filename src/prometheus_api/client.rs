//! Queries.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::agent::agent;
use super::answer::{Understood, understood};
use super::error::QueryError;
use super::source::{Source, SourceAuth, Sources};

/// The most bytes of what a server says about an error that are shown.
const MESSAGE_LENGTH_MAX: usize = 1000;

/// A value at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueriedSample {
    /// The instant that the server gives, in milliseconds since 1970; some servers shift those that were asked for.
    pub at_ms: i64,
    /// The value; it may be infinite or NaN.
    pub value: f64,
}

/// A series of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct QueriedSeries {
    /// Its labels; `__name__` is among them if the expression keeps it.
    pub labels: BTreeMap<String, String>,
    /// Its samples, in the order of the server.
    pub samples: Vec<QueriedSample>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryAnswer {
    /// The series; a scalar is one without labels.
    pub series: Vec<QueriedSeries>,
    /// What the server warns of.
    pub warnings: Vec<String>,
}

/// The instants at which an expression is evaluated: from the first to the last, both included if the step leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryRange {
    /// The first, in milliseconds since 1970.
    pub start_ms: i64,
    /// The last.
    pub end_ms: i64,
    /// The step.
    pub step_ms: i64,
}

/// How much one query may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// The time from the connection to the last byte of the answer. The server is asked to stop after it, too.
    pub timeout: Duration,
    /// The bytes of an answer.
    pub bytes_max: u64,
}

/// What queries the sources. It keeps connections; copies share them.
#[derive(Clone, Debug)]
pub struct PrometheusClient {
    sources: Sources,
    agent: Agent,
    limits: QueryLimits,
}

impl PrometheusClient {
    /// Creates a client.
    #[must_use]
    pub fn new(sources: Sources, limits: QueryLimits) -> Self {
        let agent = agent(limits.timeout);
        Self { sources, agent, limits }
    }

    /// Returns the sources.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Evaluates an expression at an instant, in milliseconds since 1970.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn query(&self, source: &str, expression: &str, at_ms: i64) -> Result<QueryAnswer, QueryError> {
        self.ask(source, "query", expression, &[("time", seconds(at_ms))])
    }

    /// Evaluates an expression at the instants of a range.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn query_range(&self, source: &str, expression: &str, range: QueryRange) -> Result<QueryAnswer, QueryError> {
        let QueryRange {
            start_ms,
            end_ms,
            step_ms,
        } = range;
        let fields = [
            ("start", seconds(start_ms)),
            ("end", seconds(end_ms)),
            ("step", seconds(step_ms)),
        ];
        self.ask(source, "query_range", expression, &fields)
    }

    /// Posts a form, because an expression may be longer than a URL.
    fn ask(
        &self,
        source: &str,
        endpoint: &str,
        expression: &str,
        fields: &[(&str, String)],
    ) -> Result<QueryAnswer, QueryError> {
        let source = self.sources.get(source)?;
        let mut form = Serializer::new(String::new());
        form.append_pair("query", expression);
        form.append_pair("timeout", &format!("{}ms", self.limits.timeout.as_millis()));
        form.extend_pairs(fields);
        let mut request = self
            .agent
            .post(format!("{}/api/v1/{endpoint}", source.url))
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization(source)? {
            request = request.header("authorization", authorization);
        }
        if let Some((name, value)) = &source.tenant {
            request = request.header(name, value);
        }
        let response = request.send(form.finish());
        self.answer(&source.name, response)
    }

    fn answer(&self, source: &str, response: Result<Response<Body>, ureq::Error>) -> Result<QueryAnswer, QueryError> {
        let failed = |error| self.failed(source, error);
        let mut response = response.map_err(failed)?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(self.limits.bytes_max);
        let body = body.read_to_vec().map_err(failed)?;
        match understood(&body) {
            Ok(Understood::Answer(answer)) if status == 200 => Ok(answer),
            Ok(Understood::Histograms) if status == 200 => Err(QueryError::NoNumbers {
                source: source.to_owned(),
            }),
            Ok(Understood::Reported(message)) => Err(QueryError::reported(source, status, &message)),
            Ok(Understood::Answer(_) | Understood::Histograms) => {
                Err(not_understood(source, status, "an answer with this status".to_owned()))
            }
            Err(reason) => Err(without_json(source, status, &body, reason)),
        }
    }

    fn failed(&self, source: &str, error: ureq::Error) -> QueryError {
        let source = source.to_owned();
        match error {
            ureq::Error::Timeout(_) => QueryError::TimedOut {
                source,
                timeout: self.limits.timeout,
            },
            ureq::Error::Io(error) if error.kind() == ErrorKind::TimedOut => QueryError::TimedOut {
                source,
                timeout: self.limits.timeout,
            },
            ureq::Error::BodyExceedsLimit(bytes_max) => QueryError::TooLarge { source, bytes_max },
            ureq::Error::HostNotFound => QueryError::Unreachable {
                source,
                reason: "its host is not known".to_owned(),
            },
            other => QueryError::Unreachable {
                source,
                reason: other.to_string(),
            },
        }
    }
}

/// Returns what an answer without JSON of the API means: proxies in front of a server say in their own words that it is away, or that they
/// want other credentials.
fn without_json(source: &str, status: u16, body: &[u8], reason: String) -> QueryError {
    let words = match status {
        401 | 403 => {
            "it wants other credentials; see --prometheus-token-file and --prometheus-basic-auth-file".to_owned()
        }
        300..=399 => "it redirects; give the URL that it leads to".to_owned(),
        404 => "there is no such API; check the path of its URL".to_owned(),
        413 | 422 | 429 | 500.. => shown(body),
        _ => return not_understood(source, status, reason),
    };
    QueryError::reported(source, status, &words)
}

/// Returns the beginning of a text that a server sent, in one line.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MESSAGE_LENGTH_MAX)]);
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.is_empty() {
        true => "it does not say why".to_owned(),
        false => words.join(" "),
    }
}

fn not_understood(source: &str, status: u16, reason: String) -> QueryError {
    QueryError::NotUnderstood {
        source: source.to_owned(),
        status,
        reason,
    }
}

/// Returns the header that says who asks.
fn authorization(source: &Source) -> Result<Option<String>, QueryError> {
    let missing = || QueryError::Credentials {
        source: source.name.clone(),
    };
    match &source.auth {
        SourceAuth::Open => Ok(None),
        SourceAuth::Token(secret) => Ok(Some(format!("Bearer {}", secret.current().ok_or_else(missing)?))),
        SourceAuth::Pair(secret) => {
            let pair = secret.current().ok_or_else(missing)?;
            Ok(Some(format!("Basic {}", STANDARD.encode(pair))))
        }
    }
}

/// Returns milliseconds as the API reads seconds, without rounding: `1700000000.5`.
fn seconds(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let (whole, rest) = (milliseconds.unsigned_abs() / 1000, milliseconds.unsigned_abs() % 1000);
    format!("{sign}{whole}.{rest:03}")
}
