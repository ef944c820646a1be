//! Who is on the other side: address, scheme and host, believing what proxies add only where the proxy is one of ours.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap, HeaderName};
use ipnet::IpNet;

/// The other side of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestClient {
    /// Where it comes from.
    pub address: Option<IpAddr>,
    /// Whether the browser used https.
    pub secure: bool,
    /// What the browser asked for: host, and port if it named one.
    pub host: String,
    /// Whether a proxy sent the request on without a believable address of its client: one that is not trusted, or one that is and
    /// noted none.
    pub is_hidden: bool,
}

/// Headers by which proxies show that a request came through them, beside those that begin with [`FORWARDED`].
const PROXIED: [&str; 3] = ["forwarded", "via", "x-real-ip"];

/// What the other headers of proxies begin with.
const FORWARDED: &str = "x-forwarded-";

impl RequestClient {
    /// Returns the other side of `request`. `X-Forwarded-For`, `-Proto` and `-Host` count only if the peer is one of `trusted`.
    #[must_use]
    pub fn of(request: &HttpRequest, trusted: &[IpNet]) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let host =
            header(request.headers(), HOST.as_str()).or_else(|| request.uri().authority().map(ToString::to_string));
        let direct = Self {
            address: peer,
            secure: false,
            host: host.unwrap_or_default(),
            is_hidden: is_proxied(request.headers()),
        };
        match peer {
            Some(peer) if is_trusted(peer, trusted) => direct.behind_proxy(request.headers(), trusted),
            _ => direct,
        }
    }

    /// Returns the client before the proxies: of the addresses that they noted, the last that is no proxy's. Where all are proxies', a
    /// client of their own network asks, and only what the nearest proxy noted itself cannot be made up.
    fn behind_proxy(self, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let noted = header(headers, "x-forwarded-for").unwrap_or_default();
        let mut addresses = noted.rsplit(',').map_while(noted_address);
        let nearest = addresses.clone().next();
        let first_foreign = addresses.find(|address| !is_trusted(*address, trusted));
        let last = |name: &str| {
            header(headers, name).and_then(|values| values.rsplit(',').next().map(|value| value.trim().to_owned()))
        };
        Self {
            address: first_foreign.or(nearest).or(self.address),
            secure: last("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
            host: last("x-forwarded-host").unwrap_or(self.host),
            is_hidden: self.is_hidden && nearest.is_none(),
        }
    }

    /// Returns whether the client is on this host, as far as can be told. A proxy on this host that shows itself by no header cannot be
    /// told from a client.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        !self.is_hidden && self.address.is_some_and(|address| address.is_loopback())
    }

    /// Returns `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// Returns whether the host is among `allowed`, ports aside; everything is if there are none. `.example.org` allows what is below it
    /// too.
    #[must_use]
    pub fn is_allowed(&self, allowed: &[String]) -> bool {
        let name = without_port(&self.host).to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let matches = |pattern: &String| match pattern.strip_prefix('.') {
            Some(domain) => name == domain || name.ends_with(pattern.as_str()),
            None => name == *pattern,
        };
        allowed.is_empty() || allowed.iter().any(matches)
    }
}

/// Returns an address as proxies note it; some add the port.
fn noted_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// Returns a host without its port; the brackets of an IPv6 address stay.
fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => &host[..colon],
        _ => host,
    }
}

fn is_proxied(headers: &HeaderMap) -> bool {
    let mut names = headers.keys().map(HeaderName::as_str);
    names.any(|name| PROXIED.contains(&name) || name.starts_with(FORWARDED))
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(&address))
}

/// Returns all values of a header as one list; several lines of it count as one (RFC 9110 section 5.3).
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(","))
}
