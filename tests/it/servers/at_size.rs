//! A real Prometheus at the size that we promise: 500,000 samples from one target.

use super::prometheus::{Prometheus, nothing_was_refused};
use crate::support::client::request;
use crate::support::database::Database;
use crate::support::server::Server;

/// 100,000 components, each with three labels and one of 1,000 windows. Every window opens and closes, so every component has all five values.
/// Written beside the program: `apply` of so many is measured elsewhere.
const MANY: &str = "
    BEGIN;
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000)
        INSERT INTO sla_window (id, name, timezone) SELECT n, printf('Hours %04d', n), 'Europe/Berlin' FROM number;
    INSERT INTO rule (window_id, position, effect, kind, weekdays, start_time, duration_s)
        SELECT id, 0, 'include', 'weekly', 31, printf('%02d:%02d', id % 24, id % 60), 28800 FROM sla_window;
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 200)
        INSERT INTO label (id, name, value) SELECT n, 'team', printf('team-%03d', n) FROM number;
    INSERT INTO label (id, name, value)
        VALUES (201, 'env', 'prod'), (202, 'env', 'staging'), (203, 'region', 'eu'), (204, 'region', 'us');
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 100000)
        INSERT INTO component (id, name) SELECT n, printf('service-%06d', n) FROM number;
    INSERT INTO component_window (component_id, window_id) SELECT id, 1 + id % 1000 FROM component;
    INSERT INTO component_label (component_id, label_id, label_name) SELECT id, 1 + id % 200, 'team' FROM component;
    INSERT INTO component_label (component_id, label_id, label_name) SELECT id, 201 + id % 2, 'env' FROM component;
    INSERT INTO component_label (component_id, label_id, label_name) SELECT id, 203 + id % 2, 'region' FROM component;
    COMMIT";

/// How often Prometheus asks, and how long it waits; without the optimizer an answer takes a few seconds.
const SECONDS: u32 = 10;

#[test]
fn prometheus_ingests_half_a_million_samples() {
    let database = Database::sqlite();
    database.execute(MANY);
    // Without the optimizer it takes longer to load than a scrape should wait.
    let server = Server::start(&database, &["--metrics-refresh-timeout", "50"]);
    // Prometheus comes to a server that runs already.
    let url = format!("{}/metrics", server.url);
    let first = request("GET", &url, &[("accept-encoding", "gzip")]);
    assert_eq!((first.status, first.header("content-encoding")), (200, "gzip"));
    let prometheus = Prometheus::start(SECONDS, &[("names", &server)]);
    // Scrapes of one target follow each other: when its second is answered its first is stored, which takes a busy machine a while.
    server.wait_for_log("path=\"/metrics\"", 2);
    server.wait_for_log("path=\"/metrics\"", 3);

    assert_eq!(prometheus.value("up{job='names'}"), Some(1.0));
    let scraped = prometheus.value("scrape_samples_scraped{job='names'}");
    let kept = prometheus.value("scrape_samples_post_metric_relabeling{job='names'}");
    assert!(scraped >= Some(500_000.0) && scraped == kept, "{scraped:?}, {kept:?}");
    let inside = prometheus.value("count({job='names',__name__=~'service_.*_in_window'})");
    assert_eq!(inside, Some(100_000.0));
    nothing_was_refused(&prometheus);
}
