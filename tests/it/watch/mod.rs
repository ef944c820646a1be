//! What whoever runs the program sees of it: the log of requests, the security log, and the counters beside them.

mod access_log;
mod roles;
mod routes;
mod security;
mod start;

use serde_json::Value;

use crate::support::server::Server;

/// The lines of a JSON log so far.
#[track_caller]
fn lines(server: &Server) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    server.log().lines().map(read).collect()
}

/// The last line of which `field` is `value`, once it is there.
#[track_caller]
fn line(server: &Server, field: &str, value: &str) -> Value {
    server.wait_for_log(&format!("\"{field}\":\"{value}\""), 1);
    let found = lines(server).into_iter().rev().find(|line| line[field] == value);
    found.unwrap_or_else(|| panic!("no line has {field}={value}: {}", server.log()))
}
