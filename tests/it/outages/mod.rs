//! A database that refuses, is locked, full or read-only, and more work than its connections can do: who is answered what, and how it heals.

mod locks;
mod migrated;
mod readiness;
mod refused;
mod searches;
mod waiting;
mod writes;

use std::time::{Duration, Instant};

use sla_monitor::db::Conn;

use crate::scrape::{say, value};
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::server::Server;

/// How long a state may take to come about before a test fails for it.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until a metric of the server is at least this.
#[track_caller]
fn wait_for_metric(server: &Server, series: &str, least: f64) {
    let started = Instant::now();
    loop {
        let shown = value(&get(&format!("{}/metrics", server.url)).text(), series);
        if shown >= least {
            return;
        }
        assert!(started.elapsed() < DEADLINE, "{series} stays at {shown}");
    }
}

/// Waits until so many requests are being answered beside the one that asks.
#[track_caller]
fn wait_for_requests(server: &Server, count: u32) {
    wait_for_metric(server, "http_requests_in_flight", f64::from(count + 1));
}

/// Takes the lock that every change needs, until the connection says otherwise.
fn lock_writers(database: &Database) -> Conn {
    let mut conn = database.connect();
    if database.is_postgres() {
        say(&mut conn, "SET application_name = 'holder'");
        say(&mut conn, "BEGIN");
        say(&mut conn, "SELECT version FROM data_version WHERE id = 1 FOR UPDATE");
    } else {
        say(&mut conn, "BEGIN IMMEDIATE");
    }
    conn
}
