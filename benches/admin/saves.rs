//! Saves, beside the least that a commit costs.

use std::time::{Duration, Instant};

use crate::Pair;
use crate::client::Client;
use crate::form::{Form, listed};
use crate::report::{PageFigures, Report, median};
use crate::site::{LIST, Site};

/// How often each is saved.
const RUNS: usize = 21;
/// How many times what a bare commit costs a save may cost.
const TIMES_BARE: f64 = 1.5;

/// An object that is saved again and again.
struct Saved {
    form: Form,
    client: Client,
    times: Vec<Duration>,
    /// The list of components after each save: it waits until the read side has seen the save.
    after: Vec<Duration>,
}

impl Saved {
    fn open(site: &Site, model: &str, search: &str) -> Self {
        let mut client = site.client();
        let list = format!("/admin/sla/{model}/");
        let key = listed(&mut client, &format!("{list}?q={search}")).remove(0);
        Self {
            form: Form::open(&mut client, &format!("{list}{key}/change/"), "_version"),
            client,
            times: Vec::new(),
            after: Vec::new(),
        }
    }

    fn save(&mut self, run: usize, report: &mut Report, name: &str) {
        let reply = self.form.save(&mut self.client, run);
        if reply.status != 302 {
            report.refused(&format!("save of {name}"), reply.status);
        }
        self.times.push(reply.time);
        let started = Instant::now();
        self.client.get(LIST);
        self.after.push(started.elapsed());
    }
}

/// Measures a save of each model with few components and with many, and a bare commit in between.
pub(crate) fn measure(pair: &Pair, report: &mut Report) {
    let kind = pair.many.kind;
    report.pages(
        &format!("Saves, one at a time, {kind}"),
        pair.few.components,
        pair.many.components,
    );
    let mut ratios = Vec::new();
    let mut bare = pair.many.bare.connect();
    for (name, model, search) in [
        ("a component", "component", "service-000042"),
        ("a window", "slawindow", "Hours+0042"),
        ("a label", "label", "team-042"),
        ("a calendar", "calendar", "Holidays+02"),
    ] {
        let mut few = Saved::open(&pair.few, model, search);
        let mut many = Saved::open(&pair.many, model, search);
        let mut commits = Vec::new();
        for run in 0..=RUNS {
            few.save(run, report, name);
            many.save(run, report, name);
            commits.push(bare.commit(0));
        }
        let figures = |name: String, few: Vec<Duration>, many: Vec<Duration>| PageFigures {
            name,
            // The first one prepares statements.
            few: few[1..].to_vec(),
            many: many[1..].to_vec(),
            is_same: true,
            limit: None,
            bytes: None,
            bytes_limit: None,
        };
        let saves = figures(format!("save {name}"), few.times, many.times);
        ratios.push((name, median(&saves.many), median(&commits[1..])));
        report.page(&saves);
        report.page(&figures(format!("the list after saving {name}"), few.after, many.after));
    }
    report.section(&format!("A save beside a bare commit with one fsync, {kind}"));
    for (name, save, commit) in ratios {
        let ratio = save / commit;
        let figure = format!("{save:.2} ms, {ratio:.2} times {commit:.2} ms");
        match name {
            "a component" => report.at_most(name, &figure, ratio, TIMES_BARE),
            _ => report.row(name, &figure),
        }
    }
}
