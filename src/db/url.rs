//! Which database a URL means. The text is secret: it may hold a password, so only [`DatabaseUrl`]'s redacted form is ever shown.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A database that can be connected to.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    SqliteFile(PathBuf),
    /// A SQLite database in memory, deleted with its only connection.
    SqliteMemory,
    /// A PostgreSQL URL, handed to libpq as it stands (several hosts and `target_session_attrs` included).
    Postgres(String),
}

/// Why a text names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing was given.
    #[error("the database URL is empty; give sqlite:PATH, a path, or postgres://USER@HOST/NAME")]
    Empty,
    /// `postgres:` without its slashes, which would otherwise be a path that shows its password.
    #[error("a PostgreSQL URL starts with postgres:// and two slashes; give postgres://USER@HOST/NAME")]
    Slashes,
    /// libpq's `host=… password=…`, which would otherwise be a path that shows its password.
    #[error("keywords such as host=… are not read; give postgres://USER@HOST/NAME")]
    Keywords,
    /// The scheme is neither of the two.
    #[error("the database scheme `{0}` is not supported; use sqlite:PATH or postgres://USER@HOST/NAME")]
    Scheme(String),
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return Err(UrlError::Slashes);
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None => match text.split_once("://") {
                Some((scheme, _)) => return Err(UrlError::Scheme(scheme.to_owned())),
                None if is_keywords(text) => return Err(UrlError::Keywords),
                None => text,
            },
        };
        match path {
            "" => Err(UrlError::Empty),
            ":memory:" => Ok(Self::SqliteMemory),
            path => Ok(Self::SqliteFile(Path::new(path).to_owned())),
        }
    }
}

/// Returns whether a text is libpq's list of keywords; one that names any of these is not meant as a path.
fn is_keywords(text: &str) -> bool {
    let names = ["host", "hostaddr", "dbname", "user", "password", "service"];
    let keyword = |word: &str| word.split_once('=').is_some_and(|(name, _)| names.contains(&name));
    text.split_whitespace().any(keyword)
}

impl DatabaseUrl {
    /// Returns a URL for each host that this one names, each with its name to be shown. None unless there are several, and all of them
    /// stand before the name of the database.
    pub fn hosts(&self) -> Vec<(String, Self)> {
        let Self::Postgres(url) = self else {
            return Vec::new();
        };
        let Some((scheme, rest)) = url.split_once("://") else {
            return Vec::new();
        };
        let parameters = rest.find('?').unwrap_or(rest.len());
        let start = rest[..parameters].rfind('@').map_or(0, |at| at + 1);
        let end = rest[start..].find(['/', '?']).map_or(rest.len(), |end| start + end);
        let hosts: Vec<&str> = rest[start..end].split(',').collect();
        if hosts.len() < 2 || hosts.iter().any(|host| host.is_empty()) {
            return Vec::new();
        }
        let (user, tail) = (&rest[..start], &rest[end..]);
        let single = |host: &&str| {
            let url = format!("{scheme}://{user}{host}{tail}");
            ((*host).to_owned(), Self::Postgres(url))
        };
        hosts.iter().map(single).collect()
    }

    /// Returns whether only a server that takes writes will do.
    pub fn wants_primary(&self) -> bool {
        let wanted = ["target_session_attrs=read-write", "target_session_attrs=primary"];
        matches!(self, Self::Postgres(url) if wanted.iter().any(|wanted| url.contains(wanted)))
    }

    /// Returns the URL of any server, whether it takes writes or not.
    pub fn of_any_server(&self) -> Self {
        match self {
            Self::Postgres(url) => Self::Postgres(
                url.replace("target_session_attrs=read-write", "target_session_attrs=any")
                    .replace("target_session_attrs=primary", "target_session_attrs=any"),
            ),
            other => other.clone(),
        }
    }

