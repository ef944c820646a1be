//! A real Prometheus scrapes both layouts and knows what we know.

use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{run, spawn};
use crate::support::client::exchange;
use crate::support::database::Database;
use crate::support::program::apply;
use crate::support::server::{Log, Server};

/// Components whose values stand still for longer than a test lasts.
const COMPONENTS: &str = r#"
windows:
  - name: Around the clock
    timezone: Asia/Tokyo
    rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}]
  - name: Two days in 2020
    timezone: UTC
    rules: [{type: once, start_local: "2020-01-01T00:00", end_local: "2020-01-03T00:00"}]
  - name: A day in 2090
    timezone: America/New_York
    rules: [{type: once, start_local: "2090-01-01T00:00", end_local: "2090-01-02T00:00"}]
  - name: From 2021 to 2089
    timezone: Europe/Berlin
    rules: [{type: once, start_local: "2021-07-01T08:00", end_local: "2089-01-01T00:00"}]
components:
  - {name: always, windows: [Around the clock], labels: {team: red}}
  - {name: never, slo: 99.9}
  - {name: past, windows: [Two days in 2020]}
  - {name: "to-come", windows: [A day in 2090], labels: {team: "quote \" and \\ and é"}}
  - {name: long, windows: [Two days in 2020, From 2021 to 2089, A day in 2090]}
"#;

/// Component, prefix of its metrics, and what each fact of it is; nothing: no sample.
type Expected = (&'static str, &'static str, [Option<i64>; 5]);

const FACTS: [(&str, &str); 5] = [
    ("last_start", "service_window_last_start_timestamp_seconds"),
    ("last_end", "service_window_last_end_timestamp_seconds"),
    ("next_start", "service_window_next_start_timestamp_seconds"),
    ("next_end", "service_window_next_end_timestamp_seconds"),
    ("in_window", "service_window_in_window"),
];

const EXPECTED: [Expected; 5] = [
    ("always", "always", [None, None, None, None, Some(1)]),
    ("never", "never", [None, None, None, None, Some(0)]),
    (
        "past",
        "past",
        [Some(1_577_836_800), Some(1_578_009_600), None, None, Some(0)],
    ),
    (
        "to-come",
        "to_come",
        [None, None, Some(3_786_930_000), Some(3_787_016_400), Some(0)],
    ),
    (
        "long",
        "long",
        [
            Some(1_625_119_200),
            Some(1_578_009_600),
            Some(3_786_930_000),
            Some(3_755_372_400),
            Some(1),
        ],
    ),
];

/// A Prometheus of our own.
pub(super) struct Prometheus {
    child: Child,
    host: String,
    _folder: TempDir,
}

impl Prometheus {
    /// Scrapes each target every so many seconds, as a job of its own.
    pub(super) fn start(seconds: u32, jobs: &[(&str, &Server)]) -> Self {
        let mut config =
            format!("global: {{scrape_interval: {seconds}s, scrape_timeout: {seconds}s}}\nscrape_configs:\n");
        for (layout, server) in jobs {
            let target = server.url.trim_start_matches("http://");
            config.push_str(&format!(
                "  - {{job_name: {layout}, honor_labels: true, params: {{layout: [{layout}]}}, \
                 static_configs: [{{targets: ['{target}']}}]}}\n"
            ));
        }
        Self::configured(&config, &[])
    }

