//! The alerts about the program itself, from docs/operations.md, in promtool: each fires on its case, and none on a program that is well.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sla_monitor::apps::sla::declarative::document::node::Content;
use sla_monitor::apps::sla::declarative::document::yaml;

use crate::support::documents::{Block, blocks};

/// Minutes that each case lasts.
const MINUTES: usize = 40;

/// An alert, and series beside those of a program that is well. Values are written as promtool reads them; a minute lies between two.
const CASES: [(&str, &[(&str, &str)]); 17] = [
    (
        "LoginsFail",
        &[("sla_monitor_logins_total{result=\"failure\"}", "0+3x40")],
    ),
    (
        "LoginsBlocked",
        &[("sla_monitor_logins_total{result=\"blocked\"}", "0x20 1x20")],
    ),
    (
        "ScrapesRefused",
        &[("sla_monitor_security_events_total{event=\"metrics_refused\"}", "0+1x40")],
    ),
    (
        "FormsRefused",
        &[("sla_monitor_security_events_total{event=\"token_refused\"}", "0+2x40")],
    ),
    (
        "PermissionsMissing",
        &[(
            "sla_monitor_security_events_total{event=\"permission_denied\"}",
            "0+3x40",
        )],
    ),
    (
        "RequestsUnreadable",
        &[("sla_monitor_security_events_total{event=\"bad_request\"}", "0+8x40")],
    ),
    ("SlaMonitorDown", &[("up{}", "0x40")]),
    (
        "SlaMonitorErrors",
        &[(
            "http_requests_total{route=\"/admin/\",method=\"GET\",status=\"503\"}",
            "0+10x40",
        )],
    ),
    (
        "SlaMonitorPanics",
        &[("http_panics_total{route=\"/admin/\"}", "_x20 1x20")],
    ),
    (
        "PagesSlow",
        &[
            (
                "http_request_duration_seconds_bucket{route=\"/admin/\",method=\"GET\",le=\"1.0\"}",
                "0x40",
            ),
            (
                "http_request_duration_seconds_bucket{route=\"/admin/\",method=\"GET\",le=\"5.0\"}",
                "0+60x40",
            ),
            (
                "http_request_duration_seconds_bucket{route=\"/admin/\",method=\"GET\",le=\"+Inf\"}",
                "0+60x40",
            ),
        ],
    ),
    (
        "ConnectionsExhausted",
        &[("sla_monitor_database_pool_connections{state=\"in_use\"}", "8x40")],
    ),
    ("DatabaseNotWritable", &[("sla_monitor_database_writable{}", "0x40")]),
    (
        "DatabaseErrors",
        &[("sla_monitor_database_query_errors_total{}", "0+30x40")],
    ),
    ("FilesRunOut", &[("process_open_fds{}", "900x40")]),
    (
        "MeasuringBehind",
        &[(
            "sla_monitor_measuring_oldest_waiting_timestamp_seconds{source=\"main\"}",
            "-6000x40",
        )],
    ),
    (
        "MeasuringBehind",
        &[(
            "sla_monitor_measuring_last_success_timestamp_seconds{source=\"main\"}",
            "-6000x40",
        )],
    ),
    ("Restarts", &[("process_start_time_seconds{}", "0+300x40")]),
];

/// What a program shows that is well, and its values.
const WELL: [(&str, &str); 17] = [
    ("up{}", "1x40"),
    ("sla_monitor_logins_total{result=\"success\"}", "0+1x40"),
    ("sla_monitor_logins_total{result=\"failure\"}", "0x20 1x20"),
    ("sla_monitor_logins_total{result=\"blocked\"}", "0x40"),
    ("sla_monitor_security_events_total{event=\"metrics_refused\"}", "0x40"),
    (
        "sla_monitor_security_events_total{event=\"token_refused\"}",
        "0x20 1x20",
    ),
    (
        "sla_monitor_security_events_total{event=\"permission_denied\"}",
        "0x20 2x20",
    ),
    ("sla_monitor_security_events_total{event=\"bad_request\"}", "0x20 3x20"),
    (
        "http_requests_total{route=\"/admin/\",method=\"GET\",status=\"200\"}",
        "0+60x40",
    ),
    (
        "http_request_duration_seconds_bucket{route=\"/admin/\",method=\"GET\",le=\"1.0\"}",
        "0+60x40",
    ),
    (
        "http_request_duration_seconds_bucket{route=\"/admin/\",method=\"GET\",le=\"+Inf\"}",
        "0+60x40",
    ),
    ("sla_monitor_database_pool_connections{state=\"in_use\"}", "2x40"),
    ("sla_monitor_database_pool_connections{state=\"max\"}", "8x40"),
    ("sla_monitor_database_writable{}", "1x40"),
    (
        "sla_monitor_measuring_last_success_timestamp_seconds{source=\"main\"}",
        "0+60x40",
    ),
    ("process_open_fds{}", "30x40"),
    ("process_max_fds{}", "1024x40"),
];

