//! Limits of sessions, passwords and security events, from the options of the process. One for the process, as the zone data is.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use chrono::TimeDelta;

/// Limits of sessions, passwords and security events.
#[derive(Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a session lasts without a visit.
    pub session_idle: TimeDelta,
    /// How long after logging in a session ends.
    pub session_max: TimeDelta,
    /// Characters of a password at least.
    pub password_length_min: usize,
    /// How long security events are kept; none: for ever.
    pub events_kept: Option<TimeDelta>,
    /// The keys of passwords that may not be chosen, as [`crate::text::user_key`] makes them.
    pub denied_passwords: HashSet<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            session_idle: TimeDelta::hours(12),
            session_max: TimeDelta::days(14),
            password_length_min: 12,
            events_kept: Some(TimeDelta::days(90)),
            denied_passwords: HashSet::new(),
        }
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("session_idle", &self.session_idle)
            .field("session_max", &self.session_max)
            .field("password_length_min", &self.password_length_min)
            .field("events_kept", &self.events_kept)
            .field("denied_passwords", &self.denied_passwords.len())
            .finish()
    }
}

static CURRENT: LazyLock<ArcSwap<Policy>> = LazyLock::new(|| ArcSwap::from_pointee(Policy::default()));

/// Returns the policy in force.
#[must_use]
pub fn current() -> Arc<Policy> {
    CURRENT.load_full()
}

/// Puts another policy in force, for sessions that go on too.
pub fn replace(policy: Policy) {
    CURRENT.store(Arc::new(policy));
}
