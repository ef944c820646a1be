//! How requests are sent.

use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

/// Creates what sends requests, each of which may take `timeout` from the connection to the last byte of the answer. Certificates of servers are
/// verified with the authorities of the system, or of `SSL_CERT_FILE`; redirects are not followed, and no proxy of the environment is used: a request
/// goes to its server or nowhere.
#[must_use]
pub fn agent(timeout: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::NativeTls)
        .root_certs(RootCerts::PlatformVerifier);
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(concat!("sla-monitor/", env!("CARGO_PKG_VERSION")));
    config.build().new_agent()
}
