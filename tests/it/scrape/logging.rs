//! What a server says on standard error, and what it never says.

use serde_json::Value;

use crate::support::client::{Answer, get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, command};
use crate::support::server::Server;

use super::{WORLD, beside, say, scrape};

fn ask(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    request("GET", &format!("{}{path}", server.url), headers)
}

/// The log once everything before this call is in it.
fn whole_log(server: &Server) -> String {
    let marker = "the-end-of-the-log";
    assert_eq!(ask(server, "/-/healthy", &[("x-request-id", marker)]).status, 200);
    server.wait_for_log(marker, 1);
    server.log()
}

fn json_lines_tell_who_asked_for_what_and_how_it_went(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &["--log-format", "json", "--log-level", "debug"]);
    for (path, status) in [
        ("/metrics?name[]=api_service_window_in_window", 200),
        ("/nothing", 404),
        ("/metrics?layout=x", 400),
    ] {
        assert_eq!(ask(&server, path, &[("x-request-id", "mine")]).status, status);
    }
    let log = whole_log(&server);
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line["request_id"] == "mine").collect();
    assert_eq!(requests.len(), 3, "{log}");
    for (line, (path, status)) in requests
        .iter()
        .zip([("/metrics", 200), ("/nothing", 404), ("/metrics", 400)])
    {
        assert_eq!(
            (&line["method"], &line["path"], &line["status"]),
            (&"GET".into(), &path.into(), &status.into())
        );
        assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &"request".into()));
        assert!(
            line["duration_ms"].as_f64().is_some_and(|duration| duration > 0.0),
            "{line}"
        );
        assert!(line["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{line}");
    }
    let listening = lines
        .iter()
        .find(|line| line["message"] == "listening")
        .expect("the start is logged");
    assert_eq!(
        format!("http://{}", listening["address"].as_str().unwrap_or_default()),
        server.url
    );
}

fn human_lines_tell_the_same_without_colour(database: &Database) {
    let server = Server::start(database, &[]);
    assert_eq!(ask(&server, "/nothing", &[("x-request-id", "mine")]).status, 404);
    let log = whole_log(&server);
    let line = log
        .lines()
        .find(|line| line.contains("request_id=mine"))
        .expect("the request is logged");
    for part in ["INFO", "method=GET", "path=\"/nothing\"", "status=404", "duration_ms="] {
        assert!(line.contains(part), "{part} is missing in {line}");
    }
    assert!(!log.contains('\u{1b}'), "a log file is no terminal");
}

fn a_request_id_is_taken_over_when_it_is_short_and_plain(database: &Database) {
    let server = Server::start(database, &[]);
    let long = "a".repeat(65);
    for sane in ["a", "7f3c-1_2.Z", &long[1..]] {
        let answer = ask(&server, "/-/healthy", &[("x-request-id", sane)]);
        assert_eq!(answer.header("x-request-id"), sane);
    }
    for other in [
        "",
        &long,
        "two words",
        "<script>",
        "a\tb",
        "id=1",
        "ü",
        "a;b",
        "\"q\"",
        "%0a",
    ] {
        let answer = ask(&server, "/-/healthy", &[("x-request-id", other)]);
        let id = answer.header("x-request-id");
        assert!(
            id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{other}: {id}"
        );
    }
    let log = whole_log(&server);
    for other in [&long[..], "two words", "<script>", "id=1 "] {
        assert!(!log.contains(&format!("request_id={other}")), "{other}");
    }
    let ids = [ask(&server, "/", &[]), ask(&server, "/", &[])].map(|answer| answer.header("x-request-id").to_owned());
    assert_ne!(ids[0], ids[1]);
    server.wait_for_log(&ids[1], 1);
}

