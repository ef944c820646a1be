//! URLs of servers with an API, as options give them.

use std::path::Path;

use super::secret_file::SecretFile;
use super::sources::is_token;

/// The longest token, in bytes. Those of this program have 48.
const TOKEN_LENGTH_MAX: usize = 4_096;

/// What is wrong with the URL of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceUrlFault {
    /// It is no URL.
    Unreadable,
    /// It is none of HTTP, or has no host.
    Scheme,
    /// It holds credentials.
    Credentials,
    /// It holds parameters.
    Parameters,
    /// It ends with the path of the API.
    Path,
}

impl ServiceUrlFault {
    /// Returns what is wrong, to stand behind what the URL is of.
    #[must_use]
    pub fn in_words(self, example: &str) -> String {
        match self {
            Self::Unreadable => format!("cannot be understood; give one such as {example}"),
            Self::Scheme => format!("begins with http:// or https:// and a host, e.g. {example}"),
            Self::Credentials => "holds credentials; leave them out".to_owned(),
            Self::Parameters => "has parameters or a fragment; leave out all from the ? or # on".to_owned(),
            Self::Path => "ends with /api/v1, which is added to it; leave that out".to_owned(),
        }
    }
}

/// Returns the URL of a server without a slash at its end.
///
/// # Errors
/// What is wrong with it; the URL itself is not repeated, because it may hold a password.
pub fn service_url(text: &str) -> Result<String, ServiceUrlFault> {
    let parsed = text.parse::<ureq::http::Uri>();
    let parsed = parsed.map_err(|_| ServiceUrlFault::Unreadable)?;
    if !matches!(parsed.scheme_str(), Some("http" | "https")) || parsed.host().is_none_or(str::is_empty) {
        return Err(ServiceUrlFault::Scheme);
    }
    let mut authority = parsed.authority().into_iter();
    if authority.any(|authority| authority.as_str().contains('@')) {
        return Err(ServiceUrlFault::Credentials);
    }
    if parsed.query().is_some() || text.contains('#') {
        return Err(ServiceUrlFault::Parameters);
    }
    let url = text.trim_end_matches('/');
    match url.ends_with("/api/v1") {
        true => Err(ServiceUrlFault::Path),
        false => Ok(url.to_owned()),
    }
}

/// Returns the token that a file holds on its first line that is neither empty nor a comment.
///
/// # Errors
/// A message that names the option and the file, never what is in it.
pub fn token_in(option: &'static str, path: &Path) -> Result<String, String> {
    let file = SecretFile::read(option, path, "a token of one word", is_token)?;
    match file.secrets(i64::MIN).first() {
        Some(token) if token.len() <= TOKEN_LENGTH_MAX => Ok(token.clone()),
        Some(_) => Err(format!(
            "{option}: {} holds no token; its first line has more than {TOKEN_LENGTH_MAX} bytes",
            path.display()
        )),
        None => Err(format!("{option}: {} holds no token", path.display())),
    }
}
