//! Commands that ask a server in the place of a database, by its API.

use std::io::ErrorKind;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::{Agent, Body, Timeout};

use super::input::InputText;
use super::{CliError, GlobalOptions, print_note};
use crate::admin::query::{Query, encode};
use crate::api::answers::{ApplyReport, ExplanationAnswer, ProblemAnswer, ProblemPlace};
use crate::api::operation::ApiOperation;
use crate::api::refusal::{BodyFault, FILE_MALFORMED, FILE_REFUSED, OUTCOME_UNKNOWN};
use crate::api::requests::ApplyWish;
use crate::apps::sla::declarative::document::write::DocumentFormat;
use crate::auth::secret;
use crate::config;
use crate::db;
use crate::prometheus_api::agent::agent;

/// How long a server may take: to apply a large file, it may wait for others first.
const TIMEOUT: Duration = Duration::from_secs(1_800);
/// The most bytes of an answer.
const ANSWER_MAX: u64 = 1 << 30;
/// The longest text of an answer that is no problem of the API and is shown, in characters.
const SHOWN_MAX: usize = 200;

/// Options of commands that can ask a server in the place of a database.
#[derive(clap::Args)]
pub(super) struct RemoteOptions {
    /// Ask this server by its API instead of a database, e.g. `https://sla.example.org`
    #[arg(long, env = "SLA_MONITOR_SERVER", value_name = "URL")]
    server: Option<String>,

    /// File with the token for --server, as createtoken prints it
    #[arg(long, env = "SLA_MONITOR_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// A server and the token for it.
pub(super) struct RemoteServer {
    url: String,
    token: String,
    agent: Agent,
}

impl RemoteOptions {
    /// Returns the server that is to be asked; nothing if it is a database.
    ///
    /// # Errors
    /// Refuses a server without a token, a token without a server, a server beside a database, and what is no URL.
    pub(super) fn server(&self, global: &GlobalOptions) -> Result<Option<RemoteServer>, CliError> {
        let usage = |message: &str| Err(CliError::Usage(message.to_owned()));
        let (server, file) = match (&self.server, &self.token_file) {
            (None, None) => return Ok(None),
            (None, Some(_)) => return usage("--token-file is for --server; give --server URL, too"),
            (Some(_), None) => return usage("--server needs a token; give --token-file FILE, too"),
            (Some(server), Some(file)) => (server, file),
        };
        if global.database_url.is_some() || global.database_url_file.is_some() {
            return usage(
                "--server and --database-url exclude each other, in variables as well; a server has a database of its own",
            );
        }
        let url = config::service_url(server)
            .map_err(|fault| CliError::Usage(format!("--server {}", fault.in_words("https://sla.example.org"))))?;
        let token = config::token_in("--token-file", file).map_err(CliError::Refused)?;
        check_host(&url).map_err(|reason| CliError::Refused(format!("{url}: {reason}")))?;
        if !is_private(&url) {
            print_note("the token is sent without encryption; give --server an https:// URL");
        }
        Ok(Some(RemoteServer {
            url,
            token,
            agent: agent(TIMEOUT),
        }))
    }
}

/// Looks the host of a server up: a request that fails later may have been sent.
fn check_host(url: &str) -> Result<(), String> {
    let parsed: ureq::http::Uri = url.parse().map_err(|_| "it is no URL".to_owned())?;
    let port = parsed.port_u16().unwrap_or(443);
    let host = parsed.host().unwrap_or_default().trim_matches(['[', ']']);
    match (host, port).to_socket_addrs() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("its host is not known: {error}")),
    }
}

/// Returns whether what is sent to a server can be read on this machine alone, or not at all.
fn is_private(url: &str) -> bool {
    let rest = url.strip_prefix("http://");
    let host = rest.and_then(|rest| rest.split('/').next());
    host.is_none_or(|host| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    })
}

/// What came of a request.
enum Asked {
    /// A response with a status of success.
    Done(Vec<u8>),
    /// A problem.
    Refused(ProblemAnswer),
    /// The server may have carried it out, and nothing is known of it.
    Lost(String),
    /// It was not sent, or the answer is not one of the API.
    Failed(String),
}

