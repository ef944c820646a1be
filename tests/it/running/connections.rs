//! Clients that send too slowly, too much or over too many connections.

use std::io::Read;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::{Raw, TIMEOUT};
use crate::support::client::{exchange, get, sample};
use crate::support::database::Database;
use crate::support::program::{PROGRAM, without_settings};
use crate::support::server::Server;

/// A value of the server's metrics, asked for over a connection that is there.
fn value(raw: &mut Raw, series: &str) -> f64 {
    sample(&raw.get("/metrics").text(), series).unwrap_or_default()
}

/// Sends one byte after the other for as long as the server takes them, and returns how long that was.
fn dribble(raw: &mut Raw) -> Duration {
    let started = Instant::now();
    let brief = Some(Duration::from_millis(20));
    raw.0.get_ref().set_read_timeout(brief).expect("a timeout can be set");
    let mut byte = [0];
    // Reading waits for as long as the next byte is held back, and sees the end of the connection.
    while raw.send("x") && raw.0.get_mut().read(&mut byte).is_err() {
        assert!(started.elapsed() < TIMEOUT, "the connection is held");
    }
    started.elapsed()
}

#[test]
fn one_byte_of_the_next_request_does_not_hold_a_connection() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--read-timeout", "1"]);
    let mut held: Vec<Raw> = (0..50).map(|_| Raw::connect(&server)).collect();
    for raw in &mut held {
        assert_eq!(raw.get("/-/healthy").status, 200);
        assert!(raw.send("G"));
    }
    let started = Instant::now();
    for raw in &mut held {
        let rest = raw.rest();
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408 "), "{rest}");
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let page = get(&format!("{}/metrics", server.url)).text();
    assert_eq!(
        sample(&page, r#"http_connections_timed_out_total{phase="head"}"#),
        Some(50.0)
    );
    assert_eq!(sample(&page, "http_connections"), Some(1.0), "the scrape's own");
}

#[test]
fn a_head_that_comes_slowly_is_cut() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--read-timeout", "1"]);
    for begin in [
        "GET /-/healthy HTTP/1.1\r\nx-slow: ",
        "GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\nGET /-/",
    ] {
        let mut raw = Raw::connect(&server);
        if let Some((first, next)) = begin.split_once("\r\n\r\n") {
            assert!(raw.send(&format!("{first}\r\n\r\n")));
            assert_eq!(raw.answer().status, 200);
            assert!(raw.send(next));
        } else {
            assert!(raw.send(begin));
        }
        let taken = dribble(&mut raw);
        assert!(taken < Duration::from_secs(10), "{begin}: {taken:?}");
    }
    let mut silent = Raw::connect(&server);
    let started = Instant::now();
    assert_eq!(silent.rest(), "", "a connection on which nothing was asked");
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    // Both at once: a whole request, and the beginning of another one in the same packet.
    let mut both = Raw::connect(&server);
    assert!(both.send("GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\nG"));
    assert_eq!(both.answer().status, 200);
    let taken = dribble(&mut both);
    assert!(taken < Duration::from_secs(15), "{taken:?}");
}

