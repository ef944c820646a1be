//! Indicators and corrections in files.

use super::EXAMPLE;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on, run_on_input};

on_both_databases!(
    a_file_says_all_of_them,
    a_correction_is_known_by_its_scope_and_its_time,
    what_is_wrong_is_refused_where_it_stands,
    pruning_takes_away_what_is_not_named,
    what_the_metrics_show_does_not_depend_on_them,
);

fn a_file_says_all_of_them(database: &Database) {
    assert_eq!(apply(database, EXAMPLE), "9 added, 0 changed, 0 deleted\n");
    let export = run_on(database, &["export"]).ok();
    for part in [
        r#"indicators:
  - name: Probe
    source: main
    expression: "probe_success{component=$component}"
    kind: mean
    step_s: 30
    threshold: null
    unknown: separate
    selector: "{team=\"payments\"}"
"#,
        "    threshold: 0.5\n    unknown: down\n",
        "    calendars: []\n    indicator: Latency\n",
        r#"corrections:
  - component: payments-api
    selector: ""
    start: "2026-11-16T09:00:00Z"
    end: "2026-11-16T09:05:00Z"
    effect: exclude
    reason: Planned
"#,
    ] {
        assert!(export.contains(part), "{part} is in {export}");
    }
    assert_eq!(apply(database, &export), "0 added, 0 changed, 0 deleted\n");
    assert_eq!(apply(database, EXAMPLE), "0 added, 0 changed, 0 deleted\n");
    let json = run_on(database, &["export", "--format", "json"]).ok();
    assert_eq!(apply(database, &json), "0 added, 0 changed, 0 deleted\n");
    let other = match database.is_postgres() {
        true => Database::postgres(),
        false => Database::sqlite(),
    };
    assert_eq!(apply(&other, &export), "9 added, 0 changed, 0 deleted\n");
    assert_eq!(run_on(&other, &["export"]).ok(), export);
}

fn a_correction_is_known_by_its_scope_and_its_time(database: &Database) {
    apply(database, EXAMPLE);
    let file =
        "corrections: [{component: PAYMENTS-API, start: 2026-11-16T09:00, end: 2026-11-16T09:05:00Z, effect: up}]";
    let printed = run_on_input(database, &["apply", "-", "--dry-run"], file).ok();
    assert!(
        printed.contains(
            "~ correction payments-api, 2026-11-16T09:00:00Z to 2026-11-16T09:05:00Z\n    effect: \"exclude\" -> \"up\""
        ),
        "{printed}"
    );
    assert_eq!(apply(database, file), "0 added, 1 changed, 0 deleted\n");
    let stored =
        database.texts("SELECT effect || ' ' || reason || ' ' || version AS value FROM correction ORDER BY id");
    assert_eq!(stored, ["up Planned 2", "down  1"]);
    // Another end is another correction.
    let other =
        "corrections: [{component: payments-api, start: 2026-11-16T09:00:00Z, end: 2026-11-16T09:06:00Z, effect: up}]";
    assert_eq!(apply(database, other), "1 added, 0 changed, 0 deleted\n");
    // A component that the same file adds.
    let new = "components: [{name: new}]\ncorrections: [{component: new, start: 2026-11-16T09:00:00Z, end: 2026-11-16T09:06:00Z}]";
    assert_eq!(apply(database, new), "2 added, 0 changed, 0 deleted\n");
}

