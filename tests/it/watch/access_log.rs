//! The line of each request.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Instant;

use super::{line, lines, request_line};
use crate::support::browser::Browser;
use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

const COMPONENTS: &str = "components: [{name: api}, {name: web}]";

/// Sends an id that the line of the request then has.
fn with_id<'a>(browser: &'a mut Browser, id: &str) -> &'a mut Browser {
    browser.headers = vec![("x-request-id".to_owned(), id.to_owned())];
    browser
}

fn a_line_says_who_asked_for_what_and_how_much_was_sent(database: &Database) {
    apply(database, COMPONENTS);
    let server = Server::start(database, &["--log-format", "json"]);
    let mut root = superuser(database, &server);
    let path = "/admin/sla/component/?q=ap&o=-name&enabled__exact=";
    let page = with_id(&mut root, "list").get(path).expect(200);
    let list = request_line(&server, "list");
    assert_eq!((&list["user"], &list["client"]), (&"root".into(), &"127.0.0.1".into()));
    assert_eq!(list["params"], "enabled__exact,o,q");
    assert_eq!(list["bytes"], page.answer.body.len());
    assert!(
        list.get("waiting_ms").is_none(),
        "only slow requests say where the time went"
    );

    with_id(&mut root, "file")
        .get("/admin/sla/component/export/?_format=csv")
        .expect(200);
    let file = request_line(&server, "file");
    assert!(file["bytes"].as_u64().is_some_and(|bytes| bytes > 20), "{file}");
    assert!(file.get("is_cut").is_none(), "{file}");

    let scrape = request(
        "GET",
        &format!("{}/metrics?secret", server.url),
        &[("x-request-id", "scrape")],
    );
    let scraped = request_line(&server, "scrape");
    assert_eq!(scraped["bytes"], scrape.body.len());
    assert!(
        scraped.get("user").is_none() && scraped.get("params").is_none(),
        "{scraped}"
    );
    request("HEAD", &format!("{}/metrics", server.url), &[("x-request-id", "head")]);
    assert_eq!(request_line(&server, "head")["bytes"], 0);
    for secret in ["=ap", "-name", "secret"] {
        assert!(!server.log().contains(secret), "{secret}");
    }
}

fn the_address_before_the_proxy_is_logged(database: &Database) {
    let server = Server::start(database, &["--log-format", "json", "--trusted-proxy", "127.0.0.1"]);
    let headers = [("x-forwarded-for", "203.0.113.9"), ("x-request-id", "mine")];
    request("GET", &format!("{}/admin/", server.url), &headers);
    assert_eq!(request_line(&server, "mine")["client"], "203.0.113.9");
}

fn an_error_says_of_which_request_it_is(database: &Database) {
    let server = Server::start(database, &["--log-format", "json", "--log-level", "warn"]);
    let mut root = superuser(database, &server);
    database.execute("DROP TABLE saved_view");
    with_id(&mut root, "broken").get("/admin/sla/label/").expect(503);
    let error = line(&server, "request_id", "broken");
    assert_eq!(
        (&error["level"], &error["path"]),
        (&"ERROR".into(), &"/admin/sla/label/".into())
    );
}

on_both_databases!(
    a_line_says_who_asked_for_what_and_how_much_was_sent,
    the_address_before_the_proxy_is_logged,
    an_error_says_of_which_request_it_is,
);

#[test]
fn scrapes_and_probes_can_be_left_out() {
    let database = Database::sqlite();
    let token = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    std::fs::write(&token, "a-token\n").expect("it can be written");
    let file = token.path().to_str().expect("temporary paths are UTF-8");
    let ask = |server: &Server, path: &str, id: &str| {
        let headers = [("x-request-id", id), ("authorization", "Bearer a-token")];
        request("GET", &format!("{}{path}", server.url), &headers).status
    };
    let arguments = ["--log-format", "json", "--metrics-token-file", file, "--access-log"];
    let server = Server::start(&database, &[&arguments[..], &["no-scrapes"]].concat());
    assert_eq!(
        [ask(&server, "/metrics", "a"), ask(&server, "/-/healthy", "b")],
        [200, 200]
    );
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 401);
    ask(&server, "/admin/", "c");
    request_line(&server, "c");
    let requests = lines(&server).into_iter().filter(|line| line["message"] == "request");
    let paths: Vec<String> = requests.map(|line| line["path"].to_string()).collect();
    assert_eq!(
        paths,
        ["\"/metrics\"", "\"/admin/\""],
        "the refused scrape, and the page"
    );

    let silent = Server::start(&database, &[&arguments[..], &["off"]].concat());
    ask(&silent, "/admin/", "d");
    get(&format!("{}/metrics", silent.url));
    line(&silent, "event", "metrics_refused");
    assert!(lines(&silent).iter().all(|line| line["message"] != "request"));
}

