//! The other side of a request: address, scheme, host and root path. What proxies add counts only where the proxy is one of ours.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::config::{RootPath, ServeOptions};

/// What decides about the other side of requests.
#[derive(Clone, Debug, Default)]
pub struct ClientRules {
    /// Proxies whose headers about the client count.
    pub trusted_proxies: Vec<IpNet>,
    /// Hosts by which the program may be called; any if there are none.
    pub allowed_hosts: Vec<String>,
    /// The root path, if it is not left to the proxies.
    pub root_path: Option<RootPath>,
}

impl From<&ServeOptions> for ClientRules {
    fn from(options: &ServeOptions) -> Self {
        Self {
            trusted_proxies: options.trusted_proxy.clone(),
            allowed_hosts: options.allowed_hosts.clone(),
            root_path: options.root_path.clone(),
        }
    }
}

/// The other side of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestClient {
    /// Where it comes from.
    pub address: Option<IpAddr>,
    /// Whether the browser used https.
    pub secure: bool,
    /// What the browser asked for: host, and port if it named one.
    pub host: String,
    /// Whether the program may be called by that host.
    pub is_host_allowed: bool,
    /// The path below which the browser finds the program.
    pub root: RootPath,
    /// Whether a proxy sent the request on without a believable address of its client: one that is not trusted, or one that is and
    /// noted none.
    pub is_hidden: bool,
}

/// Headers by which proxies show that a request came through them, beside those that begin with [`FORWARDED`].
const PROXIED: [&str; 3] = ["forwarded", "via", "x-real-ip"];

/// What the other headers of proxies begin with.
const FORWARDED: &str = "x-forwarded-";

impl RequestClient {
    /// Returns the other side of `request`. `X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` count only if the peer is a trusted proxy.
    #[must_use]
    pub fn of(request: &HttpRequest, rules: &ClientRules) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let host =
            header(request.headers(), HOST.as_str()).or_else(|| request.uri().authority().map(ToString::to_string));
        let direct = Self {
            address: peer,
            secure: false,
            host: host.unwrap_or_default(),
            is_host_allowed: false,
            root: rules.root_path.clone().unwrap_or_default(),
            is_hidden: is_proxied(request.headers()),
        };
        let client = match peer {
            Some(peer) if is_trusted(peer, &rules.trusted_proxies) => direct.behind_proxy(request.headers(), rules),
            _ => direct,
        };
        Self {
            is_host_allowed: is_allowed(&client.host, &rules.allowed_hosts),
            ..client
        }
    }

    /// Returns the client before the proxies: of the addresses that they noted, the last that is no proxy's. Where all are proxies', a
    /// client of their own network asks, and only what the nearest proxy noted itself cannot be made up.
    fn behind_proxy(self, headers: &HeaderMap, rules: &ClientRules) -> Self {
        let trusted = &rules.trusted_proxies;
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
            // One that is no root path is not worth an error page: the links then lead to where they would lead without it.
            root: match &rules.root_path {
                Some(root) => root.clone(),
                None => last("x-forwarded-prefix")
                    .and_then(|prefix| prefix.trim_end_matches('/').parse().ok())
                    .unwrap_or_default(),
            },
            is_hidden: self.is_hidden && nearest.is_none(),
            is_host_allowed: false,
        }
    }

    /// Returns whether the client is on this host, as far as that can be known. A proxy on this host that adds no header looks like a
    /// client.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        !self.is_hidden && self.address.is_some_and(|address| address.is_loopback())
    }

    /// Returns `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

/// Returns whether `host` is among `allowed`, ports aside; everything is if there are none. `.example.org` allows what is below it too.
fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let name = without_port(host).to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    let matches = |pattern: &String| match pattern.strip_prefix('.') {
        Some(domain) => name == domain || name.ends_with(pattern.as_str()),
        None => name == *pattern,
    };
    allowed.is_empty() || allowed.iter().any(matches)
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
