//! Files of secrets that change under a running server.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::support::client::request;
use crate::support::database::Database;
use crate::support::program::{PROGRAM, without_settings};
use crate::support::server::Server;

/// A folder with files of secrets, and a server that takes them.
struct Guarded {
    folder: TempDir,
    server: Server,
    _database: Database,
}

impl Guarded {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |name: &str| folder.path().join(name).to_str().expect("it is UTF-8").to_owned();
        let (tokens, pairs) = (path("tokens"), path("pairs"));
        fs::write(&tokens, "first\nsecond\n").expect("it can be written");
        fs::write(&pairs, "ada:first\n").expect("it can be written");
        let options = ["--metrics-token-file", &tokens, "--metrics-basic-auth-file", &pairs];
        let database = Database::sqlite();
        let server = Server::start(&database, &[&options[..], &["--log-level", "info"]].concat());
        Self {
            folder,
            server,
            _database: database,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it can be written");
    }

    /// Puts another file in the place of one, as editors and orchestrators do.
    fn replace(&self, name: &str, text: &str) {
        self.write("next", text);
        fs::rename(self.path("next"), self.path(name)).expect("it can be moved");
    }

    fn status(&self, authorization: &str) -> u16 {
        let url = format!("{}/metrics", self.server.url);
        request("GET", &url, &[("authorization", authorization)]).status
    }

    /// Which of these tokens are taken.
    fn taken<'a>(&self, tokens: &[&'a str]) -> Vec<&'a str> {
        let is_taken = |token: &&&str| self.status(&format!("Bearer {token}")) == 200;
        tokens.iter().filter(is_taken).copied().collect()
    }
}

#[test]
fn a_removed_token_ends_at_the_next_request() {
    let guarded = Guarded::start();
    let all = ["first", "second", "third", "fourd"];
    assert_eq!(guarded.taken(&all), ["first", "second"]);
    guarded.write("tokens", "second\n");
    assert_eq!(guarded.taken(&all), ["second"]);
    // Of the same length, at nearly the same time, in the same file.
    for round in 0..20 {
        let (new, old) = if round % 2 == 0 {
            ("third", "fourd")
        } else {
            ("fourd", "third")
        };
        guarded.write("tokens", new);
        assert_eq!(guarded.taken(&[new, old]), [new], "{round}");
    }
    guarded.replace("tokens", "first\nthird\n");
    assert_eq!(guarded.taken(&all), ["first", "third"]);
    let pair = |pair: &str| guarded.status(&format!("Basic {}", STANDARD.encode(pair)));
    assert_eq!(pair("ada:first"), 200);
    guarded.replace("pairs", "ada:second");
    assert_eq!((pair("ada:first"), pair("ada:second")), (401, 200));
    let log = guarded.server.log();
    assert!(!log.contains("fourd") && !log.contains("ada:"), "{log}");
}

/// Asserts that nothing is taken while `spoil` has spoiled the file, and that this is said once.
#[track_caller]
fn check_spoiled(fault: &str, spoil: impl FnOnce(&Path)) {
    let guarded = Guarded::start();
    assert_eq!(guarded.taken(&["first"]), ["first"]);
    spoil(&guarded.path("tokens"));
    for _ in 0..3 {
        assert_eq!(guarded.taken(&["first", "second", ""]), [] as [&str; 0], "{fault}");
    }
    assert_eq!(guarded.status("Basic YWRhOmZpcnN0"), 200, "the other file is as it was");
    guarded.server.signal("HUP");
    guarded.server.wait_for_log("SIGHUP received", 1);
    guarded.server.wait_for_log("time zone data was read again", 1);
    let log = guarded.server.log();
    let said = log
        .lines()
        .filter(|line| line.contains("cannot be used"))
        .collect::<Vec<_>>();
    assert_eq!(said.len(), 1, "{log}");
    assert!(
        said[0].contains("--metrics-token-file") && said[0].contains(fault),
        "{log}"
    );
    guarded.replace("tokens", "second\n");
    assert_eq!(guarded.taken(&["first", "second"]), ["second"]);
    guarded.server.wait_for_log("a file of secrets was read again", 1);
}

#[test]
fn a_file_that_cannot_be_used_holds_no_secret() {
    check_spoiled("No such file", |path| fs::remove_file(path).expect("it is there"));
    check_spoiled("holds no line", |path| {
        fs::write(path, "# nothing\n").expect("it can be written");
    });
    check_spoiled("no regular file", |path| {
        fs::remove_file(path).expect("it is there");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .expect("a pipe can be made");
    });
    check_spoiled("valid UTF-8", |path| {
        fs::write(path, b"first\xff\n").expect("it can be written");
    });
}

#[test]
fn a_pipe_is_read_once() {
    let database = Database::sqlite();
    let mut command = without_settings("bash");
    let script = format!(
        "exec {} serve --bind 127.0.0.1:0 --database-url {} --metrics-token-file <(echo first)",
        PROGRAM, database.url
    );
    command.args(["-c", &script]);
    let server = Server::spawn(command);
    for _ in 0..2 {
        let answer = request(
            "GET",
            &format!("{}/metrics", server.url),
            &[("authorization", "Bearer first")],
        );
        assert_eq!(answer.status, 200);
    }
}
