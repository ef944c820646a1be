//! A month of 10,000 components: measured, reported, and reported again.

use std::sync::Mutex;
use std::time::Instant;

use crate::client::Client;
use crate::computed::{ComputedServer, reply};
use crate::report::{Report, median};
use crate::site::{Site, document};
use crate::support::stand_in::StandIn;

const COMPONENTS: usize = 10_000;
/// Office hours in as many zones, 500 components in each.
const ZONES: [&str; 20] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Athens",
    "Europe/Istanbul",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Shanghai",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
];
/// 2026-10-12 10:00 UTC.
const OUTAGE_MS: i64 = 1_791_799_200_000;
const MONTH: [&str; 8] = [
    "measure",
    "--from",
    "2026-10-01",
    "--to",
    "2026-11-01",
    "--definitions",
    "now",
    "--prometheus",
];
const PAGE: &str = "/admin/sla/report/?period=month&at=2026-10&zone=Europe/Berlin&definitions=now";
const GROUPED: &str =
    "/admin/sla/report/?period=month&at=2026-10&zone=Europe/Berlin&definitions=now&group=team&sort=-down";
const RUNS: usize = 21;

const MEASURED_MAX: f64 = 600.0;
const PAGE_MAX: f64 = 100.0;

pub(crate) fn measure(program: &str, report: &mut Report) {
    report.section(&format!("A month of {COMPONENTS} components"));
    let site = Site::new(program);
    site.run(&["apply", "-"], &document(&ZONES, COMPONENTS));
    site.add_superuser();
    let computed = Mutex::new(ComputedServer::new(|component, cell| {
        let is_down = (OUTAGE_MS..OUTAGE_MS + 300_000).contains(&cell) && component.ends_with("77");
        Some(if is_down { 0.0 } else { 1.0 })
    }));
    let source = StandIn::answering(move |request| reply(&mut computed.lock().expect("no thread panics"), request));
    let source = format!("main={}", source.url);
    let started = Instant::now();
    let out = site.run(&[&MONTH[..], &[&source]].concat(), "");
    let seconds = started.elapsed().as_secs_f64();
    report.at_most(
        &format!("`measure`, s: {}", out.trim()),
        &format!("{seconds:.0}"),
        seconds,
        MEASURED_MAX,
    );

    let serving = site.serve(&[]);
    let mut client = serving.superuser();
    page(report, &mut client, ("the report's page, first", PAGE), 1);
    page(report, &mut client, ("the report's page, again", PAGE), RUNS);
    page(report, &mut client, ("the same by team, sorted", GROUPED), RUNS);
    // Something else is known of one component.
    let range = ["--from", "2026-10-12", "--to", "2026-10-13", "--component", "c77"];
    let empty = StandIn::answering(|_| crate::support::stand_in::Reply::result("vector", "[]"));
    let source = format!("main={}", empty.url);
    let how = ["--definitions", "now", "--prometheus", &source];
    site.run(&[&["measure"], &range[..], &how].concat(), "");
    page(
        report,
        &mut client,
        ("the report's page, once one component was measured again", PAGE),
        1,
    );
    let started = Instant::now();
    site.run(
        &["report", "--at", "2026-10", "--definitions", "now", "--format", "json"],
        "",
    );
    report.row(
        "`report` as JSON, ms",
        &format!("{:.0}", started.elapsed().as_secs_f64() * 1_000.0),
    );
}

/// Asks for a page so often, and prints the median time.
fn page(report: &mut Report, client: &mut Client, (name, path): (&str, &str), runs: usize) {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let reply = client.get(path);
        if reply.status != 200 {
            report.refused(name, reply.status);
        }
        times.push(reply.time);
    }
    let time = median(&times);
    report.at_most(&format!("{name}, ms"), &format!("{time:.1}"), time, PAGE_MAX);
}