/// A save waits for another writer; the line says that the time went to the database.
#[test]
fn a_slow_request_says_where_the_time_went() {
    let database = Database::postgres();
    let server = Server::start(&database, &["--log-format", "json"]);
    let mut root = superuser(&database, &server);
    let form = root.get("/admin/sla/label/add/").expect(200).form("#label_form");
    let (send, locked) = channel();
    let mut writer = database.connect();
    let holding = std::thread::spawn(move || {
        use diesel::connection::SimpleConnection;
        let lock = "BEGIN; SELECT version FROM data_version WHERE id = 1 FOR UPDATE";
        writer.batch_execute(lock).expect("no other session holds the lock");
        send.send(()).expect("the test waits");
        let release = "SELECT pg_sleep(1.5); COMMIT";
        writer.batch_execute(release).expect("the lock is given back");
    });
    locked.recv().expect("the lock is taken");
    let form = form.set("name", "team").set("value", "blue");
    with_id(&mut root, "slow").submit(&form, ("_save", "")).expect(302);
    holding.join().expect("the writer ended");
    let slow = request_line(&server, "slow");
    let milliseconds = |name: &str| {
        slow[name]
            .as_f64()
            .unwrap_or_else(|| panic!("{name} is missing: {slow}"))
    };
    assert!(milliseconds("database_ms") > 1_000.0, "{slow}");
    assert!(
        milliseconds("waiting_ms") < 1_000.0 && milliseconds("rendering_ms") < 1_000.0,
        "{slow}"
    );
    let sum = milliseconds("database_ms") + milliseconds("waiting_ms") + milliseconds("rendering_ms");
    assert!(sum <= milliseconds("duration_ms") * 1.05, "{slow}");
}

/// Asks for a page of metrics that no buffer of the system holds, and reads nothing of it but the beginning.
#[track_caller]
fn begin_to_scrape(server: &Server, id: &str) -> TcpStream {
    let host = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the server listens");
    let head = format!("GET /metrics HTTP/1.1\r\nhost: {host}\r\nx-request-id: {id}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the request is taken");
    stream.read_exact(&mut [0; 16]).expect("the answer begins");
    stream
}

#[test]
fn a_request_lasts_until_its_answer_was_sent_or_cut() {
    let database = Database::sqlite();
    let long = "x".repeat(150);
    let names: Vec<String> = (0..6_000).map(|number| format!("{{name: c{number}-{long}}}")).collect();
    apply(&database, &format!("components: [{}]", names.join(", ")));
    let server = Server::start(&database, &["--log-format", "json"]);

    let mut whole = begin_to_scrape(&server, "whole");
    let waited = Instant::now();
    assert_eq!(get(&format!("{}/-/healthy", server.url)).status, 200);
    let waited = waited.elapsed().as_secs_f64() * 1e3;
    let mut rest = Vec::new();
    whole.read_to_end(&mut rest).expect("all of it comes");
    let line = request_line(&server, "whole");
    assert!(
        line["duration_ms"].as_f64().is_some_and(|duration| duration > waited),
        "{line}"
    );
    assert!(line["bytes"].as_u64().is_some_and(|bytes| bytes > 4_000_000), "{line}");
    assert!(line.get("is_cut").is_none(), "{line}");

    drop(begin_to_scrape(&server, "cut"));
    let line = request_line(&server, "cut");
    assert_eq!(
        (&line["status"], &line["is_cut"]),
        (&200.into(), &true.into()),
        "{line}"
    );
    let exposition = get(&format!(
        "{}/metrics?name[]=metrics_http_responses_aborted_total",
        server.url
    ))
    .text();
    assert!(
        exposition.contains("metrics_http_responses_aborted_total 1"),
        "{exposition}"
    );
}
