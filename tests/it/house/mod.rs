//! Rules of the house that neither the compiler nor clippy checks: layers, names, words, comments, sizes.

mod circles;
mod comments;
mod glossary;
mod guide;
mod layers;
mod names;
mod paths;
mod sizes;
mod source;

use std::path::{Path, PathBuf};

/// Returns the folder of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the text of a file of the project.
fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file} cannot be read: {error}"))
}

/// Returns every file below a folder of the project, or the file itself, by its path below the project, sorted.
fn files_below(place: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut places: Vec<PathBuf> = vec![root().join(place)];
    while let Some(place) = places.pop() {
        if place.is_dir() {
            let entries = std::fs::read_dir(&place).expect("the folder can be read");
            places.extend(entries.map(|entry| entry.expect("the entry can be read").path()));
        } else {
            let file = place.strip_prefix(root()).expect("it is below the project");
            files.push(file.to_string_lossy().into_owned());
        }
    }
    files.sort();
    files
}

/// Returns the section of a Markdown file that has this heading of the second level.
fn section(file: &str, heading: &str) -> String {
    let text = read(file);
    let section = text.split(&format!("\n## {heading}\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("{file} has no section `{heading}`"));
    section.split("\n## ").next().unwrap_or_default().to_owned()
}

/// Returns what stands between backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Fails with the faults, one a line, if there are any.
fn assert_none(faults: &[String], rule: &str) {
    assert!(
        faults.is_empty(),
        "{} faults. {rule}:\n  {}",
        faults.len(),
        faults.join("\n  ")
    );
}
