//! From the start to the end of a server: what refuses a start, what a first start makes, and how a stop treats who is being served.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use sla_monitor::clock::{Clock, SystemClock};

use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, command, run_on};
use crate::support::server::Server;

use super::failures::{SlowReader, large_world, lock};
use super::{WORLD, assert_line, assert_nothing, component_lines, host, ok, say, scrape, scrape_by_labels, value};

fn a_stop_lets_a_slow_reader_have_all_of_it(database: &Database) {
    apply(database, &large_world());
    let mut server = Server::start(database, &["--log-level", "info"]);
    scrape(&server);
    let slow = SlowReader::start(&server, "/metrics?layout=labels");
    server.signal("TERM");
    server.wait_for_log("SIGTERM received", 1);
    let body = slow.finish();
    assert_line(&body, r#"service_window_in_window{component="api",team="blue"} 0"#);
    check_ended(&mut server);
}

/// Checks that the server has ended well and its port is closed.
#[track_caller]
fn check_ended(server: &mut Server) {
    let status = server.wait();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
    server.wait_for_log("stopped", 1);
    assert!(TcpStream::connect(host(server)).is_err(), "no new connection");
}

fn an_idle_server_stops_at_once(database: &Database) {
    for signal in ["TERM", "INT", "QUIT"] {
        let mut server = Server::start(database, &[]);
        scrape(&server);
        let started = Instant::now();
        server.signal(signal);
        check_ended(&mut server);
        assert!(
            started.elapsed() < Duration::from_secs(10),
            "SIG{signal}: {:?}",
            started.elapsed()
        );
    }
}

/// Prometheus keeps its connections between scrapes; none of them may hold a stop up.
fn a_connection_that_is_kept_alive_does_not_delay_the_stop(database: &Database) {
    let mut server = Server::start(database, &[]);
    let mut kept = BufReader::new(TcpStream::connect(host(&server)).expect("the server listens"));
    for _ in 0..2 {
        kept.get_mut()
            .write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n")
            .expect("the request is taken");
        let mut line = String::new();
        while line != "healthy\n" {
            line.clear();
            assert_ne!(
                kept.read_line(&mut line).expect("the server answers"),
                0,
                "the connection is kept"
            );
        }
    }
    let started = Instant::now();
    server.signal("TERM");
    check_ended(&mut server);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

fn a_port_in_use_refuses_the_start(database: &Database) {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address").to_string();
    let refusal = run_on(database, &["serve", "--bind", &address, "--log-level", "error"]).refused();
    assert!(refusal.contains(&address) && refusal.contains("--bind"), "{refusal}");
}

on_both_databases!(
    a_stop_lets_a_slow_reader_have_all_of_it,
    an_idle_server_stops_at_once,
    a_connection_that_is_kept_alive_does_not_delay_the_stop,
    a_port_in_use_refuses_the_start,
);

#[test]
fn a_fresh_path_is_served_once_it_may_be_migrated() {
    check_first_start(&Database::unmigrated_sqlite());
}

mod only_postgres {
    use super::*;

    #[test]
    fn a_fresh_database_is_served_once_it_may_be_migrated() {
        check_first_start(&Database::unmigrated_postgres());
    }

    #[test]
    fn a_stop_lets_a_scrape_that_waits_for_the_database_have_its_answer() {
        let database = Database::postgres();
        apply(&database, WORLD);
        let mut server = Server::start(&database, &["--metrics-refresh-timeout", "60", "--log-level", "info"]);
        scrape(&server);
        let mut locked = lock(&database);
        say(&mut locked, "UPDATE component SET name = 'late' WHERE name = 'idle'");
        let url = format!("{}/metrics", server.url);
        let scraper = std::thread::spawn(move || ok(get(&url)));
        wait_for_a_waiter(&database);
        server.signal("TERM");
        server.wait_for_log("SIGTERM received", 1);
        say(&mut locked, "COMMIT");
        let page = scraper.join().expect("the scrape is answered");
        assert_line(&page, r#"late_service_window_in_window{component="late"} 0"#);
        assert_line(&page, "sla_monitor_collector_up 1");
        check_ended(&mut server);
    }

    /// Returns once a query waits for the lock on the data version. The database sends no event, so it is asked.
    fn wait_for_a_waiter(database: &Database) {
        let deadline = Instant::now() + Duration::from_secs(60);
        let waiting =
            "SELECT count(*) AS value FROM pg_locks WHERE NOT granted AND relation = 'data_version'::regclass";
        while database.number(waiting) == 0 {
            assert!(Instant::now() < deadline, "no query waits for the lock");
        }
    }
}

fn check_first_start(database: &Database) {
    let refusal = run_on(database, &["serve", "--bind", "127.0.0.1:0"]).refused();
    assert!(refusal.contains("migrate"), "{refusal}");
    let server = Server::start(database, &["--migrate"]);
    let page = scrape(&server);
    assert_line(&page, "sla_monitor_collector_up 1");
    assert_line(&page, r#"sla_monitor_components{state="enabled"} 0"#);
    assert!(component_lines(&page).is_empty());
    assert_eq!(get(&format!("{}/-/ready", server.url)).status, 200);
    drop(server);
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    assert_line(&scrape(&server), r#"core_service_window_in_window{component="core"} 1"#);
}

#[test]
fn the_demo_makes_its_data_once_and_serves_it() {
    let folder = tempfile::tempdir().unwrap();
    let demo = || {
        let mut command = command();
        command
            .current_dir(folder.path())
            .args(["demo", "--bind", "127.0.0.1:0"]);
        // The application's own variable is another one's database.
        command.env("DATABASE_URL", "sqlite:elsewhere.sqlite3");
        Server::spawn(command)
    };
    let enabled = |page: &str| value(page, r#"sla_monitor_components{state="enabled"}"#);
    let mut server = demo();
    let page = scrape(&server);
    assert!(enabled(&page) >= 40.0, "{}", enabled(&page));
    assert_line(&page, r#"sla_monitor_components_invalid{reason="schedule"} 0"#);
    assert_eq!(
        page.matches("_service_window_in_window{").count() as f64,
        enabled(&page)
    );
    // Its components are as old as what is measured of them.
    let by_labels = scrape_by_labels(&server);
    let values = |family: &str| -> Vec<f64> {
        let lines = by_labels
            .lines()
            .filter(|line| line.starts_with(&format!("{family}{{")));
        let values = lines.filter_map(|line| line.rsplit_once(' ')?.1.parse().ok());
        values.collect()
    };
    let starts = values("service_window_accounting_start_timestamp_seconds");
    let long_ago = (SystemClock.now_seconds() - 120 * 86_400) as f64;
    assert!(
        starts.len() as f64 == enabled(&page) && starts.iter().all(|start| *start < long_ago),
        "{starts:?}"
    );
    assert!(
        values("service_window_completed_seconds")
            .iter()
            .any(|seconds| *seconds > 1e6)
    );
    let file = folder.path().join("sla-monitor-demo.sqlite3");
    let database = sla_monitor::db::connection::open(&file.to_str().unwrap().parse().unwrap());
    say(&mut database.unwrap(), "INSERT INTO component (name) VALUES ('kept')");
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));

    let server = demo();
    let again = scrape(&server);
    assert_line(&again, r#"kept_service_window_in_window{component="kept"} 0"#);
    assert_eq!(enabled(&again), enabled(&page) + 1.0);
    server.wait_for_log("has components already", 1);
    let mut files: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.retain(|name| !name.starts_with("sla-monitor-demo.sqlite3"));
    assert!(files.is_empty(), "nothing else was made: {files:?}");
}

#[test]
fn a_database_in_memory_can_be_served() {
    let mut command = command();
    command.args([
        "serve",
        "--migrate",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        "sqlite::memory:",
    ]);
    let server = Server::spawn(command);
    for _ in 0..3 {
        let page = scrape(&server);
        assert_line(&page, "sla_monitor_collector_up 1");
        assert_line(&page, r#"sla_monitor_snapshot_refreshes_total{kind="full"} 1"#);
        assert_nothing(&page, "api_");
    }
}
