//! Everything that is not `/metrics`: health, the start page, static files, what is not there, and what no client should send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use flate2::bufread::GzDecoder;

use crate::support::client::{Answer, get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{WORLD, host, ok, scrape, value};

fn health_and_readiness_are_plain_lines(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    assert_eq!(ok(get(&format!("{}/-/healthy", server.url))), "healthy\n");
    // A scrape waits for the first load.
    scrape(&server);
    assert_eq!(ok(get(&format!("{}/-/ready", server.url))), "ready\n");
    assert_eq!(get(&format!("{}/-/healthy?x=%ff", server.url)).status, 200);
    assert_eq!(get(&format!("{}/-/", server.url)).status, 404);
}

fn the_root_leads_to_the_admin(database: &Database) {
    let server = Server::start(database, &[]);
    let answer = get(&format!("{}/", server.url));
    assert_eq!((answer.status, answer.header("location")), (302, "/admin/"));
}

fn every_answer_tells_browsers_to_be_careful(database: &Database) {
    let server = Server::start(database, &[]);
    for (method, path, status) in [
        ("GET", "/", 302),
        ("GET", "/admin/", 302),
        ("GET", "/admin/login/", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("OPTIONS", "/metrics", 204),
        ("GET", "/metrics?layout=x", 400),
        ("POST", "/metrics", 405),
        ("GET", "/-/healthy", 200),
        ("GET", "/nothing", 404),
        ("GET", "/static/nothing.css", 404),
    ] {
        let answer = request(method, &format!("{}{path}", server.url), &[]);
        assert_eq!(answer.status, status, "{method} {path}");
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), expected, "{name} of {method} {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.header("server"), "", "the answer does not say what it runs on");
        assert_eq!(answer.header("x-request-id").len(), 32, "{method} {path}");
    }
}

on_both_databases!(
    health_and_readiness_are_plain_lines,
    the_root_leads_to_the_admin,
    every_answer_tells_browsers_to_be_careful,
);

#[test]
fn what_is_not_there_gets_a_page_that_leads_back() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    for path in [
        "/nothing",
        "/metrics/",
        "/Metrics",
        "/admin.php",
        "/-/healthy/x",
        "/%6eothing-script?script=1",
    ] {
        let answer = get(&format!("{}{path}", server.url));
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let page = answer.text();
        assert!(
            page.contains("Page not found") && page.contains(r#"<a href="/">"#),
            "{page}"
        );
        assert!(!page.contains("script"), "nothing of the request comes back");
    }
    assert_eq!(request("POST", &format!("{}/nothing", server.url), &[]).status, 404);
}

#[test]
fn static_files_are_kept_for_ever_under_the_hash_of_their_content() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let page = get(&format!("{}/nothing", server.url)).text();
    let start = page.find("/static/site.").expect("the page names its stylesheet");
    let path = page[start..].split('"').next().expect("the address ends with a quote");
    let answer = get(&format!("{}{path}", server.url));
    assert_eq!(answer.status, 200, "{path}");
    assert_eq!(answer.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    let style = concat!(env!("CARGO_MANIFEST_DIR"), "/static/style");
    let text = answer.text();
    for part in std::fs::read_dir(style).unwrap() {
        let part = part.unwrap().path();
        let rules = std::fs::read_to_string(&part).unwrap();
        assert!(text.contains(&rules), "{} is not sent", part.display());
    }
    let head = request("HEAD", &format!("{}{path}", server.url), &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), text.len().to_string());
    let packed = request("GET", &format!("{}{path}", server.url), &[("accept-encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() * 2 < text.len(), "{} bytes", packed.body.len());
    let mut unpacked = String::new();
    GzDecoder::new(packed.body.as_slice())
        .read_to_string(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, text);
    for path in ["/static/site.css", "/static/site.00000000.css", "/static/", "/static"] {
        let answer = get(&format!("{}{path}", server.url));
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "", "{path}");
    }
}

#[test]
fn no_path_leads_out_of_the_static_files() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    for path in [
        "/static/../Cargo.toml",
        "/static/..%2f..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static/%2e%2e%2fCargo.toml",
        "/static//etc/passwd",
        "/static/..\\..\\etc\\passwd",
        "/static/site.css%00.html",
        "/static/%c0%ae%c0%ae/etc/passwd",
        "/../../../etc/passwd",
        "//etc/passwd",
        "/metrics/../static/../../etc/passwd",
        "/static/%",
        "/%00",
    ] {
        let answer = get(&format!("{}{path}", server.url));
        assert_eq!(answer.status, 404, "{path}");
        assert!(
            !answer.text().contains("root:") && !answer.text().contains("[package]"),
            "{path}"
        );
    }
    assert_no_failure(&server);
}

#[test]
fn made_up_paths_and_methods_make_no_series() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    for number in 0..50 {
        assert_eq!(get(&format!("{}/made-up-{number}", server.url)).status, 404);
        assert_eq!(get(&format!("{}/static/made-up-{number}", server.url)).status, 404);
        assert_eq!(
            request(&format!("MADE{number}"), &format!("{}/made-up", server.url), &[]).status,
            404
        );
    }
    let page = scrape(&server);
    assert!(!page.to_lowercase().contains("made"), "{page}");
    let requests = |labels: &str| value(&page, &format!("http_requests_total{{{labels}}}"));
    assert_eq!(requests(r#"method="GET",route="<unmatched>",status="404""#), 50.0);
    assert_eq!(requests(r#"method="GET",route="/static/{name:.*}",status="404""#), 50.0);
    assert_eq!(requests(r#"method="<invalid>",route="<unmatched>",status="404""#), 50.0);
}

#[test]
fn very_long_requests_are_answered_or_refused() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let long = |length: usize| "a".repeat(length);
    let answer = |path: &str, header: &str| {
        let text = format!("GET {path} HTTP/1.1\r\nhost: x\r\nx-long: {header}\r\nconnection: close\r\n\r\n");
        raw(&server, text.as_bytes())
    };
    for length in [1_000, 10_000, 60_000] {
        assert!(
            answer(&format!("/{}", long(length)), "").starts_with("HTTP/1.1 404 "),
            "{length}"
        );
        assert!(answer(&format!("/metrics?name[]={}", long(length)), "").starts_with("HTTP/1.1 200 "));
        assert!(answer("/metrics", &long(length)).starts_with("HTTP/1.1 200 "));
    }
    for length in [100_000, 1_000_000] {
        for text in [
            answer(&format!("/{}", long(length)), ""),
            answer(&format!("/metrics?name[]={}", long(length)), ""),
            answer("/metrics", &long(length)),
        ] {
            let start: String = text.chars().take(100).collect();
            // The server may hang up before it has read all of it.
            let refused = start.is_empty() || start.starts_with("HTTP/1.1 4");
            let answered = start.starts_with("HTTP/1.1 200 ") && length < 1_000_000;
            assert!(refused || answered, "{length}: {start}");
        }
    }
    let many = "x-many: 1\r\n".repeat(1_000);
    let text = raw(
        &server,
        format!("GET /metrics HTTP/1.1\r\nhost: x\r\n{many}connection: close\r\n\r\n").as_bytes(),
    );
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    assert_no_failure(&server);
}

/// What a client that means harm, or no HTTP, may send.
const RUBBISH: [&[u8]; 26] = [
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /a HTTP/1.1\r\nhost: x\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: +3\r\n\r\nabc",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
    b"POST /metrics HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 40\r\n\r\nGET /-/healthy HTTP/1.1\r\nhost: smuggled\r\n",
    b"GET /metrics HTTP/1.1\r\nhost: x\r\n folded: header\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nhost x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\n: empty\r\n\r\n",
    b"GET /metrics HTTP/1.1\nhost: x\n\n",
    b"GET  /metrics  HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /metrics HTTP/9.9\r\nhost: x\r\n\r\n",
    b"GET /metrics\r\n\r\n",
    b"GET /met\0rics HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nhost: x\r\naccept: \xff\xfe\0\r\n\r\n",
    b"GET http://elsewhere/metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: elsewhere:443\r\nconnection: close\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x12\x04\0\0\0\0\0",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\0\0\0\0\0\0\0\0",
    b"\r\n\r\n\r\n\0\0\0\0",
];

#[test]
fn rubbish_is_refused_and_the_server_lives() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    // Side by side, because the server waits a while for the rest of some of it.
    std::thread::scope(|scope| {
        for bytes in RUBBISH {
            let server = &server;
            scope.spawn(move || {
                let text = raw(server, bytes);
                let shown = String::from_utf8_lossy(bytes);
                let statuses: Vec<&str> = text.lines().filter(|line| line.starts_with("HTTP/1.1 ")).collect();
                assert!(
                    statuses.iter().all(|line| !line.starts_with("HTTP/1.1 5")),
                    "{shown}: {statuses:?}"
                );
                assert!(!text.contains("healthy\n"), "{shown}: a smuggled request was answered");
            });
        }
    });
    assert_no_failure(&server);
}

/// Everything that comes back until the server or a broken connection ends it.
fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(host(server)).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a read timeout can be set");
    let mut answer = Vec::new();
    // The server may refuse and close while this still sends, which breaks the connection and may lose the answer.
    let broken = stream.write_all(bytes).is_err();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert!(
            broken || error.kind() == std::io::ErrorKind::ConnectionReset,
            "the server neither answers nor hangs up: {error}"
        ),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// The server lives, and no request so far was its fault.
#[track_caller]
fn assert_no_failure(server: &Server) {
    let answer: Answer = get(&format!("{}/-/healthy", server.url));
    assert_eq!(answer.status, 200);
    let page = scrape(server);
    assert!(!page.contains(r#"status="5"#), "{page}");
    assert!(!page.contains("http_panics_total{"), "{page}");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
