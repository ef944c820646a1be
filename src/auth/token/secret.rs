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

    /// Returns a text for logs: without the letters and digits that follow what every secret begins with.
    #[must_use]
    pub fn masked_in(text: &str) -> String {
        let mut parts = text.split(PREFIX);
        let mut masked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            masked.push_str(PREFIX);
            masked.push('…');
            masked.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric()));
        }
        masked
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_a_secret_is_masked_in_texts_for_logs() {
        let secret = TokenSecret::random();
        let secret = secret.as_str();
        for (text, masked) in [
            (format!("/api/v1/{secret}"), "/api/v1/slam_…"),
            (format!("/{secret}/{secret}/x"), "/slam_…/slam_…/x"),
            (secret[..20].to_owned(), "slam_…"),
            (format!("{secret}é"), "slam_…é"),
            ("/api/v1/export".to_owned(), "/api/v1/export"),
            (String::new(), ""),
        ] {
            assert_eq!(TokenSecret::masked_in(&text), masked, "{text}");
        }
    }
}
