//! A database that is gone, slow, restored or damaged: the scrape says so and shows what is still known to be right.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::db::Conn;
use sla_monitor::db::pool::Pool;
use sla_monitor::metrics::source::{Refresh, SnapshotSource};

use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{
    WORLD, assert_line, assert_nothing, beside, component_lines, host, ok, say, scrape, scrape_by_labels, value,
};

const DATABASE_ERRORS: &str = r#"sla_monitor_collector_errors_total{reason="database"}"#;
const TIMEOUTS: &str = r#"sla_monitor_collector_errors_total{reason="timeout"}"#;

/// Takes the database away from all connections until it is given back.
struct Outage<'a> {
    database: &'a Database,
    over: bool,
}

impl<'a> Outage<'a> {
    fn of(database: &'a Database) -> Self {
        if database.is_postgres() {
            let mut server = beside(database);
            say(
                &mut server,
                &format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", name(database)),
            );
            disconnect_all(&mut server, database);
        } else {
            // What is in the write-ahead log stays with its file.
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            std::fs::rename(database.path(), database.path().with_extension("away")).expect("the file can be moved");
        }
        Self { database, over: false }
    }

    fn end(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        if self.database.is_postgres() {
            let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", name(self.database));
            say(&mut beside(self.database), &sql);
        } else {
            let path = self.database.path();
            std::fs::rename(path.with_extension("away"), path).expect("the file can be moved back");
        }
    }
}

impl Drop for Outage<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

fn name(database: &Database) -> &str {
    database.url.rsplit('/').next().expect("the URL ends with a database")
}

fn disconnect_all(server: &mut Conn, database: &Database) {
    say(
        server,
        &format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            name(database)
        ),
    );
}

fn while_the_database_is_gone_the_last_good_components_are_shown(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let before = scrape(&server);
    let mut outage = Outage::of(database);
    for failures in 1..=2 {
        let during = scrape(&server);
        assert_eq!(component_lines(&during), component_lines(&before));
        assert_line(&during, "sla_monitor_collector_up 0");
        assert!(value(&during, DATABASE_ERRORS) >= f64::from(failures));
        assert_eq!(value(&during, TIMEOUTS), 0.0);
        assert!(value(&during, "sla_monitor_collector_last_error_timestamp_seconds") > 0.0);
    }
    assert_eq!(get(&format!("{}/-/healthy", server.url)).status, 200);
    assert_eq!(get(&format!("{}/-/ready", server.url)).status, 200);
    assert!(
        server.log().contains("the last good ones are shown"),
        "{}",
        server.log()
    );
    outage.end();
    let after = scrape(&server);
    assert_line(&after, "sla_monitor_collector_up 1");
    assert_eq!(component_lines(&after), component_lines(&before));
    database.execute("UPDATE component SET name = 'back' WHERE name = 'idle'");
    assert_line(&scrape(&server), r#"back_service_window_in_window{component="back"} 0"#);
}

fn unavailable_may_be_preferred_to_stale(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &["--metrics-on-error", "unavailable"]);
    scrape(&server);
    let mut outage = Outage::of(database);
    for path in [
        "/metrics",
        "/metrics?layout=labels",
        "/metrics?name[]=sla_monitor_collector_up",
    ] {
        let answer = get(&format!("{}{path}", server.url));
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), "1");
        assert!(
            answer.text().starts_with("The database did not answer"),
            "{}",
            answer.text()
        );
    }
    outage.end();
    let page = scrape(&server);
    assert_line(&page, "sla_monitor_collector_up 1");
    assert_line(&page, r#"metrics_http_requests_total{code="503"} 3"#);
}

