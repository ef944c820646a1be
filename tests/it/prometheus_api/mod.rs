//! The client of Prometheus' HTTP API against a server that answers what a test says, and the options that name servers.
//! `servers/api.rs` asks a real Prometheus.

mod answers;
mod options;
mod refusals;

use std::time::Duration;

use sla_monitor::prometheus_api::client::{PrometheusClient, QueryLimits};
use sla_monitor::prometheus_api::source::{Source, SourceAuth, Sources};

use crate::support::stand_in::StandIn;

/// Limits that a test can reach.
const LIMITS: QueryLimits = QueryLimits {
    timeout: Duration::from_secs(20),
    bytes_max: 100_000,
};

/// Returns a client of one source, `main`.
fn client_of(url: &str, limits: QueryLimits) -> PrometheusClient {
    let source = Source {
        name: "main".to_owned(),
        url: url.to_owned(),
        auth: SourceAuth::Open,
        tenant: None,
    };
    PrometheusClient::new(Sources::new(vec![source]), limits)
}

fn client(server: &StandIn) -> PrometheusClient {
    client_of(&server.url, LIMITS)
}
