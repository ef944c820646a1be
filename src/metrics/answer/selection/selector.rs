//! One `match[]`: an instant vector selector of PromQL, as far as `=` goes.
//!
//! It is read by the rules of Prometheus, so that it selects here what it would select there from the whole page. What has no
//! meaning here (other operators, ranges, offsets) is refused and never passed over: that would show more than was asked for.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::literal;
use crate::metrics::format::names::is_legacy_metric_name;

/// The most matchers of one selector.
pub const MATCHERS_MAX: usize = 100;

/// The label that stands for the name of a family.
const NAME_LABEL: &str = "__name__";

/// The label that every component has.
pub(super) const COMPONENT_LABEL: &str = "component";

/// An instant vector selector of equality matchers alone: `up{a="b"}`, `{component="x",team="y"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// The name of a family, before the braces or as `__name__`; any if there is none.
    pub name: Option<String>,
    /// Labels and the values that they must have, sorted, each pair once. An empty value stands for a label that is not there;
    /// a label with two values matches nothing.
    pub labels: Vec<(String, String)>,
}

/// The labels of one component.
pub trait ComponentLabels {
    /// Returns the value of this label, if the component has it. Never called for `component`, which is its name.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;
}

impl Selector {
    /// Returns whether samples of this name can match.
    #[must_use]
    pub fn takes_family(&self, family: &str) -> bool {
        self.name.as_deref().is_none_or(|name| name == family)
    }

    /// Returns whether samples of this component can match.
    #[must_use]
    pub fn takes_component(&self, component_name: &str, labels: &(impl ComponentLabels + ?Sized)) -> bool {
        self.labels.iter().all(|(label, wanted)| match label.as_str() {
            COMPONENT_LABEL => component_name == wanted,
            label => labels.get(label).unwrap_or_default() == *wanted,
        })
    }

    /// Returns whether one label would have to have two values.
    #[must_use]
    pub fn contradicts_itself(&self) -> bool {
        self.labels.windows(2).any(|pairs| pairs[0].0 == pairs[1].0)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (outside, inside) = match self.name.as_deref() {
            Some(name) if is_legacy_metric_name(name) => (Some(name), None),
            other => (None, other),
        };
        formatter.write_str(outside.unwrap_or_default())?;
        if outside.is_some() && self.labels.is_empty() {
            return Ok(());
        }
        formatter.write_str("{")?;
        if let Some(name) = inside {
            literal::write(name, formatter)?;
        }
        for (index, (label, value)) in self.labels.iter().enumerate() {
            if index > 0 || inside.is_some() {
                formatter.write_str(",")?;
            }
            if label.starts_with(is_label_start) && label.chars().all(is_label_character) {
                formatter.write_str(label)?;
            } else {
                literal::write(label, formatter)?;
            }
            formatter.write_str("=")?;
            literal::write(value, formatter)?;
        }
        formatter.write_str("}")
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let mut reader = Reader { text, offset: 0 };
        let mut selector = Self {
            name: None,
            labels: Vec::new(),
        };
        reader.skip_blanks();
        if reader.peek().is_some_and(is_name_start) {
            selector.name = Some(reader.take_while(is_name_character).to_owned());
            reader.skip_blanks();
        }
        if reader.peek() == Some('{') {
            reader.take();
            selector.read_braces(&mut reader)?;
            reader.skip_blanks();
        } else if selector.name.is_none() {
            return Err(reader.unexpected("the name of a family or `{`"));
        }
        if let Some(character) = reader.peek() {
            return Err(reader.error(reader.offset, Problem::Rest(character)));
        }
        let has_name = selector.name.as_ref().is_some_and(|name| !name.is_empty());
        if !has_name && selector.labels.iter().all(|(_, value)| value.is_empty()) {
            return Err(reader.error(0, Problem::Everything));
        }
        selector.labels.sort_unstable();
        selector.labels.dedup();
        Ok(selector)
    }
}

impl Selector {
    /// Reads matchers behind an opening brace, and the closing one.
    fn read_braces(&mut self, reader: &mut Reader<'_>) -> Result<(), SelectorError> {
        loop {
            reader.skip_blanks();
            let start = reader.offset;
            let label = match reader.peek() {
                Some('}') => {
                    reader.take();
                    return Ok(());
                }
                Some('"' | '\'' | '`') => literal::read(reader)?,
                Some(character) if is_label_start(character) => reader.take_while(is_label_character).to_owned(),
                _ => return Err(reader.unexpected("the name of a label or `}`")),
            };
            let is_quoted = reader.text[start..].starts_with(['"', '\'', '`']);
            reader.skip_blanks();
            if is_quoted && matches!(reader.peek(), Some(',' | '}')) {
                self.add(reader, start, NAME_LABEL.to_owned(), label)?;
            } else {
                reader.take_equals()?;
                reader.skip_blanks();
                let value = literal::read(reader)?;
                self.add(reader, start, label, value)?;
            }
            reader.skip_blanks();
            match reader.peek() {
                Some(',') => drop(reader.take()),
                Some('}') => {}
                _ => return Err(reader.unexpected("`,` or `}`")),
            }
        }
    }

