//! `measure`, and the job that measures while the program serves, over HTTP.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use sla_monitor::clock::{Clock, SystemClock};

use super::apply_at;
use super::computed::{ComputedServer, reply};
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::run_on;
use crate::support::server::Server;
use crate::support::stand_in::{Reply, StandIn};

on_both_databases!(
    measure_books_what_a_server_answers,
    measure_says_what_it_cannot_ask,
    a_report_measures_first_what_was_not_measured,
    the_server_measures_what_has_ended,
    a_killed_server_leaves_whole_rows_and_another_goes_on,
);

const HOURS: &str = "indicators:\n  - {name: probe, source: main, expression: 'probe{component=$component}', kind: mean, step_s: 60, selector: '{}'}\n\
                     windows:\n  - {name: W, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: \"08:00\", duration_s: 36000}]}\n\
                     components:\n  - {name: c0, windows: [W]}\n  - {name: c1, windows: [W]}\n";

fn stand_in(values: impl Fn(&str, i64) -> Option<f64> + Send + Sync + 'static) -> StandIn {
    let server = Mutex::new(ComputedServer::new(values));
    StandIn::answering(move |request| reply(&mut server.lock().expect("no thread panics"), request))
}

pub(super) fn measure(database: &Database, url: &str, more: &[&str]) -> crate::support::program::Ran {
    let source = format!("main={url}");
    let arguments = [&["measure", "--prometheus", &source], more].concat();
    run_on(database, &arguments)
}

const DAY: [&str; 6] = ["--from", "2026-01-12", "--to", "2026-01-13", "--definitions", "now"];

fn measure_books_what_a_server_answers(database: &Database) {
    apply_at(database, SystemClock.now_seconds(), HOURS);
    let ten = super::at("2026-01-12T10:00:00Z") * 1_000;
    let server = stand_in(move |component, cell| {
        let is_down = component == "c1" && (ten..ten + 300_000).contains(&cell);
        Some(if is_down { 0.0 } else { 1.0 })
    });
    let out = measure(database, &server.url, &DAY).ok();
    assert_eq!(
        out,
        "2 spans measured, 0 of them as before; 0 with unknown time, 0 with warnings\n"
    );
    let rows = "SELECT component_name || ' ' || definitions || ' ' || up_ms || ' ' || down_ms || ' ' || unknown_ms || ' ' || samples_seen AS value FROM availability ORDER BY component_name";
    assert_eq!(
        database.texts(rows),
        ["c0 now 36000000 0 0 600", "c1 now 35700000 300000 0 600"]
    );
    let out = measure(database, &server.url, &DAY).ok();
    assert!(out.contains("2 of them as before"), "{out}");
    assert_eq!(database.number("SELECT count(*) AS value FROM availability"), 2);
    // As promised then: the components were not there.
    let then = measure(database, &server.url, &["--from", "2026-01-12", "--to", "2026-01-13"]).ok();
    assert!(then.starts_with("0 spans measured"), "{then}");
    let one = [&DAY[..], &["--component", "c0"]].concat();
    let out = measure(database, &server.url, &one).ok();
    assert!(out.starts_with("1 span measured"), "{out}");
}

fn measure_says_what_it_cannot_ask(database: &Database) {
    apply_at(database, SystemClock.now_seconds(), HOURS);
    let refused = run_on(database, &["measure", "--from", "2026-01-12", "--to", "2026-01-13"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("--prometheus NAME=URL"), "{}", refused.err);
    let port = crate::support::free_port();
    let down = measure(database, &format!("http://127.0.0.1:{port}"), &DAY);
    assert_eq!(down.code, 1, "{down:?}");
    assert!(
        down.err.contains("2 spans were not measured") && down.err.contains("`main`"),
        "{}",
        down.err
    );
    let arguments = [&["measure", "--prometheus", "other=http://127.0.0.1:9"][..], &DAY].concat();
    let unknown = run_on(database, &arguments);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("not known to this process"), "{}", unknown.err);
    assert_eq!(database.number("SELECT count(*) AS value FROM availability"), 0);
    let nothing = measure(
        database,
        "http://127.0.0.1:9",
        &[&DAY[..], &["--component", "c9"]].concat(),
    );
    assert!(nothing.err.contains("there is no component `c9`"), "{}", nothing.err);
    let later = measure(
        database,
        "http://127.0.0.1:9",
        &["--from", "2026-01-13", "--to", "2026-01-12"],
    );
    assert_eq!(later.code, 2, "{later:?}");
}

