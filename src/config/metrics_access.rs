//! Access to the metrics: clients on loopback by default, holders of secrets if there are any, every client if so decided.

use subtle::{Choice, ConstantTimeEq};

use super::ServeOptions;
use super::secret_file::SecretFile;

/// Access to the metrics. The secrets never show: not in `Debug`, not in messages.
#[derive(Clone, Default)]
pub struct MetricsAccess {
    /// Bearer tokens.
    tokens: Option<SecretFile>,
    /// `USER:PASSWORD` pairs.
    basic: Option<SecretFile>,
    /// Whether every client may.
    public: bool,
}

impl std::fmt::Debug for MetricsAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "MetricsAccess({:?}, {:?}, public: {})",
            self.tokens, self.basic, self.public
        )
    }
}

impl MetricsAccess {
    /// Reads the files that `options` names.
    ///
    /// # Errors
    /// A message naming the option and the file when one cannot be read, holds nothing, or a line of it has the wrong form.
    pub fn read(options: &ServeOptions) -> Result<Self, String> {
        let tokens = options.metrics_token_file.as_deref();
        let basic = options.metrics_basic_auth_file.as_deref();
        let no_check = |_: &str| true;
        let is_pair = |line: &str| {
            line.split_once(':')
                .is_some_and(|(user, password)| !user.is_empty() && !password.is_empty())
        };
        let tokens = tokens.map(|path| SecretFile::read("--metrics-token-file", path, "a token", no_check));
        let basic = basic.map(|path| SecretFile::read("--metrics-basic-auth-file", path, "USER:PASSWORD", is_pair));
        Ok(Self {
            tokens: tokens.transpose()?,
            basic: basic.transpose()?,
            public: options.metrics_public,
        })
    }

    /// Returns access for holders of one of these tokens, which no file holds.
    #[must_use]
    pub fn with_tokens(tokens: &[&str]) -> Self {
        Self {
            tokens: Some(SecretFile::fixed(tokens)),
            ..Self::default()
        }
    }

    /// Returns access for every client.
    #[must_use]
    pub fn for_all() -> Self {
        Self {
            public: true,
            ..Self::default()
        }
    }

    /// Returns whether credentials are asked for: so it stays while their file cannot be read.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.tokens.is_some() || self.basic.is_some()
    }

    /// Returns whether every client may read, unless credentials are asked for.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// Returns whether `given` is one of the bearer tokens in the file at `now`, Unix seconds.
    #[must_use]
    pub fn has_token(&self, given: &[u8], now: i64) -> bool {
        self.tokens
            .as_ref()
            .is_some_and(|file| matches_any(&file.secrets(now), given))
    }

    /// Returns whether `given` is one of the `USER:PASSWORD` pairs in the file at `now`, Unix seconds.
    #[must_use]
    pub fn has_pair(&self, given: &[u8], now: i64) -> bool {
        self.basic
            .as_ref()
            .is_some_and(|file| matches_any(&file.secrets(now), given))
    }

    /// Reads the files again.
    pub fn read_again(&self) {
        for file in [&self.tokens, &self.basic].into_iter().flatten() {
            file.read_again();
        }
    }
}

/// Compares with every secret in a time that tells neither which one nor how much of it was right.
fn matches_any(secrets: &[String], given: &[u8]) -> bool {
    let any = secrets
        .iter()
        .fold(Choice::from(0), |any, secret| any | secret.as_bytes().ct_eq(given));
    any.into()
}
