//! Options of the commands that serve, as given on the command line or in `SLA_MONITOR_…` variables, checked before anything starts.

mod metrics_access;
mod root_path;
mod secret_file;
mod service_url;
mod sign_in;
mod sources;

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use ipnet::IpNet;

use crate::metrics::format::render::Layout;
use crate::text::is_unprintable;

pub use self::metrics_access::MetricsAccess;
pub use self::root_path::RootPath;
pub use self::service_url::{service_url, token_in};
pub use self::sign_in::{PasswordOptions, SessionOptions, duration};
pub use self::sources::SourceOptions;

/// Options of `serve` and `demo`.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeOptions {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, env = "SLA_MONITOR_BIND", default_value = "127.0.0.1:8000", value_name = "HOST:PORT", value_parser = bind_address)]
    pub bind: SocketAddr,

    /// Layout of /metrics unless a request selects the other: names (metrics named after components) or labels (fixed metrics)
    #[arg(
        long,
        env = "SLA_MONITOR_METRICS_LAYOUT",
        default_value = "names",
        value_name = "LAYOUT"
    )]
    pub metrics_layout: Layout,

    /// File with the bearer tokens that /metrics accepts, one a line; reread when it changes
    #[arg(long, env = "SLA_MONITOR_METRICS_TOKEN_FILE", value_name = "FILE")]
    pub metrics_token_file: Option<PathBuf>,

    /// File with the USER:PASSWORD pairs that /metrics accepts by basic authentication, one a line; reread when it changes
    #[arg(long, env = "SLA_MONITOR_METRICS_BASIC_AUTH_FILE", value_name = "FILE")]
    pub metrics_basic_auth_file: Option<PathBuf>,

    /// Answer /metrics to every client; without it and without credentials only clients on loopback addresses get an answer
    #[arg(long, env = "SLA_MONITOR_METRICS_PUBLIC", value_parser = BoolishValueParser::new())]
    pub metrics_public: bool,

    /// What /metrics does while the database does not answer: stale (the last known components, with sla_monitor_collector_up 0,
    /// by which alerts omit them) or unavailable (503)
    #[arg(
        long,
        env = "SLA_MONITOR_METRICS_ON_ERROR",
        default_value = "stale",
        value_name = "POLICY"
    )]
    pub metrics_on_error: OnError,

    /// Drop components from /metrics once they were last confirmed this many seconds ago
    #[arg(long, env = "SLA_MONITOR_METRICS_MAX_STALE", value_name = "SECONDS", value_parser = seconds)]
    pub metrics_max_stale: Option<Duration>,

    /// How long a scrape waits for the database at most, seconds; a shorter X-Prometheus-Scrape-Timeout-Seconds takes precedence
    #[arg(long, env = "SLA_MONITOR_METRICS_REFRESH_TIMEOUT", default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    pub metrics_refresh_timeout: Duration,

    /// Maximum number of concurrent scrapes; more get 503 and Retry-After
    #[arg(
        long,
        env = "SLA_MONITOR_METRICS_MAX_IN_FLIGHT",
        default_value = "128",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub metrics_max_in_flight: u32,

    /// Proxies, as addresses or networks, whose X-Forwarded-For, -Proto, -Host and -Prefix are trusted; separated by commas
    #[arg(long, env = "SLA_MONITOR_TRUSTED_PROXY", value_name = "ADDRESS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxy: Vec<IpNet>,

    /// Host names of the admin, and of /metrics without credentials, .example.org for all subdomains; separated by commas;
    /// any host without it
    #[arg(long, env = "SLA_MONITOR_ALLOWED_HOSTS", value_name = "HOST", value_delimiter = ',', value_parser = host)]
    pub allowed_hosts: Vec<String>,

    /// Path below which a proxy serves the program, e.g. /sla: links, redirects and cookies have it, and requests are accepted with and
    /// without it [default: X-Forwarded-Prefix of a --trusted-proxy]
    #[arg(long, env = "SLA_MONITOR_ROOT_PATH", value_name = "PATH")]
    pub root_path: Option<RootPath>,

    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are options")]
    pub sessions: SessionOptions,

    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are options")]
    pub passwords: PasswordOptions,

    #[command(flatten)]
    #[expect(missing_docs, reason = "its fields are options")]
    pub sources: SourceOptions,

    /// Days for which what was measured of each span of service is kept; then it is summed to days, without loss
    /// but of when each was measured [default: for ever]
    #[arg(long, env = "SLA_MONITOR_AVAILABILITY_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(32..=36_500))]
    pub availability_days: Option<u32>,

    /// Days for which sums of days are kept, not less than --availability-days; then they are summed to months, which only corrections of
    /// whole months change, and which only reports with the whole month have [default: for ever]
    #[arg(long, env = "SLA_MONITOR_AVAILABILITY_SUM_DAYS", value_name = "DAYS", requires = "availability_days",
        value_parser = clap::value_parser!(u32).range(32..=36_500))]
    pub availability_sum_days: Option<u32>,

    /// Metrics of what was attained in the current month, in the layout by labels, of components that an indicator measures; months begin at
    /// midnight in this zone, such as Europe/Berlin [default: none; UTC if no zone is given]
    #[arg(long, env = "SLA_MONITOR_AVAILABILITY_METRICS", value_name = "ZONE", num_args = 0..=1, default_missing_value = "UTC",
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub availability_metrics: Option<String>,

    /// Label of this installation, on every page of the admin, e.g. PROD; its colour follows from the name, or is set: PROD:red
    /// (red, amber, green or blue)
    #[arg(long, env = "SLA_MONITOR_ENVIRONMENT", value_name = "NAME[:COLOUR]")]
    pub environment: Option<Environment>,

    /// Requests to /api/ that each user may send in a minute; more get 429 and Retry-After
    #[arg(
        long,
        env = "SLA_MONITOR_API_RATE",
        default_value = "600",
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=60_000)
    )]
    pub api_rate: u32,

    /// Which requests are logged: all, no-scrapes (scrapes and probes only if they fail or are slow) or off
    #[arg(long, env = "SLA_MONITOR_ACCESS_LOG", default_value = "all", value_name = "REQUESTS")]
    pub access_log: AccessLog,

    /// Maximum number of database connections
    #[arg(long, env = "SLA_MONITOR_POOL_SIZE", default_value = "8", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub pool_size: u32,

    /// Threads that answer requests; by default one for each processor
    #[arg(long, env = "SLA_MONITOR_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub workers: Option<u16>,

    /// How long a client may take to send the head of a request once it has begun, or the next part of a form, before it is
    /// disconnected, seconds
    #[arg(long, env = "SLA_MONITOR_READ_TIMEOUT", default_value = "30", value_name = "SECONDS", value_parser = seconds)]
    pub read_timeout: Duration,

    /// How long a client may read so little of its response that nothing more can be sent, before it is disconnected, seconds
    #[arg(long, env = "SLA_MONITOR_SEND_TIMEOUT", default_value = "60", value_name = "SECONDS", value_parser = seconds)]
    pub send_timeout: Duration,

    /// Maximum number of connections, a quarter of them for one client address (except loopback and proxies); more are closed at
    /// once; by default as many as the limit of open files allows, at most 10000
    #[arg(long, env = "SLA_MONITOR_MAX_CONNECTIONS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: Option<u32>,

    /// How long the server keeps accepting and answering requests after SIGTERM while /-/ready is 503, seconds; two intervals of the
    /// checks of a load balancer are enough for it to send requests elsewhere
    #[arg(long, env = "SLA_MONITOR_DRAIN", default_value = "0", value_name = "SECONDS", value_parser = seconds_or_none)]
    pub drain: Duration,

    /// How long requests in flight may take to finish once no more are accepted, seconds
    #[arg(long, env = "SLA_MONITOR_SHUTDOWN_TIMEOUT", default_value = "25", value_name = "SECONDS", value_parser = seconds)]
    pub shutdown_timeout: Duration,
}

