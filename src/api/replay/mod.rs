//! Requests that are sent again because their answer was lost: those with the same `Idempotency-Key` get the answer of the first, which is
//! stored in the transaction of the change.

mod store;

use chrono::{NaiveDateTime, TimeDelta};

use super::answers::ApplyReport;
use super::refusal::ApiRefusal;
use crate::auth::secret;
use crate::db::{Conn, Error, Result};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// The longest key.
const KEY_LENGTH_MAX: usize = 255;

/// The key of a request, and the request that it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayKey {
    /// The key of the token.
    token: i64,
    /// The hash of what the client sent as the key.
    key_hash: String,
    /// The hash of everything that the request asks for.
    fingerprint: String,
}

impl ReplayKey {
    /// Returns the key that a client sent with a request of these parts.
    ///
    /// # Errors
    /// A message for people, if this is no key.
    pub fn new(token: i64, key: &str, parts: &[&[u8]]) -> std::result::Result<Self, String> {
        let is_key = (1..=KEY_LENGTH_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            return Err(format!(
                "Idempotency-Key: give 1 to {KEY_LENGTH_MAX} visible ASCII characters, such as a UUID"
            ));
        }
        // With their lengths, so that no two requests have the same parts together.
        let parts = parts
            .iter()
            .map(|part| format!("{}:{}", part.len(), secret::digest_bytes(part)));
        Ok(Self {
            token,
            key_hash: secret::digest(key),
            fingerprint: secret::digest(&parts.collect::<Vec<_>>().join(" ")),
        })
    }

    /// Returns what an earlier request with this key changed, if there was one within the last day. Call it in the transaction of the change.
    ///
    /// # Errors
    /// [`ApiRefusal::KeyReused`] if that was another request, and those of [`crate::db`].
    pub fn earlier(&self, conn: &mut Conn, now: NaiveDateTime) -> std::result::Result<Option<ApplyReport>, ApiRefusal> {
        match store::find(conn, self.token, &self.key_hash, now - KEPT)? {
            None => Ok(None),
            Some((fingerprint, _)) if fingerprint != self.fingerprint => Err(ApiRefusal::KeyReused),
            Some((_, answer)) => {
                let unreadable = |error: serde_json::Error| Error::Corrupt(format!("a stored answer: {error}"));
                Ok(Some(serde_json::from_str(&answer).map_err(unreadable)?))
            }
        }
    }

    /// Stores what the request changed. Call it in the transaction of the change.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn keep(&self, conn: &mut Conn, report: &ApplyReport, now: NaiveDateTime) -> Result<()> {
        let unwritable = |error: serde_json::Error| Error::Other(format!("an answer cannot be stored: {error}"));
        let answer = serde_json::to_string(report).map_err(unwritable)?;
        store::put(conn, (self.token, &self.key_hash), &self.fingerprint, &answer, now)
    }
}

/// Deletes up to `portion` answers that are not kept any more, and returns how many there were.
///
/// # Errors
/// Those of [`crate::db`].
pub fn clear_old(conn: &mut Conn, now: NaiveDateTime, portion: i64) -> Result<usize> {
    store::clear_old(conn, now - KEPT, portion)
}
