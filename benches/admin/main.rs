//! What the admin's pages and saves cost, and how that grows with the number of components.
//!
//! `scripts/bench admin` runs it; `cargo bench --bench admin -- --only search` measures the pages whose names have that text, `-- 1000
//! 10000` compares other numbers of components. Two servers, one with few components and one with many, are asked in turns, so that the
//! growth of a page is a ratio of one run. The program is a black box here, and `--program PATH` measures another build of it. Machines
//! differ and are shared: compare ratios, not times.

mod bare;
mod client;
mod crowd;
mod form;
mod hours;
mod options;
mod pages;
mod report;
mod saves;
mod site;
#[path = "../support/mod.rs"]
mod support;

use std::process::ExitCode;

use options::Options;
use report::Report;
use site::Site;
use support::Kind;

/// The same program with two numbers of components.
struct Pair {
    few: Site,
    many: Site,
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
    let kinds: &[Kind] = match (&options.postgres, options.only_postgres) {
        (Some(_), true) => &[Kind::Postgres],
        (Some(_), false) => &[Kind::Sqlite, Kind::Postgres],
        (None, _) => {
            eprintln!("PostgreSQL is left out: SLA_MONITOR_BENCH_POSTGRES_URL names none");
            &[Kind::Sqlite]
        }
    };
    for kind in kinds {
        let pair = Pair {
            few: Site::start(&options, *kind, options.few),
            many: Site::start(&options, *kind, options.many),
        };
        let memory = pair.many.memory();
        pages::measure(&pair, &mut report, &options.only);
        if options.only.is_empty() {
            saves::measure(&pair, &mut report);
            crowd::measure(&pair, &mut report);
            hours::measure(&pair, &mut report);
            pair.many.report_memory(&mut report, memory);
        }
    }
    report.end(options.strict)
}
