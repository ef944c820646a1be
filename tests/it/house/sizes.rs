//! How long files and lines are, and where files stand. Clippy counts the lines of functions (`clippy.toml`).

use super::source::SOURCES;

const FILE_LINES_MAX: usize = 400;
const LINE_LENGTH_MAX: usize = 160;

/// Files that may be longer, each with the reason.
const LONG_FILES: [(&str, &str); 1] = [("db/schema.rs", "it is generated, and has a line for each column")];

#[test]
fn files_are_short() {
    let is_listed = |file: &str| LONG_FILES.iter().any(|(long, _)| *long == file);
    let long: Vec<String> = SOURCES
        .iter()
        .filter(|source| source.n_lines > FILE_LINES_MAX && !is_listed(&source.file))
        .map(|source| format!("src/{}: {} lines", source.file, source.n_lines))
        .collect();
    super::assert_none(
        &long,
        "A file beyond 400 lines holds more than one thing; find the seam",
    );
}

#[test]
fn lines_of_pages_styles_and_scripts_are_short() {
    let files = ["templates", "static/style", "static/scripts"]
        .into_iter()
        .flat_map(super::files_below);
    let mut long = Vec::new();
    for file in files {
        for (index, line) in super::read(&file).lines().enumerate() {
            let length = line.chars().count();
            if length > LINE_LENGTH_MAX {
                long.push(format!("{file}:{}: {length} characters", index + 1));
            }
        }
    }
    super::assert_none(&long, "A line has at most 160 characters");
}

#[test]
fn folders_hold_their_module() {
    let files: Vec<String> = ["src", "tests/it"].into_iter().flat_map(super::files_below).collect();
    let is_there = |file: &str| files.iter().any(|other| other == file);
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let (folder, _) = file.rsplit_once('/').expect("it is in a folder");
        let is_root = ["src", "tests/it"].contains(&folder);
        if !is_root && !is_there(&format!("{folder}/mod.rs")) {
            faults.push(format!("{file}: {folder}/mod.rs is not there"));
        }
        if !is_root && is_there(&format!("{folder}.rs")) {
            faults.push(format!("{folder}.rs belongs into {folder}/mod.rs"));
        }
    }
    super::assert_none(&faults, "A module with a folder is its mod.rs");
}
