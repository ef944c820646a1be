//! Commands that ask a server in the place of a database, by its API.

use std::net::{IpAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::Uri;

use super::input::InputText;
use super::request_outcome::{RequestOutcome, outcome_until_answered, understood, understood_as, wait};
use super::{CliError, GlobalOptions, print_note};
use crate::admin::query::{Query, encode};
use crate::api::answers::{ApplyReport, ExplanationAnswer, ProblemAnswer, ProblemPlace};
use crate::api::operation::ApiOperation;
use crate::api::refusal::{BodyFault, FILE_MALFORMED, FILE_REFUSED};
use crate::api::requests::ApplyWish;
use crate::apps::sla::declarative::document::write::DocumentFormat;
use crate::auth::secret;
use crate::config::{self, seconds};
use crate::db;
use crate::prometheus_api::agent::agent;

/// How long a server may take: to apply a large file, it may wait for others first.
const TIMEOUT: Duration = Duration::from_secs(1_800);

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

/// The same of commands that only read.
#[derive(clap::Args)]
pub(super) struct RemoteReadOptions {
    #[command(flatten)]
    remote: RemoteOptions,

    /// How long the connection to --server may take, and then the beginning of its answer, seconds
    #[arg(long, env = "SLA_MONITOR_SERVER_TIMEOUT", default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    server_timeout: Duration,
}

/// A server and the token for it.
pub(super) struct RemoteServer {
    url: String,
    token: String,
    agent: Agent,
    /// How long a connection may take, and then the beginning of an answer; nothing for as long as a request as a whole.
    timeout: Option<Duration>,
}

impl RemoteReadOptions {
    /// Returns the server that is to be asked; nothing if it is a database.
    ///
    /// # Errors
    /// Those of [`RemoteOptions::server`].
    pub(super) fn server(&self, global: &GlobalOptions) -> Result<Option<RemoteServer>, CliError> {
        let server = self.remote.server(global)?;
        Ok(server.map(|server| RemoteServer {
            timeout: Some(self.server_timeout),
            ..server
        }))
    }
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
                "--server and --database-url exclude each other, given as options or as variables SLA_MONITOR_…; a server has a \
                 database of its own",
            );
        }
        let url = config::service_url(server)
            .map_err(|fault| CliError::Usage(format!("--server {}", fault.in_words("https://sla.example.org"))))?;
        let token = config::token_in("--token-file", file).map_err(CliError::Refused)?;
        let host = ServerHost::of(&url);
        host.check()
            .map_err(|reason| CliError::Refused(format!("{url}: {reason}")))?;
        if !host.is_private() {
            print_note("the token is sent without encryption; give --server an https:// URL");
        }
        Ok(Some(RemoteServer {
            url,
            token,
            agent: agent(TIMEOUT),
            timeout: None,
        }))
    }
}

/// What a server's URL says about the way to it.
struct ServerHost {
    is_encrypted: bool,
    /// A name or an address.
    name: String,
    port: u16,
}

impl ServerHost {
    /// Reads a URL that was judged before.
    fn of(url: &str) -> Self {
        let url: Uri = url.parse().unwrap_or_default();
        let is_encrypted = url.scheme_str() != Some("http");
        Self {
            is_encrypted,
            name: url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            port: url.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 }),
        }
    }

    /// Looks the host up: a request that fails later may have been sent.
    fn check(&self) -> Result<(), String> {
        match (self.name.as_str(), self.port).to_socket_addrs() {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("its host is not known: {error}")),
        }
    }

    /// Returns whether what is sent there can be read on this machine alone, or not at all.
    fn is_private(&self) -> bool {
        let address = self.name.parse::<IpAddr>();
        self.is_encrypted || self.name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|it| it.is_loopback())
    }
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
        let (outcome, doubt) = outcome_until_answered(send, wait);
        // A refusal of the file is that of the first request as well, and a dry run writes nothing.
        let is_known = wish.dry_run || matches!(&outcome, RequestOutcome::Refused(problem, _) if is_of_file(problem));
        let answer = match outcome {
            RequestOutcome::Done(body) => self.read(&body),
            RequestOutcome::Refused(problem, _) => Err(refusal(&problem, &input.name)),
            RequestOutcome::Lost(reason) | RequestOutcome::Failed(reason) => Err(self.failed(&reason)),
        };
        answer.map_err(|error| match doubt {
            Some(doubt) if !is_known => db::Error::OutcomeUnknown(format!("{doubt}; asked again: {error}")).into(),
            Some(_) | None => error,
        })
    }

    /// Returns everything as a file.
    ///
    /// # Errors
    /// The server's refusal, and that it does not answer.
    pub(super) fn export(&self, format: DocumentFormat) -> Result<String, CliError> {
        let query = Query::default().with("format", format.as_str());
        let media_type = match format {
            DocumentFormat::Yaml => "application/yaml",
            DocumentFormat::Json => "application/json",
        };
        let body = self.get(ApiOperation::Export, "", &query, media_type)?;
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

    /// Returns the body of an answer of this media type.
    fn get(
        &self,
        operation: ApiOperation,
        component: &str,
        query: &Query,
        media_type: &str,
    ) -> Result<Vec<u8>, CliError> {
        let request = self.agent.get(self.address(operation, component, query));
        let limited = request.config().timeout_connect(self.timeout);
        let request = limited.timeout_recv_response(self.timeout).build();
        match understood_as(self.prepared(request, media_type).call(), media_type) {
            RequestOutcome::Done(body) => Ok(body),
            RequestOutcome::Refused(problem, _) => Err(refusal(&problem, "")),
            RequestOutcome::Lost(reason) | RequestOutcome::Failed(reason) => Err(self.failed(&reason)),
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
