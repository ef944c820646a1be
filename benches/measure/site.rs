//! A database of its own, commands about it, and a server.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use crate::client::Client;
use crate::form::Form;

const PASSWORD: &str = "a-long-password-of-benchmarks";

/// A migrated SQLite database and the program.
pub(crate) struct Site {
    program: String,
    folder: tempfile::TempDir,
}

/// A serving program, which ends with this value.
pub(crate) struct Serving {
    child: Child,
    address: String,
    _out: BufReader<ChildStdout>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already, by a fault that a request has shown.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Site {
    pub(crate) fn new(program: &str) -> Self {
        let site = Self {
            program: program.to_owned(),
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        };
        site.run(&["migrate"], "");
        site
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(["--database-url", &self.path("bench.sqlite3")]);
        command
    }

    /// Runs a command that must end well, and returns what it printed.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> String {
        let mut command = self.command(arguments);
        command.env("SLA_MONITOR_SUPERUSER_PASSWORD", PASSWORD);
        let output = run(command, input);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("the output is UTF-8")
    }

    /// Serves with further options.
    pub(crate) fn serve(&self, more: &[&str]) -> Serving {
        let serve = ["serve", "--bind", "127.0.0.1:0", "--log-level", "error"];
        let mut child = self
            .command(&[&serve[..], more].concat())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the program prints where it listens");
        let address = line.trim().strip_prefix("listening on http://");
        Serving {
            child,
            address: address.expect("the program listens").trim_end_matches('/').to_owned(),
            _out: out,
        }
    }

    /// Makes a superuser.
    pub(crate) fn add_superuser(&self) {
        let user = ["createsuperuser", "--noinput", "--username", "bench"];
        self.run(&[&user[..], &["--email", "bench@example.org"]].concat(), "");
    }
}

/// Runs a program with a text as its standard input.
pub(crate) fn run(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    // A program that ends without reading all of it says why.
    drop(writer.join().expect("the input was written"));
    output
}

impl Serving {
    /// Returns a client with a superuser's session.
    pub(crate) fn superuser(&self) -> Client {
        let mut client = Client::new(&self.address);
        let mut form = Form::open(&mut client, "/admin/login/", "username");
        let answer = form
            .set("username", "bench")
            .set("password", PASSWORD)
            .send(&mut client);
        assert_eq!(answer.status, 302, "the user is logged in");
        client
    }

    /// Returns where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Returns the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// Returns a file with windows of office hours in this many zones, an indicator of all components, and the components.
pub(crate) fn document(zones: &[&str], components: usize) -> String {
    let mut text = "indicators:\n  - {name: probe, source: main, expression: 'probe{component=$component}', step_s: 60, selector: '{}'}\nwindows:\n".to_owned();
    for zone in zones {
        text.push_str(&format!(
            "  - {{name: {zone}, timezone: {zone}, rules: [{{type: weekly, days: [MO, TU, WE, TH, FR], start: \"08:00\", duration_s: 36000}}]}}\n"
        ));
    }
    text.push_str("components:\n");
    for index in 0..components {
        let (zone, team) = (zones[index % zones.len()], index % 50);
        text.push_str(&format!(
            "  - {{name: c{index}, windows: [{zone}], labels: {{team: t{team}}}, slo: 99.9}}\n"
        ));
    }
    text
}