/// The label of an installation, so that one is not taken for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// What it says.
    pub name: String,
    /// Its colour, one of [`COLOURS`].
    pub colour: &'static str,
}

/// The colours of environments.
pub const COLOURS: [&str; 4] = ["red", "amber", "green", "blue"];

/// The longest label, in characters.
const ENVIRONMENT_LENGTH_MAX: usize = 24;

/// Beginnings of usual names, whatever their case, and their colours.
const USUAL_ENVIRONMENTS: [(&str, &str); 10] = [
    ("prod", "red"),
    ("live", "red"),
    ("stag", "amber"),
    ("test", "amber"),
    ("qa", "amber"),
    ("uat", "amber"),
    ("dev", "green"),
    ("demo", "green"),
    ("local", "green"),
    ("sandbox", "green"),
];

impl std::str::FromStr for Environment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, colour) = match text.rsplit_once(':') {
            None => (text.trim(), None),
            Some((name, colour)) => {
                let known = COLOURS
                    .into_iter()
                    .find(|known| known.eq_ignore_ascii_case(colour.trim()));
                let refused = || format!("`{}` is no colour; use red, amber, green or blue", colour.trim());
                (name.trim(), Some(known.ok_or_else(refused)?))
            }
        };
        if name.is_empty() || name.chars().count() > ENVIRONMENT_LENGTH_MAX || name.contains(is_unprintable) {
            return Err(format!(
                "give a name of 1 to {ENVIRONMENT_LENGTH_MAX} printable characters, e.g. PROD or PROD:red"
            ));
        }
        let lower = name.to_lowercase();
        let usual = USUAL_ENVIRONMENTS.iter().find(|(begin, _)| lower.starts_with(begin));
        Ok(Self {
            name: name.to_owned(),
            colour: colour.or(usual.map(|(_, colour)| *colour)).unwrap_or("blue"),
        })
    }
}

