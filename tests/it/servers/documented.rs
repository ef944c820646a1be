//! The commands of the documentation do what it says: every line of its `sh` blocks and every example of `--help` is run by a shell, the
//! programs that they name being ours. Only addresses, folders outside of the test's own, and passwords are replaced.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::client::request;
use crate::support::database::Database;
use crate::support::documents::{Block, blocks, documents};
use crate::support::program::{self, PROGRAM, Ran, run_with, without_settings};
use crate::support::server::Server;
use crate::support::terminal::Terminal;

/// A password that the rules accept.
const PASSWORD: &str = "correct horse battery";

/// The settings that the Debian package installs.
const DEFAULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/systemd/default");

/// Adds the user whom examples name.
const ADA: &str = "SLA_MONITOR_SUPERUSER_PASSWORD=… sla-monitor createsuperuser --noinput --username ada";

/// Programs of hosts that are not installed here, or must not be run, each a script that knows how the documentation calls it.
const STAND_INS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/servers/stand_ins");

/// The token of the metrics in the file that examples name.
const TOKEN: &str = "a-token-of-the-metrics";

/// Lines that are not run, because they run the tests.
const NOT_RUN: [&str; 1] = ["scripts/test"];

/// What lines of the documentation print. Of others it is asked that they end well.
const PRINTED: [(&str, &str); 11] = [
    (
        "cargo run --release -- explain payments-api --database-url ./sla-monitor-demo.sqlite3",
        "payments-api",
    ),
    ("sla-monitor apply --dry-run services.yaml", " would be added, "),
    ("sla-monitor apply services.yaml", " added, "),
    (
        "sla-monitor apply --dry-run --prune services.yaml",
        "0 would be deleted",
    ),
    (
        "sla-monitor export | sla-monitor apply -",
        "0 added, 0 changed, 0 deleted",
    ),
    ("sla-monitor explain payments-api", "payments-api"),
    (
        "sla-monitor explain payments-api --at 2026-12-25T09:00:00+01:00",
        "OUTSIDE",
    ),
    ("sla-monitor migrate --check", "nothing to do"),
    ("sla-monitor migrate --to zero --plan", "revert "),
    ("sla-monitor createsuperuser", "superuser ada added"),
    (
        "set -a; . /etc/default/sla-monitor; sla-monitor check --deploy --metrics-token-file /etc/sla-monitor/metrics-token",
        "0 errors, 0 warnings",
    ),
];

/// What prints the lines with which README.md begins.
const FIRST_LINES: &str = "curl -s 'http://127.0.0.1:8000/metrics?layout=labels' | grep 'component=\"payments-api\"'";

