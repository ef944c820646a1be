//! Access to `/metrics`.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::support::client::{Answer, get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::run_on;
use crate::support::server::Server;

/// A file of secrets, in a folder that goes with it.
struct Secrets {
    _folder: TempDir,
    path: PathBuf,
}

impl Secrets {
    fn new(content: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("secrets");
        std::fs::write(&path, content).expect("the file can be written");
        Self { _folder: folder, path }
    }

    fn path(&self) -> &str {
        self.path.to_str().expect("temporary paths are UTF-8")
    }
}

fn with(server: &Server, authorization: &str) -> Answer {
    let url = format!("{}/metrics", server.url);
    request("GET", &url, &[("authorization", authorization)])
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[track_caller]
fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 401, "{what}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("Bearer realm=\"metrics\""), "{challenge}");
    assert!(challenge.contains("Basic realm=\"metrics\""), "{challenge}");
    assert_eq!(answer.text(), "The metrics ask for credentials.\n", "{what}");
}

fn loopback_is_open_unless_credentials_are_asked_for(database: &Database) {
    let server = Server::start(database, &[]);
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 200);
    assert_eq!(
        with(&server, "Bearer anything").status,
        200,
        "credentials that are not required"
    );
}

fn bearer_tokens_open_the_metrics(database: &Database) {
    let secrets = Secrets::new(b"# the old one goes at the end of the month\nold-token-1f3a\n\n  new-token-9c2e  \n");
    let server = Server::start(database, &["--metrics-token-file", secrets.path()]);
    for good in [
        "Bearer old-token-1f3a",
        "Bearer new-token-9c2e",
        "bearer new-token-9c2e",
        "BEARER  new-token-9c2e",
    ] {
        assert_eq!(with(&server, good).status, 200, "{good}");
    }
    for bad in [
        "Bearer wrong",
        "Bearer old-token-1f3",
        "Bearer old-token-1f3aa",
        "Bearer OLD-TOKEN-1F3A",
        "Bearer",
        "Bearer ",
        "old-token-1f3a",
        "Token old-token-1f3a",
        "Bearer # the old one goes at the end of the month",
        "Bearer old-token-1f3a, Bearer new-token-9c2e",
        &basic("old-token-1f3a:"),
        &basic(":old-token-1f3a"),
        "",
    ] {
        assert_refused(&with(&server, bad), bad);
    }
    assert_refused(
        &get(&format!("{}/metrics?token=old-token-1f3a", server.url)),
        "no header",
    );
    assert_refused(
        &request("GET", &format!("{}/metrics?layout=x", server.url), &[]),
        "before the query is read",
    );
    assert_eq!(request("HEAD", &format!("{}/metrics", server.url), &[]).status, 401);
    for open in ["/-/healthy", "/-/ready"] {
        assert_ne!(
            get(&format!("{}{open}", server.url)).status,
            401,
            "{open} asks for nothing"
        );
    }
    assert_eq!(get(&format!("{}/-/healthy", server.url)).status, 200);

    let page = with(&server, "Bearer new-token-9c2e").text();
    let last = request(
        "GET",
        &format!("{}/-/healthy", server.url),
        &[("x-request-id", "the-last-one")],
    );
    assert_eq!(last.status, 200);
    server.wait_for_log("the-last-one", 1);
    for secret in ["old-token", "new-token", "wrong", "OLD-TOKEN"] {
        assert!(
            !server.log().contains(secret),
            "{secret} is in the log:\n{}",
            server.log()
        );
        assert!(!page.contains(secret), "{secret} is in the metrics");
    }
}

fn basic_authentication_opens_the_metrics(database: &Database) {
    let secrets = Secrets::new("prometheus:s3cr:et\nümlaut:pässwort\n".as_bytes());
    let server = Server::start(database, &["--metrics-basic-auth-file", secrets.path()]);
    for good in ["prometheus:s3cr:et", "ümlaut:pässwort"] {
        assert_eq!(with(&server, &basic(good)).status, 200, "{good}");
    }
    for bad in [
        &basic("prometheus:s3cr"),
        &basic("prometheus:"),
        &basic("Prometheus:s3cr:et"),
        &basic("prometheus:s3cr:et\n"),
        &basic("prometheus:s3cr:et\nümlaut:pässwort"),
        &basic(""),
        "Basic",
        "Basic prometheus:s3cr:et",
        "Basic ====",
        "Basic cHJvbWV0aGV1czpzM2NyOmV",
        "Basic \u{ff}",
        "Bearer prometheus:s3cr:et",
    ] {
        assert_refused(&with(&server, bad), bad);
    }
    let last = request(
        "GET",
        &format!("{}/-/healthy", server.url),
        &[("x-request-id", "the-last-one")],
    );
    assert_eq!(last.status, 200);
    server.wait_for_log("the-last-one", 1);
    assert!(
        !server.log().contains("s3cr") && !server.log().contains("cHJv"),
        "{}",
        server.log()
    );
}

fn tokens_and_passwords_may_stand_side_by_side(database: &Database) {
    let (tokens, pairs) = (Secrets::new(b"token"), Secrets::new(b"user:password"));
    let files = [
        "--metrics-token-file",
        tokens.path(),
        "--metrics-basic-auth-file",
        pairs.path(),
    ];
    // Public does not undo that credentials are asked for.
    let server = Server::start(database, &[&files[..], &["--metrics-public"]].concat());
    assert_eq!(with(&server, "Bearer token").status, 200);
    assert_eq!(with(&server, &basic("user:password")).status, 200);
    assert_refused(&with(&server, "Bearer user:password"), "a password is no token");
    assert_refused(&with(&server, &basic("token")), "a token is no password");
    assert_refused(&get(&format!("{}/metrics", server.url)), "nothing");
}

fn files_of_secrets_that_cannot_be_used_refuse_the_start(database: &Database) {
    let check = |option: &str, content: Option<&[u8]>, expected: &str| {
        let secrets = Secrets::new(content.unwrap_or_default());
        if content.is_none() {
            std::fs::remove_file(&secrets.path).expect("the file can be removed");
        }
        let refusal = run_on(database, &["serve", "--bind", "127.0.0.1:0", option, secrets.path()]).refused();
        assert!(refusal.contains(option) && refusal.contains(expected), "{refusal}");
        assert!(!refusal.contains("s3cret"), "{refusal}");
    };
    for option in ["--metrics-token-file", "--metrics-basic-auth-file"] {
        check(option, None, "No such file");
        check(option, Some(b""), "holds no line");
        check(option, Some(b"\n  \n# only a remark\n"), "holds no line");
        check(option, Some(b"s3cret\xff:\xfe\n"), "UTF-8");
    }
    for malformed in ["s3cret", ":s3cret", "user:", "user:s3cret\ns3cret"] {
        check(
            "--metrics-basic-auth-file",
            Some(malformed.as_bytes()),
            "is not USER:PASSWORD",
        );
    }
}

on_both_databases!(
    loopback_is_open_unless_credentials_are_asked_for,
    bearer_tokens_open_the_metrics,
    basic_authentication_opens_the_metrics,
    tokens_and_passwords_may_stand_side_by_side,
    files_of_secrets_that_cannot_be_used_refuse_the_start,
);
