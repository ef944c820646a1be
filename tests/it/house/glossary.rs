//! The words of the glossary in CONTRIBUTING.md that are never right: the field has a standard term for each.

const HEADING: &str = "Words";

/// What is read for such words.
const PLACES: [&str; 16] = [
    "src",
    "tests/it",
    "benches",
    "templates",
    "static/style",
    "static/scripts",
    "scripts",
    "packaging",
    "Dockerfile",
    "docs",
    "README.md",
    "ARCHITECTURE.md",
    "BENCHMARKS.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
];

/// Endings of files that hold no words of ours.
const NOT_READ: [&str; 6] = [".txt", ".png", ".svg", ".webp", ".json", ".snap"];

struct Entry {
    words: Vec<String>,
    better: String,
}

/// Returns the table of the glossary: lines of the form "| `word`, `two words` | the standard term |".
fn glossary() -> Vec<Entry> {
    let section = super::section("CONTRIBUTING.md", HEADING);
    let mut entries = Vec::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        for words in super::quoted(cells[1]) {
            entries.push(Entry {
                words: words.split(' ').map(str::to_lowercase).collect(),
                better: cells[2].to_owned(),
            });
        }
    }
    assert!(entries.len() > 10, "the glossary was found");
    entries
}

/// Returns the part of a file that is ours and about today: of the changelog the newest version, of CONTRIBUTING.md all but the glossary.
fn checked_part(file: &str) -> String {
    let text = super::read(file);
    match file {
        "CHANGELOG.md" => text.split("\n## ").take(2).collect::<Vec<_>>().join("\n## "),
        "CONTRIBUTING.md" => text.replace(&super::section(file, HEADING), ""),
        _ => text,
    }
}

/// Returns the words of a text in small letters, each with its line. Names fall into their words: `first_row`, `FirstRow`.
fn words(text: &str) -> Vec<(String, usize)> {
    let mut words = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut word = String::new();
        let mut before = ' ';
        for character in line.chars().chain([' ']) {
            let is_hump = character.is_uppercase() && before.is_lowercase();
            if (is_hump || !character.is_alphabetic()) && !word.is_empty() {
                words.push((std::mem::take(&mut word).to_lowercase(), index + 1));
            }
            if character.is_alphabetic() {
                word.push(character);
            }
            before = character;
        }
    }
    words
}

#[test]
fn words_of_the_glossary_are_not_used() {
    let glossary = glossary();
    let mut faults = Vec::new();
    for file in PLACES.into_iter().flat_map(super::files_below) {
        if NOT_READ.iter().any(|ending| file.ends_with(ending)) {
            continue;
        }
        let words = words(&checked_part(&file));
        for entry in &glossary {
            for window in words.windows(entry.words.len()) {
                if window.iter().map(|(word, _)| word).eq(&entry.words) {
                    let word = entry.words.join(" ");
                    faults.push(format!("{file}:{}: {word} → {}", window[0].1, entry.better));
                }
            }
        }
    }
    super::assert_none(&faults, "CONTRIBUTING.md has the standard term for each of these words");
}

#[test]
fn names_fall_into_words() {
    let found: Vec<String> = words("is_open(FirstRow), re-read")
        .into_iter()
        .map(|(word, _)| word)
        .collect();
    assert_eq!(found, ["is", "open", "first", "row", "re", "read"]);
}
