//! The collector and everything that is answered over HTTP. Changes are made beside the program, as psql and sqlite3 make them.

mod access;
mod accounted;
mod answers;
mod attained;
mod blocks;
mod cached;
mod collector;
mod connections;
mod crowd;
mod equivalence;
mod facts;
mod failures;
mod freshness;
mod healing;
mod inside;
mod lifecycle;
mod logging;
mod many;
mod many_changes;
mod names;
mod negotiation;
mod pages;
mod parallel;
mod picked;
mod selecting;
#[cfg(target_os = "linux")]
mod stored;

use diesel::connection::SimpleConnection;
use sla_monitor::apps::sla::rule::RuleRow;
use sla_monitor::apps::sla::snapshot::compile::SnapshotRows;
use sla_monitor::apps::sla::window::model::WindowRow;
use sla_monitor::db::Conn;

use crate::support::client::{Answer, get, sample};
use crate::support::database::Database;
use crate::support::server::Server;

/// Windows whose values no test can outlive: one is long past, one far ahead, one never ends, and there is a calendar beside them.
pub const WORLD: &str = r#"
calendars:
  - name: Noon
    timezone: UTC
    rules:
      - {type: dates, dates: [2020-01-01], start: "12:00", duration_s: 43200}
windows:
  - name: Past
    timezone: UTC
    rules:
      - {type: once, start_local: "2020-01-01T00:00", end_local: "2020-01-02T00:00"}
  - name: Ahead
    timezone: UTC
    rules:
      - {type: once, start_local: "2990-01-01T00:00", end_local: "2990-01-02T00:00"}
  - name: Always
    timezone: UTC
    rules:
      - {type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}
components:
  - {name: api, labels: {team: blue}, windows: [Past], slo: 99.9}
  - {name: web, labels: {team: blue, env: prod}, windows: [Past]}
  - {name: batch, windows: [Ahead]}
  - {name: core, windows: [Always]}
  - {name: idle}
  - {name: gone, enabled: false, windows: [Always]}
"#;

/// The page as Prometheus without any header of choice gets it.
#[track_caller]
pub fn scrape(server: &Server) -> String {
    ok(get(&format!("{}/metrics", server.url)))
}

/// The same in the layout by labels.
#[track_caller]
pub fn scrape_by_labels(server: &Server) -> String {
    ok(get(&format!("{}/metrics?layout=labels", server.url)))
}

/// The body of an answer that went well.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what asks for an answer stands inside the call"
)]
pub fn ok(answer: Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

/// The value of a series that must be there.
#[track_caller]
pub fn value(page: &str, series: &str) -> f64 {
    sample(page, series).unwrap_or_else(|| panic!("{series} is missing in\n{page}"))
}

/// The page has this very line.
#[track_caller]
pub fn assert_line(page: &str, line: &str) {
    assert!(
        page.lines().any(|other| other == line),
        "{line} is missing in\n{}",
        component_lines(page).join("\n")
    );
}

/// No line of the page starts like this.
#[track_caller]
pub fn assert_nothing(page: &str, start: &str) {
    let found: Vec<&str> = page.lines().filter(|line| line.starts_with(start)).collect();
    assert!(found.is_empty(), "there should be nothing like {start}: {found:?}");
}

/// The lines that tell about components, heads included.
pub fn component_lines(page: &str) -> Vec<&str> {
    page.lines().filter(|line| line.contains("service_window_")).collect()
}

/// Runs statements over a connection that stays open, so that a transaction may span several calls.
#[track_caller]
pub fn say(conn: &mut Conn, sql: &str) {
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The part of a server's address that a socket connects to.
pub fn host(server: &Server) -> &str {
    server.url.strip_prefix("http://").expect("servers of tests speak http")
}

/// A connection to another database of the same PostgreSQL server.
pub fn beside(database: &Database) -> Conn {
    let (place, _) = database.url.rsplit_once('/').expect("the URL ends with a database");
    let url = format!("{place}/postgres").parse().expect("the URL stays valid");
    sla_monitor::db::connection::open(&url).expect("the server has its first database")
}

/// Adds a window in UTC that is there once, from `start` until `end`.
pub fn put_once_window(rows: &mut SnapshotRows, id: i64, start: &str, end: &str) {
    rows.windows.push(WindowRow {
        id,
        name: format!("window {id}"),
        description: String::new(),
        timezone: "UTC".to_owned(),
        valid_from: None,
        valid_until: None,
        enabled: true,
        version: 1,
    });
    rows.window_rules.push(RuleRow {
        id,
        window_id: Some(id),
        calendar_id: None,
        position: 0,
        effect: "include".to_owned(),
        kind: "once".to_owned(),
        weekdays: None,
        rrule: None,
        anchor_date: None,
        dates: None,
        start_time: None,
        duration_s: None,
        duration_mode: "wall".to_owned(),
        start_local: Some(start.to_owned()),
        end_local: Some(end.to_owned()),
        note: String::new(),
    });
}