impl RemoteServer {
    /// Has the server make its database say what a file says. A request whose answer is lost is sent again, with a key by which the server
    /// carries it out once.
    ///
    /// # Errors
    /// The server's refusal, and [`db::Error::OutcomeUnknown`] if it is not known whether something was written.
    pub(super) fn apply(&self, input: &InputText, wish: &ApplyWish) -> Result<ApplyReport, CliError> {
        let mut query = Query::default();
        for (name, is_on) in [("dry_run", wish.dry_run), ("prune", wish.prune)] {
            if is_on {
                query = query.with(name, "1");
            }
        }
        if let Some(days) = wish.impact {
            query = query.with("impact", &format!("{days}d"));
        }
        let key = secret::random_id();
        let send = || {
            let request = self.agent.post(self.address(ApiOperation::Apply, "", &query));
            let request = self.prepared(request, "application/json");
            let request = request.header("content-type", "application/yaml");
            understood(request.header("idempotency-key", &key).send(input.text.as_bytes()))
        };
        let mut asked = send();
        let is_unknown = |asked: &Asked| match asked {
            Asked::Lost(_) => true,
            Asked::Refused(problem) => problem.kind.ends_with(OUTCOME_UNKNOWN),
            Asked::Done(_) | Asked::Failed(_) => false,
        };
        if is_unknown(&asked) {
            asked = send();
        }
        let unknown = |reason: String| CliError::Database(db::Error::OutcomeUnknown(reason));
        match asked {
            Asked::Done(body) => self.read(&body),
            Asked::Lost(reason) if wish.dry_run => Err(self.failed(&reason)),
            Asked::Lost(reason) => Err(unknown(format!("{}: {reason}", self.url))),
            Asked::Refused(problem) if problem.kind.ends_with(OUTCOME_UNKNOWN) => Err(unknown(problem.detail)),
            Asked::Refused(problem) => Err(refusal(&problem, &input.name)),
            Asked::Failed(reason) => Err(self.failed(&reason)),
        }
    }

    /// Returns everything as a file.
    ///
    /// # Errors
    /// The server's refusal, and that it does not answer.
    pub(super) fn export(&self, format: DocumentFormat) -> Result<String, CliError> {
        let query = Query::default().with("format", format.as_str());
        let body = self.get(ApiOperation::Export, "", &query, "*/*")?;
        self.text(body)
    }

    /// Returns why a component is inside or outside, for scripts.
    ///
    /// # Errors
    /// The server's refusal, and that it does not answer.
    pub(super) fn explanation(
        &self,
        component: &str,
        at: Option<String>,
        zone: Option<&str>,
    ) -> Result<ExplanationAnswer, CliError> {
        let body = self.get(
            ApiOperation::Explain,
            component,
            &of_instant(at, zone),
            "application/json",
        )?;
        self.read(&body)
    }

    /// Returns the same for people.
    ///
    /// # Errors
    /// The server's refusal, and that it does not answer.
    pub(super) fn explanation_text(
        &self,
        component: &str,
        at: Option<String>,
        zone: Option<&str>,
    ) -> Result<String, CliError> {
        let body = self.get(ApiOperation::Explain, component, &of_instant(at, zone), "text/plain")?;
        self.text(body)
    }

    fn get(&self, operation: ApiOperation, component: &str, query: &Query, accept: &str) -> Result<Vec<u8>, CliError> {
        let request = self.agent.get(self.address(operation, component, query));
        match understood(self.prepared(request, accept).call()) {
            Asked::Done(body) => Ok(body),
            Asked::Refused(problem) => Err(refusal(&problem, "")),
            Asked::Lost(reason) | Asked::Failed(reason) => Err(self.failed(&reason)),
        }
    }

    fn address(&self, operation: ApiOperation, component: &str, query: &Query) -> String {
        let path = operation.path().replace("{name}", &encode(component));
        let query = if query.is_empty() { String::new() } else { query.link() };
        format!("{}{path}{query}", self.url)
    }

