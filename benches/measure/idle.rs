//! What the job costs while nothing is due.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::client::Client;
use crate::report::Report;
use crate::site::Site;
use crate::support::stand_in::{Reply, StandIn};

const COMPONENTS: usize = 100_000;
/// How long each case is looked at: the job works once a minute.
const LOOKED_AT: Duration = Duration::from_secs(120);
/// The indicator of all components.
const INDICATOR: &str =
    "indicators: [{name: probe, source: main, expression: 'probe{component=$component}', selector: '{}'}]\n";

pub(crate) fn measure(program: &str, report: &mut Report) {
    report.section(&format!("The job with {COMPONENTS} components while nothing is due"));
    let site = Site::new(program);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/generate-components");
    let generated = Command::new(script)
        .arg(COMPONENTS.to_string())
        .stderr(Stdio::inherit())
        .output()
        .expect("the script starts");
    let document = String::from_utf8(generated.stdout).expect("the script writes UTF-8");
    site.run(&["apply", "-"], &document);
    site.run(&["apply", "-"], INDICATOR);
    let source = StandIn::answering(|_| Reply::result("vector", "[]"));
    let option = format!("main={}", source.url);
    for (name, options) in [
        ("without a source, ms of processor time a minute", vec![]),
        ("with a source", vec!["--prometheus", &option]),
    ] {
        let serving = site.serve(&options);
        Client::new(serving.address()).get("/metrics");
        // The spans of the last two weeks are looked for first.
        pause(Duration::from_secs(30));
        let before = processor_time(serving.pid());
        pause(LOOKED_AT);
        let used = processor_time(serving.pid()).saturating_sub(before).as_secs_f64() * 1_000.0;
        let minutes = LOOKED_AT.as_secs_f64() / 60.0;
        report.row(name, &format!("{:.0}", used / minutes));
    }
}

/// Returns how much processor time a process has used.
fn processor_time(pid: u32) -> Duration {
    let line = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    let (_, fields) = line.rsplit_once(')').expect("the name is in parentheses");
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<u64>().expect("the kernel has it");
    // In hundredths of a second on Linux.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

#[expect(clippy::disallowed_methods, reason = "it is the passing of time that is measured")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}