fn what_may_be_secret_is_never_logged(database: &Database) {
    let server = Server::start(database, &["--log-level", "trace"]);
    for (path, headers) in [
        (
            "/metrics?token=in-the-query",
            &[("authorization", "Bearer in-a-header")][..],
        ),
        ("/nothing?password=in-the-query", &[("cookie", "session=in-a-cookie")]),
        (
            "/metrics?layout=in-the-query",
            &[("authorization", "Basic aW4tYS1oZWFkZXI6eA==")],
        ),
        ("/metrics?name[]=in-the-query&%zz", &[("x-api-key", "in-a-header")]),
    ] {
        ask(&server, path, headers);
    }
    let long = format!("/{}", "x".repeat(5_000));
    assert_eq!(ask(&server, &long, &[]).status, 404);
    let log = whole_log(&server);
    for secret in ["in-the-query", "in-a-header", "in-a-cookie", "aW4tYS1oZWFkZXI"] {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
    let longest = log.lines().filter(|line| line.contains("xxx")).map(str::len).max();
    assert!(longest.is_some_and(|length| length < 600), "a path is cut: {longest:?}");
}

fn clients_cannot_write_lines_of_their_own(database: &Database) {
    let server = Server::start(database, &["--log-format", "json"]);
    for path in ["/%0a%0d{\"forged\":1}", "/\"forged\"", "/\\u0022forged"] {
        ask(&server, path, &[("x-request-id", "x\"} {\"forged\":1}")]);
    }
    for line in whole_log(&server).lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line.get("forged").is_none(), "{line}");
    }
}

on_both_databases!(
    json_lines_tell_who_asked_for_what_and_how_it_went,
    human_lines_tell_the_same_without_colour,
    a_request_id_is_taken_over_when_it_is_short_and_plain,
    what_may_be_secret_is_never_logged,
    clients_cannot_write_lines_of_their_own,
);

mod only_postgres {
    use super::*;

    #[test]
    fn the_password_of_the_database_is_never_shown() {
        let database = Database::postgres();
        // The server of the tests may have a password of its own; then that one is looked for.
        let (start, place) = database.url.rsplit_once('@').expect("the URL names a user");
        let (scheme, user) = start.split_once("://").expect("the URL has a scheme");
        let (user, password) = user.split_once(':').unwrap_or((user, "pa55-w0rd"));
        let url = format!("{scheme}://{user}:{password}@{place}");
        let mut command = command();
        command.args(["serve", "--bind", "127.0.0.1:0", "--log-level", "debug"]);
        command.env("SLA_MONITOR_DATABASE_URL", url);
        let server = Server::spawn(command);
        let shown = [scrape(&server), get(&format!("{}/", server.url)).text()];
        assert!(
            server.log().contains(":***@"),
            "the log names the database: {}",
            server.log()
        );
        let name = place.rsplit('/').next().expect("the URL ends with a database");
        let mut postgres = beside(&database);
        say(&mut postgres, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
        say(
            &mut postgres,
            &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
        );
        let failing = [
            scrape(&server),
            get(&format!("{}/", server.url)).text(),
            get(&format!("{}/-/ready", server.url)).text(),
        ];
        server.wait_for_log("could not be refreshed", 1);
        let log = whole_log(&server);
        assert!(log.contains(":***@"), "{log}");
        for text in shown.iter().chain(&failing).chain([&log]) {
            assert!(!text.contains(password), "{text}");
        }
    }
}

/// A full disk below the log, or a reader of it that died, must cost lines and nothing else.
#[test]
fn a_log_that_cannot_be_written_costs_no_request() {
    let database = Database::sqlite();
    let without_log = |arguments: &[&str]| {
        let mut shell = std::process::Command::new("sh");
        shell.args([
            "-c",
            "exec \"$0\" \"$@\" 2>/dev/full",
            env!("CARGO_BIN_EXE_sla-monitor"),
        ]);
        shell.args(arguments);
        shell
    };
    let server = Server::spawn(without_log(&[
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &database.url,
    ]));
    for path in ["/-/healthy", "/metrics", "/nothing", "/-/healthy"] {
        let expected = if path == "/nothing" { 404 } else { 200 };
        assert_eq!(get(&format!("{}{path}", server.url)).status, expected, "{path}");
    }
    let refused = without_log(&["export", "--database-url", "/nowhere/at/all.sqlite3"]).status();
    assert_eq!(refused.expect("the program runs").code(), Some(1));
}