    fn prepared<B>(&self, request: ureq::RequestBuilder<B>, accept: &str) -> ureq::RequestBuilder<B> {
        let authorization = format!("Bearer {}", self.token);
        request.header("authorization", authorization).header("accept", accept)
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, CliError> {
        let read = serde_json::from_slice(body);
        read.map_err(|error| self.failed(&format!("its answer is not that of this API: {error}")))
    }

    fn text(&self, body: Vec<u8>) -> Result<String, CliError> {
        String::from_utf8(body).map_err(|_| self.failed("its answer is no UTF-8 text"))
    }

    fn failed(&self, reason: &str) -> CliError {
        CliError::Refused(format!("{}: {reason}", self.url))
    }
}

fn of_instant(at: Option<String>, zone: Option<&str>) -> Query {
    let given = [("at", at), ("zone", zone.map(str::to_owned))];
    let pairs = given
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Query::new(pairs.collect())
}

/// Returns what came of a request.
fn understood(response: Result<Response<Body>, ureq::Error>) -> Asked {
    let mut response = match response {
        Ok(response) => response,
        Err(error) => return without_answer(&error),
    };
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_MAX).read_to_vec();
    let body = match body {
        Ok(body) => body,
        Err(error) => return Asked::Lost(format!("its answer broke off: {error}")),
    };
    if status == 200 {
        return Asked::Done(body);
    }
    match serde_json::from_slice::<ProblemAnswer>(&body) {
        Ok(problem) => Asked::Refused(problem),
        // Proxies in front of a server say in their own words that it did not answer.
        Err(_) if matches!(status, 502 | 504) => {
            Asked::Lost(format!("no answer came from behind its proxy (status {status})"))
        }
        Err(_) => Asked::Failed(format!(
            "it did not answer as this API does (status {status}): {}; check --server",
            shown(&body)
        )),
    }
}

/// Returns what it means that no response came. Whether the request arrived is known only if no connection was made.
fn without_answer(error: &ureq::Error) -> Asked {
    match error {
        ureq::Error::HostNotFound => Asked::Failed("its host is not known".to_owned()),
        ureq::Error::ConnectionFailed | ureq::Error::Tls(_) | ureq::Error::NativeTls(_) | ureq::Error::BadUri(_) => {
            Asked::Failed(error.to_string())
        }
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            Asked::Failed("no connection came about in time".to_owned())
        }
        ureq::Error::Io(io) if io.kind() == ErrorKind::ConnectionRefused => {
            Asked::Failed("it refuses connections; is it running?".to_owned())
        }
        ureq::Error::Io(io) if matches!(io.kind(), ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable) => {
            Asked::Failed(io.to_string())
        }
        error => Asked::Lost(format!("no answer came: {error}")),
    }
}

/// Returns the beginning of an answer, in one line.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN_MAX)]);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(SHOWN_MAX).collect()
}

/// Returns whether a problem is about the file that was sent.
fn is_of_file(problem: &ProblemAnswer) -> bool {
    [FILE_MALFORMED, FILE_REFUSED]
        .iter()
        .any(|kind| problem.kind.ends_with(kind))
}

/// Returns the error of a problem in the words of the command; `name` is what the file is called.
fn refusal(problem: &ProblemAnswer, name: &str) -> CliError {
    let place = problem.errors.first();
    CliError::Refused(match place {
        Some(ProblemPlace {
            parameter: Some(parameter),
            detail,
            ..
        }) => format!("--{}: {detail}", parameter.replace('_', "-")),
        Some(ProblemPlace { line, path, detail, .. }) if is_of_file(problem) => {
            let fault = BodyFault {
                line: *line,
                path: path.clone().unwrap_or_default(),
                message: detail.clone(),
            };
            format!("{name}:{fault}")
        }
        Some(ProblemPlace { detail, .. }) => detail.clone(),
        None => problem.detail.clone(),
    })
}
