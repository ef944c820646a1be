//! The documentation as its readers copy from it: the fenced blocks of README.md and of docs/.

use std::path::Path;

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The file, from the root of the repository.
    pub file: String,
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// What stands between the fences.
    pub text: String,
}

impl Block {
    /// Returns file and line, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Returns whether a YAML block has this key at its top level.
    pub fn has_key(&self, key: &str) -> bool {
        let start = format!("{key}:");
        self.text.lines().any(|line| line.starts_with(&start))
    }
}

/// Returns README.md and the files of docs/ by their names, with their texts.
pub fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).expect("there is a folder docs");
    let mut files: Vec<String> = docs
        .map(|entry| entry.expect("the folder can be read").file_name())
        .map(|name| name.into_string().expect("names of files are UTF-8"))
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    files.push("README.md".to_owned());
    files.sort();
    assert!(files.len() > 5, "{files:?}");
    let text = |file: &String| std::fs::read_to_string(root.join(file)).expect("documents are UTF-8");
    files.iter().map(|file| (file.clone(), text(file))).collect()
}

/// Returns the blocks of a language, in the order in which they stand.
pub fn blocks(language: &str) -> Vec<Block> {
    let found: Vec<Block> = documents()
        .iter()
        .flat_map(|(file, text)| fenced(file, text))
        .filter(|(of, _)| of == language)
        .map(|(_, block)| block)
        .collect();
    assert!(!found.is_empty(), "there are blocks of {language}");
    found
}

/// Returns the language and the block of each fence.
fn fenced(file: &str, text: &str) -> Vec<(String, Block)> {
    let mut found = Vec::new();
    let mut open: Option<(String, Block)> = None;
    for (index, line) in text.lines().enumerate() {
        let fence = line.strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(language)) => {
                let block = Block {
                    file: file.to_owned(),
                    line: index + 1,
                    text: String::new(),
                };
                open = Some((language.trim().to_owned(), block));
            }
            (Some((_, block)), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{file}: the last fence is not closed");
    found
}
