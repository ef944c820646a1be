//! Cookies: those of a request, pair by pair (one that cannot be read is a neighbour's and hides none of ours), and those of the program.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{COOKIE, HeaderMap};

use crate::auth::policy;
use crate::config::RootPath;
use crate::web::request::client::RequestClient;

/// Returns the value of the first cookie of this name.
#[must_use]
pub fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| Cookie::parse_encoded(std::str::from_utf8(pair).ok()?.trim()).ok())
        .find(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

/// Where the browser of a request sends cookies: over which scheme, and below which path.
#[derive(Clone, Copy)]
pub struct CookieScope<'a> {
    secure: bool,
    root: &'a RootPath,
}

impl<'a> CookieScope<'a> {
    /// Returns the scope of a client's cookies.
    #[must_use]
    pub fn of(client: &'a RequestClient) -> Self {
        Self {
            secure: client.secure,
            root: &client.root,
        }
    }

    /// Returns the name of the cookie that holds a session's token.
    #[must_use]
    pub fn session_name(self) -> &'static str {
        self.prefixed("sessionid", "__Host-sessionid", "__Secure-sessionid")
    }

    /// Returns the name of the cookie that holds the secret of CSRF tokens.
    #[must_use]
    pub fn csrf_name(self) -> &'static str {
        self.prefixed("csrftoken", "__Host-csrftoken", "__Secure-csrftoken")
    }

    /// Returns the name that protects a cookie as far as its scope allows. Over https browsers take one with the prefix `__Host-` from this
    /// host alone, over https, and for all of its paths: neither a neighbour nor an attacker on the network, over http, can plant one. Below a root
    /// path, `__Secure-` is left, which keeps out http alone.
    fn prefixed(self, plain: &'static str, of_host: &'static str, below_root: &'static str) -> &'static str {
        match (self.secure, self.root.as_str()) {
            (false, _) => plain,
            (true, "") => of_host,
            (true, _) => below_root,
        }
    }

    /// Returns the cookie of a session. Scripts do not see it.
    #[must_use]
    pub fn session(self, token: &str) -> Cookie<'static> {
        let mut cookie = self.cookie(self.session_name(), token);
        cookie.set_http_only(true);
        cookie.set_max_age(Duration::seconds(policy::current().session_max.num_seconds()));
        cookie
    }

    /// Returns the cookie that ends a session.
    #[must_use]
    pub fn session_end(self) -> Cookie<'static> {
        let mut cookie = self.session("");
        cookie.make_removal();
        cookie
    }

    /// Returns a cookie that other sites cannot send along with a form. Scripts see it, as they do the CSRF one, which they may put in a
    /// header, and the theme.
    #[must_use]
    pub fn cookie(self, name: &'static str, value: &str) -> Cookie<'static> {
        let path = match self.root.as_str() {
            "" => "/".to_owned(),
            root => root.to_owned(),
        };
        Cookie::build(name, value.to_owned())
            .path(path)
            .http_only(false)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(Duration::weeks(52))
            .finish()
    }
}
