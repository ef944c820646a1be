//! The secret of a token, which its holder alone has.

use crate::auth::secret;

/// What every secret begins with, so that people and scanners recognise it.
const PREFIX: &str = "slam_";

/// Letters and digits behind the prefix: together they are worth 256 random bits.
const LENGTH: usize = 43;

/// The secret of a token. Does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret(String);

impl TokenSecret {
    /// Returns a new random secret.
    #[must_use]
    pub fn random() -> Self {
        Self(format!("{PREFIX}{}", secret::alphanumeric(LENGTH)))
    }

    /// Reads a text as a secret; nothing if it has not the form of one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let letters = text.strip_prefix(PREFIX)?;
        let is_secret = letters.len() == LENGTH && letters.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_secret.then(|| Self(text.to_owned()))
    }

    /// Returns the secret, to be shown once to its user and nowhere else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the hash that is stored.
    #[must_use]
    pub fn hash(&self) -> String {
        secret::digest(&self.0)
    }
}

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}
