//! Schemathesis asks the API what its description allows and what it forbids, and compares each answer with the description.

use std::process::{Command, Stdio};

use super::spawn;
use crate::api::{Client, DOCUMENT};
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_program_that_may_do_everything_finds_nothing_wrong,
    a_program_that_may_do_little_finds_nothing_wrong,
);

/// How many requests it makes up for an operation, beside those that it derives from the description.
const EXAMPLES: &str = "25";

fn a_program_that_may_do_everything_finds_nothing_wrong(database: &Database) {
    let server = serve(database);
    let client = Client::root(database, &server);
    asks(&server, &client);
    let applied = database.number("SELECT count(*) AS value FROM log_entry WHERE actor LIKE 'token%'");
    assert!(applied > 0, "what it made up was also applied");
}

fn a_program_that_may_do_little_finds_nothing_wrong(database: &Database) {
    let server = serve(database);
    let client = Client::staff(
        database,
        &server,
        "viewer",
        &["sla.view_component", "sla.view_slawindow", "sla.view_calendar"],
    );
    asks(&server, &client);
    let applied = database.number("SELECT count(*) AS value FROM log_entry WHERE actor LIKE 'token%'");
    assert_eq!(applied, 0, "it may not apply anything");
}

fn serve(database: &Database) -> Server {
    apply(database, DOCUMENT);
    Server::start(database, &["--api-rate", "60000"])
}

/// Runs it with the token of a program.
#[track_caller]
fn asks(server: &Server, client: &Client) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schemathesis.toml");
    let mut command = Command::new("schemathesis");
    command
        .args([
            "--config-file",
            config,
            "run",
            "--checks",
            "all",
            "--mode",
            "all",
            "--no-color",
            "--workers",
            "1",
        ])
        .args(["--max-examples", EXAMPLES, "--seed", "1", "--generation-deterministic"])
        .args(["--header", &format!("Authorization: Bearer {}", client.secret())])
        .arg(format!("{}/api/v1/openapi.json", server.url))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = spawn(&mut command).wait_with_output().expect("schemathesis ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let exposition = get(&format!("{}/metrics", server.url)).text();
    let faults: Vec<&str> = exposition
        .lines()
        .filter(|line| {
            line.starts_with("http_requests_total") && line.contains("/api/v1/") && line.contains("status=\"5")
        })
        .collect();
    assert!(faults.is_empty(), "{faults:?}: {said}");
    assert!(
        exposition.contains("route=\"/api/v1/components/{name}/spans\""),
        "the operations were asked: {said}"
    );
}
