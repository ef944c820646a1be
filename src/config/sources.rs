//! Servers of Prometheus' HTTP API that may be queried.

use std::collections::HashSet;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::secret_file::SecretFile;
use super::service_url::{ServiceUrlFault, service_url};
use crate::prometheus_api::client::QueryLimits;
use crate::prometheus_api::source::{Secret, Source, SourceAuth, Sources, check_source_name};

/// The header of a tenant, unless the option names another.
const TENANT_HEADER: &str = "X-Scope-OrgID";

/// The most bytes of an answer: several times those of as many points as one query asks for.
const ANSWER_BYTES_MAX: u64 = 32 << 20;

/// Options of every command that queries Prometheus.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SourceOptions {
    // Texts for clap, which quotes what it refuses: a URL may hold a password.
    /// Prometheus, or a server with its HTTP API, from which indicators are measured: a name for it and its URL, e.g.
    /// main=http://prometheus:9090; may be repeated, or separated by commas
    #[arg(
        long,
        env = "SLA_MONITOR_PROMETHEUS",
        value_name = "NAME=URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub prometheus: Vec<String>,

    /// File with the bearer token for a source, read again for each query; may be repeated
    #[arg(
        long,
        env = "SLA_MONITOR_PROMETHEUS_TOKEN_FILE",
        value_name = "NAME=FILE",
        value_delimiter = ','
    )]
    pub prometheus_token_file: Vec<OfSource>,

    /// File with the USER:PASSWORD pair for a source, read again for each query; may be repeated
    #[arg(
        long,
        env = "SLA_MONITOR_PROMETHEUS_BASIC_AUTH_FILE",
        value_name = "NAME=FILE",
        value_delimiter = ','
    )]
    pub prometheus_basic_auth_file: Vec<OfSource>,

    /// Tenant whose data a source is asked for, in the header X-Scope-OrgID or the one that is named, e.g. main=THANOS-TENANT:ops; may be
    /// repeated
    #[arg(
        long,
        env = "SLA_MONITOR_PROMETHEUS_TENANT",
        value_name = "NAME=[HEADER:]TENANT",
        value_delimiter = ','
    )]
    pub prometheus_tenant: Vec<OfSource>,

    // A little longer than Prometheus gives itself.
    /// How many seconds a source may take for an answer, 1 to 3600
    #[arg(
        long,
        env = "SLA_MONITOR_PROMETHEUS_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 130,
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    pub prometheus_timeout: u64,
}

/// What an option says of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfSource {
    /// The name of the source.
    source: String,
    /// What it says.
    value: String,
}

impl FromStr for OfSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (source, value) = text.split_once('=').unwrap_or((text, ""));
        match value.is_empty() {
            true => Err("give the name of a source, =, and the value, e.g. main=VALUE".to_owned()),
            false => Ok(Self {
                source: source.to_owned(),
                value: value.to_owned(),
            }),
        }
    }
}

impl Secret for SecretFile {
    fn current(&self) -> Option<String> {
        // As if the file had changed just now: it is read for each query.
        self.secrets(i64::MIN).first().cloned()
    }

    fn read_again(&self) {
        Self::read_again(self);
    }
}

impl SourceOptions {
    /// Returns the files that hold credentials.
    pub fn secret_files(&self) -> impl Iterator<Item = &Path> {
        let files = self
            .prometheus_token_file
            .iter()
            .chain(&self.prometheus_basic_auth_file);
        files.map(|given| Path::new(&given.value))
    }

    /// Returns how much one query may take.
    #[must_use]
    pub fn limits(&self) -> QueryLimits {
        QueryLimits {
            timeout: Duration::from_secs(self.prometheus_timeout),
            bytes_max: ANSWER_BYTES_MAX,
        }
    }

