//! What no trigger tells: rows changed where triggers are off, backups restored behind an open connection, tombstones that are gone.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use prometheus::{Encoder, Registry, TextEncoder};
use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::clock::SystemClock;
use sla_monitor::db::migrate;
use sla_monitor::db::pool::Pool;
use sla_monitor::metrics::collector::{CollectorHandle, install};
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::state::refresher::RefreshOutcome;

use super::{WORLD, assert_line, assert_nothing, component_lines, scrape, value};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    rows_that_changed_unseen_are_found,
    a_backup_restored_in_place_shows_what_it_holds,
    a_reader_whose_tombstones_are_pruned_reads_everything,
);

/// A collector in this process, which compares a portion of what it knows after each refresh.
struct Watcher {
    registry: Registry,
    handle: CollectorHandle,
}

impl Watcher {
    fn new(database: &Database, rest: Duration) -> Self {
        let url = database.url.parse().expect("tests give valid URLs");
        let pool = Pool::connect(&url, 2).expect("the database answers");
        let migrations = migrate::ensure_current(&mut pool.pool().get().expect("the pool has a connection"))
            .expect("it was migrated");
        let source = DatabaseSource::new(pool.pool().clone()).resting(rest);
        let registry = Registry::new();
        let handle = install(
            &registry,
            &migrations,
            &pool,
            source,
            Arc::new(SystemClock),
            Layout::Names,
        )
        .expect("the registry is empty");
        Self { registry, handle }
    }

    /// The page after as many refreshes.
    fn page(&self, refreshes: usize) -> String {
        let system = actix_web::rt::System::new();
        for _ in 0..refreshes {
            let outcome = system.block_on(self.handle.refresher().refresh(Duration::from_secs(30)));
            assert_eq!(outcome, RefreshOutcome::Fresh);
        }
        let mut text = Vec::new();
        let families = self.registry.gather();
        TextEncoder::new()
            .encode(&families, &mut text)
            .expect("every family has samples");
        String::from_utf8(text).expect("pages are UTF-8")
    }
}

fn full_loads(page: &str) -> f64 {
    value(page, r#"sla_monitor_snapshot_refreshes_total{kind="full"}"#)
}

/// Runs statements so that neither a version nor a tombstone tells of them.
fn unseen(database: &Database, sql: &str) {
    if database.is_postgres() {
        return database.execute(&format!(
            "BEGIN; SET LOCAL session_replication_role = replica; {sql}; COMMIT"
        ));
    }
    let version = database.number("SELECT version AS value FROM data_version");
    database.execute(&format!(
        "BEGIN; {sql}; UPDATE component SET row_version = 1; UPDATE sla_window SET row_version = 1; \
         UPDATE calendar SET row_version = 1; DELETE FROM tombstone; UPDATE data_version SET version = {version}; COMMIT"
    ));
}

fn rows_that_changed_unseen_are_found(database: &Database) {
    // More than are compared at once, so that a round takes a few refreshes.
    const REFRESHES: usize = 6;
    let many: String = (0..2100)
        .map(|number| format!("  - {{name: many-{number}, windows: [Past]}}\n"))
        .collect();
    apply(database, &format!("{WORLD}{many}"));
    let watcher = Watcher::new(database, Duration::ZERO);
    let mut loads = 1.0;
    // Before each refresh another session changes something that is seen: that is no reason not to compare.
    let mut slo = 0;
    let mut busy_page = || {
        for _ in 1..REFRESHES {
            slo += 1;
            database.execute(&format!(
                "UPDATE component SET slo_millipercent = {slo} WHERE name = 'many-1'"
            ));
            watcher.page(1);
        }
        watcher.page(1)
    };
    assert_eq!(full_loads(&busy_page()), loads, "what is true stays");
    let edits = [
        (
            "UPDATE component SET name = 'API' WHERE name = 'api'",
            "API_service_window_in_window{component=\"API\",team=\"blue\"} 0",
        ),
        (
            "UPDATE component SET name = 'last' WHERE name = 'many-2099'",
            "last_service_window_in_window{component=\"last\"} 0",
        ),
        (
            "UPDATE label SET value = 'green' WHERE value = 'blue'",
            "web_service_window_in_window{component=\"web\",env=\"prod\",team=\"green\"} 0",
        ),
        (
            "DELETE FROM component_label WHERE label_name = 'env'",
            "web_service_window_in_window{component=\"web\",team=\"green\"} 0",
        ),
        (
            "UPDATE rule SET end_local = '2020-01-03T00:00' WHERE start_local = '2020-01-01T00:00'",
            "web_service_window_last_end{component=\"web\",team=\"green\"} 1578009600",
        ),
        (
            "DELETE FROM component WHERE name IN ('many-994', 'many-995', 'many-996', 'idle')",
            "sla_monitor_components{state=\"enabled\"} 2101",
        ),
        (
            "INSERT INTO component (name) VALUES ('new')",
            "new_service_window_in_window{component=\"new\"} 0",
        ),
    ];
    for (sql, line) in edits {
        unseen(database, sql);
        let page = busy_page();
        assert_line(&page, line);
        loads += 1.0;
        assert_eq!(full_loads(&page), loads, "{sql}");
    }
}

mod apart {
    mod postgres {
        use diesel::connection::SimpleConnection;

        use crate::scrape::healing::*;

        #[test]
        fn a_comparison_that_is_blocked_makes_no_scrape_late_and_forgets_nothing() {
            let database = Database::postgres();
            apply(&database, WORLD);
            let watcher = Watcher::new(&database, Duration::ZERO);
            watcher.page(2);
            let mut conn = database.connect();
            conn.batch_execute("BEGIN; LOCK TABLE component IN ACCESS EXCLUSIVE MODE")
                .expect("no other session holds it for long");
            let page = watcher.page(3);
            assert_line(&page, "sla_monitor_collector_up 1");
            assert_eq!(full_loads(&page), 1.0);
            conn.batch_execute("ROLLBACK").expect("it was begun");
            let page = watcher.page(3);
            assert_line(&page, "sla_monitor_collector_up 1");
            assert_eq!(full_loads(&page), 1.0, "what was known is still known");
            unseen(&database, "UPDATE component SET name = 'API' WHERE name = 'api'");
            assert_line(
                &watcher.page(4),
                "API_service_window_in_window{component=\"API\",team=\"blue\"} 0",
            );
        }

        /// Counting looks at every row there, so it is done after the answer.
        #[test]
        fn rows_that_went_unseen_are_missed_after_the_next_change() {
            let database = Database::postgres();
            apply(&database, WORLD);
            let watcher = Watcher::new(&database, Duration::from_secs(3600));
            watcher.page(2);
            database.execute(
                "BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM component WHERE name = 'web'; \
                 SET LOCAL session_replication_role = DEFAULT; UPDATE component SET slo_millipercent = 1; COMMIT",
            );
            let page = watcher.page(2);
            assert_nothing(&page, "web_");
            assert_eq!(full_loads(&page), 2.0);
        }
    }
}

/// Puts `backup` in the place of everything in `database`, as SQLite's own command does, behind open connections.
fn restore_sqlite(database: &Database, backup: &Database) {
    let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).backup(sqlite3.connect(sys.argv[2]))";
    let status = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .args([backup.path(), database.path()])
        .status()
        .expect("there is a Python");
    assert!(status.success());
}

