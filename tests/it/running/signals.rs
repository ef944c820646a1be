//! Signals: what they stop, how much of what is in flight is finished before, and what they have read again.

use std::io::BufReader;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use sla_monitor::db::connection;

use super::{Raw, TIMEOUT, host};
use crate::support::client::{get, sample};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::command;
use crate::support::server::{Log, Server};
use crate::zones::{folder, put, text};

on_both_databases!(
    sigterm_is_not_ready_at_once_and_answers_during_the_drain,
    sigint_lets_a_request_finish,
    a_second_sigint_ends_at_once,
    a_request_that_does_not_finish_ends_with_the_shutdown_timeout,
    a_busy_connection_loses_no_request_at_a_stop,
    a_connection_that_was_made_is_answered_at_a_stop,
);

fn status(server: &Server, path: &str) -> u16 {
    get(&format!("{}{path}", server.url)).status
}

/// Waits until nothing listens any more.
fn wait_until_closed(server: &Server) {
    let deadline = Instant::now() + TIMEOUT;
    while TcpStream::connect(host(server)).is_ok() {
        assert!(Instant::now() < deadline, "the server goes on listening");
        std::thread::yield_now();
    }
}

fn sigterm_is_not_ready_at_once_and_answers_during_the_drain(database: &Database) {
    let mut server = Server::start(database, &["--drain", "3", "--log-level", "info"]);
    assert_eq!(status(&server, "/metrics"), 200, "the components are loaded");
    assert_eq!(status(&server, "/-/ready"), 200);
    let (mut used, mut idle) = (Raw::connect(&server), Raw::connect(&server));
    for kept in [&mut used, &mut idle] {
        assert_eq!(kept.get("/-/healthy").header("connection"), "", "connections are kept");
    }
    let started = Instant::now();
    server.signal("TERM");
    server.wait_for_log("SIGTERM received", 1);
    let ready = get(&format!("{}/-/ready", server.url));
    assert_eq!((ready.status, ready.text().contains("stopping")), (503, true));
    assert_eq!(status(&server, "/metrics"), 200);
    assert_eq!(status(&server, "/admin/login/"), 200);
    assert_eq!(status(&server, "/-/healthy"), 200);
    let last = used.get("/metrics");
    assert_eq!((last.status, last.header("connection")), (200, "close"));
    assert_eq!(used.rest(), "");
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "the answers came within the drain"
    );
    server.wait_for_log("the drain is over", 1);
    assert!(started.elapsed() >= Duration::from_secs(3));
    wait_until_closed(&server);
    assert_eq!(idle.rest(), "", "an idle connection is closed");
    assert_eq!(server.wait().code(), Some(0));
}

/// A request whose body does not come yet: so long it is in flight.
fn request_in_flight(server: &Server) -> Raw {
    let mut raw = Raw::connect(server);
    assert!(raw.send("POST /admin/login/ HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\na=1"));
    let deadline = Instant::now() + TIMEOUT;
    let in_flight = || {
        sample(
            &get(&format!("{}/metrics", server.url)).text(),
            "http_requests_in_flight",
        )
    };
    // The scrape itself is one.
    while in_flight() != Some(2.0) {
        assert!(Instant::now() < deadline, "the request does not arrive");
    }
    raw
}

fn sigint_lets_a_request_finish(database: &Database) {
    let mut server = Server::start(database, &["--log-level", "info"]);
    let mut raw = request_in_flight(&server);
    server.signal("INT");
    server.wait_for_log("SIGINT received; requests in flight finish", 1);
    wait_until_closed(&server);
    assert!(raw.send("&b=2"));
    let answer = raw.answer();
    assert_eq!(
        (answer.status, answer.header("connection")),
        (403, "close"),
        "{}",
        answer.text()
    );
    assert_eq!(server.wait().code(), Some(0));
}

fn a_second_sigint_ends_at_once(database: &Database) {
    let mut server = Server::start(database, &["--log-level", "info", "--shutdown-timeout", "600"]);
    let mut raw = request_in_flight(&server);
    server.signal("INT");
    server.wait_for_log("SIGINT received; requests in flight finish", 1);
    let started = Instant::now();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(raw.rest(), "");
}

fn a_request_that_does_not_finish_ends_with_the_shutdown_timeout(database: &Database) {
    let mut server = Server::start(database, &["--shutdown-timeout", "2", "--log-level", "info"]);
    let mut raw = request_in_flight(&server);
    let started = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    let taken = started.elapsed();
    assert!(
        Duration::from_secs(2) <= taken && taken < Duration::from_secs(20),
        "{taken:?}"
    );
    assert_eq!(raw.rest(), "");
}

/// Sends requests one after the other over one connection, until the server asks to close it. Returns how many were answered.
fn ask_until_closed(server: &Server) -> usize {
    let mut raw = Raw::connect(server);
    for answered in 1.. {
        let answer = raw.get("/-/healthy");
        assert_eq!(answer.status, 200);
        if answer.header("connection") == "close" {
            return answered;
        }
    }
    0
}