/// Which requests have a line in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessLog {
    /// Every request that got an answer.
    All,
    /// All but the scrapes and probes that went well and were not slow.
    NoScrapes,
    /// None.
    Off,
}

impl std::str::FromStr for AccessLog {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "no-scrapes" => Ok(Self::NoScrapes),
            "off" => Ok(Self::Off),
            other => Err(format!("`{other}` is no access log; use all, no-scrapes or off")),
        }
    }
}

/// What a scrape gets while the database does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The last good components.
    Stale,
    /// 503.
    Unavailable,
}

impl std::str::FromStr for OnError {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "stale" => Ok(Self::Stale),
            "unavailable" => Ok(Self::Unavailable),
            other => Err(format!("`{other}` is no policy; use stale or unavailable")),
        }
    }
}

/// Returns a network, or one address of it.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let network = address.or_else(|_| text.parse::<IpNet>());
    network.map_err(|_| "give an address such as 10.0.0.1 or a network such as 10.0.0.0/8".to_owned())
}

/// Returns a host name without a port.
fn host(text: &str) -> Result<String, String> {
    let host = text.trim().to_ascii_lowercase();
    let name = host
        .strip_prefix('[')
        .map_or_else(|| !host.contains(':'), |rest| rest.ends_with(']'));
    if host.is_empty() || !name || host.contains('/') {
        return Err("give a host name such as sla.example.org, without scheme and port".to_owned());
    }
    Ok(host)
}

/// Returns an address to listen on.
///
/// # Errors
/// What is wrong with the text, for the user who gave it.
pub fn bind_address(text: &str) -> Result<SocketAddr, String> {
    let refused = |error: &dyn std::fmt::Display| {
        format!("`{text}` is no address to listen on ({error}); give HOST:PORT, e.g. 127.0.0.1:8000 or [::1]:0")
    };
    let mut addresses = text.to_socket_addrs().map_err(|error| refused(&error))?;
    addresses.next().ok_or_else(|| refused(&"the name has no address"))
}

/// Returns a length of time, from a millisecond to a year, given in seconds.
///
/// # Errors
/// What is wrong with the text, for the user who gave it.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is no number of seconds between 0.001 and 31536000");
    let seconds: f64 = text.parse().map_err(|_| refused())?;
    if (0.001..=31_536_000.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(refused())
    }
}

fn seconds_or_none(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(0.0) => Ok(Duration::ZERO),
        _ => seconds(text),
    }
}
