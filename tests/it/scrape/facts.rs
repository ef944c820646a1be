//! What is exposed about components, by value, in both layouts.

use serde_json::{Value, json};
use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::calculus::coverage::CoverageValues;
use sla_monitor::clock::{Clock, SystemClock};

use crate::support::client::sample;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{WORLD, assert_line, assert_nothing, component_lines, scrape, scrape_by_labels, value};

const NAMES: &str = r#"
# HELP api_service_window_last_start Latest start of a service window at or before now, in Unix seconds; no sample if none.
# TYPE api_service_window_last_start gauge
api_service_window_last_start{component="api",team="blue"} 1577836800
# HELP api_service_window_last_end Latest end of a service window at or before now, in Unix seconds; no sample if none.
# TYPE api_service_window_last_end gauge
api_service_window_last_end{component="api",team="blue"} 1577923200
# HELP api_service_window_in_window 1 from the start of a service window until just before its end, 0 outside.
# TYPE api_service_window_in_window gauge
api_service_window_in_window{component="api",team="blue"} 0
# HELP batch_service_window_next_start First start of a service window after now, in Unix seconds; no sample if none.
# TYPE batch_service_window_next_start gauge
batch_service_window_next_start{component="batch"} 32188147200
# HELP batch_service_window_next_end First end of a service window after now, in Unix seconds; no sample if none.
# TYPE batch_service_window_next_end gauge
batch_service_window_next_end{component="batch"} 32188233600
# HELP batch_service_window_in_window 1 from the start of a service window until just before its end, 0 outside.
# TYPE batch_service_window_in_window gauge
batch_service_window_in_window{component="batch"} 0
# HELP core_service_window_in_window 1 from the start of a service window until just before its end, 0 outside.
# TYPE core_service_window_in_window gauge
core_service_window_in_window{component="core"} 1
# HELP idle_service_window_in_window 1 from the start of a service window until just before its end, 0 outside.
# TYPE idle_service_window_in_window gauge
idle_service_window_in_window{component="idle"} 0
# HELP web_service_window_last_start Latest start of a service window at or before now, in Unix seconds; no sample if none.
# TYPE web_service_window_last_start gauge
web_service_window_last_start{component="web",env="prod",team="blue"} 1577836800
# HELP web_service_window_last_end Latest end of a service window at or before now, in Unix seconds; no sample if none.
# TYPE web_service_window_last_end gauge
web_service_window_last_end{component="web",env="prod",team="blue"} 1577923200
# HELP web_service_window_in_window 1 from the start of a service window until just before its end, 0 outside.
# TYPE web_service_window_in_window gauge
web_service_window_in_window{component="web",env="prod",team="blue"} 0
"#;

