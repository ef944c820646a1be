//! Doc comments of functions say what the function does, in one form.

use super::source::SOURCES;

/// Words with an `s` at the end that are no verbs.
const NO_VERBS: [&str; 19] = [
    "always",
    "as",
    "booleans",
    "bytes",
    "choices",
    "counters",
    "its",
    "less",
    "milliseconds",
    "months",
    "neighbours",
    "ranges",
    "texts",
    "this",
    "those",
    "thus",
    "unless",
    "warnings",
    "words",
];

#[test]
fn doc_comments_of_functions_begin_with_a_verb() {
    let mut faults = Vec::new();
    for source in SOURCES.iter() {
        for function in &source.functions {
            let Some(doc) = &function.doc else { continue };
            let first = doc.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
            let is_verb = first.ends_with('s')
                && first.starts_with(char::is_uppercase)
                && !NO_VERBS.contains(&first.to_lowercase().as_str());
            if !is_verb {
                faults.push(format!("src/{} fn {}: {doc}", source.file, function.name));
            }
        }
    }
    super::assert_none(
        &faults,
        "Begin with what the function does: Returns, Renders, Deletes, Reads",
    );
}
