//! `metrics`: the exposition on standard output, beside a server or without one.

use super::{folder, text, write};
use crate::support::client;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_with};
use crate::support::server::Server;

on_both_databases!(
    both_layouts_say_the_same,
    names_select_families,
    components_selectors_and_shards_select,
    the_values_are_those_of_evaluate,
    it_works_beside_a_server,
);

/// Windows whose values do not depend on when a test runs.
const WINDOWS: &[(&str, &str)] = &[
    (
        "always",
        r#"{"type": "weekly", "days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "00:00", "duration_s": 86400}"#,
    ),
    (
        "past",
        r#"{"type": "once", "start_local": "2001-02-03T04:05", "end_local": "2001-02-03T05:05"}"#,
    ),
    (
        "future",
        r#"{"type": "once", "start_local": "2099-02-03T04:05", "end_local": "2099-02-03T05:05"}"#,
    ),
    (
        "between",
        r#"{"type": "once", "start_local": "2001-02-03T04:05", "end_local": "2099-02-03T05:05"}"#,
    ),
];

/// A component for each window, and one without any.
fn document() -> String {
    let windows: Vec<String> = WINDOWS
        .iter()
        .map(|(name, rule)| format!(r#"{{"name": "{name}", "timezone": "Europe/Berlin", "rules": [{rule}]}}"#))
        .collect();
    let components: Vec<String> = WINDOWS
        .iter()
        .map(|(name, _)| {
            format!(r#"{{"name": "{name}-api", "labels": {{"team": "x"}}, "slo": 99.5, "windows": ["{name}"]}}"#)
        })
        .collect();
    format!(
        r#"{{"windows": [{}], "components": [{}, {{"name": "never", "windows": []}}, {{"name": "off", "enabled": false}}]}}"#,
        windows.join(", "),
        components.join(", ")
    )
}

/// The sample lines that tell of components.
fn samples(exposition: &str) -> Vec<String> {
    let lines = exposition
        .lines()
        .filter(|line| line.contains("service_window_") && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn both_layouts_say_the_same(database: &Database) {
    apply(database, &document());
    let names = run_on(database, &["metrics"]).ok();
    let in_window = |exposition: &str, series: &str| client::sample(exposition, series);
    assert_eq!(
        in_window(
            &names,
            r#"always_api_service_window_in_window{component="always-api",team="x"}"#
        ),
        Some(1.0)
    );
    assert_eq!(
        in_window(
            &names,
            r#"future_api_service_window_in_window{component="future-api",team="x"}"#
        ),
        Some(0.0)
    );
    assert_eq!(
        in_window(&names, r#"never_service_window_in_window{component="never"}"#),
        Some(0.0)
    );
    assert_eq!(names.matches("service_window_slo_ratio").count(), 0);

    let labels = run_on(database, &["metrics", "--metrics-layout", "labels"]).ok();
    assert_eq!(
        in_window(&labels, r#"service_window_in_window{component="always-api",team="x"}"#),
        Some(1.0)
    );
    assert_eq!(
        in_window(&labels, r#"service_window_in_window{component="future-api",team="x"}"#),
        Some(0.0)
    );
    assert_eq!(
        in_window(&labels, r#"service_window_slo_ratio{component="past-api",team="x"}"#),
        Some(0.995)
    );
    assert_eq!(
        run_on(database, &["metrics", "--layout", "labels"])
            .ok()
            .lines()
            .count(),
        labels.lines().count()
    );

    for exposition in [&names, &labels] {
        assert!(
            !exposition.contains(r#"component="off""#),
            "a disabled component has no metrics"
        );
        assert_eq!(
            client::sample(exposition, r#"sla_monitor_components{state="enabled"}"#),
            Some(5.0)
        );
        assert_eq!(
            client::sample(exposition, r#"sla_monitor_components{state="disabled"}"#),
            Some(1.0)
        );
        assert_eq!(client::sample(exposition, "sla_monitor_collector_up"), Some(1.0));
        assert!(!exposition.ends_with("# EOF\n") && exposition.ends_with('\n'));
    }
    let open = run_on(database, &["metrics", "--format", "openmetrics"]).ok();
    assert!(open.ends_with("\n# EOF\n"), "{open}");
    assert_eq!(open.matches("# EOF").count(), 1);
    assert_eq!(samples(&open).len(), samples(&names).len());
}

fn names_select_families(database: &Database) {
    apply(database, &document());
    let cases: &[(&[&str], &[&str])] = &[
        (
            &["--name", "future_api_service_window_next_start"],
            &[r#"future_api_service_window_next_start{component="future-api",team="x"} 4073771100"#],
        ),
        (
            &[
                "--name",
                "past_api_service_window_last_end",
                "--name",
                "never_service_window_in_window",
            ],
            &[
                r#"never_service_window_in_window{component="never"} 0"#,
                r#"past_api_service_window_last_end{component="past-api",team="x"} 981173100"#,
            ],
        ),
        (
            &[
                "--layout",
                "labels",
                "--name",
                "service_window_last_start_timestamp_seconds",
            ],
            &[
                r#"service_window_last_start_timestamp_seconds{component="past-api",team="x"} 981169500"#,
                r#"service_window_last_start_timestamp_seconds{component="between-api",team="x"} 981169500"#,
            ],
        ),
        (&["--name", "sla_monitor_collector_up"], &["sla_monitor_collector_up 1"]),
        (&["--name", "nothing_has_this_name"], &[]),
    ];
    for (arguments, expected) in cases {
        let out = run_on(database, &[&["metrics"], *arguments].concat()).ok();
        let mut found: Vec<&str> = out.lines().filter(|line| !line.starts_with('#')).collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{arguments:?}");
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn components_selectors_and_shards_select(database: &Database) {
    apply(database, &document());
    let whole = samples(&run_on(database, &["metrics"]).ok());
    let of = |names: &[&str]| -> Vec<String> {
        let is_of = |line: &&String| {
            names
                .iter()
                .any(|name| line.contains(&format!(r#"component="{name}""#)))
        };
        whole.iter().filter(is_of).cloned().collect()
    };
    let team = ["always-api", "past-api", "future-api", "between-api"];
    let cases: &[(&[&str], Vec<String>)] = &[
        (&["--component", "never"], of(&["never"])),
        (
            &[
                "--component",
                "past-api",
                "--component",
                "always-api",
                "--component",
                "unknown",
            ],
            of(&["past-api", "always-api"]),
        ),
        (&["--component", "unknown"], Vec::new()),
        (&["--match", r#"{team="x"}"#], of(&team)),
        (
            &[
                "--match",
                "{component='never'}",
                "--match",
                r#"{team="x",component="past-api"}"#,
            ],
            of(&["never", "past-api"]),
        ),
        (
            &[
                "--match",
                r#"{team="x"}"#,
                "--name",
                "past_api_service_window_in_window",
            ],
            vec![r#"past_api_service_window_in_window{component="past-api",team="x"} 0"#.to_owned()],
        ),
        (&["--shard", "0/1"], whole.clone()),
        (&["--shard", "0/1", "--component", "never"], of(&["never"])),
    ];
    for (arguments, expected) in cases {
        let out = run_on(database, &[&["metrics"], *arguments].concat()).ok();
        assert_eq!(samples(&out), *expected, "{arguments:?}");
    }
    let mut parts: Vec<String> = Vec::new();
    for ordinal in 0..3 {
        let part = run_on(database, &["metrics", "--shard", &format!("{ordinal}/3")]).ok();
        assert_eq!(
            client::sample(&part, "sla_monitor_shard_ordinal"),
            Some(f64::from(ordinal))
        );
        assert_eq!(client::sample(&part, "sla_monitor_shard_total"), Some(3.0));
        assert_eq!(client::sample(&part, "sla_monitor_collector_up"), Some(1.0));
        parts.extend(samples(&part));
    }
    parts.sort_unstable();
    let mut all = whole.clone();
    all.sort_unstable();
    assert_eq!(parts, all, "each sample is in one share");
    let bare = run_on(database, &["metrics", "--match", "sla_monitor_build_info"]).ok();
    assert_eq!(bare.lines().filter(|line| !line.starts_with('#')).count(), 1, "{bare}");
}

#[test]
fn what_selects_nothing_sensible_is_wrong_usage() {
    for (arguments, option, said) in [
        (
            ["--shard", "2/2"],
            "--shard",
            "there is no shard 2 of 2; they are counted from 0, so the last one is 1/2",
        ),
        (
            ["--shard", "half"],
            "--shard",
            "`half` is no shard; write its number, counted from 0, and how many there are: 0/4",
        ),
        (["--shard", "0/0"], "--shard", "there cannot be 0 shards; use 1 to 1024"),
        (["--match", r#"{team=~"x"}"#], "--match", "character 6: "),
        (["--match", "{}"], "--match", "character 1: "),
        (["--match", "{team"], "--match", "the right form is '{team=\"blue\"}'"),
        (["--match", ""], "--match", "character 1: "),
    ] {
        let ran = run_with(&[&["metrics"], &arguments[..]].concat(), "", &[]);
        assert_eq!(ran.code, 2, "{arguments:?}: {ran:?}");
        assert!(
            ran.err.contains(option) && ran.err.contains(said),
            "{arguments:?}: {}",
            ran.err
        );
        assert!(ran.out.is_empty(), "{ran:?}");
    }
    let variables = [("SLA_MONITOR_SHARD", "5/4")];
    let ran = run_with(&["metrics"], "", &variables);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("there is no shard 5 of 4"), "{}", ran.err);
}

fn the_values_are_those_of_evaluate(database: &Database) {
    apply(database, &document());
    let exposition = run_on(database, &["metrics"]).ok();
    for (name, rule) in WINDOWS {
        let question =
            format!(r#"{{"windows": [{{"timezone": "Europe/Berlin", "rules": [{rule}]}}], "now": 1800000000}}"#);
        let answer: serde_json::Value =
            serde_json::from_str(&run_with(&["evaluate"], &question, &[]).ok()).expect("the answer is JSON");
        for fact in ["in_window", "last_start", "last_end", "next_start", "next_end"] {
            let series = format!(r#"{name}_api_service_window_{fact}{{component="{name}-api",team="x"}}"#);
            assert_eq!(client::sample(&exposition, &series), answer[fact].as_f64(), "{series}");
        }
    }
}

fn it_works_beside_a_server(database: &Database) {
    apply(database, &document());
    let server = Server::start(database, &[]);
    let url = format!("{}/metrics", server.url);
    let before = samples(&client::get(&url).text());
    assert!(before.len() > WINDOWS.len(), "{before:?}");
    assert_eq!(samples(&run_on(database, &["metrics"]).ok()), before);
    apply(database, "components: [{name: never, enabled: false}]");
    let after = samples(&run_on(database, &["metrics"]).ok());
    assert_eq!(after.len(), before.len() - 1);
    let scraped = client::get(&url);
    assert_eq!(scraped.status, 200);
    assert_eq!(samples(&scraped.text()), after);
    assert_eq!(client::sample(&scraped.text(), "sla_monitor_collector_up"), Some(1.0));
}

#[test]
fn a_file_of_tokens_is_no_business_of_the_command() {
    let database = Database::sqlite();
    let folder = folder();
    let token = write(folder.path(), "token", "secret-token\n");
    let variables = [
        ("SLA_MONITOR_METRICS_TOKEN_FILE", text(&token)),
        ("SLA_MONITOR_METRICS_LAYOUT", "labels"),
    ];
    let out = run_with(&["metrics", "--database-url", &database.url], "", &variables).ok();
    assert!(!out.contains("secret-token"));
    assert_eq!(client::sample(&out, "sla_monitor_collector_up"), Some(1.0));
}
