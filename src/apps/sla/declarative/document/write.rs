//! An inventory as a file, which `apply` reads back without a change.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::apps::sla::declarative::inventory::Inventory;
use crate::apps::sla::declarative::kinds::{FileKind, KindVisitor, walk};

/// The two forms of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    /// YAML, an object's properties a line each.
    Yaml,
    /// JSON, indented.
    Json,
}

impl DocumentFormat {
    /// Returns `yaml` or `json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }
}

/// Returns the text of a file that says all of `inventory`.
#[must_use]
pub fn document(inventory: &Inventory, format: DocumentFormat) -> String {
    let mut writer = SectionWriter {
        inventory,
        sections: Vec::new(),
    };
    let Ok(()) = walk(&mut writer);
    let sections = writer.sections;
    match format {
        DocumentFormat::Json => {
            let object: Map<String, Value> = sections
                .into_iter()
                .map(|(key, states)| (key.to_owned(), states.into_iter().map(Value::Object).collect()))
                .collect();
            format!("{:#}\n", Value::Object(object))
        }
        DocumentFormat::Yaml => sections.iter().map(|(key, states)| yaml_section(key, states)).collect(),
    }
}

struct SectionWriter<'a> {
    inventory: &'a Inventory,
    /// The key of each section and its objects.
    sections: Vec<(&'static str, Vec<Map<String, Value>>)>,
}

impl KindVisitor for SectionWriter<'_> {
    type Error = std::convert::Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Self::Error> {
        let states = S::of(self.inventory).iter().map(|stored| stored.state.to_json());
        self.sections.push((S::SECTION, states.collect()));
        Ok(())
    }
}

fn yaml_section(key: &str, states: &[Map<String, Value>]) -> String {
    if states.is_empty() {
        return format!("{key}: []\n");
    }
    let mut out = format!("{key}:\n");
    for state in states {
        for (index, (name, value)) in state.iter().enumerate() {
            let lead = if index == 0 { "  - " } else { "    " };
            match value {
                Value::Array(rules) if rules.iter().any(Value::is_object) => {
                    put(&mut out, format_args!("{lead}{name}:\n"));
                    for rule in rules {
                        put(&mut out, format_args!("      - {}\n", flow(rule)));
                    }
                }
                value => put(&mut out, format_args!("{lead}{name}: {}\n", flow(value))),
            }
        }
    }
    out
}

fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing to a String cannot fail");
}

/// Returns a value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Returns a text as a YAML scalar: plain where no reader could take it for anything else, otherwise in double quotes.
fn scalar(text: &str) -> String {
    let plain_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte))
    };
    let starts_plain = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let reserved =
        ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if starts_plain && !reserved && text.split(' ').all(plain_word) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                put(&mut quoted, format_args!("\\u{:04x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
