//! The API below `/api/v1/`, and the commands that use it.

mod commands;
mod description;
mod loop_of_files;
mod lost;
mod replayed;
mod requests;
mod rights;
mod trouble;
mod uploads;

use std::path::PathBuf;

use serde_json::Value;
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::auth::token::{TokenScope, TokenSecret};
use sla_monitor::clock::{Clock, SystemClock};
use tempfile::TempDir;

use crate::support::client::{self, Answer};
use crate::support::database::Database;
use crate::support::people::{add_user, staff_state, superuser_state};
use crate::support::program::{Ran, run_with};
use crate::support::server::Server;
use crate::tokens::add_token;

/// A file with something of each of the kinds that hours depend on.
pub const DOCUMENT: &str = "
calendars:
- {name: Holidays, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400, note: Christmas}]}
windows:
- name: Office
  timezone: Europe/Berlin
  calendars: [Holidays]
  rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]
components:
- {name: shop, labels: {team: web}, windows: [Office], slo: 99.9}
- {name: a/b, windows: [Office]}
";

/// A server and a program with a token.
pub struct Client {
    /// The key of the token.
    pub token: i64,
    secret: TokenSecret,
    url: String,
    folder: TempDir,
}

impl Client {
    /// Returns a program with a token of a new user.
    pub fn of(database: &Database, server: &Server, user: &UserState, scopes: &[TokenScope]) -> Self {
        let id = add_user(database, user, None);
        let (token, secret) = add_token(&mut database.connect(), id, ("ci", scopes), (SystemClock.now(), 30))
            .expect("the token can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("token"), format!("{}\n", secret.as_str())).expect("a file can be written");
        Self {
            token,
            secret,
            url: server.url.clone(),
            folder,
        }
    }

    /// Returns a program that may do everything that the API does.
    pub fn root(database: &Database, server: &Server) -> Self {
        Self::of(
            database,
            server,
            &superuser_state("root"),
            &[TokenScope::Apply, TokenScope::Read],
        )
    }

    /// Returns a program of a user with these permissions.
    pub fn staff(database: &Database, server: &Server, username: &str, permissions: &[&str]) -> Self {
        let scopes = [TokenScope::Apply, TokenScope::Read];
        Self::of(database, server, &staff_state(username, permissions), &scopes)
    }

    /// Returns the secret.
    pub fn secret(&self) -> &str {
        self.secret.as_str()
    }

    /// Returns the file with the token.
    pub fn token_file(&self) -> PathBuf {
        self.folder.path().join("token")
    }

    /// Asks for a path below `/api/v1`.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let authorization = format!("Bearer {}", self.secret());
        let headers = [&[("authorization", authorization.as_str())], headers].concat();
        client::request("GET", &format!("{}/api/v1{path}", self.url), &headers)
    }

    /// Sends a body to a path below `/api/v1`.
    pub fn post(&self, path: &str, media_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let host = self.url.strip_prefix("http://").expect("tests ask over http");
        let mut head = format!(
            "POST /api/v1{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n",
            self.secret(),
            body.len()
        );
        if !media_type.is_empty() {
            head.push_str(&format!("content-type: {media_type}\r\n"));
        }
        headers
            .iter()
            .for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        head.push_str("\r\n");
        client::exchange(host, &[head.as_bytes(), body].concat())
    }

    /// Applies a file in YAML, with this query.
    pub fn apply(&self, query: &str, file: &str) -> Answer {
        self.post(&format!("/apply{query}"), "application/yaml", &[], file.as_bytes())
    }

    /// Runs a command with `--server`.
    pub fn run(&self, arguments: &[&str], input: &str) -> Ran {
        let file = self.token_file();
        let file = file.to_str().expect("temporary paths are UTF-8");
        let server = ["--server", &self.url, "--token-file", file];
        run_with(&[arguments, &server].concat(), input, &[])
    }
}

/// Returns the answer as JSON.
#[track_caller]
pub fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

/// Returns status, kind and problem of a refusal.
#[track_caller]
pub fn problem(answer: &Answer) -> (u16, String, Value) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text()
    );
    let problem = json(answer);
    assert_eq!(problem["status"], answer.status, "{problem}");
    let kind = problem["type"].as_str().and_then(|kind| kind.rsplit(':').next());
    (answer.status, kind.unwrap_or_default().to_owned(), problem)
}

/// Returns how many entries the audit log has.
pub fn entries(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM log_entry")
}