/// A folder in which commands are run one after the other, as a reader types them.
struct Reader {
    folder: TempDir,
    /// Stands in for servers of PostgreSQL that examples name.
    postgres: Database,
    /// `export` lines so far.
    exports: Vec<String>,
    servers: Vec<Server>,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let programs = folder.path().join("bin");
        std::fs::create_dir(&programs).expect("a folder can be made");
        symlink(PROGRAM, programs.join("sla-monitor")).expect("a link can be made");
        let written = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).expect("a file can be written");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("its mode can be set");
        };
        written("metrics-token", &format!("{TOKEN}\n"));
        let defaults = std::fs::read_to_string(DEFAULTS).expect("the settings of the service are there");
        let data = folder.path().join("var-lib").display().to_string();
        written("default", &defaults.replace("/var/lib/sla-monitor", &data));
        Self {
            folder,
            postgres: Database::postgres(),
            exports: Vec::new(),
            servers: Vec::new(),
        }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a file can be written");
    }

    /// A shell that runs a line; its own process is the program if the line is one command.
    fn shell(&self, line: &str) -> Command {
        let mut command = without_settings("bash");
        let path = std::env::var("PATH").expect("there is a PATH");
        let script = format!("set -o pipefail\n{}\n{line}", self.exports.join("\n"));
        command
            .args(["-e", "-c", &script])
            .env(
                "PATH",
                format!("{}:{STAND_INS}:{path}", self.folder.path().join("bin").display()),
            )
            .env("PROJECT", env!("CARGO_MANIFEST_DIR"))
            .env("VERSION", env!("CARGO_PKG_VERSION"))
            .current_dir(self.folder.path());
        command
    }

    /// The line with this test's addresses, folders and passwords.
    fn replaced(&self, line: &str) -> String {
        let below = |name: &str| self.folder.path().join(name).display().to_string();
        line.replace("/var/lib/sla-monitor", &below("var-lib"))
            .replace("/etc/sla-monitor/metrics-token", &below("metrics-token"))
            .replace("/etc/default/sla-monitor", &below("default"))
            .replace("HOSTS=sla.example.org", "HOSTS=sla.example.org,127.0.0.1")
            .replace("postgres://sla@localhost/sla", &self.postgres.url)
            .replace("PASSWORD=…", &format!("PASSWORD='{PASSWORD}'"))
    }

    /// Runs a line to its end, or until it serves.
    fn follow(&mut self, place: &str, line: &str) {
        let replaced = self.replaced(line);
        if let Some((_, url)) = replaced.split_once("://127.0.0.1:8000") {
            let is_client = ["curl ", "sla-monitor "]
                .iter()
                .any(|program| line.starts_with(program));
            assert!(is_client, "{place}: `{line}` asks {url} of no server");
            let server = self.servers.last().expect("a server was started before it is asked");
            let line_to_it = replaced.replace("http://127.0.0.1:8000", &server.url);
            self.run(place, line, &line_to_it);
        } else if line.starts_with("sla-monitor healthcheck ") {
            let server = self.servers.last().expect("a server was started before it is asked");
            let address = server.url.trim_start_matches("http://");
            self.run(place, line, &replaced.replace("127.0.0.1:8000", address));
        } else if line.starts_with("export ") {
            self.exports.push(replaced);
        } else if is_serving(line) {
            self.serve(place, &replaced);
        } else if line.contains("sla-monitor createsuperuser") && !line.contains("--noinput") {
            let ran = Terminal::spawn(self.shell(&format!("exec {replaced}")))
                .answer("Username: ", "ada")
                .answer("Email address: ", "ada@example.org")
                .answer("Password: ", PASSWORD)
                .answer("Password (again): ", PASSWORD)
                .end();
            judge(place, line, &ran);
        } else {
            self.run(place, line, &replaced);
        }
    }

    fn run(&self, place: &str, line: &str, replaced: &str) {
        judge(place, line, &self.ran(replaced));
    }

    /// Runs a line whose questions, if any, are for a new password.
    fn ran(&self, line: &str) -> Ran {
        self.write("answers", &format!("{PASSWORD}\n{PASSWORD}\n"));
        let answers = std::fs::File::open(self.folder.path().join("answers")).expect("the answers are there");
        let output = self
            .shell(line)
            .stdin(Stdio::from(answers))
            .output()
            .expect("the shell starts");
        Ran {
            code: output.status.code().expect("no signal ended the shell"),
            out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("the messages are UTF-8"),
        }
    }

    /// Starts a server on a free port, and asks it for its pages.
    fn serve(&mut self, place: &str, line: &str) {
        let line = line
            .replace("127.0.0.1:8000", "127.0.0.1:0")
            .replace("127.0.0.1:8001", "127.0.0.1:0");
        if line.contains("demo") {
            // Each way to try it begins with nothing.
            self.servers.clear();
            self.ran("rm -f sla-monitor-demo.sqlite3*").ok();
        }
        let mut command = self.shell(&format!("exec {line}"));
        command.env("SLA_MONITOR_BIND", "127.0.0.1:0");
        let server = Server::spawn(command);
        // The first scrape waits until the components are loaded.
        for path in ["/metrics", "/-/ready", "/admin/login/"] {
            let token = format!("Bearer {TOKEN}");
            let answer = request("GET", &format!("{}{path}", server.url), &[("authorization", &token)]);
            assert_eq!(answer.status, 200, "{place}: `{line}`: {path}: {}", answer.text());
            if path == "/admin/login/" && line.contains("--environment PROD") {
                assert!(answer.text().contains("PROD"), "{place}: the page is labelled");
            }
        }
        if line.contains("demo") {
            let said = server.said.join("\n");
            assert!(said.contains("user: admin, password: "), "{place}: `{line}`: {said}");
        }
        self.servers.push(server);
    }
}

/// Asserts that a line ended well and printed what it should.
fn judge(place: &str, line: &str, ran: &Ran) {
    assert_eq!(
        ran.code, 0,
        "{place}: `{line}` is not accepted, or lacks something that this test has to make first: {ran:?}"
    );
    let printed = format!("{}{}", ran.out, ran.err);
    for (_, expected) in PRINTED.iter().filter(|(of, _)| *of == line) {
        assert!(
            printed.contains(expected),
            "{place}: `{line}`: {expected} is expected: {printed}"
        );
    }
    if line == FIRST_LINES {
        let block = blocks("text").into_iter().find(|block| block.file == "README.md");
        for shown in block.expect("README.md begins with output").text.lines() {
            let (series, _) = shown.rsplit_once(' ').expect("a sample has a value");
            assert!(printed.contains(series), "{place}: {series} is expected: {printed}");
        }
    }
}

