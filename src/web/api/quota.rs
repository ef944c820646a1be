//! How many requests a user may send: a bucket for each user that fills evenly and holds what is allowed in a minute. Counted in memory, for each
//! process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Users whose requests are remembered; those with a full bucket are forgotten beyond.
const REMEMBERED_MAX: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

/// The requests of all users.
#[derive(Debug)]
pub struct RequestQuota {
    /// How long one request takes to be forgotten.
    each: Duration,
    /// When the bucket of each user will be full again, by the user's key. A clock that is put back must not keep a user waiting, so that these
    /// are no times of day.
    full_at: Mutex<HashMap<i64, Instant>>,
}

impl RequestQuota {
    /// Allows each user so many requests in a minute.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self {
            each: MINUTE / per_minute.max(1),
            full_at: Mutex::default(),
        }
    }

    /// Counts a request of a user at `now`.
    ///
    /// # Errors
    /// The seconds until the next one is allowed; this one is not counted.
    pub fn take(&self, user: i64, now: Instant) -> Result<(), u64> {
        let mut all = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let full_at = all.get(&user).copied().unwrap_or(now).max(now) + self.each;
        let wait = (full_at - now).saturating_sub(MINUTE);
        if !wait.is_zero() {
            return Err(wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX));
        }
        if all.len() >= REMEMBERED_MAX {
            all.retain(|_, at| *at > now);
        }
        all.insert(user, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_minute_of_requests_and_gets_them_back_evenly() {
        let quota = RequestQuota::new(60);
        let now = Instant::now();
        for _ in 0..60 {
            assert_eq!(quota.take(1, now), Ok(()));
        }
        assert_eq!(quota.take(1, now), Err(1));
        assert_eq!(quota.take(2, now), Ok(()), "another user is not affected");
        let later = now + Duration::from_secs(2);
        assert_eq!(quota.take(1, later), Ok(()));
        assert_eq!(quota.take(1, later), Ok(()));
        assert_eq!(quota.take(1, later), Err(1));
        for _ in 0..60 {
            assert_eq!(quota.take(1, later + MINUTE), Ok(()), "all are there again");
        }
        assert_eq!(quota.take(1, later + MINUTE), Err(1));
    }

    #[test]
    fn the_wait_for_the_next_request_is_in_whole_seconds() {
        let quota = RequestQuota::new(1);
        let now = Instant::now();
        assert_eq!(quota.take(1, now), Ok(()));
        assert_eq!(quota.take(1, now), Err(60));
        assert_eq!(quota.take(1, now + Duration::from_millis(100)), Err(60));
        assert_eq!(quota.take(1, now + MINUTE), Ok(()));
    }
}
