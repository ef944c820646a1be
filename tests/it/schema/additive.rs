//! Every migration says whether an older program can work beside it.

use std::path::Path;

use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(the_marks_are_those_of_additive_migrations);

/// The first migration that can be marked.
const FIRST: &str = "2026-11-29-000100";

/// What the first line of a migration says that an older program cannot work beside, before the reason.
const NOT_ADDITIVE: &str = "-- not additive: ";

/// The versions of marked migrations of a kind of database, as their files say.
fn marked(kind: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(kind);
    let mut marked = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let entry = entry.expect("the entry can be read");
        let name = entry.file_name().into_string().expect("names are ASCII");
        if name.as_str() < FIRST {
            continue;
        }
        let read = |file: &str| std::fs::read_to_string(entry.path().join(file)).expect("it has both files");
        let (up, down) = (read("up.sql"), read("down.sql"));
        let version: String = name
            .chars()
            .take("2026-11-29-000100".len())
            .filter(|c| *c != '-')
            .collect();
        let mark = format!("INSERT INTO additive_migration (version) VALUES ('{version}');");
        if up.starts_with(NOT_ADDITIVE) {
            assert!(!up.contains("additive_migration"), "{kind}/{name} says both");
            continue;
        }
        assert!(
            up.contains(&mark),
            "{kind}/{name} does not say whether a program that does not know it can work beside it. If it only adds what such a program never asks \
             for and need not fill, up.sql ends with\n{mark}\nand down.sql takes that back. Otherwise up.sql begins with `{NOT_ADDITIVE}REASON`."
        );
        let unmark = format!("DELETE FROM additive_migration WHERE version = '{version}';");
        assert!(
            name.starts_with(FIRST) || down.contains(&unmark),
            "{kind}/{name}: down.sql lacks\n{unmark}"
        );
        marked.push(version);
    }
    marked.sort();
    assert!(!marked.is_empty());
    marked
}

fn the_marks_are_those_of_additive_migrations(database: &Database) {
    let stored = database.texts("SELECT version AS value FROM additive_migration ORDER BY version");
    assert_eq!(stored, marked("sqlite"));
    assert_eq!(stored, marked("postgres"));
}
