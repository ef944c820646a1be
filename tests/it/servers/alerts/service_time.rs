//! The rules of docs/service-time.md: promtool evaluates them over what the program exposes, and a real Prometheus fires their alerts.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sla_monitor::apps::sla::declarative::document::evaluation::Evaluation;
use sla_monitor::apps::sla::declarative::document::node::Content;
use sla_monitor::apps::sla::declarative::document::yaml;
use sla_monitor::calculus::coverage::Coverage;
use sla_monitor::metrics::answer::selected::SelectedPage;
use sla_monitor::metrics::answer::selection::Selection;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::snapshot::{Component, Snapshot};

use super::super::prometheus::Prometheus;
use super::super::run;
use super::exporter::Exporter;
use super::rules;
use crate::support::database::Database;
use crate::support::documents::{Block, blocks};
use crate::support::program::apply;
use crate::support::server::Server;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

/// How long the alerts may take to fire.
const WAIT_MAX: Duration = Duration::from_secs(90);

/// The blocks of the page: the scrape configuration and the rules.
fn documented() -> (Block, Block) {
    let mut found = blocks("yaml")
        .into_iter()
        .filter(|block| block.file.ends_with("service-time.md"));
    let blocks = (found.next(), found.next());
    (
        blocks.0.expect("the page has a configuration"),
        blocks.1.expect("the page has rules"),
    )
}

/// A component of the tests, whose time begins at 1970: promtool's does.
struct Case {
    name: &'static str,
    created: i64,
    coverage: Arc<Coverage>,
}

