//! What other people's programs make of ours: Prometheus itself, its linter, the reference parser of OpenMetrics, and proxies.
//! A program that is not installed fails the test; nothing is skipped.

mod alerts;
mod api;
mod at_size;
mod attained;
mod documented;
mod gzip_clients;
mod haproxy;
mod measured;
mod measured_at_random;
mod measuring_alert;
mod nginx;
mod open_metrics;
mod postgres_tls;
mod prometheus;
mod promtool;
mod proxy;
mod schemathesis;

use std::io::Write;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::client::{self, Answer};
use crate::support::program;
use crate::support::server::Server;

/// Starts another program.
fn spawn(command: &mut Command) -> Child {
    match command.spawn() {
        Ok(child) => child,
        Err(error) => panic!(
            "{} does not start ({error}); scripts/test installs it",
            command.get_program().to_string_lossy()
        ),
    }
}

/// Runs another program to its end.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = spawn(&mut command);
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_owned();
    // A program that ends without reading all of it says why.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the input was written");
    output
}

/// `sla-monitor demo`, its database in a folder of its own.
struct Demo {
    server: Server,
    _folder: TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut command = program::command();
        command
            .args(["demo", "--bind", "127.0.0.1:0"])
            .current_dir(folder.path());
        Self {
            server: Server::spawn(command),
            _folder: folder,
        }
    }

    /// The metrics in a layout and a format.
    fn metrics(&self, layout: &str, accept: &str) -> Answer {
        let url = format!("{}/metrics?layout={layout}", self.server.url);
        let answer = client::request("GET", &url, &[("accept", accept)]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(
            answer.header("content-type").starts_with(accept),
            "{}",
            answer.header("content-type")
        );
        answer
    }
}

const LAYOUTS: [&str; 2] = ["names", "labels"];
const TEXT: &str = "text/plain";
const OPEN_METRICS: &str = "application/openmetrics-text";
