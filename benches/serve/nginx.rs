//! A scrape of which nothing changed, beside nginx that sends the same bytes from a file.

use std::path::Path;
use std::process::Command;

use crate::Bench;
use crate::client::{Ask, Client, GZIP, IDENTITY, LABELS_GZIP, OPENMETRICS_GZIP};
use crate::report::{Quartiles, megabytes};
use crate::server::{Nginx, Server};
use crate::support::Kind;

/// A page, the file that nginx has of it, and how often both are asked for.
struct Case {
    name: &'static str,
    file: &'static str,
    ask: Ask,
    pairs: usize,
    fresh: bool,
    limit: Option<f64>,
}

/// The pages, and the limits of their ratios.
const CASES: [Case; 6] = [
    Case {
        name: "gzip, kept connection",
        file: "/names.gz",
        ask: GZIP,
        pairs: 60,
        fresh: false,
        limit: Some(1.6),
    },
    Case {
        name: "gzip, new connections",
        file: "/names.gz",
        ask: GZIP,
        pairs: 60,
        fresh: true,
        limit: Some(1.6),
    },
    Case {
        name: "identity, kept connection",
        file: "/names",
        ask: IDENTITY,
        pairs: 20,
        fresh: false,
        limit: Some(3.0),
    },
    Case {
        name: "identity, new connections",
        file: "/names",
        ask: IDENTITY,
        pairs: 20,
        fresh: true,
        limit: Some(3.0),
    },
    Case {
        name: "labels layout, gzip",
        file: "/labels.gz",
        ask: LABELS_GZIP,
        pairs: 40,
        fresh: false,
        limit: None,
    },
    Case {
        name: "OpenMetrics, gzip",
        file: "/openmetrics.gz",
        ask: OPENMETRICS_GZIP,
        pairs: 40,
        fresh: false,
        limit: None,
    },
];

pub(crate) fn measure(bench: &mut Bench) {
    let database = bench.world.database(Kind::Sqlite);
    let server = bench.world.serve(&database, &[]);
    let files = bench.world.folder("files");
    let nginx = Nginx::start(&bench.world.folder("nginx"), &files);
    bench.report.section(&format!(
        "A scrape of {} components, nothing changed, to nginx with the same bytes in a file",
        bench.world.components
    ));
    for case in &CASES {
        put_file(&server, &files, case);
    }
    for case in &CASES {
        compare(bench, &server, &nginx, case);
    }
    curl(bench, &server, &nginx);
}

/// Lets nginx have what the server answers.
fn put_file(server: &Server, files: &Path, case: &Case) {
    let mut body = Vec::new();
    server.client().read(&case.ask, &mut body).expect("the server answers");
    std::fs::write(files.join(&case.file[1..]), &body).expect("the temporary folder has room");
}

/// Asks both in turns, each first as often as second.
fn compare(bench: &mut Bench, server: &Server, nginx: &Nginx, case: &Case) {
    const WARM_UP: usize = 3;
    let (mut ours, mut theirs) = (server.client(), Client::new(&nginx.address));
    let file = Ask {
        target: case.file,
        headers: case.ask.headers,
    };
    let (mut times, mut length) = (Vec::new(), 0);
    for pair in 0..WARM_UP + case.pairs {
        if case.fresh {
            ours.disconnect();
            theirs.disconnect();
        }
        let mut ask_us = || ours.get(&case.ask).expect("the server answers");
        let mut ask_them = || theirs.get(&file).expect("nginx answers").0;
        let ((our_time, our_length), their_time) = if pair % 2 == 0 {
            let first = ask_us();
            (first, ask_them())
        } else {
            let first = ask_them();
            (ask_us(), first)
        };
        length = our_length;
        if pair >= WARM_UP {
            times.push((our_time, their_time));
        }
    }
    let ratio = Quartiles::of(
        times
            .iter()
            .map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64()),
    );
    let ours = Quartiles::of_times(times.iter().map(|(ours, _)| ours));
    let theirs = Quartiles::of_times(times.iter().map(|(_, theirs)| theirs));
    let figure = format!(
        "{ratio} times; {:.2} ms to {:.2} ms for {:.1} MB, {} pairs",
        ours.median,
        theirs.median,
        megabytes(length),
        case.pairs
    );
    match case.limit {
        Some(limit) => bench.report.limited_row(case.name, &figure, ratio.median, limit, ""),
        None => bench.report.row(case.name, &figure),
    }
}

/// A second opinion, by a client of another make. It connects anew each time.
fn curl(bench: &Bench, server: &Server, nginx: &Nginx) {
    const PAIRS: usize = 20;
    let ask = |url: String| {
        let output = Command::new("curl")
            .args([
                "--silent",
                "--fail",
                "--header",
                "accept-encoding: gzip",
                "--output",
                "/dev/null",
            ])
            .args(["--write-out", "%{time_total}", &url])
            .output()
            .expect("curl is installed");
        let time = String::from_utf8_lossy(&output.stdout).parse::<f64>();
        time.expect("curl prints the time")
    };
    let pairs: Vec<(f64, f64)> = (0..PAIRS)
        .map(|_| {
            let ours = ask(format!("http://{}/metrics", server.address));
            (ours, ask(format!("http://{}/names.gz", nginx.address)))
        })
        .collect();
    let ratio = Quartiles::of(pairs.iter().map(|(ours, theirs)| ours / theirs));
    let ours = Quartiles::of(pairs.iter().map(|(ours, _)| ours * 1000.0));
    bench.report.row(
        "gzip, as curl sees it",
        &format!("{ratio} times; {:.2} ms, {PAIRS} pairs", ours.median),
    );
}