    /// Returns the hosts of a PostgreSQL URL that are not this one: neither a socket nor loopback.
    pub fn remote_hosts(&self) -> Vec<String> {
        let Self::Postgres(url) = self else {
            return Vec::new();
        };
        let named = self.parameter("host").or_else(|| self.parameter("hostaddr"));
        let hosts = named.unwrap_or_else(|| place(url).split('/').next().unwrap_or("").to_owned());
        let hosts = match hosts.as_str() {
            "" => std::env::var("PGHOST").unwrap_or_default(),
            _ => hosts,
        };
        hosts
            .split(',')
            .map(without_port)
            .filter(|host| !is_here(host))
            .map(str::to_owned)
            .collect()
    }

    /// Returns how a PostgreSQL URL wants connections encrypted, if it or `PGSSLMODE` says so.
    pub fn ssl_mode(&self) -> Option<String> {
        self.parameter("sslmode").or_else(|| std::env::var("PGSSLMODE").ok())
    }

    /// Returns the value of a parameter of a PostgreSQL URL.
    fn parameter(&self, name: &str) -> Option<String> {
        let Self::Postgres(url) = self else {
            return None;
        };
        let (_, query) = place(url).split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    }

    /// Returns `message` without what may be a password: libpq quotes the parts of a URL that it cannot read. What it quotes is left
    /// out if it stands in the URL and not in its shown form.
    pub fn censored(&self, message: &str) -> String {
        let Self::Postgres(url) = self else {
            return message.to_owned();
        };
        let shown = redacted(url);
        let mut quoted = false;
        let parts = message.split('"').map(|part| {
            let secret = quoted && url.contains(part) && !shown.contains(part);
            quoted = !quoted;
            if secret { "***" } else { part }
        });
        parts.collect::<Vec<_>>().join("\"")
    }
}

