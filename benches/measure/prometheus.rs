//! A day of 500 components, measured by a real Prometheus.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::report::Report;
use crate::site::{Site, document, run};

const COMPONENTS: usize = 500;
/// 2026-10-12 08:00 in Berlin, and how many seconds of service follow.
const START: i64 = 1_791_784_800;
const LENGTH: i64 = 36_000;
/// How far samples are apart, in seconds.
const INTERVAL: usize = 15;
/// Components that were down for five minutes.
const DOWN: usize = 10;

/// A Prometheus with a past, which ends with this value.
struct Prometheus {
    child: Child,
    url: String,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended already, by a fault that a query has shown.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Prometheus {
    /// Lets promtool write the past, and serves it.
    fn start(site: &Site, history: &str) -> Self {
        std::fs::write(site.path("history"), history).expect("the folder has room");
        std::fs::write(site.path("prometheus.yml"), "global: {scrape_interval: 1h}\n").expect("the folder has room");
        let mut promtool = Command::new("promtool");
        promtool
            .args(["tsdb", "create-blocks-from", "--max-block-duration=500h", "openmetrics"])
            .args([site.path("history"), site.path("data")]);
        let made = run(promtool, "");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut child = Command::new("prometheus")
            .arg(format!("--config.file={}", site.path("prometheus.yml")))
            .arg(format!("--storage.tsdb.path={}", site.path("data")))
            .args([
                "--storage.tsdb.retention.time=36500d",
                "--web.listen-address=127.0.0.1:0",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("prometheus is installed");
        let mut log = BufReader::new(child.stderr.take().expect("standard error is piped"));
        let (mut address, mut is_ready) = (None, false);
        while address.is_none() || !is_ready {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("it logs text") > 0, "prometheus starts");
            is_ready |= line.contains("Server is ready to receive web requests");
            let listens = line.split_once("\"Listening on\" address=");
            address = listens.map(|(_, address)| address.trim().to_owned()).or(address);
        }
        // It would wait for a reader of its log.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self {
            child,
            url: format!("http://{}", address.expect("it was found")),
        }
    }
}

fn history() -> String {
    let mut text = "# TYPE probe gauge\n".to_owned();
    for component in 0..COMPONENTS {
        for second in (START..START + LENGTH).step_by(INTERVAL) {
            let is_down = component < DOWN && (START + 7_200..START + 7_500).contains(&second);
            let value = i32::from(!is_down);
            writeln!(text, "probe{{component=\"c{component}\"}} {value} {second}").expect("a text can be written to");
        }
    }
    text.push_str("# EOF\n");
    text
}

pub(crate) fn measure(program: &str, report: &mut Report) {
    report.section(&format!("A day of {COMPONENTS} components, by a real Prometheus"));
    let site = Site::new(program);
    site.run(&["apply", "-"], &document(&["Europe/Berlin"], COMPONENTS));
    let prometheus = Prometheus::start(&site, &history());
    let source = format!("main={}", prometheus.url);
    let range = ["measure", "--from", "2026-10-12", "--to", "2026-10-13"];
    let how = ["--definitions", "now", "--prometheus", &source];
    for name in ["`measure`, s", "`measure` again, s"] {
        let started = Instant::now();
        let out = site.run(&[&range[..], &how].concat(), "");
        let seconds = started.elapsed().as_secs_f64();
        report.row(&format!("{name}: {}", out.trim()), &format!("{seconds:.2}"));
    }
    let period = [
        "report",
        "--period",
        "day",
        "--at",
        "2026-10-12",
        "--zone",
        "Europe/Berlin",
    ];
    let how = ["--definitions", "now", "--format", "json"];
    let lines = site.run(&[&period[..], &how].concat(), "");
    let down = lines.lines().filter(|line| line.contains("\"down\":300,")).count();
    let up = lines.lines().filter(|line| line.contains("\"up\":36000,")).count();
    assert_eq!(
        (down, up),
        (DOWN, COMPONENTS - DOWN),
        "the figures are those of the past"
    );
}
