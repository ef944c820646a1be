//! The limit of the work that a thread does for one request: until when it may go on, and whether its client still waits.
//!
//! What works in portions asks [`check`] between them. The limit is the thread's, and not an argument, because stores know nothing of requests.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::error::{Error, Result};

thread_local! {
    static CURRENT: RefCell<Limit> = const { RefCell::new(Limit { end: None, is_abandoned: None, lock_wait: None, statement: None }) };
}

/// How far a piece of work may go.
#[derive(Clone, Debug, Default)]
pub struct Limit {
    end: Option<Instant>,
    is_abandoned: Option<Arc<AtomicBool>>,
    lock_wait: Option<Duration>,
    statement: Option<Duration>,
}

impl Limit {
    /// Returns the limit of work whose transactions give up once another one has held a lock for `duration` that they need.
    #[must_use]
    pub fn waiting_for_locks(self, duration: Duration) -> Self {
        Self {
            lock_wait: Some(duration),
            ..self
        }
    }

    /// Returns the limit of work none of whose statements may take longer than `duration`, where the database can end one.
    #[must_use]
    pub fn for_statements(self, duration: Duration) -> Self {
        Self {
            statement: Some(duration),
            ..self
        }
    }

    /// Returns the limit with an end, `duration` from now.
    #[must_use]
    pub fn ending_in(self, duration: Duration) -> Self {
        Self {
            end: Some(Instant::now() + duration),
            ..self
        }
    }

    /// Returns the limit of work that stops once `is_abandoned` is set.
    #[must_use]
    pub fn until(self, is_abandoned: Arc<AtomicBool>) -> Self {
        Self {
            is_abandoned: Some(is_abandoned),
            ..self
        }
    }

    /// Checks whether the work may go on.
    ///
    /// # Errors
    /// [`Error::Abandoned`] when the client has disconnected, [`Error::TooSlow`] after the end.
    pub fn check(&self) -> Result<()> {
        let is_set = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        if self.is_abandoned.as_ref().is_some_and(is_set) {
            return Err(Error::Abandoned);
        }
        match self.end {
            Some(end) if end <= Instant::now() => Err(Error::TooSlow("the time of this request is over".to_owned())),
            _ => Ok(()),
        }
    }

    /// Runs `work` with this as the limit of its thread.
    pub fn run<T>(self, work: impl FnOnce() -> T) -> T {
        let _restorer = LimitRestorer(CURRENT.replace(self));
        work()
    }
}

/// Restores the limit before, also when the work panics.
struct LimitRestorer(Limit);

impl Drop for LimitRestorer {
    fn drop(&mut self) {
        CURRENT.replace(std::mem::take(&mut self.0));
    }
}

/// Returns the limit of this thread, for threads that do a part of its work.
#[must_use]
pub fn current() -> Limit {
    CURRENT.with_borrow(Limit::clone)
}

/// Checks whether the work of this thread may go on; a thread without a limit always may.
pub fn check() -> Result<()> {
    CURRENT.with_borrow(Limit::check)
}

/// Returns how long the transactions of this thread may wait for a lock; without a limit as long as it takes.
pub(super) fn lock_wait() -> Option<Duration> {
    CURRENT.with_borrow(|limit| limit.lock_wait)
}

/// Returns how long a statement of this thread may take; without a limit as long as it takes.
pub(super) fn statement() -> Option<Duration> {
    CURRENT.with_borrow(|limit| limit.statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_at_its_limit_and_the_thread_goes_on() {
        assert!(check().is_ok());
        let over = Limit::default().ending_in(Duration::ZERO).run(check);
        assert!(matches!(over, Err(Error::TooSlow(_))), "{over:?}");
        let is_abandoned = Arc::new(AtomicBool::new(false));
        Limit::default().until(Arc::clone(&is_abandoned)).run(|| {
            assert!(check().is_ok());
            is_abandoned.store(true, Ordering::Relaxed);
            assert!(matches!(check(), Err(Error::Abandoned)));
        });
        assert!(check().is_ok());
    }
}