#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn what_is_wrong_is_refused_where_it_stands(database: &Database) {
    apply(database, EXAMPLE);
    let before = run_on(database, &["export"]).ok();
    let indicator = |rest: &str| format!("indicators:\n- name: New\n  source: main\n  expression: up\n{rest}");
    let correction =
        |rest: &str| format!("corrections:\n- start: 2026-01-01T00:00:00Z\n  end: 2026-01-02T00:00:00Z\n{rest}");
    let files = [
        (
            indicator("  kind: best\n"),
            ":5: indicators[0].kind:",
            "`best` is none of the choices; give mean or state",
        ),
        (indicator("  unknown: maybe\n"), ":5:", "give separate, down or up"),
        (
            indicator("  step_s: 0\n"),
            ":5:",
            "`0` is no whole number from 1 to 3600",
        ),
        (indicator("  step_s: 1.5\n"), ":5:", "`1.5` is no whole number"),
        (
            indicator("  kind: state\n  threshold: much\n"),
            ":6:",
            "`much` is no number",
        ),
        (
            indicator("  kind: state\n  threshold: NaN\n"),
            ":6:",
            "`NaN` is no number",
        ),
        (
            indicator("  threshold: 1\n"),
            ":5:",
            "a mean is the share that is up itself",
        ),
        (
            indicator("  selector: '{team=~\"a\"}'\n"),
            ":5:",
            "selects no components",
        ),
        (
            "indicators:\n- {name: New, source: main}\n".to_owned(),
            ":2:",
            "An indicator needs one",
        ),
        (
            "indicators:\n- {name: New, expression: up}\n".to_owned(),
            ":2:",
            "an indicator needs a `source`",
        ),
        (
            "indicators:\n- {name: New, source: a b, expression: up}\n".to_owned(),
            ":2:",
            "give the source a name",
        ),
        (
            "indicators:\n- {name: New, source: a, expression: sum(up)}\n".to_owned(),
            ":2:",
            "choose the kind state",
        ),
        (
            "indicators:\n- {name: New, source: a, expression: '$up'}\n".to_owned(),
            ":2:",
            "$up is no placeholder",
        ),
        (
            "components: [{name: shop-web, indicator: Nothing}]\n".to_owned(),
            ":1:",
            "there is no indicator `Nothing`",
        ),
        (correction(""), ":2:", "name a component, or give a selector"),
        (
            correction("  component: payments-api\n  selector: '{}'\n"),
            ":5:",
            "not both",
        ),
        (
            correction("  component: nothing\n"),
            ":4:",
            "there is no component `nothing`",
        ),
        (correction("  selector: '{a=~\"b\"}'\n"), ":4:", "selects no components"),
        (
            correction("  selector: '{}'\n  effect: none\n"),
            ":5:",
            "give exclude, up, down or unknown",
        ),
        (
            "corrections:\n- {selector: '{}', start: 2026-01-02, end: 2026-01-03}\n".to_owned(),
            ":2:",
            "is no instant in whole seconds",
        ),
        (
            "corrections:\n- {selector: '{}', start: 2026-01-02T00:00:00Z, end: 2026-01-02T00:00:00Z}\n".to_owned(),
            ":2:",
            "the end is not after the start",
        ),
        (
            "corrections:\n- {selector: '{}', start: 2026-01-02T00:00:00Z}\n".to_owned(),
            ":2:",
            "end",
        ),
    ];
    for (file, place, words) in files {
        let refused = run_on_input(database, &["apply", "-"], &file).refused();
        assert!(refused.contains(place) && refused.contains(words), "{file}: {refused}");
    }
    assert_eq!(run_on(database, &["export"]).ok(), before);
}

fn pruning_takes_away_what_is_not_named(database: &Database) {
    apply(database, EXAMPLE);
    // A component keeps what it names, and a correction its component.
    let without = EXAMPLE.replace(
        "  - name: Latency\n    source: main\n",
        "  - name: Other\n    source: main\n",
    );
    let refused = run_on_input(database, &["apply", "-", "--prune"], &without).refused();
    assert!(refused.contains("there is no indicator `Latency`"), "{refused}");
    let rest = "components: [{name: shop-web, indicator: null}]\nwindows: [{name: Always}]\n";
    let pruned = run_on_input(database, &["apply", "-", "--prune"], rest).ok();
    assert_eq!(pruned, "0 added, 1 changed, 6 deleted\n");
    for table in ["indicator", "correction"] {
        assert_eq!(
            database.number(&format!("SELECT count(*) AS value FROM {table}")),
            0,
            "{table}"
        );
    }
}

fn what_the_metrics_show_does_not_depend_on_them(database: &Database) {
    apply(database, EXAMPLE);
    let version = || database.number("SELECT version AS value FROM data_version");
    let before = version();
    apply(
        database,
        "indicators: [{name: Probe, step_s: 15}, {name: New, source: x, expression: up}]\n\
         corrections: [{selector: '{}', start: 2026-01-01T00:00:00Z, end: 2026-01-02T00:00:00Z}]",
    );
    assert_eq!(version(), before);
}
