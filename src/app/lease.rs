//! The lease of a job that this process has, renewed while it works.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// A lease that was just taken.
pub(super) struct HeldLease<'a> {
    /// Renews it, and returns whether that was possible.
    renew: Box<dyn Fn() -> bool + 'a>,
    /// How often.
    every: Duration,
    renewed: Cell<Instant>,
    is_held: Cell<bool>,
}

impl<'a> HeldLease<'a> {
    /// Returns a lease that `renew` renews; one that cannot be renewed may be another process's by now.
    pub(super) fn new(every: Duration, renew: impl Fn() -> bool + 'a) -> Self {
        Self {
            renew: Box::new(renew),
            every,
            renewed: Cell::new(Instant::now()),
            is_held: Cell::new(true),
        }
    }

    /// Returns whether this process still has the job, and renews the lease when it is time for it.
    pub(super) fn is_held(&self) -> bool {
        if self.is_held.get() && self.renewed.get().elapsed() >= self.every {
            self.renewed.set(Instant::now());
            self.is_held.set((self.renew)());
        }
        self.is_held.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_renewed_until_that_fails() {
        let renewals = Cell::new(0);
        let renew = || {
            renewals.set(renewals.get() + 1);
            renewals.get() < 3
        };
        let lease = HeldLease::new(Duration::ZERO, renew);
        assert_eq!(
            [lease.is_held(), lease.is_held(), lease.is_held(), lease.is_held()],
            [true, true, false, false]
        );
        assert_eq!(renewals.get(), 3);
        assert!(HeldLease::new(Duration::from_secs(3_600), || false).is_held());
    }
}