const LABELS: &str = r#"
# HELP service_window_last_start_timestamp_seconds Latest start of a service window at or before now, in Unix seconds; no sample if none.
# TYPE service_window_last_start_timestamp_seconds gauge
service_window_last_start_timestamp_seconds{component="api",team="blue"} 1577836800
service_window_last_start_timestamp_seconds{component="web",env="prod",team="blue"} 1577836800
# HELP service_window_last_end_timestamp_seconds Latest end of a service window at or before now, in Unix seconds; no sample if none.
# TYPE service_window_last_end_timestamp_seconds gauge
service_window_last_end_timestamp_seconds{component="api",team="blue"} 1577923200
service_window_last_end_timestamp_seconds{component="web",env="prod",team="blue"} 1577923200
# HELP service_window_next_start_timestamp_seconds First start of a service window after now, in Unix seconds; no sample if none.
# TYPE service_window_next_start_timestamp_seconds gauge
service_window_next_start_timestamp_seconds{component="batch"} 32188147200
# HELP service_window_next_end_timestamp_seconds First end of a service window after now, in Unix seconds; no sample if none.
# TYPE service_window_next_end_timestamp_seconds gauge
service_window_next_end_timestamp_seconds{component="batch"} 32188233600
# HELP service_window_in_window 1 from the start of a service window until just before its end, 0 outside.
# TYPE service_window_in_window gauge
service_window_in_window{component="api",team="blue"} 0
service_window_in_window{component="batch"} 0
service_window_in_window{component="core"} 1
service_window_in_window{component="idle"} 0
service_window_in_window{component="web",env="prod",team="blue"} 0
# HELP service_window_slo_ratio Promised share of service time, from 0 to 1; no sample where none is promised.
# TYPE service_window_slo_ratio gauge
service_window_slo_ratio{component="api",team="blue"} 0.999
# HELP service_window_completed_seconds Seconds of the windows, as defined now, that ended since accounting began; moves at ends and edits.
# TYPE service_window_completed_seconds gauge
service_window_completed_seconds{component="api",team="blue"} 64800
service_window_completed_seconds{component="batch"} 0
service_window_completed_seconds{component="core"} 0
service_window_completed_seconds{component="idle"} 0
service_window_completed_seconds{component="web",env="prod",team="blue"} 64800
# HELP service_window_accounting_start_timestamp_seconds Since when windows are counted, in Unix seconds: the creation, or at most five years ago.
# TYPE service_window_accounting_start_timestamp_seconds gauge
service_window_accounting_start_timestamp_seconds{component="api",team="blue"} 1577858400
service_window_accounting_start_timestamp_seconds{component="batch"} 1577858400
service_window_accounting_start_timestamp_seconds{component="core"} 1577858400
service_window_accounting_start_timestamp_seconds{component="idle"} 1577858400
service_window_accounting_start_timestamp_seconds{component="web",env="prod",team="blue"} 1577858400
"#;

/// The components of the world as of six hours after the beginning of its past.
fn created_at_six(database: &Database) {
    apply(database, WORLD);
    database.execute("UPDATE component SET created_at = '2020-01-01 06:00:00'");
}

fn both_layouts_tell_the_same_facts(database: &Database) {
    created_at_six(database);
    let server = Server::start(database, &[]);
    assert_eq!(component_lines(&scrape(&server)).join("\n"), NAMES.trim());
    assert_eq!(component_lines(&scrape_by_labels(&server)).join("\n"), LABELS.trim());
}

fn the_layout_is_chosen_by_option_and_by_request(database: &Database) {
    created_at_six(database);
    let server = Server::start(database, &["--metrics-layout", "labels"]);
    assert_eq!(component_lines(&scrape(&server)).join("\n"), LABELS.trim());
    let url = format!("{}/metrics?layout=names", server.url);
    let page = super::ok(crate::support::client::get(&url));
    assert_eq!(component_lines(&page).join("\n"), NAMES.trim());
}

