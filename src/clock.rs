//! The only place that reads the time of day; everything else takes an instant as an argument.

use chrono::NaiveDateTime;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Returns the instant now, UTC.
    fn now(&self) -> NaiveDateTime;

    /// Returns the instant now in whole Unix seconds, truncated.
    fn now_seconds(&self) -> i64 {
        self.now().and_utc().timestamp()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one caller")]
    fn now(&self) -> NaiveDateTime {
        chrono::Utc::now().naive_utc()
    }
}

/// A clock that tests set by hand.
#[derive(Debug)]
pub struct FixedClock(std::sync::atomic::AtomicI64);

impl FixedClock {
    /// Returns a clock that stands at `seconds` (Unix).
    pub fn at(seconds: i64) -> Self {
        Self(seconds.into())
    }

    /// Moves the clock to `seconds` (Unix), forwards or backwards.
    pub fn set(&self, seconds: i64) {
        self.0.store(seconds, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> NaiveDateTime {
        let seconds = self.0.load(std::sync::atomic::Ordering::SeqCst);
        chrono::DateTime::from_timestamp(seconds, 0)
            .unwrap_or_default()
            .naive_utc()
    }
}
