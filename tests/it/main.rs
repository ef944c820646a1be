//! Everything is tested at its borders: values of the calculus, HTTP answers, the command line, both databases.

#![expect(
    unreachable_pub,
    reason = "a test binary exports nothing; `pub` says what other modules here use"
)]
#![expect(clippy::panic, reason = "a helper that cannot go on fails its test")]

mod accounts;
mod admin;
mod api;
mod calculus;
mod chromium;
mod cli;
mod disk;
mod exposition;
mod faults;
mod house;
mod indicators;
mod measuring;
mod outages;
mod packaging;
mod prometheus_api;
mod running;
mod schema;
mod scrape;
mod servers;
mod support;
mod tokens;
mod watch;
mod zones;
