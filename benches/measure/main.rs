//! What it costs to measure what was promised and to report it, and what the job costs while nothing is due.
//!
//! `scripts/bench measure` runs it; `cargo bench --bench measure -- --program PATH` measures another build, `-- report` one part. The program is a
//! black box here. Its source is a server in this process that computes its answers and refuses what Prometheus refuses; 500 components
//! are measured by a real Prometheus.

#[expect(dead_code, reason = "the benchmark of the admin asks for more")]
#[path = "../admin/client.rs"]
mod client;
#[expect(dead_code, reason = "tests have more faults")]
#[path = "../../tests/it/measuring/computed.rs"]
mod computed;
#[expect(dead_code, reason = "the benchmark of the admin fills in more forms")]
#[path = "../admin/form.rs"]
mod form;
mod idle;
mod month;
mod prometheus;
#[expect(dead_code, reason = "the benchmark of the admin prints more")]
#[path = "../admin/report.rs"]
mod report;
mod site;
mod support;

use std::process::ExitCode;

use report::Report;

/// What is measured and how.
struct Options {
    /// The program, if not the one of this build.
    program: String,
    /// The parts that were named; all if there is none.
    parts: Vec<String>,
    /// Whether a missed limit is a failure.
    strict: bool,
}

const PARTS: [&str; 3] = ["month", "prometheus", "idle"];

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            program: env!("CARGO_BIN_EXE_sla-monitor").to_owned(),
            parts: Vec::new(),
            strict: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => {} // cargo passes it to every benchmark
                "--strict" => options.strict = true,
                "--program" => options.program = arguments.next().ok_or("--program needs a path")?,
                part if PARTS.contains(&part) => options.parts.push(argument),
                other => return Err(format!("“{other}” is no part; there are {}", PARTS.join(", "))),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }
}

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let mut report = Report::new();
    if options.wants("month") {
        month::measure(&options.program, &mut report);
    }
    if options.wants("prometheus") {
        prometheus::measure(&options.program, &mut report);
    }
    if options.wants("idle") {
        idle::measure(&options.program, &mut report);
    }
    report.end(options.strict)
}