    /// Returns the sources, their credentials read once.
    ///
    /// # Errors
    /// A message that names the option and what is wrong with it, never the credentials that a URL holds.
    pub fn read(&self) -> Result<Sources, String> {
        let Self {
            prometheus,
            prometheus_token_file,
            prometheus_basic_auth_file,
            prometheus_tenant,
            prometheus_timeout: _,
        } = self;
        let mut sources = Vec::with_capacity(prometheus.len());
        let mut names = HashSet::new();
        for text in prometheus {
            let source = source(text)?;
            if !names.insert(source.name.clone()) {
                return Err(format!(
                    "--prometheus: source `{}` is given twice; give each a name",
                    source.name
                ));
            }
            sources.push(source);
        }
        for given in prometheus_token_file {
            let of = found(&mut sources, "--prometheus-token-file", given)?;
            let file = read("--prometheus-token-file", "a token of one word", &given.value, is_token)?;
            set_auth(of, SourceAuth::Token(file))?;
        }
        for given in prometheus_basic_auth_file {
            let of = found(&mut sources, "--prometheus-basic-auth-file", given)?;
            let file = read("--prometheus-basic-auth-file", "USER:PASSWORD", &given.value, is_pair)?;
            set_auth(of, SourceAuth::Pair(file))?;
        }
        for given in prometheus_tenant {
            let of = found(&mut sources, "--prometheus-tenant", given)?;
            of.tenant = Some(tenant(&given.value)?);
        }
        Ok(Sources::new(sources))
    }
}

/// Reads NAME=URL. The URL is not quoted in messages: it may hold a password.
fn source(text: &str) -> Result<Source, String> {
    let (name, url) = text.split_once('=').unwrap_or(("", text));
    check_source_name(name).map_err(|error| format!("--prometheus: {error}, e.g. main=http://prometheus:9090"))?;
    let refused = |reason: &str| Err(format!("--prometheus: the URL of source `{name}` {reason}"));
    let url = match service_url(url) {
        Ok(url) => url,
        Err(ServiceUrlFault::Credentials) => {
            return refused("holds credentials; put them into a file and name it with --prometheus-basic-auth-file");
        }
        Err(fault) => return refused(&fault.in_words("http://prometheus:9090")),
    };
    Ok(Source {
        name: name.to_owned(),
        url,
        auth: SourceAuth::Open,
        tenant: None,
    })
}

fn found<'a>(sources: &'a mut [Source], option: &str, given: &OfSource) -> Result<&'a mut Source, String> {
    let mut sources = sources.iter_mut();
    sources.find(|source| source.name == given.source).ok_or_else(|| {
        format!(
            "{option}: there is no source `{0}`; give it --prometheus {0}=URL, too",
            given.source
        )
    })
}

fn read(
    option: &'static str,
    form: &'static str,
    path: &str,
    has_form: fn(&str) -> bool,
) -> Result<Arc<dyn Secret>, String> {
    let file = SecretFile::read(option, Path::new(path), form, has_form)?;
    Ok(Arc::new(file))
}

fn set_auth(source: &mut Source, auth: SourceAuth) -> Result<(), String> {
    if !matches!(source.auth, SourceAuth::Open) {
        return Err(format!(
            "source `{}` has more than one file of credentials; give one --prometheus-token-file or --prometheus-basic-auth-file",
            source.name
        ));
    }
    source.auth = auth;
    Ok(())
}

/// Returns whether a header can carry it.
pub(super) fn is_token(line: &str) -> bool {
    line.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_pair(line: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(user, password)| !user.is_empty() && !password.is_empty())
}

/// Reads `TENANT` or `HEADER:TENANT`.
fn tenant(text: &str) -> Result<(String, String), String> {
    let (header, tenant) = text.split_once(':').unwrap_or((TENANT_HEADER, text));
    let is_header = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    let is_reserved = [
        "authorization",
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
    ]
    .iter()
    .any(|name| name.eq_ignore_ascii_case(header));
    if header.is_empty() || !header.bytes().all(is_header) || is_reserved {
        return Err(format!(
            "--prometheus-tenant: `{header}` is no header of a tenant; give e.g. main=X-Scope-OrgID:ops"
        ));
    }
    if tenant.is_empty() || !tenant.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "--prometheus-tenant: `{tenant}` is no tenant; give a name without spaces, e.g. main=ops"
        ));
    }
    Ok((header.to_owned(), tenant.to_owned()))
}
