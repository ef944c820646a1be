//! A database that refuses connections: every page says so at once, and all heals by itself.

use std::time::{Duration, Instant};

use super::DEADLINE;
use crate::scrape::{beside, say, scrape, value};
use crate::support::browser::Browser;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

/// Allows or refuses connections to a database.
fn set_open(database: &Database, is_open: bool) {
    let name = database.url.rsplit('/').next().expect("the URL ends with a database");
    let mut server = beside(database);
    say(
        &mut server,
        &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {is_open}"),
    );
    let disconnect = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    say(&mut server, &disconnect);
}

#[test]
fn a_database_that_refuses_connections_is_reported_at_once_with_its_start() {
    let database = Database::postgres();
    apply(&database, "components: [{name: shop-api}]");
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    root.get("/admin/").expect(200);
    scrape(&server);
    set_open(&database, false);
    for path in ["/admin/", "/admin/sla/component/", "/admin/sla/component/?q=shop"] {
        let started = Instant::now();
        let page = root.get(path);
        let waited = started.elapsed();
        assert!(waited < Duration::from_secs(2), "{path}: {waited:?}");
        assert_eq!(page.status(), 503, "{path}");
        assert_eq!(page.answer.header("retry-after"), "5");
        let text = page.text("body");
        assert!(text.contains("It has been unavailable since 2"), "{text}");
        assert!(text.contains(" UTC, for "), "{text}");
        assert!(!text.contains("postgres"), "addresses are for the log alone: {text}");
    }
    let mut user = Browser::new(&server);
    user.get("/admin/login/").expect(200);
    let fields = [("username", "ada"), ("password", "wrong")];
    assert_eq!(user.post("/admin/login/", &fields).status(), 503);
    let page = scrape(&server);
    assert_eq!(value(&page, "sla_monitor_collector_up"), 0.0);
    assert_eq!(value(&page, "sla_monitor_database_writable"), 0.0);
    assert!(page.contains("shop_api_service_window_in_window"), "metrics go on");
    assert_eq!(get(&format!("{}/-/ready", server.url)).status, 200);
    let admin = get(&format!("{}/-/ready?for=admin", server.url));
    assert_eq!(admin.status, 503);
    assert!(admin.text().contains("cannot be reached"), "{}", admin.text());

    set_open(&database, true);
    let started = Instant::now();
    while root.get("/admin/").status() != 200 {
        assert!(started.elapsed() < DEADLINE, "the pages stay away");
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    server.wait_for_log("database available again after", 1);
    assert_eq!(value(&scrape(&server), "sla_monitor_database_writable"), 1.0);
}

#[test]
fn a_deleted_file_is_reported_at_once() {
    let database = Database::sqlite();
    apply(&database, "components: [{name: shop-api}]");
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    root.get("/admin/").expect(200);
    scrape(&server);
    // What is in the write-ahead log stays with its file.
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    let away = database.path().with_extension("away");
    std::fs::rename(database.path(), &away).expect("the file can be moved");
    for path in ["/admin/", "/admin/sla/component/", "/admin/sla/component/?q=shop"] {
        let started = Instant::now();
        let page = root.get(path);
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{path}: {:?}",
            started.elapsed()
        );
        assert_eq!(page.status(), 503, "{path}");
        assert_eq!(page.answer.header("retry-after"), "5");
    }
    let page = scrape(&server);
    assert_eq!(value(&page, "sla_monitor_collector_up"), 0.0);
    assert_eq!(value(&page, "sla_monitor_database_writable"), 0.0);
    assert!(page.contains("shop_api_service_window_in_window"), "metrics go on");
    assert_eq!(get(&format!("{}/-/ready?for=admin", server.url)).status, 503);
    assert!(!database.path().exists(), "no other file was made");
    std::fs::rename(&away, database.path()).expect("the file can be moved back");
    let started = Instant::now();
    while root.get("/admin/").status() != 200 {
        assert!(started.elapsed() < DEADLINE, "the pages stay away");
    }
    assert_eq!(value(&scrape(&server), "sla_monitor_database_writable"), 1.0);
}
