//! The tokens that open the metrics, in memory: a scrape asks no database. The thread that reads the newest components for each scrape reads them, too,
//! so that the answer to a scrape never rests on a token that was revoked before the scrape began. While the database does not answer, those
//! that were read last open the metrics until they expire: then above all scrapes go on. Tokens that the database answers with and that cannot be read
//! open nothing, and stop no scrape that needs none.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use chrono::NaiveDateTime;

use super::{TokenSecret, store};
use crate::db::{Conn, Error, Result};

/// A token that opens the metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrapeToken {
    /// Its key.
    pub id: i64,
    /// The name of its user.
    pub username: String,
    /// When it ends, UTC.
    pub expires_at: NaiveDateTime,
}

/// The tokens that open the metrics, by the hashes of their secrets.
#[derive(Debug, Default)]
pub struct ScrapeTokens {
    /// Whether a token came with any scrape: until then none is read.
    are_used: AtomicBool,
    /// Whether they could not be read when that was last tried, although the database answered.
    are_unreadable: AtomicBool,
    known: ArcSwap<HashMap<String, ScrapeToken>>,
}

impl ScrapeTokens {
    /// Has the tokens read with each refresh from now on.
    pub fn activate(&self) {
        self.are_used.store(true, Ordering::Relaxed);
    }

    /// Returns the token of a secret as it was read last, unless it has expired at `now`.
    #[must_use]
    pub fn find(&self, secret: &TokenSecret, now: NaiveDateTime) -> Option<ScrapeToken> {
        let known = self.known.load();
        let found = known.get(&secret.hash()).filter(|token| token.expires_at > now);
        found.cloned()
    }

    /// Returns whether it is not known which tokens are valid, although the database answers.
    #[must_use]
    pub fn are_unreadable(&self) -> bool {
        self.are_unreadable.load(Ordering::Relaxed)
    }

    /// Reads the tokens, if any came with a scrape.
    ///
    /// # Errors
    /// Those of [`crate::db`]; those that were read before stay.
    pub fn read(&self, conn: &mut Conn) -> Result<()> {
        if self.are_used.load(Ordering::Relaxed) {
            let tokens: HashMap<String, ScrapeToken> = store::of_scrapes(conn)?.into_iter().collect();
            self.are_unreadable.store(false, Ordering::Relaxed);
            if **self.known.load() != tokens {
                self.known.store(Arc::new(tokens));
            }
        }
        Ok(())
    }

    /// Forgets the tokens, because `error` is what the database answers: which of them are still valid is not known.
    pub fn forget(&self, error: &Error) {
        if !self.are_unreadable.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "the tokens cannot be read; until they can, none opens the metrics");
        }
        self.known.store(Arc::default());
    }
}
