//! What operators see of the program: the log of requests, the security log, and the counters beside them.

mod access_log;
mod alerts;
mod fail2ban;
mod nginx;
mod roles;
mod routes;
mod security;
mod standby;
mod start;
mod unlock;

use serde_json::Value;

use crate::support::documents::blocks;
use crate::support::server::Server;

/// Every command that only reads, for a database with a component `api`.
const READING_COMMANDS: [&[&str]; 9] = [
    &["check"],
    &["check", "--deploy"],
    &["export"],
    &["metrics"],
    &["explain", "api"],
    &["spans", "api", "--from", "2026-11-01", "--to", "2026-12-01"],
    &["report", "--at", "2026-11"],
    &["showmigrations"],
    &["migrate", "--check"],
];

/// The block of docs/operations.md in this language that has this text.
#[track_caller]
fn block_with(language: &str, text: &str) -> String {
    let found = blocks(language).into_iter();
    let mut found = found.filter(|block| block.file.ends_with("operations.md") && block.text.contains(text));
    let block = found
        .next()
        .unwrap_or_else(|| panic!("no block of {language} has {text}"));
    assert!(found.next().is_none(), "one block has {text}");
    block.text
}

/// The lines of a JSON log so far.
#[track_caller]
fn lines(server: &Server) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    server.log().lines().map(read).collect()
}

/// The line of the request with this id, once it is there.
#[track_caller]
fn request_line(server: &Server, id: &str) -> Value {
    server.wait_for_log(&format!("\"message\":\"request\",\"request_id\":\"{id}\""), 1);
    let mut lines = lines(server).into_iter();
    let found = lines.find(|line| line["message"] == "request" && line["request_id"] == id);
    found.unwrap_or_else(|| panic!("no request has the id {id}: {}", server.log()))
}

/// The last line of which `field` is `value`, once it is there.
#[track_caller]
fn line(server: &Server, field: &str, value: &str) -> Value {
    server.wait_for_log(&format!("\"{field}\":\"{value}\""), 1);
    let found = lines(server).into_iter().rev().find(|line| line[field] == value);
    found.unwrap_or_else(|| panic!("no line has {field}={value}: {}", server.log()))
}
