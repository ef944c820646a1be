//! The layers: which module uses which, and what is named in one place alone. The table is the one of ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::MODULES;
use super::source::{Function, SOURCES, Source, has_parts};

/// The head of the table in ARCHITECTURE.md.
const TABLE: &str = "\n| Module | May use |";

/// Returns the table: lines of the form "| `module` | `other`, `other` | … |".
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let text = super::read("ARCHITECTURE.md");
    let (_, table) = text.split_once(TABLE).expect("the table of the layers is there");
    let (table, _) = table.split_once("\n\n").expect("the table has an end");
    let rows = table.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.split('|').collect();
        let module = super::quoted(cells[1]).remove(0);
        (module, super::quoted(cells[2]).into_iter().collect())
    });
    rows.collect()
}

/// Returns the top-level modules that a file names.
fn used_layers(source: &Source) -> BTreeSet<String> {
    let paths = source.paths.iter().filter_map(|path| MODULES.absolute(path));
    let mut used: BTreeSet<String> = paths.filter_map(|path| path.into_iter().next()).collect();
    used.remove(source.layer());
    used
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let allowed = allowed();
    let mut faults = Vec::new();
    for source in SOURCES.iter().filter(|source| source.layer() != "lib") {
        let layer = source.layer();
        let allowed = allowed
            .get(layer)
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for `{layer}` ({})", source.file));
        let others = used_layers(source).into_iter().filter(|used| !allowed.contains(used));
        faults.extend(others.map(|used| format!("src/{}: crate::{used}", source.file)));
    }
    super::assert_none(&faults, "The table of ARCHITECTURE.md does not allow it");
}

#[test]
fn the_table_has_no_row_too_many() {
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in SOURCES.iter() {
        used.entry(source.layer()).or_default().extend(used_layers(source));
    }
    let mut faults = Vec::new();
    for (module, allowed) in allowed() {
        match used.get(module.as_str()) {
            None => faults.push(format!("`{module}` is no module")),
            Some(used) => faults.extend(
                allowed
                    .difference(used)
                    .map(|other| format!("`{module}` does not use `{other}`")),
            ),
        }
    }
    super::assert_none(&faults, "The table of ARCHITECTURE.md says more than the sources");
}

/// Returns the files outside of `places` for which `is_found` holds. A place is a file, a folder (`db/`) or the end of a name (`*store.rs`).
fn outside(places: &[&str], what: &str, is_found: impl Fn(&Source) -> bool) -> Vec<String> {
    let is_place = |file: &str| {
        places.iter().any(|place| match place.strip_prefix('*') {
            Some(end) => file.ends_with(end),
            None => file == *place || (place.ends_with('/') && file.starts_with(place)),
        })
    };
    let found: Vec<&Source> = SOURCES.iter().filter(|source| is_found(source)).collect();
    assert!(
        found.iter().any(|source| is_place(&source.file)),
        "{what} is found where it belongs, or this check looks for the wrong thing"
    );
    let outside = found.iter().filter(|source| !is_place(&source.file));
    outside.map(|source| format!("src/{}: {what}", source.file)).collect()
}

#[test]
fn time_is_read_in_one_place() {
    let faults = outside(&["clock.rs"], "Utc::now", |source| source.names("Utc::now"));
    super::assert_none(&faults, "Time comes from clock.rs");
}

#[test]
fn time_zone_libraries_are_named_in_one_module() {
    let mut faults = outside(&["zones/"], "jiff", |source| source.names("jiff"));
    let others = SOURCES.iter().filter(|source| source.names("chrono_tz"));
    faults.extend(others.map(|source| format!("src/{}: chrono_tz", source.file)));
    super::assert_none(&faults, "Time zones come from crate::zones");
}

#[test]
fn the_kinds_of_databases_differ_in_few_places() {
    let places = ["db/conn.rs", "db/dialect/"];
    let is_variant = |path: &[String]| path.iter().rev().skip(1).any(|part| part == "AnyConnection");
    let faults = outside(&places, "AnyConnection::…", |source| {
        source.paths.iter().any(|path| is_variant(&path.segments))
    });
    super::assert_none(
        &faults,
        "What differs between SQLite and PostgreSQL stands in db/dialect",
    );
}

#[test]
fn queries_live_in_stores() {
    let mut faults = Vec::new();
    for path in ["diesel::insert_into", "diesel::update", "diesel::delete"] {
        faults.extend(outside(&["db/", "*store.rs"], path, |source| source.names(path)));
    }
    for method in ["load", "first"] {
        faults.extend(outside(&["db/", "*store.rs"], &format!(".{method}(conn)"), |source| {
            source
                .calls
                .iter()
                .any(|(called, argument)| called == method && argument == "conn")
        }));
    }
    faults.extend(outside(&["db/dialect/", "db/backup.rs"], "sql_query", |source| {
        source.names("sql_query")
    }));
    super::assert_none(&faults, "Queries stand in files that end in store.rs");
}

/// Returns whether a function changes rows.
fn writes(function: &Function) -> bool {
    let statements = [
        &["diesel", "insert_into"][..],
        &["diesel", "update"],
        &["diesel", "delete"],
        &["insert_rows"],
    ];
    let mut paths = function.body.iter();
    paths.any(|path| statements.iter().any(|statement| has_parts(path, statement)))
}

#[test]
fn functions_that_write_ask_for_a_writer() {
    let stores = |source: &&Source| source.file.starts_with("apps/") && source.file.ends_with("store.rs");
    let mut n_writing = 0;
    let mut faults = Vec::new();
    for source in SOURCES.iter().filter(stores) {
        for function in source
            .functions
            .iter()
            .filter(|function| function.is_public_item && writes(function))
        {
            n_writing += 1;
            if !function.inputs.iter().any(|input| input == "Writer") {
                faults.push(format!("src/{} fn {}", source.file, function.name));
            }
        }
    }
    assert!(n_writing > 10, "writing functions were found");
    super::assert_none(&faults, "It writes, but not through an audited transaction");
}

#[test]
fn the_calculus_is_pure() {
    let impure = [
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::time",
        "tracing",
        "diesel",
        "serde",
        "println",
    ];
    let mut faults = Vec::new();
    for source in SOURCES.iter().filter(|source| source.layer() == "calculus") {
        let named = impure.iter().filter(|path| source.names(path));
        faults.extend(named.map(|path| format!("src/{}: {path}", source.file)));
    }
    super::assert_none(&faults, "The calculus knows no clock, no file and no log");
}
