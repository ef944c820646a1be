//! Permits of which each user has some, so that one alone cannot take what is there for all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Semaphore;

/// The permits of each user.
#[derive(Debug)]
pub(in crate::web) struct UserPermits {
    /// How many a user has.
    each: usize,
    /// Those of users who hold or wait for one, by their keys.
    by_user: Mutex<HashMap<i64, Weak<Semaphore>>>,
}

impl UserPermits {
    /// Gives so many permits to each user.
    pub(in crate::web) fn new(each: usize) -> Self {
        Self {
            each,
            by_user: Mutex::default(),
        }
    }

    /// Returns the permits of one user; those that no request holds or waits for are forgotten.
    pub(in crate::web) fn of(&self, user: i64) -> Arc<Semaphore> {
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(permits) = by_user.get(&user).and_then(Weak::upgrade) {
            return permits;
        }
        by_user.retain(|_, permits| permits.strong_count() > 0);
        let permits = Arc::new(Semaphore::new(self.each));
        by_user.insert(user, Arc::downgrade(&permits));
        permits
    }

    /// Returns how many users are remembered.
    #[cfg(test)]
    pub(in crate::web) fn len(&self) -> usize {
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