/// Whether a command runs until it is stopped.
fn is_serving(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let serves = |word: Option<&str>| matches!(word, Some("serve" | "demo"));
    match words.next() {
        Some("cargo") => serves(words.nth(3)),
        Some("sla-monitor") => serves(words.next()),
        Some("docker") => words.next() == Some("run"),
        _ => false,
    }
}

/// The commands of a text: lines that are continued put together, without comments.
fn commands(text: &str) -> Vec<String> {
    text.replace("\\\n", " ")
        .lines()
        .map(|line| line.split_once(" # ").map_or(line, |(command, _)| command))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The blocks of files that `apply` reads, by the document in which they stand.
fn applied() -> BTreeMap<String, String> {
    let keys = [
        "labels",
        "calendars",
        "windows",
        "indicators",
        "components",
        "corrections",
    ];
    let mut found = BTreeMap::new();
    for block in blocks("yaml") {
        if !block.has_key("scrape_configs") && !block.has_key("groups") {
            assert!(
                keys.iter().any(|key| block.has_key(key)),
                "{}: a block of YAML is a scrape configuration, rules, or a file for `apply`",
                block.place()
            );
            found.insert(block.file, block.text);
        }
    }
    found
}

#[test]
fn every_documented_file_can_be_applied() {
    let files = applied();
    assert!(files.len() >= 2, "{files:?}");
    for (file, text) in files {
        let database = Database::sqlite();
        let said = crate::support::program::apply(&database, &text);
        assert!(!said.starts_with("0 added"), "{file}: {said}");
    }
}

#[test]
fn every_documented_command_does_what_is_said() {
    let files = applied();
    let mut by_file: BTreeMap<String, Vec<Block>> = BTreeMap::new();
    for block in blocks("sh") {
        by_file.entry(block.file.clone()).or_default().push(block);
    }
    for (file, blocks) in by_file {
        let mut reader = Reader::new();
        reader.write("services.yaml", files.get(&file).unwrap_or(&files["README.md"]));
        for block in blocks {
            for line in commands(&block.text) {
                if NOT_RUN.contains(&line.as_str()) {
                    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(&line);
                    assert!(script.is_file(), "{}: there is no {line}", block.place());
                } else {
                    reader.follow(&block.place(), &line);
                }
            }
        }
    }
}

/// Everything that `--help` of a command shows behind `Example:` or `Examples:`.
fn examples(help: &str) -> Vec<String> {
    let (_, examples) = help
        .split_once("\nExample:\n")
        .or_else(|| help.split_once("\nExamples:\n"))
        .unwrap_or_else(|| panic!("there are examples in {help}"));
    commands(examples)
}

#[test]
fn every_example_of_the_help_can_be_run() {
    let mut seen = 0;
    for name in &program::commands() {
        // A terminal of the usual width, which must not break an example.
        let help = run_with(&[name, "--help"], "", &[("COLUMNS", "80")]).ok();
        let mut reader = Reader::new();
        reader.write("services.yaml", &applied()["README.md"]);
        reader.follow(name, "sla-monitor migrate");
        reader.follow(name, "sla-monitor apply services.yaml");
        reader.follow(name, "mkdir -p /var/lib/sla-monitor");
        if name != "createsuperuser" {
            reader.follow(name, ADA);
        }
        if name == "healthcheck" {
            reader.follow(name, "sla-monitor serve");
        }
        if name == "restore" {
            reader.follow(name, "sla-monitor backup backup.sqlite3");
        }
        for line in examples(&help) {
            if name == "createsuperuser" {
                // Every example adds the same user.
                reader.ran("rm sla-monitor.sqlite3 && sla-monitor migrate").ok();
            }
            reader.follow(name, &line);
            seen += 1;
        }
    }
    assert!(seen >= 15, "the examples were found");
}

/// Commands in running text: those that name the program and that clap can be asked about.
#[test]
fn every_command_in_running_text_is_accepted() {
    let mut seen = 0;
    for (file, text) in documents() {
        let spans = text
            .lines()
            .flat_map(|line| line.split('`').skip(1).step_by(2))
            .filter(|span| span.starts_with("sla-monitor ") && !span.contains("COMMAND"));
        for line in spans {
            assert!(!is_serving(line), "{file}: `{line}` belongs into a block of its own");
            let reader = Reader::new();
            reader.write("services.yaml", &applied()["README.md"]);
            let ran = reader.ran(&reader.replaced(line));
            assert!(
                ran.code != 2 && !ran.err.contains("panicked"),
                "{file}: `{line}`: {ran:?}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 5, "the commands were found");
}
