//! Files as large as they come.

use std::fmt::Write;

use super::{counts, folder, text, write};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{run_on, run_on_input};

on_both_databases!(many_components_apply_once);

/// `components` components on fifty windows, each with three labels.
fn generated(components: usize) -> String {
    let mut text = "windows:\n".to_owned();
    for window in 0..50 {
        let hour = window % 24;
        writeln!(
            text,
            "- {{name: window {window}, timezone: Europe/Berlin, rules: [{{type: weekly, days: [MO, TU], start: '{hour:02}:00', duration_s: 3600}}]}}"
        )
        .expect("writing to a String cannot fail");
    }
    text.push_str("components:\n");
    for component in 0..components {
        let (window, team, tier) = (component % 50, component % 200, component % 3);
        writeln!(
            text,
            "- {{name: component-{component}, labels: {{team: t{team}, tier: g{tier}, env: prod}}, windows: [window {window}], slo: 99.9}}"
        )
        .expect("writing to a String cannot fail");
    }
    text
}

fn many_components_apply_once(database: &Database) {
    const COMPONENTS: usize = 10_000;
    let file = generated(COMPONENTS);
    let applied = run_on_input(database, &["apply", "-"], &file);
    assert!(
        applied.err.contains(" of 10254"),
        "a long write says that it goes on: {}",
        applied.err
    );
    assert_eq!(applied.ok(), "10254 added, 0 changed, 0 deleted\n");
    let before = counts(database);
    assert!(before.contains(&"component_label 30000".to_owned()), "{before:?}");
    assert!(before.contains(&"log_entry 10254".to_owned()), "{before:?}");
    assert_eq!(
        run_on_input(database, &["apply", "-"], &file).ok(),
        "0 added, 0 changed, 0 deleted\n"
    );
    assert_eq!(counts(database), before);
}

#[test]
fn one_bad_rule_among_100_000_components_is_found_before_anything_is_written() {
    let database = Database::sqlite();
    let folder = folder();
    let before = counts(&database);
    let mut file = "components:\n".to_owned();
    for component in 0..100_000 {
        writeln!(file, "- {{name: component-{component}, windows: [Always]}}")
            .expect("writing to a String cannot fail");
    }
    file.push_str("windows:\n- name: Always\n  timezone: UTC\n  rules:\n");
    file.push_str("  - {type: weekly, days: [MO], start: '25:00', duration_s: 60}\n");
    let path = write(folder.path(), "services.yaml", &file);
    let message = run_on(&database, &["apply", text(&path)]).refused();
    let line = file.lines().count();
    let place = format!("sla-monitor: {}:{line}: windows[0].rules[0].start: ", path.display());
    assert!(line > 100_000 && message.starts_with(&place), "{message}");
    assert!(message.contains("25:00"), "{message}");
    assert_eq!(counts(&database), before);
}
