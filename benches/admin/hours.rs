//! Pages that draw hours, and what a change does to all components.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use crate::Pair;
use crate::client::{Client, Reply};
use crate::form::{Form, listed};
use crate::report::{Report, median};
use crate::site::{LIST, Site};

/// How often each is asked for.
const RUNS: usize = 21;
/// How often scrapes alone and scrapes beside others take turns.
const ROUNDS: usize = 10;
/// The quarter of the first 50 components.
const TIMELINE: &str = "/admin/sla/timeline/?scale=quarter";
/// The window that every component gets.
const WINDOW: &str = "/admin/sla/slawindow/?q=Hours+0000";
const METRICS: &str = "/metrics";

/// The most milliseconds of a timeline, its most kilobytes as it is sent, and the most milliseconds of a preview.
const TIMELINE_MAX: f64 = 50.0;
const TIMELINE_KB_MAX: f64 = 300.0;
const PREVIEW_MAX: f64 = 1000.0;
/// How many times slower a scrape may be beside both.
const BESIDE_MAX: f64 = 1.1;

/// Measures with many components. Afterwards all of them have one window more.
pub(crate) fn measure(pair: &Pair, report: &mut Report) {
    let site = &pair.many;
    report.section(&format!("Hours, {} components, {}", site.components, site.kind));
    timeline(site, report);
    let (mut client, form) = shared_window(site);
    preview(&mut client, &form, report);
    scrapes_beside(site, &form, report);
}

fn timeline(site: &Site, report: &mut Report) {
    let mut client = site.client();
    let time = times(report, "timeline", || client.get(TIMELINE));
    let name = "timeline of 50 components over a quarter, ms";
    report.at_most(name, &format!("{time:.1}"), time, TIMELINE_MAX);
    // Each span carries its instants, so that programs can read the picture: 73 bytes for each of some 3,800.
    let plain = kilobytes(client.get_plain(TIMELINE).body.len());
    let sent = kilobytes(client.get(TIMELINE).body.len());
    let name = format!("the same, KB as sent ({plain:.0} KB before compression)");
    report.at_most(&name, &format!("{sent:.0}"), sent, TIMELINE_KB_MAX);
}

fn preview(client: &mut Client, form: &Form, report: &mut Report) {
    let mut unchanged = form.clone();
    unchanged.set("_preview", "Preview");
    let time = times(report, "preview of nothing", || unchanged.send(client));
    report.row(
        "preview of a form in which nothing was typed, ms",
        &format!("{time:.1}"),
    );
    let changed = changed(form);
    let page = String::from_utf8(changed.send_plain(client).body).expect("pages are UTF-8");
    assert!(
        page.contains("class=\"rest\"") && !page.contains("would take too long"),
        "all components were compared"
    );
    let time = times(report, "preview", || changed.send(client));
    let name = "preview of a window that all components use, ms";
    report.at_most(name, &format!("{time:.0}"), time, PREVIEW_MAX);
}

/// Measures a scrape of which nothing changed, alone and beside a user who draws and another who previews, in turns. The server has one
/// processor and its clients have another, so that what they do for themselves is not measured.
fn scrapes_beside(site: &Site, form: &Form, report: &mut Report) {
    let last = available_parallelism().map_or(0, |processors| processors.get() - 1);
    stay_on(site.process_id(), "0");
    stay_on(std::process::id(), &last.to_string());
    let mut scraper = site.client();
    let changed = changed(form);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.extend(each_time(report, "scrape", || scraper.get(METRICS)));
        let ends = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let repeat = |mut ask: Box<dyn FnMut() -> Reply + Send>| {
                let ends = &ends;
                scope.spawn(move || {
                    while !ends.load(Ordering::Relaxed) {
                        ask();
                    }
                })
            };
            let (mut one, mut other, changed) = (site.client(), site.client(), changed.clone());
            repeat(Box::new(move || one.get(TIMELINE)));
            repeat(Box::new(move || changed.send(&mut other)));
            beside.extend(each_time(report, "scrape", || scraper.get(METRICS)));
            ends.store(true, Ordering::Relaxed);
        });
    }
    for process in [site.process_id(), std::process::id()] {
        stay_on(process, &format!("0-{last}"));
    }
    let (alone, beside) = (median(&alone), median(&beside));
    let ratio = beside / alone;
    let figure = format!("{ratio:.2} times: {beside:.1} ms of {alone:.1}");
    report.at_most(
        "a scrape beside timelines and previews without pause",
        &figure,
        ratio,
        BESIDE_MAX,
    );
}

/// Moves all threads of a process to these processors.
fn stay_on(process: u32, processors: &str) {
    let mut taskset = Command::new("taskset");
    taskset.args(["--all-tasks", "--cpu-list", "--pid", processors]);
    let moved = taskset.arg(process.to_string()).stdout(Stdio::null()).status();
    assert!(moved.expect("taskset of util-linux is there").success(), "{processors}");
}

/// Gives every component one window, and returns its form.
fn shared_window(site: &Site) -> (Client, Form) {
    let mut client = site.client();
    let key = listed(&mut client, WINDOW).remove(0);
    site.database.connect().run(&format!(
        "INSERT INTO component_window (component_id, window_id) SELECT id, {key} FROM component \
         WHERE id NOT IN (SELECT component_id FROM component_window WHERE window_id = {key});"
    ));
    // The list waits until the read side has seen it.
    client.text(LIST);
    client.get(METRICS);
    let form = Form::open(&mut client, &format!("/admin/sla/slawindow/{key}/change/"), "_version");
    (client, form)
}

/// Returns the form with a later end, and the button for a preview.
fn changed(form: &Form) -> Form {
    let mut changed = form.clone();
    changed.set("rules-0-end_time", "09:15").set("_preview", "Preview");
    changed
}

/// Returns the median of the times of answers, in milliseconds.
fn times(report: &mut Report, name: &str, ask: impl FnMut() -> Reply) -> f64 {
    median(&each_time(report, name, ask))
}

/// Returns the times of answers.
fn each_time(report: &mut Report, name: &str, mut ask: impl FnMut() -> Reply) -> Vec<Duration> {
    // The first one finds out what is kept.
    let first = ask();
    if first.status != 200 {
        report.refused(name, first.status);
    }
    (0..RUNS).map(|_| ask().time).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}
