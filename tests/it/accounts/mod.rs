//! Users, groups, passwords and sessions, below the pages that show them.

mod csrf;
mod passwords;
mod throttle;

use chrono::{DateTime, NaiveDateTime};

/// An instant, in seconds after one that all tests share.
fn at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0)
        .expect("the tests stay in the calendar")
        .naive_utc()
}
