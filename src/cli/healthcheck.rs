//! `healthcheck`: asks a server whether it is well, where there is no other client, as in a container.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use ureq::Agent;

use super::no_database::NoDatabase;
use super::{CliError, CommandResult};
use crate::admin::address::Address;
use crate::config::{bind_address, seconds};

/// The most bytes of an answer that are read.
const ANSWER_LENGTH_MAX: u64 = 4096;

/// Ask a server on this host whether it is ready
#[derive(clap::Args)]
#[command(
    after_help = "Ends with 0 if it is, with 1 and the reason if not. Started with the variables of the server, it needs no options.\n\n\
    Example:\n  sla-monitor healthcheck --bind 127.0.0.1:8000"
)]
pub(super) struct HealthcheckCommand {
    #[command(flatten)]
    _no_database: NoDatabase,

    /// Address and port that the server listens on; instead of `0.0.0.0` or `[::]` the loopback address is asked
    #[arg(long, env = "SLA_MONITOR_BIND", default_value = "127.0.0.1:8000", value_name = "HOST:PORT", value_parser = bind_address)]
    bind: SocketAddr,

    /// What is asked: alive (the process answers), ready (components are loaded, and the server does not stop) or admin (the
    /// database answers, too)
    #[arg(long, env = "SLA_MONITOR_PROBE", default_value = "ready", value_name = "PROBE")]
    probe: Probe,

    /// How long the answer may take, seconds
    #[arg(long, env = "SLA_MONITOR_TIMEOUT", default_value = "5", value_name = "SECONDS", value_parser = seconds)]
    timeout: Duration,
}

/// What a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    Alive,
    Ready,
    Admin,
}

impl std::str::FromStr for Probe {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "alive" => Ok(Self::Alive),
            "ready" => Ok(Self::Ready),
            "admin" => Ok(Self::Admin),
            other => Err(format!("`{other}` is no probe; use alive, ready or admin")),
        }
    }
}

impl HealthcheckCommand {
    pub(super) fn run(&self) -> CommandResult {
        let url = self.url();
        let failed = |error: &dyn std::fmt::Display| CliError::Refused(format!("no answer from {url}: {error}"));
        let config = Agent::config_builder()
            .timeout_global(Some(self.timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None);
        let answer = config.build().new_agent().get(&url).call();
        let mut answer = answer.map_err(|error| failed(&error))?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_LENGTH_MAX)
            .read_to_string();
        let text = text.map_err(|error| failed(&error))?;
        let text = text.trim();
        if !answer.status().is_success() {
            return Err(CliError::Refused(format!("{url}: {}: {text}", answer.status())));
        }
        writeln!(std::io::stdout().lock(), "{text}")?;
        Ok(())
    }

    /// Returns the URL of the probe, at an address that can be connected to.
    fn url(&self) -> String {
        let mut address = self.bind;
        if address.ip().is_unspecified() {
            address.set_ip(match address {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        match self.probe {
            Probe::Alive => format!("http://{address}{}", Address::Healthy.pattern()),
            Probe::Ready => format!("http://{address}{}", Address::Ready.pattern()),
            Probe::Admin => format!("http://{address}{}?for=admin", Address::Ready.pattern()),
        }
    }
}
