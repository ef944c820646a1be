//! A serving program: started on a free port, ended by its own process id, its log readable as it grows.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::database::Database;
use super::program::command;

/// How long anything may take before a test fails for it.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A server that runs until it is dropped.
pub struct Server {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    /// What it said on standard output before it listened.
    pub said: Vec<String>,
    child: Child,
    log: Log,
}

impl Server {
    /// Starts `serve` on a database, with further arguments.
    pub fn start(database: &Database, arguments: &[&str]) -> Self {
        let mut command = command();
        command
            .args(["serve", "--bind", "127.0.0.1:0", "--database-url", &database.url])
            .args(arguments);
        Self::spawn(command)
    }

    /// Starts any command that serves.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let log = Log::follow(child.stderr.take().expect("standard error is piped"));
        let out = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut said = Vec::new();
        let mut url = None;
        for line in out.lines().map_while(Result::ok) {
            url = line.strip_prefix("listening on ").map(str::to_owned);
            if url.is_some() {
                break;
            }
            said.push(line);
        }
        let Some(url) = url else {
            drop(child.wait());
            panic!("the server did not start: {said:?}{}", log.text());
        };
        Self {
            url: url.trim_end_matches('/').to_owned(),
            said,
            child,
            log,
        }
    }

    /// Returns the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the log so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until the log holds `count` lines with `text`.
    pub fn wait_for_log(&self, text: &str, count: usize) {
        self.log.wait_for(text, count);
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.pid().to_string()])
            .status();
        assert!(
            status.expect("kill runs").success(),
            "the server is there to get SIG{name}"
        );
    }

    /// Waits for the end.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("the server ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the log of the server:\n{}", self.log());
        }
        // It may have ended already, by the test's own signal.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Lines that a process writes.
#[derive(Clone)]
pub struct Log(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Log {
    /// Follows a stream until it ends.
    pub fn follow(stream: impl std::io::Read + Send + 'static) -> Self {
        let log = Self(Arc::default());
        let writer = log.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                writer.0.0.lock().expect("no reader panics with the log").push(line);
                writer.0.1.notify_all();
            }
        });
        log
    }

    /// Returns all lines.
    pub fn text(&self) -> String {
        self.0.0.lock().expect("no reader panics with the log").join("\n")
    }

    /// Waits until `count` lines hold `text`.
    pub fn wait_for(&self, text: &str, count: usize) {
        let deadline = Instant::now() + TIMEOUT;
        let mut lines = self.0.0.lock().expect("no reader panics with the log");
        while lines.iter().filter(|line| line.contains(text)).count() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let all = lines.join("\n");
                // Else the server, which logs as it ends, would meet a poisoned lock and end all tests.
                drop(lines);
                panic!("`{text}` was not logged {count} times in time:\n{all}");
            }
            lines = self
                .0
                .1
                .wait_timeout(lines, left)
                .expect("no reader panics with the log")
                .0;
        }
    }
}