#[test]
fn an_idle_connection_is_kept_longer_than_a_head_may_take() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--read-timeout", "0.5"]);
    let mut raw = Raw::connect(&server);
    assert_eq!(raw.get("/-/healthy").status, 200);
    let started = Instant::now();
    assert_eq!(raw.rest(), "");
    assert!(started.elapsed() > Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_form_that_comes_slowly_is_cut() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--read-timeout", "1"]);
    let mut raw = Raw::connect(&server);
    assert!(raw.send("POST /admin/login/ HTTP/1.1\r\nhost: x\r\ncontent-length: 10000\r\n\r\na="));
    let taken = dribble(&mut raw);
    assert!(taken < Duration::from_secs(10), "{taken:?}");
    let mut stopped = Raw::connect(&server);
    assert!(stopped.send("POST /admin/login/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\na=1\r\n"));
    let answer = stopped.answer();
    assert_eq!(
        (answer.status, answer.header("connection")),
        (408, "close"),
        "{}",
        answer.text()
    );
    let page = get(&format!("{}/metrics", server.url)).text();
    assert_eq!(
        sample(&page, r#"http_connections_timed_out_total{phase="body"}"#),
        Some(2.0)
    );
}

#[test]
fn forms_of_people_who_are_not_logged_in_are_small() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let host = server.url.trim_start_matches("http://");
    let ask = |path: &str, length: usize| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: csrftoken={}\r\ncontent-length: {length}\r\n\r\n",
            "a".repeat(32)
        );
        exchange(host, [head.as_bytes(), &vec![b'y'; length]].concat().as_slice()).status
    };
    assert_eq!(ask("/admin/login/", 16 * 1024), 403, "it has no token");
    assert_eq!(ask("/admin/login/", 16 * 1024 + 1), 413);
    assert_eq!(ask("/admin/login/", 3_000_000), 413);
    assert_eq!(ask("/admin/sla/label/add/", 16 * 1024), 302, "it is not ours");
    assert_eq!(ask("/admin/sla/label/add/", 16 * 1024 + 1), 413);
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--max-connections", "8"]);
    let mut scraping = Raw::connect(&server);
    assert_eq!(value(&mut scraping, "http_connections_max"), 8.0);
    let held: Vec<Raw> = (0..7).map(|_| Raw::connect(&server)).collect();
    let deadline = Instant::now() + TIMEOUT;
    while value(&mut scraping, "http_connections") < 8.0 {
        assert!(Instant::now() < deadline, "connections are accepted");
    }
    for _ in 0..100 {
        let mut refused = Raw::connect(&server);
        refused.send("GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n");
        assert_eq!(refused.rest(), "");
    }
    assert_eq!(
        value(&mut scraping, r#"http_connections_refused_total{reason="total"}"#),
        100.0
    );
    server.wait_for_log("connections are refused", 1);
    assert!(
        server.log().matches("connections are refused").count() <= 2,
        "{}",
        server.log()
    );
    drop(held);
    while value(&mut scraping, "http_connections") > 1.0 {
        assert!(Instant::now() < deadline, "places are given back");
    }
    assert_eq!(get(&format!("{}/-/healthy", server.url)).status, 200);
}

/// `serve` below a shell that has set limits.
fn limited(database: &Database, limits: &str, arguments: &str) -> Server {
    let mut command = without_settings("bash");
    let script = format!(
        "{limits}; exec {PROGRAM} serve --bind 127.0.0.1:0 --database-url {} {arguments}",
        database.url
    );
    command.args(["-c", &script]);
    Server::spawn(command)
}

#[test]
fn the_limit_of_open_files_is_raised_and_kept() {
    let database = Database::sqlite();
    let server = limited(
        &database,
        "ulimit -S -n 150; ulimit -H -n 400",
        "--workers 1 --pool-size 2",
    );
    let mut scraping = Raw::connect(&server);
    assert_eq!(value(&mut scraping, "process_max_fds"), 400.0);
    assert_eq!(value(&mut scraping, "http_connections_max"), 220.0);
    // More clients than there are places: some wait, others are refused, and those that have a place are served.
    let held: Vec<Raw> = (0..500).map(|_| Raw::connect(&server)).collect();
    let deadline = Instant::now() + TIMEOUT;
    while value(&mut scraping, r#"http_connections_refused_total{reason="total"}"#) < 281.0 {
        assert!(Instant::now() < deadline, "connections that are too many are refused");
    }
    assert!(value(&mut scraping, "process_open_fds") < 400.0);
    assert_eq!(value(&mut scraping, "sla_monitor_collector_up"), 1.0);
    assert!(!server.log().contains("Too many open files"), "{}", server.log());
    drop(held);
}

/// The processor time that a process has used, in hundredths of a second.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    let (_, fields) = stat.rsplit_once(") ").expect("the name ends");
    let field = |index: usize| fields.split(' ').nth(index).and_then(|field| field.parse::<u64>().ok());
    field(11).zip(field(12)).map_or(0, |(user, system)| user + system)
}

#[test]
fn errors_of_accepting_do_not_spin() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 200);
    let pid = i32::try_from(server.pid()).ok().and_then(Pid::from_raw);
    let allow = |files: u64| {
        let limit = Rlimit {
            current: Some(files),
            maximum: Some(1024),
        };
        prlimit(pid, Resource::Nofile, limit).expect("the process is ours");
    };
    // Fewer than are open already.
    allow(8);
    let before = ticks(server.pid());
    let mut waiting = Raw::connect(&server);
    assert!(waiting.send("GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n"));
    server.wait_for_log("Too many open files", 4);
    let used = ticks(server.pid()) - before;
    assert!(
        used < 75,
        "{used} hundredths of a second of the processor in a second and a half"
    );
    allow(1024);
    assert_eq!(waiting.answer().status, 200, "it is accepted once there is room");
}
