//! How many requests a user may send: a bucket for each user that fills evenly and holds what is allowed in a minute. Counted in memory, for each
//! process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDateTime;

/// Users whose requests are remembered; those with a full bucket are forgotten beyond.
const REMEMBERED_MAX: usize = 10_000;

/// The milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// The requests of all users.
#[derive(Debug)]
pub struct RequestQuota {
    /// What a user may send in a minute.
    per_minute: i64,
    /// When the bucket of each user will be full again, by the user's key.
    full_at: Mutex<HashMap<i64, NaiveDateTime>>,
}

impl RequestQuota {
    /// Allows each user so many requests in a minute.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute: i64::from(per_minute.max(1)),
            full_at: Mutex::default(),
        }
    }

    /// Counts a request of a user at `now`.
    ///
    /// # Errors
    /// The seconds until the next one is allowed; this one is not counted.
    pub fn take(&self, user: i64, now: NaiveDateTime) -> Result<(), u64> {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back must not keep a user waiting for longer than a minute.
        let filled = all
            .get(&user)
            .map_or(0, |at| (*at - now).num_milliseconds())
            .clamp(0, MINUTE);
        let after = filled + self.milliseconds();
        if after > MINUTE {
            let wait = u64::try_from(after - MINUTE).unwrap_or_default();
            return Err(wait.div_ceil(1_000).max(1));
        }
        if all.len() >= REMEMBERED_MAX {
            all.retain(|_, at| *at > now);
        }
        all.insert(user, now + chrono::TimeDelta::milliseconds(after));
        Ok(())
    }

    /// Returns how long one request takes to be forgotten, in milliseconds, at least one.
    fn milliseconds(&self) -> i64 {
        (MINUTE / self.per_minute).max(1)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn each_user_has_a_minute_of_requests_and_gets_them_back_evenly() {
        let quota = RequestQuota::new(60);
        let now = DateTime::from_timestamp(1_800_000_000, 0)
            .expect("it is an instant")
            .naive_utc();
        for _ in 0..60 {
            assert_eq!(quota.take(1, now), Ok(()));
        }
        assert_eq!(quota.take(1, now), Err(1));
        assert_eq!(quota.take(2, now), Ok(()), "another user is not affected");
        let later = now + TimeDelta::seconds(2);
        assert_eq!(quota.take(1, later), Ok(()));
        assert_eq!(quota.take(1, later), Ok(()));
        assert_eq!(quota.take(1, later), Err(1));
        let before = now - TimeDelta::days(1);
        assert_eq!(
            quota.take(1, before),
            Err(1),
            "the clock was put back: a minute at most"
        );
    }
}