/// The rules of docs/operations.md.
fn rules() -> Block {
    let found = blocks("yaml").into_iter();
    let mut found = found.filter(|block| block.file.ends_with("operations.md") && block.has_key("groups"));
    let block = found.next().expect("docs/operations.md has rules");
    assert!(found.next().is_none(), "in one block");
    block
}

/// The names of the alerts.
fn alerts(block: &Block) -> Vec<String> {
    yaml::parse(&block.text).unwrap_or_else(|error| panic!("{}: {error}", block.place()));
    let names = block.text.lines().filter_map(|line| line.split_once("- alert: "));
    names
        .map(|(_, rest)| rest.split_whitespace().next().unwrap_or("").to_owned())
        .collect()
}

/// The series of a case: those of a program that is well, with those of the case in their place.
fn input(case: &[(&str, &str)]) -> Vec<Value> {
    let labelled = |series: &str| {
        let (name, labels) = series.split_once('{').expect("series have labels");
        let labels = labels.trim_end_matches('}');
        let comma = if labels.is_empty() { "" } else { "," };
        format!("{name}{{{labels}{comma}job=\"sla-monitor\",instance=\"a:8000\"}}")
    };
    let kept = WELL
        .iter()
        .filter(|(name, _)| case.iter().all(|(other, _)| other != name));
    kept.chain(case)
        .map(|(name, values)| json!({"series": labelled(name), "values": values}))
        .collect()
}

/// One test of promtool: which alerts fire at some minute.
fn test(case: &[(&str, &str)], expected: &[&str]) -> Value {
    let all = "group by (alertname) (ALERTS{alertstate=\"firing\"})";
    let samples: Vec<Value> = expected
        .iter()
        .map(|alert| json!({"labels": format!("{{alertname=\"{alert}\"}}"), "value": 1}))
        .collect();
    json!({
        "interval": "1m",
        "input_series": input(case),
        "promql_expr_test": [{"expr": all, "eval_time": format!("{}m", MINUTES - 10), "exp_samples": samples}],
    })
}

#[test]
fn each_alert_about_the_program_fires_on_its_case_alone() {
    let block = rules();
    let names = alerts(&block);
    for name in &names {
        assert!(CASES.iter().any(|(alert, _)| alert == name), "{name} has a case here");
    }
    let is_alert = |(alert, _): &(&str, _)| names.iter().any(|name| name == alert);
    assert!(CASES.iter().all(is_alert), "each case has an alert: {names:?}");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it can be written");
        path
    };
    let file = write("rules.yml", &block.text);
    let mut tests = vec![test(&[], &[])];
    tests.extend(CASES.iter().map(|(alert, series)| test(series, &[alert])));
    let suite = json!({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests});
    let suite = write("test.yml", &suite.to_string());
    for arguments in [["check", "rules"], ["test", "rules"]] {
        let file = if arguments[0] == "check" { &file } else { &suite };
        let output = Command::new("promtool").args(arguments).arg(file).output();
        let output = output.expect("promtool is there; scripts/test installs it");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
    }
}

/// Rules that name a metric which is not there never fire.
#[test]
fn the_rules_name_metrics_that_are_there() {
    let database = crate::support::database::Database::postgres();
    let server = crate::support::server::Server::start(&database, &["--prometheus", "main=http://127.0.0.1:9"]);
    // Nothing is promised, so that there is nothing to ask for, and nothing waits.
    let waits = "sla_monitor_measuring_oldest_waiting_timestamp_seconds";
    crate::support::client::get(&format!("{}/admin/login/", server.url));
    // The job has looked once at what there is to measure.
    let deadline = Instant::now() + Duration::from_secs(30);
    let metrics = loop {
        let metrics = crate::support::client::get(&format!("{}/metrics", server.url)).text();
        if metrics.contains("sla_monitor_measuring_last_success_timestamp_seconds{") {
            break metrics;
        }
        assert!(Instant::now() < deadline, "nothing is measured: {}", server.log());
    };
    let block = rules();
    let root = yaml::parse(&block.text).unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(root.value, Content::Map(_)));
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = block.text.split(|character| !is_name(character));
    let named = words.filter(|word| {
        ["sla_monitor_", "http_", "process_"]
            .iter()
            .any(|start| word.starts_with(start))
    });
    let mut seen = 0;
    for name in named.filter(|name| ![waits, "http_panics_total"].contains(name)) {
        let base = name.trim_end_matches("_bucket");
        assert!(metrics.contains(&format!("# TYPE {base} ")), "{name} is not there");
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
}
