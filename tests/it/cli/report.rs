//! `report`: which period and which components it is of. Its figures are tested with the page.

use chrono::DateTime;
use serde_json::Value;
use sla_monitor::clock::{Clock, SystemClock};

use crate::measuring::apply_at;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{Ran, apply, run_on};

on_both_databases!(
    without_a_date_it_is_the_current_period,
    a_selector_that_matches_nothing_says_what_is_known,
    a_deleted_component_is_marked_beside_another_one_of_its_name,
    files_say_which_component_of_a_name_was_deleted,
);

const HOURS: &str = "
windows:
- {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
components:
- {name: api, labels: {team: payments, env: prod}, windows: [Always], slo: 99.9}
- {name: web, labels: {team: shop}, windows: [Always]}
";

fn report(database: &Database, arguments: &[&str]) -> Ran {
    run_on(database, &[&["report", "--definitions", "now"], arguments].concat())
}

fn month(seconds: i64) -> String {
    let at = DateTime::from_timestamp(seconds, 0).expect("the instant is in range");
    at.format("%B %Y").to_string()
}

fn without_a_date_it_is_the_current_period(database: &Database) {
    apply(database, HOURS);
    let before = SystemClock.now_seconds();
    let table = report(database, &[]).ok();
    let json = report(database, &["--format", "json"]);
    let day = ["--period", "day", "--zone", "Pacific/Auckland", "--format", "json"];
    let day = report(database, &day);
    let after = SystemClock.now_seconds();

    // A month may have ended meanwhile.
    let heads = [before, after].map(|at| format!("{}, UTC: the current month so far", month(at)));
    let is_head = |line: &str| heads.iter().any(|head| head == line);
    assert!(table.lines().next().is_some_and(is_head), "{table}");
    assert_eq!(table.lines().filter(|line| is_head(line)).count(), 1, "{table}");
    // Lines for programs have nothing in front of them.
    assert!(json.err.lines().any(is_head), "{json:?}");
    let note = "Pacific/Auckland: the current day so far";
    assert!(day.err.lines().any(|line| line.ends_with(note)), "{day:?}");
    for (ran, length) in [(json, 27 * 86_400), (day, 82_800)] {
        let out = ran.ok();
        let lines = out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
        let lines: Vec<Value> = lines.collect();
        assert_eq!(lines.len(), 2, "{out}");
        for line in lines {
            let of = |key: &str| line[key].as_i64().expect("it is a number");
            assert!(of("from") <= after && before < of("to"), "{line}");
            assert!(of("to") - of("from") >= length, "{line}");
        }
    }

    // With a date nothing is added.
    let dated = report(database, &["--at", "2026-10"]);
    assert_eq!(dated.out.lines().next(), Some("October 2026, UTC"), "{dated:?}");
    let closed = report(database, &["--closed"]);
    assert_eq!(closed.code, 2, "{closed:?}");
    assert!(closed.err.contains("--at <DATE>"), "{closed:?}");
}

fn a_selector_that_matches_nothing_says_what_is_known(database: &Database) {
    let of = |selectors: &[&str]| {
        let date = ["--at", "2026-10", "--format", "json"];
        let selectors: Vec<&str> = selectors.iter().flat_map(|selector| ["--match", selector]).collect();
        let ran = report(database, &[&date[..], &selectors].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        ran
    };
    let nothing = of(&["team=payments"]);
    assert!(
        nothing.err.contains("there is no component in this report"),
        "{nothing:?}"
    );

    apply(database, HOURS);
    let found = of(&["team=payments"]);
    assert!(
        found.out.contains("api") && found.err.lines().all(|line| !line.contains("match")),
        "{found:?}"
    );
    for (selector, said) in [
        (
            "team=payment",
            "no component matches {team=\"payment\"}: the label `team` has no value `payment`; did you mean payments?",
        ),
        (
            "{team=\"Payments\"}",
            "the label `team` has no value `Payments`; did you mean payments?",
        ),
        (
            "team=blue",
            "the label `team` has no value `blue`; values are payments, shop",
        ),
        ("team=paymetns", "has no value `paymetns`; did you mean payments?"),
        ("team=pyment", "has no value `pyment`; did you mean payments?"),
        ("teem=shop", "there is no label `teem`; did you mean team?"),
        ("teams=shop", "there is no label `teams`; did you mean team?"),
        ("squad=shop", "there is no label `squad`; labels are env, team"),
        ("component=ap", "there is no component `ap`; did you mean api?"),
        ("{team=\"\",env=\"prod\"}", "every component has the label `team`"),
        (
            "team=shop,env=prod",
            "some component has each of these labels, but none has all of them",
        ),
    ] {
        let ran = of(&[selector]);
        assert!(ran.out.is_empty() && ran.err.contains(said), "{selector}: {ran:?}");
    }
    let both = of(&["team=blue", "env=test"]);
    assert_eq!(both.err.matches("no component matches").count(), 2, "{both:?}");
    assert_eq!(of(&["team=blue", "team=shop"]).out.lines().count(), 1);
}

/// Makes a component that is deleted after ten days, and ten days later another one of its name.
fn delete_and_add_again(database: &Database) {
    let seconds = |text: &str| {
        DateTime::parse_from_rfc3339(text)
            .expect("it is an instant")
            .timestamp()
    };
    let without = HOURS.lines().filter(|line| !line.contains("name: api"));
    let without: Vec<&str> = without.collect();
    apply_at(database, seconds("2025-03-01T00:00:00Z"), HOURS);
    apply_at(database, seconds("2025-03-11T00:00:00Z"), &without.join("\n"));
    apply_at(database, seconds("2025-03-21T00:00:00Z"), HOURS);
}

fn of_march(database: &Database, arguments: &[&str]) -> String {
    run_on(database, &[&["report", "--at", "2025-03"], arguments].concat()).ok()
}

fn a_deleted_component_is_marked_beside_another_one_of_its_name(database: &Database) {
    delete_and_add_again(database);
    let table = of_march(database, &[]);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split("  ").collect()).collect();
    let names: Vec<&str> = rows.iter().map(|row| row[0]).filter(|name| !name.is_empty()).collect();
    assert_eq!(
        names,
        ["March 2025, UTC", "api (deleted)", "api", "web", "all"],
        "{table}"
    );
    // Ten days of the first, and eleven of the other one.
    let promised = |name: &str| {
        let line = table.lines().find(|line| line.starts_with(name)).expect("there is one");
        line[name.len()..]
            .trim_start()
            .split("  ")
            .next()
            .expect("split gives one part at least")
            .to_owned()
    };
    assert_eq!(
        (promised("api (deleted)  "), promised("api  ")),
        ("240 h".to_owned(), "264 h".to_owned()),
        "{table}"
    );
}

fn files_say_which_component_of_a_name_was_deleted(database: &Database) {
    delete_and_add_again(database);
    // Of the one alone: lines of components that are there are what they always were.
    let json = of_march(database, &["--format", "json"]);
    let lines: Vec<&str> = json
        .lines()
        .filter(|line| line.contains(r#""component":"api""#))
        .collect();
    let is_deleted = |line: &&str| line.ends_with(r#","deleted":true}"#) && line.contains(r#""promised":864000,"#);
    assert_eq!(
        (lines.len(), lines.iter().filter(|line| is_deleted(line)).count()),
        (2, 1),
        "{json}"
    );
    assert_eq!(json.matches("deleted").count(), 1, "{json}");
    let csv = of_march(database, &["--format", "csv"]);
    let cells: Vec<(&str, &str)> = csv
        .lines()
        .filter_map(|line| Some((line.split(',').next()?, line.rsplit(',').next()?)))
        .collect();
    let expected = [("component", "deleted"), ("api", "true"), ("api", ""), ("web", "")];
    assert_eq!(cells, expected, "{csv}");
    // A report without one has no such column.
    assert!(!of_march(database, &["--format", "csv", "--component", "web"]).contains("deleted"));
}