impl fmt::Display for DatabaseUrl {
    /// Returns the URL without any password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SqliteFile(path) => write!(f, "sqlite:{}", path.display()),
            Self::SqliteMemory => f.write_str("sqlite::memory:"),
            Self::Postgres(url) => f.write_str(&redacted(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Returns what stands behind the user in a URL: hosts, database and parameters. A password may itself hold an unescaped `@`, `/` or `?`:
/// the last `@` before the parameters ends the user part, and if there is none the last of all.
fn place(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    let parameters = rest.find('?').unwrap_or(rest.len());
    let at = rest[..parameters].rfind('@').or_else(|| rest.rfind('@'));
    at.map_or(rest, |at| &rest[at + 1..])
}

/// Returns a host of a list without its port and without the brackets of an IPv6 address.
fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// Returns whether a host is a socket or this host.
fn is_here(host: &str) -> bool {
    let is_socket = host.is_empty() || host.starts_with(['/', '@']) || host.to_ascii_uppercase().starts_with("%2F");
    let address = host.parse::<IpAddr>();
    is_socket
        || host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Returns `url` with the password of its user part and every parameter that speaks of a password, even misspelt, replaced by `***`.
fn redacted(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let parameters = rest.find('?').unwrap_or(rest.len());
    // A password may itself hold an unescaped `@`, `/` or `?`: the last `@` before the parameters ends the user part, and if there is
    // none the last of all. Rather too much is hidden than too little.
    let at = rest[..parameters].rfind('@').or_else(|| rest.rfind('@'));
    let (user, tail) = match at {
        Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
        None => (None, rest),
    };
    let user = user.map(|user| match user.split_once(':') {
        Some((name, _)) => format!("{name}:***@"),
        None => format!("{user}@"),
    });
    let (place, query) = match tail.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (tail, None),
    };
    let query = query.map(|query| {
        let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
            Some((key, _)) if key.to_ascii_lowercase().contains("pass") => format!("{key}=***"),
            _ => parameter.to_owned(),
        });
        format!("?{}", parameters.collect::<Vec<_>>().join("&"))
    });
    format!(
        "{scheme}://{}{place}{}",
        user.unwrap_or_default(),
        query.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str) {
        let shown_now = match text.parse::<DatabaseUrl>() {
            Ok(url) => url.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown_now, shown);
    }

    #[test]
    fn urls_are_read_and_shown_without_secrets() {
        check("sqlite:a b.db", "sqlite:a b.db");
        check("sqlite:///var/lib/a.db", "sqlite:/var/lib/a.db");
        check("a.db", "sqlite:a.db");
        check("sqlite::memory:", "sqlite::memory:");
        check(
            "postgres://u:p@h:1,h2:2/d?target_session_attrs=any",
            "postgres://u:***@h:1,h2:2/d?target_session_attrs=any",
        );
        check(
            "postgresql://u@h/d?password=s&sslpassword=t&x=1",
            "postgresql://u@h/d?password=***&sslpassword=***&x=1",
        );
        check("postgres://u:p/q?r@h/d", "postgres://u:***@h/d");
        check("postgres://u:p@ss/w@h/d", "postgres://u:***@h/d");
        check("postgres:///d", "postgres:///d");
        check("postgres://u@h/d?passwort=s", "postgres://u@h/d?passwort=***");
        check(
            "postgres:/u:p@h/d",
            "a PostgreSQL URL starts with postgres:// and two slashes; give postgres://USER@HOST/NAME",
        );
        check(
            "host=h password=secret dbname=d",
            "keywords such as host=… are not read; give postgres://USER@HOST/NAME",
        );
        check(
            "mysql://x",
            "the database scheme `mysql` is not supported; use sqlite:PATH or postgres://USER@HOST/NAME",
        );
        check(
            " ",
            "the database URL is empty; give sqlite:PATH, a path, or postgres://USER@HOST/NAME",
        );
    }

    #[test]
    fn a_url_of_several_hosts_is_one_for_each() {
        let hosts = |url: &str| -> Vec<String> {
            let url: DatabaseUrl = url.parse().expect("a URL");
            let text = |(host, url): (String, DatabaseUrl)| match url {
                DatabaseUrl::Postgres(url) => format!("{host} {url}"),
                other => panic!("{other}"),
            };
            url.hosts().into_iter().map(text).collect()
        };
        assert_eq!(
            hosts("postgres://u:p@h:1,[::1]:2/d?target_session_attrs=read-write"),
            [
                "h:1 postgres://u:p@h:1/d?target_session_attrs=read-write",
                "[::1]:2 postgres://u:p@[::1]:2/d?target_session_attrs=read-write"
            ]
        );
        assert_eq!(hosts("postgres://h1,h2/d").len(), 2);
        assert_eq!(hosts("postgres://u:a,b@h/d?x=1,2").len(), 0);
        assert_eq!(hosts("postgres:///d?host=h1,h2").len(), 0);
        assert_eq!(hosts("a,b.db").len(), 0);
    }

    #[test]
    fn hosts_elsewhere_differ_from_this_one() {
        let hosts = |url: &str| {
            let url: DatabaseUrl = url.parse().expect("a URL");
            (url.remote_hosts().join(" "), url.ssl_mode().unwrap_or_default())
        };
        let cases = [
            ("postgres://u:p@localhost/d", "", ""),
            (
                "postgres://u:p@127.0.0.1:5433,[::1]:5432/d?sslmode=disable",
                "",
                "disable",
            ),
            (
                "postgres://u:p%40x@db.example.org:5432,localhost/d?sslmode=verify-full",
                "db.example.org",
                "verify-full",
            ),
            ("postgres://u@/d?host=/run/postgresql", "", ""),
            ("postgres://u@/d?host=db1,db2&sslmode=require", "db1 db2", "require"),
            ("postgres://%2Frun%2Fpostgresql/d", "", ""),
            ("postgres://[2001:db8::1]:5432/d", "2001:db8::1", ""),
            ("sqlite:a.db", "", ""),
        ];
        for (url, elsewhere, mode) in cases {
            assert_eq!(hosts(url), (elsewhere.to_owned(), mode.to_owned()), "{url}");
        }
    }

    #[test]
    fn messages_about_a_url_do_not_quote_its_password() {
        let censored = |url: &str, message: &str| {
            let url: DatabaseUrl = url.parse().expect("a URL");
            url.censored(message)
        };
        assert_eq!(censored("postgres://u:100%s@h/d", "token: \"100%s\""), "token: \"***\"");
        assert_eq!(
            censored("postgres://u:sec/ret@h/d", "\"sec\" for \"port\""),
            "\"***\" for \"port\""
        );
        assert_eq!(
            censored("postgres://u:p@h/d", "at \"h\": no \"d\""),
            "at \"h\": no \"d\""
        );
    }
}