fn a_report_measures_first_what_was_not_measured(database: &Database) {
    apply_at(database, SystemClock.now_seconds(), HOURS);
    let report = |url: &str| {
        let source = format!("main={url}");
        let period = ["report", "--period", "day", "--at", "2026-01-12"];
        let how = ["--definitions", "now", "--format", "json", "--prometheus", &source];
        run_on(database, &[&period[..], &how].concat())
    };
    // The report is printed, with what is not known as unknown, and the command fails.
    let port = crate::support::free_port();
    let down = report(&format!("http://127.0.0.1:{port}"));
    assert_eq!(down.code, 1, "{down:?}");
    assert!(down.err.contains("2 spans were not measured"), "{}", down.err);
    let unmeasured = "2 components (`c0`, `c1`): 20 h of service were not measured";
    assert!(down.err.contains(unmeasured), "one line says it: {}", down.err);
    assert!(down.out.contains(r#""unknown":36000"#), "{}", down.out);
    let server = stand_in(|_, _| Some(1.0));
    let measured = report(&server.url);
    assert!(measured.err.contains("2 spans measured"), "{}", measured.err);
    let out = measured.ok();
    assert_eq!(out.matches(r#""up":36000"#).count(), 2, "{out}");
    let again = report(&server.url);
    assert!(again.err.contains("0 spans measured"), "{}", again.err);
    assert_eq!(again.ok(), out);
    // Servers still measure what they did not of a week that was over not long ago, and no longer what is older, also while its period goes on.
    for (period, days, unmeasured) in [
        (
            "week",
            7,
            "2 components (`c0`, `c1`): 140 h of service are still to be measured",
        ),
        ("year", 60, " of service were not measured"),
    ] {
        let before = DateTime::from_timestamp(SystemClock.now_seconds() - days * 86_400, 0).expect("an instant");
        let at = before.date_naive().to_string();
        let ran = run_on(
            database,
            &["report", "--period", period, "--at", &at, "--definitions", "now"],
        );
        assert!(ran.err.contains(unmeasured), "{}", ran.err);
    }
}

/// The log line of a slice of time in which something was measured.
pub(super) const MEASURED: &str = "what was promised was measured";

fn the_server_measures_what_has_ended(database: &Database) {
    let now = SystemClock.now_seconds();
    apply_at(database, now - 4 * 86_400, HOURS);
    let source = stand_in(|component, _| (component != "c1").then_some(1.0));
    let server = Server::start(database, &["--prometheus", &format!("main={}", source.url)]);
    // Four days back, the current one perhaps not yet.
    server.wait_for_log(MEASURED, 3);
    let rows = "SELECT DISTINCT component_name || ' ' || down_ms || ' ' || CASE WHEN unknown_ms > 0 THEN 'unknown' ELSE 'known' END AS value \
                FROM availability ORDER BY 1";
    assert_eq!(database.texts(rows), ["c0 0 known", "c1 0 unknown"]);
    assert_eq!(
        database
            .number("SELECT count(*) - count(DISTINCT component_id || ' ' || range_start) AS value FROM availability"),
        0
    );
    assert!(
        server.log().contains("no series"),
        "warnings are logged: {}",
        server.log()
    );
    let page = client::request("GET", &format!("{}/metrics", server.url), &[]).text();
    assert!(
        page.contains(r#"sla_monitor_measuring_failures_total{kind="unreachable",source="main"} 0"#),
        "{page}"
    );
}

fn a_killed_server_leaves_whole_rows_and_another_goes_on(database: &Database) {
    let now = SystemClock.now_seconds();
    apply_at(database, now - 6 * 86_400, HOURS);
    let (asked, hangs) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(true)));
    let computed = Mutex::new(ComputedServer::new(|_, _| Some(1.0)));
    let is_hanging = Arc::clone(&hangs);
    let source = StandIn::answering(move |request| {
        match asked.fetch_add(1, Ordering::SeqCst) >= 2 && is_hanging.load(Ordering::SeqCst) {
            true => Reply::Silence,
            false => reply(&mut computed.lock().expect("no thread panics"), request),
        }
    });
    let arguments = ["--prometheus", &format!("main={}", source.url)];
    let mut first = Server::start(database, &arguments);
    first.wait_for_log(MEASURED, 2);
    first.signal("KILL");
    first.wait();
    let booked = database.number("SELECT count(*) AS value FROM availability");
    assert_eq!(booked, 4, "each span has the rows of both components");
    hangs.store(false, Ordering::SeqCst);
    // As if the lease of the first had expired.
    database.execute("UPDATE job_lease SET expires_at = '2020-01-01 00:00:00'");
    let second = Server::start(database, &arguments);
    second.wait_for_log(MEASURED, 3);
    assert!(database.number("SELECT count(*) AS value FROM availability") >= 10);
    assert_eq!(
        database
            .number("SELECT count(*) - count(DISTINCT component_id || ' ' || range_start) AS value FROM availability"),
        0,
        "nothing is booked twice"
    );
}