    /// Runs with a configuration and the files beside it that it names.
    pub(super) fn configured(config: &str, files: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let config_file = folder.path().join("prometheus.yml");
        std::fs::write(&config_file, config).expect("the configuration can be written");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file beside it can be written");
        }
        Self::in_folder(folder)
    }

    /// Runs with a past: samples in the text format of OpenMetrics, which is read again for each three weeks of them.
    pub(super) fn with_history(open_metrics: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = |name: &str| folder.path().join(name).to_str().expect("the path is UTF-8").to_owned();
        std::fs::write(path("prometheus.yml"), "global: {scrape_interval: 1h}\n").expect("it can be written");
        std::fs::write(path("history"), open_metrics).expect("it can be written");
        let arguments = [
            "tsdb",
            "create-blocks-from",
            "--max-block-duration=500h",
            "openmetrics",
            &path("history"),
            &path("data"),
        ];
        let made = run("promtool", &arguments, b"");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::in_folder(folder)
    }

    /// Runs with the configuration and the data of a folder.
    fn in_folder(folder: TempDir) -> Self {
        let config_file = folder.path().join("prometheus.yml");
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", config_file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg("--storage.tsdb.retention.time=36500d")
            .arg("--web.listen-address=127.0.0.1:0")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let log = Log::follow(child.stderr.take().expect("standard error is piped"));
        // Said by two of its threads, in either order.
        log.wait_for("Server is ready to receive web requests", 1);
        log.wait_for("\"Listening on\" address=", 1);
        let text = log.text();
        let address = text
            .lines()
            .find_map(|line| line.split_once("\"Listening on\" address="));
        let host = address.map(|(_, address)| address.trim().to_owned());
        Self {
            child,
            host: host.unwrap_or_else(|| panic!("it says where it listens: {text}")),
            _folder: folder,
        }
    }

    /// Where its API is.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.host)
    }

    /// Asks in HTTP 1.0, which knows no chunks.
    fn get(&self, path: &str) -> String {
        let answer = exchange(&self.host, format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// The data of an answer of the API that went well.
    pub(super) fn api(&self, path: &str) -> Value {
        let answer: Value = serde_json::from_str(&self.get(path)).expect("the answer is JSON");
        assert_eq!(answer["status"], "success", "{answer}");
        answer["data"].clone()
    }

    /// The series that a query finds: labels and value.
    fn query(&self, query: &str) -> Vec<(Value, f64)> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let data = self.api(&format!("/api/v1/query?query={encoded}"));
        let series = data["result"].as_array().expect("a query has a list of results");
        let value = |series: &Value| {
            series["value"][1]
                .as_str()
                .and_then(|text| text.parse().ok())
                .expect("a sample is a number")
        };
        series
            .iter()
            .map(|series| (series["metric"].clone(), value(series)))
            .collect()
    }

    /// The value of the only series that a query finds.
    pub(super) fn value(&self, query: &str) -> Option<f64> {
        let series = self.query(query);
        assert!(series.len() < 2, "{query} finds one series: {series:?}");
        series.first().map(|(_, value)| *value)
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.child.kill().expect("it is there to be ended");
        self.child.wait().expect("it ends");
    }
}

#[test]
fn prometheus_knows_what_we_know() {
    let database = Database::sqlite();
    apply(&database, COMPONENTS);
    let servers = [Server::start(&database, &[]), Server::start(&database, &[])];
    let prometheus = Prometheus::start(1, &[("names", &servers[0]), ("labels", &servers[1])]);
    // Scrapes of one target follow each other: when the third is answered the first two are stored.
    servers
        .iter()
        .for_each(|server| server.wait_for_log("path=\"/metrics\"", 3));

    for job in ["names", "labels"] {
        assert_eq!(prometheus.value(&format!("up{{job='{job}'}}")), Some(1.0), "{job}");
        let scraped = prometheus.value(&format!("scrape_samples_scraped{{job='{job}'}}"));
        let kept = prometheus.value(&format!("scrape_samples_post_metric_relabeling{{job='{job}'}}"));
        assert!(scraped > Some(20.0) && scraped == kept, "{job}: {scraped:?}, {kept:?}");
    }
    nothing_was_refused(&prometheus);
    open_metrics_was_negotiated(&prometheus);
    for (component, prefix, values) in EXPECTED {
        for ((suffix, family), value) in FACTS.iter().zip(values) {
            #[expect(clippy::cast_precision_loss, reason = "instants stay far below 2^53")]
            let value = value.map(|value| value as f64);
            let named = format!("{prefix}_service_window_{suffix}{{job='names',component='{component}'}}");
            let labelled = format!("{family}{{job='labels',component='{component}'}}");
            assert_eq!(prometheus.value(&named), value, "{named}");
            assert_eq!(prometheus.value(&labelled), value, "{labelled}");
        }
    }
    let of_components: usize = EXPECTED
        .iter()
        .map(|(.., values)| values.iter().flatten().count())
        .sum();
    assert_eq!(prometheus.query("{job='names',component!=''}").len(), of_components);
    assert_eq!(
        prometheus.query("{job='labels',component!=''}").len(),
        of_components + 1 + 2 * EXPECTED.len()
    );
    assert_eq!(
        prometheus.value("service_window_slo_ratio{component='never'}"),
        Some(0.999)
    );
    let (labels, _) = prometheus.query("to_come_service_window_in_window").remove(0);
    assert_eq!(labels["team"], "quote \" and \\ and é");
}

/// Samples that are too many, too late, out of order or there twice are dropped and counted.
pub(super) fn nothing_was_refused(prometheus: &Prometheus) {
    let text = prometheus.get("/metrics");
    let counters: Vec<&str> = text
        .lines()
        .filter(|line| {
            line.starts_with("prometheus_target_scrapes_")
                || line.starts_with("prometheus_target_scrape_pool_exceeded_")
        })
        .collect();
    assert!(counters.len() >= 5, "the counters were found: {counters:?}");
    for counter in counters {
        assert!(counter.ends_with(" 0"), "{counter}");
    }
}

/// OpenMetrics knows a counter without the suffix of its sample, text with it.
fn open_metrics_was_negotiated(prometheus: &Prometheus) {
    let metadata = prometheus.api("/api/v1/metadata");
    assert_eq!(metadata["process_cpu_seconds"][0]["type"], "counter");
    assert_eq!(metadata["process_cpu_seconds_total"], Value::Null);
}