/// Windows in the form that files and the calculus both read, by the name of the component that has them.
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn schedules() -> Vec<(&'static str, Value)> {
    let window = |timezone: &str, rules: Value| json!([{"timezone": timezone, "rules": rules}]);
    let every_day = json!(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]);
    vec![
        (
            "business-hours",
            window(
                "Europe/Berlin",
                json!([{"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR"], "start": "08:00", "duration_s": 36_000}]),
            ),
        ),
        (
            "overnight",
            window(
                "America/New_York",
                json!([{"type": "weekly", "days": every_day, "start": "22:00", "duration_s": 28_800}]),
            ),
        ),
        (
            "overnight-excluded-at-noon",
            json!([{"timezone": "Australia/Lord_Howe",
                "rules": [{"type": "weekly", "days": every_day, "start": "20:30", "duration_s": 72_000}],
                "excludes": [{"type": "weekly", "days": every_day, "start": "12:00", "duration_s": 3_600}]}]),
        ),
        (
            "monthly",
            window(
                "Asia/Kolkata",
                json!([{"type": "rrule", "rrule": "FREQ=MONTHLY;BYDAY=2TU", "start": "02:00", "duration_s": 7_200}]),
            ),
        ),
        (
            "leap-days",
            window(
                "UTC",
                json!([{"type": "rrule", "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "start": "00:00", "duration_s": 86_400}]),
            ),
        ),
        (
            "listed-dates",
            window(
                "Pacific/Apia",
                json!([{"type": "dates", "dates": ["2019-05-01", "2031-05-01"], "start": "23:00", "duration_s": 7_200}]),
            ),
        ),
        (
            "expired",
            json!([{"timezone": "Europe/London", "valid_from": "2001-01-01", "valid_until": "2010-10-31",
                "rules": [{"type": "weekly", "days": ["SU"], "start": "00:30", "duration_s": 10_800, "duration_mode": "elapsed"}]}]),
        ),
        (
            "not-yet",
            json!([{"timezone": "Europe/London", "valid_from": "2970-01-01",
                "rules": [{"type": "weekly", "days": ["MO"], "start": "09:00", "duration_s": 3_600}]}]),
        ),
        (
            "two-windows",
            json!([
                {"timezone": "UTC", "rules": [{"type": "weekly", "days": ["MO", "WE"], "start": "06:00", "duration_s": 50_000}]},
                {"timezone": "Asia/Tokyo", "rules": [{"type": "weekly", "days": ["TU", "SA"], "start": "06:00", "duration_s": 90_000}]},
            ]),
        ),
        (
            "always",
            window(
                "UTC",
                json!([{"type": "weekly", "days": every_day, "start": "00:00", "duration_s": 86_400}]),
            ),
        ),
        ("without-rules", window("UTC", json!([]))),
    ]
}

fn shown(page: &str, name: &str) -> CoverageValues {
    let instant = |fact: &str| {
        let series = format!(r#"service_window_{fact}_timestamp_seconds{{component="{name}"}}"#);
        sample(page, &series).map(|value| value as i64)
    };
    CoverageValues {
        in_window: value(page, &format!(r#"service_window_in_window{{component="{name}"}}"#)) == 1.0,
        last_start: instant("last_start"),
        last_end: instant("last_end"),
        next_start: instant("next_start"),
        next_end: instant("next_end"),
    }
}

fn the_five_values_are_those_of_the_calculus_when_the_scrape_began(database: &Database) {
    let schedules = schedules();
    let mut windows = Vec::new();
    let mut components = Vec::new();
    for (name, definitions) in &schedules {
        let mut names = Vec::new();
        for (index, definition) in definitions.as_array().expect("windows are a list").iter().enumerate() {
            let mut window = definition.clone();
            window["name"] = json!(format!("{name} {index}"));
            names.push(window["name"].clone());
            windows.push(window);
        }
        components.push(json!({"name": name, "windows": names}));
    }
    apply(
        database,
        &json!({"windows": windows, "components": components}).to_string(),
    );
    let server = Server::start(database, &[]);
    let earliest = SystemClock.now_seconds();
    let page = scrape_by_labels(&server);
    let latest = SystemClock.now_seconds();
    for (name, definitions) in &schedules {
        let line = json!({"windows": definitions, "now": 0}).to_string();
        let coverage = Evaluation::read(&line)
            .expect("the calculus reads what apply read")
            .coverage;
        let possible: Vec<CoverageValues> = (earliest..=latest).map(|now| coverage.values(now)).collect();
        let shown = shown(&page, name);
        assert!(possible.contains(&shown), "{name}: {shown:?} is none of {possible:?}");
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn components_are_counted_by_state_and_the_rest_of_the_page_is_there(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    scrape(&server);
    let page = scrape(&server);
    for (series, expected) in [
        (r#"sla_monitor_components{state="enabled"}"#, 5.0),
        (r#"sla_monitor_components{state="disabled"}"#, 1.0),
        (r#"sla_monitor_components{state="without_windows"}"#, 1.0),
        (r#"sla_monitor_components{state="ended"}"#, 2.0),
        (
            r#"sla_monitor_calendar_last_date_timestamp_seconds{calendar="Noon"}"#,
            1_577_923_200.0,
        ),
        (r#"sla_monitor_components_invalid{reason="schedule"}"#, 0.0),
        ("sla_monitor_snapshot_components", 5.0),
        ("sla_monitor_snapshot_loaded", 1.0),
        ("sla_monitor_collector_up", 1.0),
        (r#"sla_monitor_collector_errors_total{reason="database"}"#, 0.0),
        (r#"sla_monitor_collector_errors_total{reason="timeout"}"#, 0.0),
        (r#"sla_monitor_collector_errors_total{reason="panic"}"#, 0.0),
        ("sla_monitor_next_transition_timestamp_seconds", 32_188_147_200.0),
        ("sla_monitor_collector_last_error_timestamp_seconds", 0.0),
        (
            r#"http_requests_total{method="GET",route="/metrics",status="200"}"#,
            1.0,
        ),
        (r#"metrics_http_requests_total{code="200"}"#, 1.0),
        ("http_requests_in_flight", 1.0),
        ("metrics_http_requests_in_flight", 1.0),
        ("metrics_http_responses_aborted_total", 0.0),
        ("metrics_http_timeout_headers_invalid_total", 0.0),
    ] {
        assert_eq!(value(&page, series), expected, "{series}");
    }
    let version = database.number("SELECT version AS value FROM data_version");
    assert_eq!(value(&page, "sla_monitor_snapshot_version"), version as f64);
    assert_line(
        &page,
        &format!(
            "sla_monitor_tzdata_info{{origin=\"built-in\",version=\"{}\"}} 1",
            sla_monitor::zones::Zones::built_in().version()
        ),
    );
    assert_line(
        &page,
        &format!("sla_monitor_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
    );
    // The kernel counts processor time in hundredths of a second, and a young process may have had none.
    assert!(value(&page, "process_cpu_seconds_total") >= 0.0);
    for series in [
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        "process_open_fds",
        r#"http_request_duration_seconds_bucket{method="GET",route="/metrics",le="+Inf"}"#,
        r#"http_request_duration_seconds_count{method="GET",route="/metrics"}"#,
        r#"sla_monitor_database_pool_connections{state="max"}"#,
        "sla_monitor_collector_last_success_timestamp_seconds",
    ] {
        assert!(value(&page, series) > 0.0, "{series}");
    }
    // Everything that has a sample has a type and a help text, once.
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().expect("a sample starts with a name");
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .filter(|family| page.contains(&format!("# TYPE {family} histogram")))
            .unwrap_or(name);
        for head in ["HELP", "TYPE"] {
            let start = format!("# {head} {family} ");
            assert_eq!(
                page.lines().filter(|line| line.starts_with(&start)).count(),
                1,
                "{start}"
            );
        }
    }
    assert_nothing(&page, "gone_");
}

fn the_size_of_a_page_is_reported(database: &Database) {
    apply(database, WORLD);
    let server = Server::start(database, &[]);
    let size = |page: &str| -> usize { component_lines(page).iter().map(|line| line.len() + 1).sum() };
    let names = scrape(&server);
    assert_nothing(
        &names,
        r#"sla_monitor_snapshot_bytes{encoding="identity",layout="labels"}"#,
    );
    let labels = scrape_by_labels(&server);
    for (layout, page) in [("names", &names), ("labels", &labels)] {
        let reported = |encoding| {
            let series = format!(r#"sla_monitor_snapshot_bytes{{encoding="{encoding}",layout="{layout}"}}"#);
            value(&labels, &series)
        };
        assert_eq!(reported("identity"), size(page) as f64);
        assert!(reported("gzip") > 0.0 && reported("gzip") < reported("identity"));
    }
}

on_both_databases!(
    the_size_of_a_page_is_reported,
    both_layouts_tell_the_same_facts,
    the_layout_is_chosen_by_option_and_by_request,
    the_five_values_are_those_of_the_calculus_when_the_scrape_began,
    components_are_counted_by_state_and_the_rest_of_the_page_is_there,
);
