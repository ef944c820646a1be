//! What `check` finds about indicators and corrections.

use super::EXAMPLE;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, run_on};

on_both_databases!(sources_and_competing_selectors_are_found);

fn sources_and_competing_selectors_are_found(database: &Database) {
    apply(database, EXAMPLE);
    let check = |options: &[&str]| run_on(database, &[&["check"][..], options].concat());
    let found = check(&[]).ok();
    let unknown = "sla.W034: the source `main` of the indicators Probe, Latency is not known to this process; give it --prometheus main=URL";
    assert!(found.contains(unknown), "{found}");
    let known = ["--prometheus", "main=http://127.0.0.1:9"];
    let found = check(&known).ok();
    assert!(!found.contains("sla.W03"), "{found}");
    let found = check(&["--prometheus", "main=127.0.0.1:9"]);
    assert_eq!(found.code, 1);
    assert!(found.out.contains("sources.E001: --prometheus"), "{}", found.out);
    apply(
        database,
        "indicators: [{name: Also, source: main, expression: up, selector: '{team=\"payments\"}'}]",
    );
    let found = check(&known).ok();
    let competing = "sla.W033: the selectors of the indicators Also, Probe find the same components, e.g. `payments-api`, which `Also` measures";
    assert!(found.contains(competing), "{found}");
    database.execute("UPDATE indicator SET expression = '$x', selector = 'x{' WHERE name = 'Probe'");
    let found = check(&known).ok();
    assert!(
        found.contains("sla.W030: indicator `Probe` measures nothing: expression: $x is no placeholder"),
        "{found}"
    );
    assert!(
        found.contains("sla.W032: indicator `Probe` finds no component: `x{` selects no components"),
        "{found}"
    );
}