impl Case {
    /// A component with this rule in UTC, created at this instant.
    fn new(name: &'static str, created: i64, rule: &str) -> Self {
        let line = format!(r#"{{"windows": [{{"timezone": "UTC", "rules": [{rule}]}}], "now": 0}}"#);
        Self {
            name,
            created,
            coverage: Arc::new(Evaluation::read(&line).expect("it is a rule").coverage),
        }
    }

    /// The same hours every day.
    fn daily(name: &'static str, created: i64, start: &str, seconds: i64) -> Self {
        let days = r#"["MO", "TU", "WE", "TH", "FR", "SA", "SU"]"#;
        let rule = format!(r#"{{"type": "weekly", "days": {days}, "start": "{start}", "duration_s": {seconds}}}"#);
        Self::new(name, created, &rule)
    }

    /// Twenty minutes and some, once.
    fn once(name: &'static str, created: i64, day: &str) -> Self {
        let rule = format!(r#"{{"type": "once", "start_local": "{day}T06:30:30", "end_local": "{day}T06:51:05"}}"#);
        Self::new(name, created, &rule)
    }
}

/// What a scrape at an instant shows of the components: series and value.
fn scraped(
    cases: &[Case],
    known: &mut Option<Arc<ExposedState>>,
    snapshot: &Arc<Snapshot>,
    now: i64,
) -> Vec<(String, String)> {
    let before: Vec<&Arc<ExposedState>> = known.iter().collect();
    let (state, _) = ExposedState::at(&before, snapshot, now);
    let page = SelectedPage::new(Arc::clone(&state), Layout::Labels, &Selection::default());
    *known = Some(state);
    let text: Vec<u8> = page.plain_chunks().flatten().collect();
    let text = String::from_utf8(text).expect("the page is UTF-8");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let samples: Vec<(String, String)> = lines
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(series, value)| (series.replace('}', r#",instance="a"}"#), value.to_owned()))
        .collect();
    assert!(samples.len() >= 4 * cases.len(), "{text}");
    samples
}

/// The input of promtool: what scrapes of so many minutes show.
fn input(cases: &[Case], minutes: i64) -> String {
    let component = |(slot, case): (usize, &Case)| {
        Arc::new(Component::new(case.name, &[], slot, Some(99_900)).created_at(case.created))
    };
    let snapshot = Arc::new(Snapshot {
        components: cases.iter().enumerate().map(component).collect(),
        coverages: cases.iter().map(|case| Some(Arc::clone(&case.coverage))).collect(),
        ..Snapshot::default()
    });
    let mut series: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    let mut known = None;
    for minute in 0..minutes {
        let place = usize::try_from(minute).expect("it is not negative");
        for (name, value) in scraped(cases, &mut known, &snapshot, minute * MINUTE) {
            let values = series.entry(name).or_default();
            values.resize(place, "_".to_owned());
            values.push(value);
        }
    }
    let mut text = format!("      - {{series: 'sla_monitor_collector_up{{instance=\"a\"}}', values: '1x{minutes}'}}\n");
    for (name, values) in series {
        let _ = writeln!(text, "      - {{series: '{name}', values: '{}'}}", values.join(" "));
    }
    text
}

/// A query, the second at which it is evaluated, and its samples: labels and values.
type ExpectedQuery = (String, i64, Vec<(String, String)>);

/// The names of the groups of a rule file, in its order.
fn group_names(file: &str) -> Vec<String> {
    let root = yaml::parse(file).expect("the rules are YAML");
    let groups = rules::list(&root, "groups");
    groups.iter().map(|group| rules::text(group, "name")).collect()
}

/// Lets promtool test rules; each query has its samples, in the order of the components.
fn promtool(rules: &str, series: &str, queries: &[ExpectedQuery]) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("rules.yml"), rules).expect("the rules can be written");
    // A group reads what the one before it records; promtool takes groups in no certain order unless the test states it.
    let order = group_names(rules).join(", ");
    let mut test = format!(
        "rule_files: [rules.yml]\nevaluation_interval: 1m\ngroup_eval_order: [{order}]\n\
         tests:\n  - interval: 1m\n    input_series:\n{series}    promql_expr_test:\n"
    );
    for (query, at, samples) in queries {
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            test,
            "      - expr: '{query}'\n        eval_time: {at}s\n        exp_samples:"
        );
        for (labels, value) in samples {
            let _ = writeln!(test, "          - {{labels: '{labels}', value: {value}}}");
        }
        if samples.is_empty() {
            let _ = writeln!(test, "          []");
        }
    }
    let path = folder.path().join("test.yml");
    std::fs::write(&path, test).expect("the test can be written");
    let path = path.to_str().expect("temporary paths are UTF-8");
    let output = run("promtool", &["test", "rules", path], b"");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        output.status.success(),
        "{}",
        said.chars().take(4_000).collect::<String>()
    );
}

/// The expression of a rule that records.
fn expression(rules: &Block, record: &str) -> String {
    let root = yaml::parse(&rules.text).expect("the rules are YAML");
    let all = rules::list(&root, "groups")
        .iter()
        .flat_map(|group| rules::list(group, "rules"));
    let found = all.into_iter().find(|rule| rules::text(rule, "record") == record);
    let rule = found.expect("the page has this rule");
    assert!(matches!(rule.value, Content::Map(_)));
    rules::text(rule, "expr")
}

/// The group of rules that need no history.
fn first_group(rules: &Block) -> &str {
    let (first, _) = rules
        .text
        .split_once("  - name: sla-monitor-burn-rates")
        .expect("there are two groups");
    first
}

#[test]
fn the_factors_that_are_named_follow_from_the_rules() {
    let page = include_str!("../../../../docs/service-time.md");
    let (_, rules) = documented();
    let factors = [(3_600, 2), (21_600, 5)].map(|(seconds, percent)| {
        let limit = format!("* {seconds} > 0.0{percent} * component:service_window_budget:30d");
        assert!(rules.text.contains(&limit), "{limit}");
        // So many times as fast as the SLO allows, in a month of so many hours.
        [720, 210].map(|hours| f64::from(hours * 36 * percent) / f64::from(seconds))
    });
    let [[hour, hour_of_210], [six, six_of_210]] = factors;
    assert!(
        page.contains(&format!("({hour} for an hour, {six} for six hours)")),
        "{factors:?}"
    );
    assert!(
        page.contains(&format!(
            "With 210 promised hours the same parts are factors of {hour_of_210} and {six_of_210}."
        )),
        "{factors:?}"
    );
}

#[test]
fn service_time_is_right_at_every_instant() {
    let cases = [
        Case::daily("day", -100 * HOUR - 7, "08:00", 10 * HOUR),
        Case::daily("night", -HOUR - 77, "22:00", 8 * HOUR),
        Case::daily("always", -5 * HOUR - 13, "00:00", 24 * HOUR),
        Case::once("once", -HOUR, "1970-01-01"),
        Case::once("gone", -48 * HOUR, "1969-12-31"),
    ];
    let (_, rules) = documented();
    let formula = expression(&rules, "instance:service_window_promised:seconds");
    let minutes = 30 * 60;
    let queries: Vec<ExpectedQuery> = (0..168_i64)
        .map(|number| {
            // No two of them are at the same second of a minute, of five.
            let at = MINUTE + (number * 639 + number * number % 61) % ((minutes - 2) * MINUTE);
            let samples = cases.iter().map(|case| {
                let seconds = case.coverage.covered_seconds(case.created, at);
                (
                    format!(r#"{{component="{}",instance="a"}}"#, case.name),
                    seconds.to_string(),
                )
            });
            (formula.clone(), at, samples.collect())
        })
        .collect();
    promtool(first_group(&rules), &input(&cases, minutes), &queries);
}

#[test]
fn the_last_hour_of_service_reaches_back_over_the_night() {
    let cases = [Case::daily("day", 0, "08:00", 10 * HOUR)];
    let minutes = 32 * 60 + 20;
    let (_, rules) = documented();
    // Promtool lets a query hold 10,000 samples; the night is shorter than this.
    let rules = rules.text.replace("[4d:1m]", "[16h:1m]");
    // Down from 17:10 until 18:00, and from 08:00 on.
    let probe = format!(
        "      - {{series: 'probe_success{{component=\"day\"}}', values: '1x{} 0x{}'}}\n",
        17 * 60 + 9,
        minutes - 17 * 60 - 10
    );
    let series = input(&cases, minutes) + &probe;
    let thousandths = |record: &str| format!("round(1000 * {record})");
    let sample = |value: &str| vec![(r#"{component="day"}"#.to_owned(), value.to_owned())];
    let hour = thousandths("component:service_window_down:1h");
    let six = thousandths("component:service_window_down:6h");
    let firing = |alert: &str| format!("ALERTS{{alertname=\"{alert}\"}}");
    let alert = |name: &str| {
        let labels = format!(r#"ALERTS{{alertname="{name}",alertstate="firing",component="day"}}"#);
        vec![(labels, "1".to_owned())]
    };
    let at = |hour: i64, minute: i64| hour * HOUR + minute * MINUTE;
    promtool(
        &rules,
        &series,
        &[
            (hour.clone(), at(17, 9), sample("0")),
            (hour.clone(), at(17, 39), sample("500")),
            // 10 minutes of today and 50 of yesterday, all of them down.
            (hour, at(32, 9), sample("1000")),
            (six, at(17, 45), sample("100")),
            (firing("BudgetBurnsFast"), at(17, 9), Vec::new()),
            (firing("BudgetBurnsFast"), at(17, 39), alert("BudgetBurnsFast")),
            (firing("BudgetBurnsSlowly"), at(32, 9), alert("BudgetBurnsSlowly")),
            // In the night nothing is promised, and nothing fires for it.
            ("component:service_window_down".to_owned(), at(24, 0), Vec::new()),
        ],
    );
}

#[test]
fn the_alerts_about_budgets_fire() {
    let database = Database::sqlite();
    apply(
        &database,
        r#"
windows:
  - {name: Open, timezone: UTC, rules: [{type: once, start_local: "2023-01-01T00:00", end_local: "2090-01-01T00:00"}]}
  - {name: Closed, timezone: UTC, rules: [{type: once, start_local: "2020-01-01T00:00", end_local: "2020-01-03T00:00"}]}
components:
  - {name: down, windows: [Open], slo: 99.9}
  - {name: up, windows: [Open], slo: 99.9}
  - {name: closed, windows: [Closed], slo: 99.9}
  - {name: without-objective, windows: [Open]}
"#,
    );
    let server = Server::start(&database, &[]);
    let probes = [("down", 0), ("up", 1), ("closed", 0), ("without-objective", 0)];
    let probes = probes.map(|(name, probe)| format!("probe_success{{component=\"{name}\"}} {probe}\n"));
    let exporter = Exporter::start(probes.concat());
    let (configuration, rules) = documented();
    let target = server.url.trim_start_matches("http://");
    let jobs = configuration.text.replace("sla.example.org:8000", target);
    let config = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}\nrule_files: [rules.yml]\n{jobs}  \
         - job_name: measured\n    static_configs: [{{targets: [\"{}\"]}}]\n",
        exporter.address
    );
    // As it stands, but a minute is a second.
    let shortened = rules
        .text
        .replace("interval: 1m", "interval: 1s")
        .replace("[4d:1m]", "[5m:1s]");
    let prometheus = Prometheus::configured(&config, &[("rules.yml".to_owned(), shortened)]);
    let deadline = Instant::now() + WAIT_MAX;
    let firing = |alert: &str| prometheus.value(&format!("count(ALERTS{{alertname='{alert}',alertstate='firing'}})"));
    while ["BudgetBurnsFast", "BudgetBurnsSlowly"].map(firing) != [Some(1.0), Some(1.0)] {
        assert!(Instant::now() < deadline, "{}", prometheus.api("/api/v1/rules"));
        exporter.wait(1);
    }
    exporter.wait(3);
    assert_eq!(
        prometheus.value("count(ALERTS{component='down',alertstate='firing'})"),
        Some(2.0)
    );
    assert_eq!(prometheus.value("count(ALERTS)"), Some(2.0), "nothing else fires");
}
