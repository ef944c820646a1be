//! From the start of the program to its first whole page, and its memory.

use std::time::{Duration, Instant};

use crate::Bench;
use crate::client::{Ask, GZIP, IDENTITY};
use crate::page;
use crate::report::Quartiles;
use crate::server::{self, Server};
use crate::support::Kind;

const STARTS: usize = 3;
const AT_ONCE: usize = 8;
const START_S: f64 = 4.0;
const MEMORY_MIB: f64 = 150.0;

pub(crate) fn measure(bench: &mut Bench) {
    for kind in bench.world.kinds() {
        let database = bench.world.database(kind);
        bench.report.section(&format!(
            "The program with {} components, {kind}",
            bench.world.components
        ));
        let mut times = Vec::new();
        for start in 1..=STARTS {
            let (time, server) = first_page(bench, &database);
            times.push(time.as_secs_f64());
            if start == STARTS {
                report_start(bench, kind, &times);
                memory(bench, kind, &server);
            }
        }
    }
}

fn report_start(bench: &mut Bench, kind: Kind, times: &[f64]) {
    let times = Quartiles::of(times.iter().copied());
    let figure = format!("{times} s, {STARTS} starts");
    let name = "start to the end of the first whole page";
    match kind {
        Kind::Sqlite => bench.report.limited_row(name, &figure, times.median, START_S, " s"),
        Kind::Postgres => bench.report.row(name, &figure),
    }
}

/// Starts the program and scrapes until a page has all components; how long that took.
fn first_page(bench: &Bench, database: &str) -> (Duration, Server) {
    const TIMEOUT: Duration = Duration::from_secs(60);
    let started = Instant::now();
    let server = bench.world.serve(database, &[]);
    let (mut client, mut body, mut text) = (server.client(), Vec::new(), Vec::new());
    loop {
        client.read(&GZIP, &mut body).expect("the server answers");
        let time = started.elapsed();
        page::text(&body, &mut text).expect("the page is whole");
        if page::components(&text).0 == bench.world.components {
            return (time, server);
        }
        assert!(started.elapsed() < TIMEOUT, "all components are there in time");
        server::pause(Duration::from_millis(10));
    }
}

fn memory(bench: &mut Bench, kind: Kind, server: &Server) {
    let resident = |bench: &Bench, name: &str| {
        let (now, peak) = server.memory();
        bench
            .report
            .row(name, &format!("{now:.0} MiB, at most so far {peak:.0} MiB"));
    };
    resident(bench, "resident after the first page");
    ten(server, &GZIP);
    let (now, peak) = server.memory();
    let figure = format!("{now:.0} MiB, at most so far {peak:.0} MiB");
    match kind {
        Kind::Sqlite => bench
            .report
            .limited_row("resident after ten more in gzip", &figure, now, MEMORY_MIB, " MiB"),
        Kind::Postgres => bench.report.row("resident after ten more in gzip", &figure),
    }
    ten(server, &IDENTITY);
    resident(bench, "resident after ten in identity");
    at_once(server, &GZIP);
    resident(bench, "resident after eight at once in gzip");
    at_once(server, &IDENTITY);
    resident(bench, "resident after eight at once in identity");
}

fn ten(server: &Server, ask: &Ask) {
    let mut client = server.client();
    for _ in 0..10 {
        client.get(ask).expect("the server answers");
    }
}

fn at_once(server: &Server, ask: &Ask) {
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| server.client().get(ask).expect("the server answers"));
        }
    });
}
