//! The options that name sources: what is sent by them, and what they refuse.

use std::fs;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use sla_monitor::config::SourceOptions;
use sla_monitor::prometheus_api::client::{PrometheusClient, QueryLimits};
use sla_monitor::prometheus_api::error::QueryError;
use sla_monitor::prometheus_api::source::Sources;

use crate::support::database::Database;
use crate::support::program::run_on;
use crate::support::server::Server;
use crate::support::stand_in::{Reply, StandIn};

/// Returns the sources of a command line.
fn sources(arguments: &[&str]) -> Result<Sources, String> {
    let command = SourceOptions::augment_args(clap::Command::new("test").no_binary_name(true));
    let matches = command
        .try_get_matches_from(arguments)
        .map_err(|error| error.to_string())?;
    let options = SourceOptions::from_arg_matches(&matches).map_err(|error| error.to_string())?;
    options.read()
}

fn path(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("it can be written");
    path.to_str().expect("it is UTF-8").to_owned()
}

#[test]
fn credentials_and_tenants_are_sent_and_read_for_each_query() {
    let server = StandIn::answering(|_| Reply::result("vector", "[]"));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (token, pair) = (
        path(&folder, "token", "# for main\nfirst\n"),
        path(&folder, "pair", "ada:lovelace\n"),
    );
    let given = sources(&[
        &format!("--prometheus=main={0}/,long={0}/a/b", server.url),
        &format!("--prometheus=open={}", server.url),
        &format!("--prometheus-token-file=main={token}"),
        &format!("--prometheus-basic-auth-file=long={pair}"),
        "--prometheus-tenant=main=ops,long=THANOS-TENANT:dev",
    ]);
    let given = given.expect("they are right");
    assert_eq!(given.names().collect::<Vec<_>>(), ["main", "long", "open"]);
    let limits = QueryLimits {
        timeout: Duration::from_secs(20),
        bytes_max: 1000,
    };
    let client = PrometheusClient::new(given.clone(), limits);
    let headers = |source: &str| {
        client.query(source, "up", 0).expect("it answers");
        let asked = server.requests().pop().expect("it was asked");
        let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
        (
            asked.path.clone(),
            header("authorization"),
            header("x-scope-orgid"),
            header("thanos-tenant"),
        )
    };
    let expected = |path: &str, authorization: &str, scope: &str, thanos: &str| {
        (
            path.to_owned(),
            authorization.to_owned(),
            scope.to_owned(),
            thanos.to_owned(),
        )
    };
    assert_eq!(headers("main"), expected("/api/v1/query", "Bearer first", "ops", ""));
    assert_eq!(
        headers("long"),
        expected("/a/b/api/v1/query", "Basic YWRhOmxvdmVsYWNl", "", "dev")
    );
    assert_eq!(headers("open"), expected("/api/v1/query", "", "", ""));
    fs::write(&token, "next\n").expect("it can be written");
    assert_eq!(headers("main"), expected("/api/v1/query", "Bearer next", "ops", ""));
    fs::write(&token, "two words\n").expect("it can be written");
    let asked = server.requests().len();
    let refused = client.query("main", "up", 0);
    assert!(matches!(refused, Err(QueryError::Credentials { .. })), "{refused:?}");
    assert_eq!(server.requests().len(), asked, "without credentials nothing is asked");
    assert!(!format!("{given:?}{client:?}").contains("lovelace"), "{given:?}");
}

#[test]
fn what_is_wrong_with_an_option_is_said_without_its_secrets() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let token = path(&folder, "token", "secret\n");
    let spaces = path(&folder, "spaces", "a b\n");
    for (arguments, words) in [
        (&["--prometheus", "http://x"][..], "give the source a name"),
        (&["--prometheus", "a b=http://x"], "give the source a name"),
        (&["--prometheus", "a=ftp://x"], "begins with http:// or https://"),
        (&["--prometheus", "a=x:9090"], "begins with http:// or https://"),
        (&["--prometheus", "a=http://"], "the URL of source `a`"),
        (&["--prometheus", "a=http://u:secret@x"], "holds credentials"),
        (&["--prometheus", "a=http://x/?token=secret"], "has parameters"),
        (&["--prometheus", "a=http://x/api/v1/"], "ends with /api/v1"),
        (&["--prometheus", "a=http://x,a=http://y"], "source `a` is given twice"),
        (&["--prometheus-token-file", "secret"], "give the name of a source"),
        (&["--prometheus-token-file", "a=/nowhere"], "there is no source `a`"),
        (
            &["--prometheus", "a=http://x", "--prometheus-token-file", "a=/nowhere"],
            "--prometheus-token-file: /nowhere",
        ),
        (
            &[
                "--prometheus",
                "a=http://x",
                "--prometheus-token-file",
                &format!("a={spaces}"),
            ],
            "entry 1 is not a token of one word",
        ),
        (
            &[
                "--prometheus",
                "a=http://x",
                "--prometheus-basic-auth-file",
                &format!("a={token}"),
            ],
            "entry 1 is not USER:PASSWORD",
        ),
        (
            &[
                "--prometheus",
                "a=http://x",
                "--prometheus-token-file",
                &format!("a={token},a={token}"),
            ],
            "source `a` has more than one file",
        ),
        (
            &["--prometheus", "a=http://x", "--prometheus-tenant", "a=Host:b"],
            "`Host` is no header",
        ),
        (
            &["--prometheus", "a=http://x", "--prometheus-tenant", "a=b c"],
            "`b c` is no tenant",
        ),
    ] {
        let refused = sources(arguments).expect_err(words);
        assert!(refused.contains(words), "{arguments:?}: {refused}");
        let is_quoted = arguments.iter().any(|argument| argument.starts_with("a=http"));
        assert!(!is_quoted || !refused.contains("secret"), "{refused}");
    }
}

#[test]
fn serve_checks_its_sources_and_reads_their_files_again_on_hangup() {
    let database = Database::sqlite();
    let refused = run_on(
        &database,
        &[
            "serve",
            "--migrate",
            "--bind",
            "127.0.0.1:0",
            "--prometheus",
            "a=http://u:p@x",
        ],
    );
    assert!(refused.refused().contains("holds credentials"));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let token = path(&folder, "token", "first\n");
    let file = format!("main={token}");
    let options = [
        "--prometheus",
        "main=http://127.0.0.1:9",
        "--prometheus-token-file",
        &file,
    ];
    let server = Server::start(&database, &options);
    fs::remove_file(&token).expect("it can be removed");
    server.signal("HUP");
    server.wait_for_log("--prometheus-token-file", 1);
    assert!(!server.log().contains("first"), "{}", server.log());
}