    /// Takes a matcher that begins at `start`.
    fn add(&mut self, reader: &Reader<'_>, start: usize, label: String, value: String) -> Result<(), SelectorError> {
        if label == NAME_LABEL {
            if self.name.replace(value).is_some() {
                return Err(reader.error(start, Problem::NameTwice));
            }
        } else {
            self.labels.push((label, value));
        }
        if self.labels.len() + usize::from(self.name.is_some()) > MATCHERS_MAX {
            return Err(reader.error(start, Problem::TooMany));
        }
        Ok(())
    }
}

/// Why a text is no selector, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {position}: {problem}")]
pub struct SelectorError {
    /// The number of the character, counted from 1.
    pub position: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Something else would have to stand there.
    #[error("{} was found where {wanted} is expected", named(*.found))]
    Unexpected {
        /// What stands there; nothing at the end.
        found: Option<char>,
        /// What would be right.
        wanted: &'static str,
    },
    /// An operator other than `=`.
    #[error(
        "`{0}` is not supported, only `=` is; repeat match[] for each value that is wanted, or drop what is not by \
         metric_relabel_configs"
    )]
    Operator(&'static str),
    /// A value without quotes.
    #[error("a value stands in quotes, as in {{team=\"blue\"}}")]
    NoQuote,
    /// A text without an end.
    #[error("the text that begins here has no end; close it with {0}")]
    Unclosed(char),
    /// A text that goes on in the next line.
    #[error("a line cannot end inside of \" or '; write \\n, or put the text between backquotes")]
    LineBreak,
    /// A backslash and something that is no escape sequence with it.
    #[error("`{}` is no escape sequence; double the backslash, or put the text between backquotes", shown(.0, 12))]
    Escape(String),
    /// Escapes that make no text.
    #[error("the bytes of this text are not UTF-8, so nothing is called that; write its characters themselves")]
    NotUtf8,
    /// Two names of a family.
    #[error("the name of a family stands here a second time; give it once, before the braces or inside")]
    NameTwice,
    /// Something behind the end.
    #[error("{} was found behind the selector, which takes no range, offset, `@` or operator; remove it", named(Some(*.0)))]
    Rest(char),
    /// No matcher narrows anything.
    #[error("this would match everything; name a family, or give a label a value that is not empty")]
    Everything,
    /// More matchers than there may be.
    #[error("a selector takes {MATCHERS_MAX} matchers; remove those from here on")]
    TooMany,
}

/// A text and how far it was read.
pub(super) struct Reader<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.offset..].chars().next()
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.offset += character.len_utf8();
        Some(character)
    }

    /// Returns what was read from this offset on.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.offset]
    }

    pub(super) fn error(&self, offset: usize, problem: Problem) -> SelectorError {
        SelectorError {
            position: self.text[..offset].chars().count() + 1,
            problem,
        }
    }

    fn unexpected(&self, wanted: &'static str) -> SelectorError {
        let found = self.peek();
        self.error(self.offset, Problem::Unexpected { found, wanted })
    }

    fn take_while(&mut self, is_part: fn(char) -> bool) -> &'a str {
        let start = self.offset;
        while self.peek().is_some_and(is_part) {
            self.take();
        }
        self.since(start)
    }

    fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t' | '\n' | '\r'));
    }

    fn take_equals(&mut self) -> Result<(), SelectorError> {
        let rest = &self.text[self.offset..];
        if let Some(operator) = ["=~", "!=", "!~"].into_iter().find(|other| rest.starts_with(other)) {
            return Err(self.error(self.offset, Problem::Operator(operator)));
        }
        if self.peek() != Some('=') {
            return Err(self.unexpected("`=`"));
        }
        self.take();
        Ok(())
    }
}

/// Returns a character as an error shows it.
fn named(character: Option<char>) -> String {
    match character {
        Some(character) => format!("`{}`", shown(character.encode_utf8(&mut [0; 4]), 1)),
        None => "the end".to_owned(),
    }
}

/// Returns the first `characters_max` characters of a text, with escapes for those that print nothing.
pub(super) fn shown(text: &str, characters_max: usize) -> String {
    let mut shown = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == characters_max {
            shown.push('…');
            break;
        }
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

fn is_label_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

fn is_label_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

fn is_name_start(character: char) -> bool {
    is_label_start(character) || character == ':'
}

fn is_name_character(character: char) -> bool {
    is_label_character(character) || character == ':'
}
