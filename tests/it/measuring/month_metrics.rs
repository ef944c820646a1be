//! Metrics of the current month, over HTTP: what the report says, of components that an indicator measures.

use chrono::{Datelike, TimeDelta};
use serde_json::Value;
use sla_monitor::apps::sla::availability::row::MeasuredBy;
use sla_monitor::apps::sla::availability::store;
use sla_monitor::audit;
use sla_monitor::clock::{Clock, SystemClock};

use super::apply_at;
use super::measured_time::row;
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::run_on;
use crate::support::server::Server;

on_both_databases!(a_month_in_the_metrics_is_that_of_the_report);

const HOURS: &str = "
indicators:
- {name: Probe, source: main, expression: 'probe{component=$component}', selector: '{team=\"a\"}'}
windows:
- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 3600}]}
components:
- {name: api, labels: {team: a}, windows: [Always], slo: 99.9}
- {name: web, labels: {team: a}, windows: [Always]}
- {name: job, labels: {team: b}, windows: [Always], slo: 99.9}
";

/// An hour at each midnight since the first of the last month was measured, two minutes of each down.
fn measured(database: &Database) {
    let today = SystemClock.now().date();
    let first = (today.with_day(1).expect("a month has a first day") - TimeDelta::days(1)).with_day(1);
    let first = first
        .expect("a month has a first day")
        .and_hms_opt(0, 0, 0)
        .expect("it has a midnight");
    let begin = first.and_utc().timestamp();
    apply_at(database, begin - 86_400, HOURS);
    let indicator = database.number("SELECT id AS value FROM indicator");
    let id = database.number("SELECT id AS value FROM component WHERE name = 'api'");
    let starts = (0..62).map(|day| begin + day * 86_400);
    let ended = starts.filter(|start| start + 7_200 < SystemClock.now_seconds());
    let rows = ended.map(|start| {
        let mut row = row(0, id, (start, start + 3_600), Some((start, start + 120)));
        row.indicator = MeasuredBy {
            id: Some(indicator),
            ..row.indicator
        };
        row
    });
    let rows: Vec<_> = rows.collect();
    let added = audit::record(&mut database.connect(), store::KEY, SystemClock.now(), |writer| {
        store::append(writer, &rows)
    });
    added.expect("rows are added");
}

fn a_month_in_the_metrics_is_that_of_the_report(database: &Database) {
    measured(database);
    let plain = Server::start(database, &[]);
    assert!(
        !client::get(&format!("{}/metrics?layout=labels", plain.url))
            .text()
            .contains("service_window_month")
    );
    let server = Server::start(database, &["--availability-metrics"]);
    server.wait_for_log("figures of the current month have changed", 1);
    let scraped = client::get(&format!("{}/metrics?layout=labels", server.url)).text();
    let today = SystemClock.now().date().to_string();
    let out = run_on(database, &["report", "--at", &today, "--format", "json"]).ok();
    let lines: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).expect("it is JSON"))
        .collect();
    let (of_api, of_web) = (&lines[0], &lines[2]);
    let sample = |family: &str, component: &str, team: &str| {
        let start = format!("{family}{{component=\"{component}\",team=\"{team}\"}} ");
        let found = scraped.lines().find_map(|line| line.strip_prefix(&start));
        found.map(str::to_owned)
    };
    for (family, key) in [
        ("service_window_month_budget_seconds", "budget"),
        ("service_window_month_budget_left_seconds", "left"),
        ("service_window_month_unmeasured_seconds", "unknown"),
    ] {
        assert_eq!(sample(family, "api", "a"), Some(of_api[key].to_string()), "{key}");
        assert_eq!(sample(family, "job", "b"), None, "no indicator measures it");
    }
    assert_eq!(sample("service_window_month_budget_seconds", "web", "a"), None);
    assert_eq!(
        sample("service_window_month_unmeasured_seconds", "web", "a"),
        Some(of_web["unknown"].to_string())
    );
    let ratio = sample("service_window_month_attained_ratio", "api", "a");
    match of_api["attained_millipercent"].as_i64() {
        Some(_) => assert!(ratio.is_some_and(|ratio| ratio.starts_with("0.966666666")), "{scraped}"),
        None => assert_eq!(ratio, None),
    }
    assert!(
        !client::get(&format!("{}/metrics?layout=names", server.url))
            .text()
            .contains("service_window_month")
    );

    let refused = run_on(database, &["serve", "--availability-metrics", "Nowhere/Land"]).refused();
    assert!(refused.contains("--availability-metrics"), "{refused}");
}
