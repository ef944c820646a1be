//! Expressions of PromQL with placeholders for a component. Pure: a text in, a text out. What PromQL itself means by it is for the server
//! to say; here only quotes, comments and placeholders are known.

use std::collections::BTreeMap;

/// The placeholder of the component's name.
const COMPONENT: &str = "component";
/// What the placeholder of a label begins with.
const LABEL: &str = "label_";

/// An expression in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Outside of quotes, as it stands.
    Plain(String),
    /// A text in quotes, or a comment, as it stands.
    Opaque(String),
    /// The component's name.
    Component,
    /// The value of a label of the component.
    Label(String),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// A message about a quote that is not closed, or a placeholder that is unknown or stands in quotes.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (part, length) = match first {
                '"' | '\'' | '`' => quoted(rest, first)?,
                '#' => {
                    let length = rest.find('\n').unwrap_or(rest.len());
                    (Part::Opaque(rest[..length].to_owned()), length)
                }
                '$' => placeholder(rest)?,
                _ => {
                    let length = rest.find(['"', '\'', '`', '#', '$']).unwrap_or(rest.len());
                    (Part::Plain(rest[..length].to_owned()), length)
                }
            };
            parts.push(part);
            rest = &rest[length..];
        }
        Ok(Self { parts })
    }

    /// Returns the expression for a component, each placeholder replaced by a whole text in quotes.
    ///
    /// # Errors
    /// The name of a label that the component does not have. With an empty text in its place, the expression would find the series of
    /// others.
    pub fn of_component(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Plain(part) | Part::Opaque(part) => text.push_str(part),
                Part::Component => push_quoted(&mut text, name),
                Part::Label(label) => push_quoted(&mut text, labels.get(label).ok_or_else(|| label.clone())?),
            }
        }
        Ok(text)
    }

    /// Returns whether values of labels of the component stand in it.
    #[must_use]
    pub fn has_labels(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Label(_)))
    }

    /// Returns whether it is nothing but a selector, such as `up` or `probe_success{component=$component}`: only of those there are
    /// ranges without a subquery.
    #[must_use]
    pub fn is_selector(&self) -> bool {
        let mut outside = String::new();
        for part in &self.parts {
            match part {
                Part::Plain(part) => outside.push_str(part),
                Part::Opaque(part) if part.starts_with('#') => outside.push(' '),
                // What is in quotes, whatever it is.
                Part::Opaque(_) | Part::Component | Part::Label(_) => outside.push_str("\"\""),
            }
        }
        let outside = outside.trim();
        let (name, braces) = outside.split_at(outside.find('{').unwrap_or(outside.len()));
        let name = name.trim_end();
        let is_name = name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':')
            && !name.starts_with(|letter: char| letter.is_ascii_digit());
        let is_braces = |braces: &str| {
            let inside = braces.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            inside.is_some_and(|inside| !inside.contains(['{', '}', '(', ')']))
        };
        is_name && (is_braces(braces) || (braces.is_empty() && !name.is_empty()))
    }
}

/// Reads a text in quotes. A placeholder in it would not be replaced.
fn quoted(text: &str, quote: char) -> Result<(Part, usize), String> {
    let mut is_escaped = false;
    for (offset, letter) in text.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            letter if letter == quote => {
                let length = offset + quote.len_utf8();
                let whole = &text[..length];
                if let Some(name) = whole.split('$').skip(1).map(word).find(|name| is_known(name)) {
                    return Err(format!(
                        "${name} stands in quotes, where nothing is put in its place; write it without: it becomes a whole text in quotes"
                    ));
                }
                return Ok((Part::Opaque(whole.to_owned()), length));
            }
            _ => {}
        }
    }
    Err(format!(
        "a text in quotes is not closed: {}",
        text.chars().take(40).collect::<String>()
    ))
}

fn placeholder(text: &str) -> Result<(Part, usize), String> {
    let name = word(&text[1..]);
    let length = name.len() + 1;
    match name.strip_prefix(LABEL) {
        _ if name == COMPONENT => Ok((Part::Component, length)),
        Some(label) if !label.is_empty() => Ok((Part::Label(label.to_owned()), length)),
        _ => Err(format!(
            "${name} is no placeholder; use $component, or $label_ and the name of a label, e.g. $label_team"
        )),
    }
}

fn is_known(name: &str) -> bool {
    name == COMPONENT || name.strip_prefix(LABEL).is_some_and(|label| !label.is_empty())
}

/// Returns the letters, digits and `_` that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Writes a text in quotes as PromQL reads it: no value can end the quotes.
fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            letter => out.push(letter),
        }
    }
    out.push('"');
}
