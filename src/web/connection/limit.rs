//! How many connections there may be: in sum, so that files stay openable, and for each client, so that one alone cannot take them all.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ipnet::IpNet;

use crate::web::request::metrics::ConnectionMetrics;

/// The part of all connections that one client may have.
const CLIENT_PART: u32 = 4;

/// How often refusals are logged at most.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// The connections of the server. Copies share them.
#[derive(Clone)]
pub struct ConnectionLimit(Arc<LimitState>);

struct LimitState {
    connections_max: u32,
    /// Addresses behind which there are many clients.
    exempt: Vec<IpNet>,
    metrics: ConnectionMetrics,
    open: Mutex<OpenConnections>,
}

#[derive(Default)]
struct OpenConnections {
    total: u32,
    /// By [`client`].
    by_client: HashMap<IpAddr, u32>,
    /// When a refusal was last logged, and how many came since.
    logged: Option<Instant>,
    unlogged: u64,
}

/// The place of a connection, taken until it is dropped.
pub struct ConnectionSlot {
    limit: ConnectionLimit,
    client: Option<IpAddr>,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionRefusal {
    /// There are as many connections as there may be.
    Total,
    /// The client has as many as it may have.
    Client,
}

impl ConnectionRefusal {
    /// Returns the value of the label `reason`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Client => "client",
        }
    }
}

impl ConnectionLimit {
    /// Allows `connections_max` connections, a quarter of them for each client; loopback addresses and those of `exempt`, proxies,
    /// may have all.
    #[must_use]
    pub fn new(connections_max: u32, exempt: &[IpNet], metrics: ConnectionMetrics) -> Self {
        metrics.max.set(connections_max.into());
        Self(Arc::new(LimitState {
            connections_max,
            exempt: exempt.to_vec(),
            metrics,
            open: Mutex::default(),
        }))
    }

    /// Takes a place for a connection from `address`.
    ///
    /// # Errors
    /// Why there is none. It is counted, and logged at most once in ten seconds.
    pub fn admit(&self, address: Option<IpAddr>) -> Result<ConnectionSlot, ConnectionRefusal> {
        let client = address
            .map(|address| address.to_canonical())
            .filter(|address| !self.is_exempt(*address))
            .map(client);
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_client = client.and_then(|client| open.by_client.get(&client)).copied();
        let client_max = (self.0.connections_max / CLIENT_PART).max(1);
        let refusal = if open.total >= self.0.connections_max {
            Some(ConnectionRefusal::Total)
        } else {
            (of_client.unwrap_or(0) >= client_max).then_some(ConnectionRefusal::Client)
        };
        if let Some(refusal) = refusal {
            self.0.metrics.refused.with_label_values(&[refusal.as_str()]).inc();
            open.log(refusal, address);
            return Err(refusal);
        }
        open.total += 1;
        if let Some(client) = client {
            *open.by_client.entry(client).or_default() += 1;
        }
        self.0.metrics.open.set(open.total.into());
        Ok(ConnectionSlot {
            limit: self.clone(),
            client,
        })
    }

    fn is_exempt(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.0.exempt.iter().any(|network| network.contains(&address))
    }
}

impl OpenConnections {
    fn log(&mut self, refusal: ConnectionRefusal, address: Option<IpAddr>) {
        self.unlogged += 1;
        if self.logged.is_some_and(|logged| logged.elapsed() < LOG_INTERVAL) {
            return;
        }
        let refused = std::mem::take(&mut self.unlogged);
        self.logged = Some(Instant::now());
        let client = address.map_or_else(|| "unknown".to_owned(), |address| address.to_canonical().to_string());
        match refusal {
            ConnectionRefusal::Total => tracing::warn!(
                refused,
                client,
                open = self.total,
                "connections are refused: there are as many as --max-connections and the limit of open files allow"
            ),
            ConnectionRefusal::Client => tracing::warn!(
                refused,
                client,
                "connections are refused: one client has a quarter of all; a proxy is named with --trusted-proxy"
            ),
        }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut open = self.limit.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        self.limit.0.metrics.open.set(open.total.into());
        let Some(client) = self.client else { return };
        if let Some(count) = open.by_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                open.by_client.remove(&client);
            }
        }
    }
}

/// Returns what counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, which one client has all to itself.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(connections_max: u32) -> ConnectionLimit {
        let trusted = ["192.0.2.1/32", "2001:db8:1::/48"].map(|network| network.parse().expect("it is a network"));
        ConnectionLimit::new(connections_max, &trusted, ConnectionMetrics::new())
    }

    fn admit(limit: &ConnectionLimit, address: &str) -> Result<ConnectionSlot, ConnectionRefusal> {
        limit.admit(Some(address.parse().expect("it is an address")))
    }

    /// Returns how many connections a client gets.
    fn taken(limit: &ConnectionLimit, address: &str) -> (Vec<ConnectionSlot>, ConnectionRefusal) {
        let mut slots = Vec::new();
        loop {
            match admit(limit, address) {
                Ok(slot) => slots.push(slot),
                Err(refusal) => return (slots, refusal),
            }
        }
    }

    #[test]
    fn a_client_gets_a_quarter_and_gets_it_back() {
        let limit = limit(40);
        let (first, refusal) = taken(&limit, "198.51.100.7");
        assert_eq!((first.len(), refusal), (10, ConnectionRefusal::Client));
        assert!(admit(&limit, "::ffff:198.51.100.7").is_err(), "the same address");
        let (second, refusal) = taken(&limit, "2001:db8::1");
        assert_eq!((second.len(), refusal), (10, ConnectionRefusal::Client));
        assert!(admit(&limit, "2001:db8::ffff:2").is_err(), "the same network");
        assert!(admit(&limit, "2001:db8:0:1::2").is_ok());
        drop(first);
        assert_eq!(taken(&limit, "198.51.100.7").0.len(), 10);
        drop(second);
        assert!(
            limit
                .0
                .open
                .lock()
                .is_ok_and(|open| open.by_client.is_empty() && open.total == 0)
        );
        assert_eq!(limit.0.metrics.open.get(), 0);
    }

    #[test]
    fn loopback_and_proxies_may_have_all() {
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "192.0.2.1",
            "2001:db8:1::7",
        ] {
            let limit = limit(40);
            let (slots, refusal) = taken(&limit, address);
            assert_eq!((slots.len(), refusal), (40, ConnectionRefusal::Total), "{address}");
            assert_eq!(admit(&limit, "198.51.100.7").err(), Some(ConnectionRefusal::Total));
            assert_eq!(limit.0.metrics.refused.with_label_values(&["total"]).get(), 2);
        }
    }

    #[test]
    fn a_small_limit_admits_one_connection_of_a_client() {
        let limit = limit(3);
        assert_eq!(taken(&limit, "198.51.100.7").0.len(), 1);
    }
}