fn a_connection_that_was_cut_meanwhile_costs_no_scrape(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    scrape(&server);
    if database.is_postgres() {
        disconnect_all(&mut beside(database), database);
    } else {
        // A file that is written anew under its name, as some backups do.
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        let copy = database.path().with_extension("copy");
        std::fs::copy(database.path(), &copy).expect("the file can be copied");
        std::fs::rename(&copy, database.path()).expect("the copy can take its place");
    }
    database.execute("UPDATE component SET name = 'later' WHERE name = 'idle'");
    let page = scrape(&server);
    assert_line(&page, r#"later_service_window_in_window{component="later"} 0"#);
    assert_line(&page, "sla_monitor_collector_up 1");
    assert_eq!(value(&page, DATABASE_ERRORS), 0.0);
}

/// Two databases at one data version with other components: only a comparison of everything distinguishes them.
fn a_restored_database_shows_what_it_holds(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    scrape(&server);
    let other = if database.is_postgres() {
        Database::postgres()
    } else {
        Database::sqlite()
    };
    apply(
        &other,
        &WORLD
            .replace("name: api", "name: restored")
            .replace("2020-01-01T00", "2020-01-01T06"),
    );
    let version = |database: &Database| database.number("SELECT version AS value FROM data_version");
    assert_eq!(version(database), version(&other));
    if database.is_postgres() {
        let mut postgres = beside(database);
        let (name, other) = (name(database), name(&other));
        disconnect_all(&mut postgres, database);
        for (from, to) in [(name, "between"), (other, name), ("between", other)] {
            let to = if to == "between" {
                format!("{name}_between")
            } else {
                to.to_owned()
            };
            let from = if from == "between" {
                format!("{name}_between")
            } else {
                from.to_owned()
            };
            say(&mut postgres, &format!("ALTER DATABASE {from} RENAME TO {to}"));
        }
    } else {
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        std::fs::rename(other.path(), database.path()).expect("the backup can take the place");
    }
    let page = scrape(&server);
    assert_line(
        &page,
        r#"restored_service_window_last_start{component="restored",team="blue"} 1577858400"#,
    );
    assert_line(
        &page,
        r#"web_service_window_last_start{component="web",env="prod",team="blue"} 1577858400"#,
    );
    assert_nothing(&page, "api_");
    assert_line(&page, "sla_monitor_collector_up 1");
    assert_line(&page, r#"sla_monitor_components{state="disabled"} 1"#);
    database.execute("UPDATE component SET name = 'edited' WHERE name = 'idle'");
    assert_line(
        &scrape(&server),
        r#"edited_service_window_in_window{component="edited"} 0"#,
    );
}

fn a_rule_that_cannot_be_read_harms_only_who_uses_it(database: &Database) {
    apply(
        database,
        &format!(
            "{WORLD}  - {{name: cut, windows: [Ahead], calendars: [Noon]}}\n  - {{name: both, windows: [Past, Always]}}\n"
        ),
    );
    let server = Server::start(database, &[]);
    let before = scrape(&server);
    database.execute("UPDATE rule SET start_local = 'yesterday' WHERE calendar_id IS NULL AND kind = 'once' AND start_local < '2021'");
    let page = scrape(&server);
    for broken in ["api_", "web_", "both_"] {
        assert_nothing(&page, broken);
    }
    for sound in ["batch", "core", "cut"] {
        let lines = |page: &str| -> Vec<String> {
            let start = format!("{sound}_service_window");
            page.lines()
                .filter(|line| line.starts_with(&start))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(lines(&page), lines(&before));
        assert!(!lines(&page).is_empty());
    }
    assert_line(&page, r#"sla_monitor_components_invalid{reason="schedule"} 3"#);
    assert_line(&page, r#"sla_monitor_components{state="enabled"} 7"#);
    assert_line(&page, "sla_monitor_collector_up 1");
    server.wait_for_log("window `Past`: rule 1: ", 1);
    let said = server.log();
    let line = said
        .lines()
        .find(|line| line.contains("window `Past`"))
        .unwrap_or_default();
    assert_eq!(line.matches("`Past`").count(), 1, "the window is named once: {line}");
    assert!(
        line.contains("ERROR") && line.contains("left out of the metrics"),
        "{line}"
    );

    database.execute("UPDATE calendar SET timezone = 'Mars/Olympus'");
    let page = scrape(&server);
    assert_nothing(&page, "cut_");
    assert_line(&page, r#"sla_monitor_components_invalid{reason="schedule"} 4"#);
    server.wait_for_log("calendar `Noon`: the time zone", 1);

    // A broken window that is disabled is of no more concern.
    database.execute("UPDATE sla_window SET enabled = FALSE WHERE name = 'Past'");
    let page = scrape(&server);
    assert_line(&page, r#"sla_monitor_components_invalid{reason="schedule"} 1"#);
    assert_line(&page, r#"api_service_window_in_window{component="api",team="blue"} 0"#);
    assert_line(&page, r#"both_service_window_in_window{component="both"} 1"#);

    database.execute("UPDATE sla_window SET enabled = TRUE WHERE name = 'Past'");
    database.execute("UPDATE rule SET start_local = '2020-01-01T00:00' WHERE start_local = 'yesterday'");
    database.execute("UPDATE calendar SET timezone = 'UTC'");
    let page = scrape(&server);
    assert_eq!(component_lines(&page), component_lines(&before), "mended");
    assert_line(&page, r#"sla_monitor_components_invalid{reason="schedule"} 0"#);
}

fn a_schema_that_is_gone_is_a_database_that_fails(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let before = scrape(&server);
    database.execute("ALTER TABLE data_version RENAME TO elsewhere");
    let page = scrape(&server);
    assert_eq!(component_lines(&page), component_lines(&before));
    assert_line(&page, "sla_monitor_collector_up 0");
    database.execute("ALTER TABLE elsewhere RENAME TO data_version");
    assert_line(&scrape(&server), "sla_monitor_collector_up 1");
}

/// Adds components whose page is larger than what a connection buffers without a reader.
pub(super) fn large_world() -> String {
    // Two hundred characters are allowed, and these have four bytes each.
    let labels: Vec<String> = (0..3).map(|number| format!("l{number}: {}", "𝄞".repeat(200))).collect();
    let labels = labels.join(", ");
    let components: String = (0..2_000)
        .map(|number| format!("  - {{name: large-{number}, labels: {{{labels}}}, windows: [Past]}}\n"))
        .collect();
    format!("{WORLD}{components}")
}

/// A client that has read the head of an answer and nothing of its body.
pub(super) struct SlowReader {
    stream: BufReader<TcpStream>,
    /// How long the body will be.
    pub length: usize,
}

impl SlowReader {
    pub(super) fn start(server: &Server, path: &str) -> Self {
        let mut stream = TcpStream::connect(host(server)).expect("the server listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the request is taken");
        let mut stream = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        stream.read_line(&mut line).expect("the server answers");
        assert!(line.starts_with("HTTP/1.1 200 "), "{line}");
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line).expect("the head ends");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().expect("the length is a number");
            }
        }
        assert!(
            length > 12_000_000,
            "the body is larger than any buffer on its way: {length}"
        );
        Self { stream, length }
    }

    pub(super) fn finish(mut self) -> String {
        let mut body = String::new();
        self.stream.read_to_string(&mut body).expect("the body ends");
        assert_eq!(body.len(), self.length, "the body is whole");
        body
    }
}

fn more_scrapes_than_permitted_are_asked_to_retry(database: &Database) {
    apply(database, &large_world());
    let server = Server::start(database, &["--metrics-max-in-flight", "1"]);
    scrape(&server);
    let slow = SlowReader::start(&server, "/metrics");
    for _ in 0..2 {
        let refused = get(&format!("{}/metrics", server.url));
        assert_eq!(
            (refused.status, refused.header("retry-after")),
            (503, "1"),
            "{}",
            refused.text()
        );
        assert!(refused.text().contains("--metrics-max-in-flight"), "{}", refused.text());
    }
    assert_eq!(get(&format!("{}/-/healthy", server.url)).status, 200);
    assert!(slow.finish().contains("large_1999_service_window_in_window"));
    let url = format!("{}/metrics?name[]=sla_monitor_collector_up", server.url);
    assert_line(&ok(get(&url)), "sla_monitor_collector_up 1");
}

/// A client that reads nothing of its answer does not hold its place for ever.
fn a_client_that_never_reads_is_cut_off(database: &Database) {
    apply(database, &large_world());
    let server = Server::start(database, &["--metrics-max-in-flight", "1", "--send-timeout", "0.5"]);
    scrape(&server);
    let stalled = SlowReader::start(&server, "/metrics");
    assert_line(&first_permitted(&server), "sla_monitor_collector_up 1");
    drop(stalled);
}

/// Who hangs up gives its place back.
fn a_client_that_hangs_up_is_done_with(database: &Database) {
    apply(database, &large_world());
    let server = Server::start(database, &["--metrics-max-in-flight", "1"]);
    scrape(&server);
    for _ in 0..3 {
        drop(SlowReader::start(&server, "/metrics"));
        assert_line(&first_permitted(&server), "sla_monitor_collector_up 1");
    }
}

/// The first answer that is not refused because others are being given. No event says when the server has done with a
/// client.
fn first_permitted(server: &Server) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    let url = format!("{}/metrics?name[]=sla_monitor_collector_up", server.url);
    loop {
        let answer = get(&url);
        if answer.status != 503 {
            return ok(answer);
        }
        assert!(Instant::now() < deadline, "the place is not given back");
    }
}

on_both_databases!(
    while_the_database_is_gone_the_last_good_components_are_shown,
    unavailable_may_be_preferred_to_stale,
    a_connection_that_was_cut_meanwhile_costs_no_scrape,
    a_restored_database_shows_what_it_holds,
    a_rule_that_cannot_be_read_harms_only_who_uses_it,
    a_schema_that_is_gone_is_a_database_that_fails,
    more_scrapes_than_permitted_are_asked_to_retry,
    a_client_that_hangs_up_is_done_with,
    a_client_that_never_reads_is_cut_off,
);

/// Locks the data version against readers until the connection says otherwise.
pub(super) fn lock(database: &Database) -> Conn {
    let mut conn = database.connect();
    say(&mut conn, "BEGIN");
    say(&mut conn, "LOCK TABLE data_version IN ACCESS EXCLUSIVE MODE");
    conn
}

mod only_postgres {
    use super::*;

    #[test]
    fn a_slow_database_is_waited_for_as_long_as_the_scraper_waits() {
        let database = Database::postgres();
        apply(&database, WORLD);
        let server = Server::start(&database, &[]);
        let before = scrape(&server);
        let mut locked = lock(&database);
        say(&mut locked, "UPDATE component SET name = 'late' WHERE name = 'idle'");
        let started = Instant::now();
        let url = format!("{}/metrics", server.url);
        let during = ok(request("GET", &url, &[("x-prometheus-scrape-timeout-seconds", "1.5")]));
        let waited = started.elapsed();
        assert!(
            waited < Duration::from_millis(1500),
            "the scraper would have given up: {waited:?}"
        );
        assert!(
            waited >= Duration::from_millis(900),
            "the scraper had a longer timeout: {waited:?}"
        );
        assert_eq!(component_lines(&during), component_lines(&before));
        assert_line(&during, "sla_monitor_collector_up 0");
        assert_eq!(value(&during, TIMEOUTS), 1.0);
        assert_eq!(value(&during, DATABASE_ERRORS), 0.0);
        say(&mut locked, "COMMIT");
        let after = scrape(&server);
        assert_line(&after, r#"late_service_window_in_window{component="late"} 0"#);
        assert_line(&after, "sla_monitor_collector_up 1");
    }

    #[test]
    fn the_option_bounds_the_wait_of_scrapers_without_a_timeout_or_with_a_longer_one() {
        let database = Database::postgres();
        apply(&database, WORLD);
        let server = Server::start(&database, &["--metrics-refresh-timeout", "0.2"]);
        scrape(&server);
        let locked = lock(&database);
        let url = format!("{}/metrics", server.url);
        for headers in [&[][..], &[("x-prometheus-scrape-timeout-seconds", "60")]] {
            let started = Instant::now();
            assert_line(&ok(request("GET", &url, headers)), "sla_monitor_collector_up 0");
            assert!(started.elapsed() < Duration::from_secs(5));
        }
        drop(locked);
        assert_line(&scrape_by_labels(&server), "sla_monitor_collector_up 1");
    }

    #[test]
    fn no_query_of_the_source_lasts_longer_than_its_limit() {
        let database = Database::postgres();
        apply(&database, WORLD);
        let pool = Pool::connect(&database.url.parse().unwrap(), 1).unwrap();
        let limit = Duration::from_millis(100);
        for table in ["data_version", "component"] {
            let mut source = DatabaseSource::new(pool.pool().clone());
            let (first, refresh) = source.refresh(limit).unwrap();
            assert_eq!((first.components.len(), refresh), (5, Refresh::Full));
            database.execute("UPDATE component SET description = description");
            let mut conn = database.connect();
            say(&mut conn, "BEGIN");
            say(&mut conn, &format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"));
            let refused = source.refresh(limit).map(|_| ()).unwrap_err().to_string();
            assert!(refused.contains("statement timeout"), "{table}: {refused}");
            say(&mut conn, "ROLLBACK");
            let (_, refresh) = source.refresh(limit).unwrap();
            assert_eq!(refresh, Refresh::Full, "over another connection all of it is read");
        }
    }

    #[test]
    fn a_server_that_has_loaded_nothing_yet_is_alive_and_not_ready() {
        let database = Database::postgres();
        apply(&database, WORLD);
        // The version can be read, the components cannot.
        let mut conn = database.connect();
        say(&mut conn, "BEGIN");
        say(&mut conn, "LOCK TABLE component IN ACCESS EXCLUSIVE MODE");
        let server = Server::start(&database, &["--metrics-refresh-timeout", "0.1"]);
        let ready = get(&format!("{}/-/ready", server.url));
        assert_eq!(ready.status, 503);
        assert!(
            ready.text().starts_with("not ready: the components are not loaded"),
            "{}",
            ready.text()
        );
        assert_eq!(get(&format!("{}/-/healthy", server.url)).status, 200);
        let page = scrape(&server);
        assert_line(&page, "sla_monitor_collector_up 0");
        assert_line(&page, "sla_monitor_snapshot_loaded 0");
        assert!(component_lines(&page).is_empty());
        say(&mut conn, "ROLLBACK");
        let server = Server::start(&database, &[]);
        assert_eq!(scrape(&server).matches("api_service_window_in_window{").count(), 1);
        assert_eq!(get(&format!("{}/-/ready", server.url)).status, 200);
    }
}

#[test]
fn rows_that_point_to_nothing_do_no_harm() {
    let database = Database::sqlite();
    apply(&database, WORLD);
    let server = Server::start(&database, &[]);
    let before = scrape(&server);
    let mut conn = database.connect();
    say(&mut conn, "PRAGMA foreign_keys = OFF");
    say(
        &mut conn,
        "INSERT INTO component_window (component_id, window_id) SELECT id, 9999 FROM component",
    );
    say(
        &mut conn,
        "INSERT INTO component_calendar (component_id, calendar_id) SELECT id, 9999 FROM component",
    );
    say(
        &mut conn,
        "INSERT INTO component_label (component_id, label_id, label_name) SELECT id, 9999, 'ghost' FROM component",
    );
    say(
        &mut conn,
        "INSERT INTO window_calendar (window_id, calendar_id) SELECT id, 9999 FROM sla_window",
    );
    say(
        &mut conn,
        "INSERT INTO component_window (component_id, window_id) VALUES (8888, 1), (8888, 9999)",
    );
    say(
        &mut conn,
        "INSERT INTO rule (window_id, position, effect, kind, start_local, end_local) VALUES (9999, 0, 'include', 'once', 'a', 'b')",
    );
    let page = scrape(&server);
    assert_eq!(component_lines(&page), component_lines(&before));
    assert_line(&page, r#"sla_monitor_components_invalid{reason="schedule"} 0"#);
    assert_line(&page, r#"sla_monitor_components{state="without_windows"} 1"#);
    // A window that goes away under its components is a component without windows.
    say(&mut conn, "DELETE FROM sla_window WHERE name = 'Past'");
    let page = scrape(&server);
    assert_line(&page, r#"api_service_window_in_window{component="api",team="blue"} 0"#);
    assert_nothing(&page, "api_service_window_last_");
    assert_line(&page, r#"sla_monitor_components{state="without_windows"} 3"#);
    let again = Server::start(&database, &[]);
    assert_eq!(
        component_lines(&scrape(&again)),
        component_lines(&page),
        "a server that starts now sees the same"
    );
}
