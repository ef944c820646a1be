//! What a scrape of the running program costs, over HTTP and beside nginx, and what it shows while the data moves.
//!
//! `scripts/bench` runs it, section by section; `cargo bench --bench serve -- change 1000` measures one with that many
//! components. The program is a black box here: pages are asked for, changes are made in SQL. A limit stands beside every
//! figure that has one. The exit code is that of a failure if something did not run or a page was wrong; with `--strict` also that
//! a limit was missed.

mod client;
mod editor;
mod everyone;
mod instants;
mod nginx;
mod one_change;
mod options;
mod page;
mod report;
mod server;
mod start;
#[path = "../support/mod.rs"]
mod support;
mod world;

use std::process::ExitCode;

use options::{Options, Section};
use report::Report;
use world::World;

/// What a section needs.
struct Bench {
    world: World,
    report: Report,
}

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let mut bench = Bench {
        world: World::new(&options),
        report: Report::new(),
    };
    for section in &options.sections {
        match section {
            Section::Nginx => nginx::measure(&mut bench),
            Section::Change => one_change::measure(&mut bench),
            Section::Everyone => everyone::measure(&mut bench),
            Section::Instants => instants::measure(&mut bench),
            Section::Start => start::measure(&mut bench),
            Section::Editor => editor::measure(&mut bench),
        }
    }
    bench.report.end(options.strict)
}