/// As many rows as before, none of them stamped later than what was read: only the versions could tell, and do not.
fn a_backup_restored_in_place_shows_what_it_holds(database: &Database) {
    const VERSION: &str = "SELECT version AS value FROM data_version";
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    for (step, name) in [(0, "same"), (5, "later")] {
        assert_line(
            &scrape(&server),
            "web_service_window_in_window{component=\"web\",env=\"prod\",team=\"blue\"} 0",
        );
        let version = database.number(VERSION) + step;
        if database.is_postgres() {
            let tables = [
                "component_label",
                "component_window",
                "component_calendar",
                "correction",
                "component",
            ];
            let kept: String = tables
                .iter()
                .map(|table| format!("CREATE TEMPORARY TABLE kept_{table} ON COMMIT DROP AS TABLE {table}; "))
                .collect();
            let back: String = tables
                .iter()
                .map(|table| format!("INSERT INTO {table} TABLE kept_{table}; "))
                .collect();
            database.execute(&format!(
                "BEGIN; SET LOCAL session_replication_role = replica; {kept} TRUNCATE {}; \
                 {back} \
                 UPDATE component SET name = '{name}' WHERE id = (SELECT min(id) FROM component); \
                 DELETE FROM data_version; INSERT INTO data_version VALUES (1, {version}, 0); COMMIT",
                tables.join(", ")
            ));
        } else {
            let backup = Database::sqlite();
            apply(&backup, &WORLD.replace("name: api", &format!("name: {name}")));
            backup.execute(&format!(
                "UPDATE component SET row_version = 1; UPDATE data_version SET version = {version}"
            ));
            restore_sqlite(database, &backup);
        }
        assert_eq!(database.number(VERSION), version);
        let page = scrape(&server);
        assert_line(
            &page,
            &format!("{name}_service_window_in_window{{component=\"{name}\",team=\"blue\"}} 0"),
        );
        assert_nothing(&page, "api_");
        let again = Server::start(database, &[]);
        assert_eq!(component_lines(&page), component_lines(&scrape(&again)));
    }
    assert_eq!(full_loads(&scrape(&server)), 3.0);
}

fn a_reader_whose_tombstones_are_pruned_reads_everything(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    assert_eq!(full_loads(&scrape(&server)), 1.0);
    // One comes unseen for the one that goes, so that the numbers of rows tell nothing; only the floor of the tombstones does.
    unseen(database, "INSERT INTO component (name) VALUES ('instead')");
    database.execute("DELETE FROM component WHERE name = 'idle'");
    database.execute(
        "INSERT INTO component (name) WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers \
         WHERE number < 12500) SELECT 'many-' || number FROM numbers",
    );
    database.execute("DELETE FROM component WHERE name LIKE 'many-%'");
    let page = scrape(&server);
    assert_nothing(&page, "idle_");
    assert_eq!(full_loads(&page), 2.0);
    database.execute("DELETE FROM component WHERE name = 'web'");
    let page = scrape(&server);
    assert_nothing(&page, "web_");
    assert_eq!(full_loads(&page), 2.0, "what was deleted since is known");
}