/// Asks over one new connection after the other, until none can be made. Returns how many requests were answered.
fn ask_until_refused(address: &str) -> usize {
    let mut answered = 0;
    // A connection that is made is served, however late it was.
    while let Ok(stream) = TcpStream::connect(address) {
        let mut raw = Raw(BufReader::new(stream));
        raw.0
            .get_ref()
            .set_read_timeout(Some(TIMEOUT))
            .expect("a timeout can be set");
        assert!(raw.send("GET /-/healthy HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"));
        assert_eq!(raw.answer().status, 200);
        answered += 1;
    }
    answered
}

fn a_connection_that_was_made_is_answered_at_a_stop(database: &Database) {
    for _ in 0..3 {
        let mut server = Server::start(database, &["--log-level", "warn"]);
        let address = host(&server).to_owned();
        let answered = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| ask_until_refused(&address))).collect();
            assert_eq!(status(&server, "/metrics"), 200);
            server.signal("TERM");
            let answered = clients
                .into_iter()
                .map(|client| client.join().expect("every request is answered"));
            answered.sum::<usize>()
        });
        assert!(answered >= 8, "{answered}");
        assert_eq!(server.wait().code(), Some(0));
    }
}

fn a_busy_connection_loses_no_request_at_a_stop(database: &Database) {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(database, &["--log-level", "warn"]);
        let answered = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| ask_until_closed(&server))).collect();
            assert_eq!(status(&server, "/metrics"), 200);
            server.signal(signal);
            let answered = clients
                .into_iter()
                .map(|client| client.join().expect("every request is answered"));
            answered.sum::<usize>()
        });
        assert!(answered >= 8, "{answered}");
        assert_eq!(server.wait().code(), Some(0));
    }
}

/// Waits until the process has handlers for SIGHUP, SIGINT, SIGQUIT and SIGTERM.
fn wait_for_handlers(pid: u32) {
    let wanted = 1_u64 << 0 | 1 << 1 | 1 << 2 | 1 << 14;
    let deadline = Instant::now() + TIMEOUT;
    let caught = || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is there");
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .expect("it is reported");
        u64::from_str_radix(mask.trim(), 16).expect("it is a mask")
    };
    while caught() & wanted != wanted {
        assert!(Instant::now() < deadline, "there are no handlers");
    }
}

#[test]
fn signals_during_the_start_stop_it_and_sighup_does_not() {
    let database = Database::unmigrated_sqlite();
    let mut locked = connection::open(&database.url.parse().expect("a path is a URL")).expect("it can be made");
    for (signal, before) in [("TERM", "HUP"), ("INT", "HUP")] {
        locked
            .batch_execute("BEGIN EXCLUSIVE")
            .expect("no other process has the lock");
        let mut child = command()
            .args([
                "serve",
                "--migrate",
                "--bind",
                "127.0.0.1:0",
                "--database-url",
                &database.url,
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        wait_for_handlers(child.id());
        let log = Log::follow(child.stderr.take().expect("standard error is piped"));
        for name in [before, signal] {
            let sent = Command::new("kill")
                .args([format!("-{name}"), child.id().to_string()])
                .status();
            assert!(sent.expect("kill runs").success());
        }
        assert_eq!(child.wait().expect("it ends").code(), Some(0), "{}", log.text());
        log.wait_for(&format!("SIG{signal} received before the server listened"), 1);
        locked.batch_execute("ROLLBACK").expect("the transaction can end");
    }
}

#[test]
fn the_demo_ends_by_sighup() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut demo = command();
    demo.args(["demo", "--bind", "127.0.0.1:0"]).current_dir(folder.path());
    let mut demo = Server::spawn(demo);
    demo.signal("HUP");
    assert_eq!(demo.wait().code(), Some(0));
}

#[test]
fn sighup_reads_time_zone_data_again() {
    let zones = folder(Some("2024a"), &[("UTC", "UTC")]);
    let database = Database::sqlite();
    let server = Server::start(&database, &["--tzdata", text(&zones), "--log-level", "info"]);
    let in_use = |version: &str| {
        let series = format!(r#"sla_monitor_tzdata_info{{origin="directory",version="{version}"}}"#);
        sample(&get(&format!("{}/metrics", server.url)).text(), &series)
    };
    assert_eq!(in_use("2024a"), Some(1.0));
    put(zones.path(), "tzdata.zi", b"# version 2024b\n");
    server.signal("HUP");
    server.wait_for_log("time zone data was read again", 1);
    assert_eq!(in_use("2024b"), Some(1.0));
    std::fs::remove_file(zones.path().join("UTC")).expect("it is there");
    server.signal("HUP");
    server.wait_for_log("time zone data was not read again", 1);
    assert_eq!(in_use("2024b"), Some(1.0), "the old data stays");
}
