//! The walls: which module may use which. The table is the one of ARCHITECTURE.md, and both are read here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every file of the program with its path below `src`, e.g. `db/error.rs`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path: PathBuf = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .expect("it is below src")
                    .to_string_lossy()
                    .into_owned();
                files.push((name, std::fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    assert!(files.len() > 40, "the sources were found");
    files
}

/// The top-level module of a file: `db/pool/mod.rs` and `db/mod.rs` → `db`.
fn module(file: &str) -> &str {
    file.split('/')
        .next()
        .expect("a path has a first part")
        .trim_end_matches(".rs")
}

/// Text without comments, which may name anything.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules that a file uses by `crate::…`, in one-line or braced imports.
fn used_modules(code: &str) -> BTreeSet<String> {
    let identifier = |text: &str| {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut used = BTreeSet::new();
    for (index, _) in code.match_indices("crate::") {
        let rest = &code[index + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(
                group
                    .split('}')
                    .next()
                    .unwrap_or("")
                    .split(',')
                    .map(|part| identifier(part.trim())),
            ),
            None => drop(used.insert(identifier(rest))),
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

/// The table of ARCHITECTURE.md: lines of the form "| `module` | `other`, `other` | … |" below the heading of the walls.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(path).expect("ARCHITECTURE.md is there");
    let section = text
        .split("## Who may use whom")
        .nth(1)
        .expect("the section of the walls is there");
    let section = section.split("\n## ").next().expect("a section has an end");
    let quoted = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let rows = section.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.split('|').collect();
        (quoted(cells[1])[0].clone(), quoted(cells[2]).into_iter().collect())
    });
    rows.collect()
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let allowed = allowed();
    for (file, text) in sources() {
        let module = module(&file);
        if module == "lib" {
            continue;
        }
        let allowed = allowed
            .get(module)
            .unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for `{module}` ({file})"));
        for used in used_modules(&code(&text)).iter().filter(|used| *used != module) {
            assert!(
                allowed.contains(used),
                "{file} uses crate::{used}, which the table of ARCHITECTURE.md does not allow `{module}`"
            );
        }
    }
}

/// Fails if `pattern` stands in the code of a file outside of `places`.
fn only_in(pattern: &str, places: &[&str]) {
    let mut seen = false;
    for (file, text) in sources() {
        let found = code(&text).contains(pattern);
        seen |= found;
        let may = places.iter().any(|place| {
            file == *place
                || (place.ends_with('/') && file.starts_with(place))
                || (place.starts_with('*') && file.ends_with(&place[1..]))
        });
        assert!(!found || may, "{file} holds `{pattern}`, which belongs into {places:?}");
    }
    assert!(
        seen,
        "`{pattern}` is found where it belongs, or this check looks for the wrong thing"
    );
}

#[test]
fn time_is_read_in_one_place() {
    only_in("Utc::now", &["clock.rs"]);
}

#[test]
fn time_zone_libraries_are_named_in_one_module() {
    only_in("jiff", &["zones/"]);
    for (file, text) in sources() {
        assert!(
            !code(&text).contains("chrono_tz"),
            "{file} holds `chrono_tz`: zones come from `crate::zones`"
        );
    }
}

#[test]
fn databases_are_told_apart_in_few_places() {
    only_in("AnyConnection::", &["db/connection.rs", "db/dialect/", "db/migrate.rs"]);
}

#[test]
fn queries_live_in_stores() {
    for pattern in [
        "diesel::insert_into",
        "diesel::update",
        "diesel::delete",
        ".load(conn",
        ".first(conn",
    ] {
        only_in(pattern, &["db/", "*store.rs"]);
    }
    only_in("sql_query(", &["db/dialect/", "db/backup.rs"]);
}

#[test]
fn functions_that_write_ask_for_a_writer() {
    let mut seen = 0;
    for (file, text) in sources()
        .into_iter()
        .filter(|(file, _)| file.starts_with("apps/") && file.ends_with("store.rs"))
    {
        for function in code(&text).split("\npub fn ").skip(1) {
            let signature = function.split('{').next().unwrap_or("");
            let writes = [
                "diesel::insert_into",
                "diesel::update",
                "diesel::delete",
                "insert_rows!",
            ]
            .iter()
            .any(|write| function.contains(write));
            if writes {
                seen += 1;
                assert!(
                    signature.contains("Writer<'_>"),
                    "{file}: `{signature}` writes, but not through an audited transaction"
                );
            }
        }
    }
    assert!(seen > 10, "writing functions were found");
}

#[test]
fn the_calculus_knows_nothing_of_the_rest() {
    for (file, text) in sources().into_iter().filter(|(file, _)| file.starts_with("calculus/")) {
        for word in [
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "std::time",
            "tracing::",
            "diesel",
            "serde",
            "println!",
        ] {
            assert!(
                !code(&text).contains(word),
                "{file} holds `{word}`: the calculus is pure"
            );
        }
    }
}
