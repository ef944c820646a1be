//! A file's content as a tree that knows its lines, the same for YAML and JSON, and a cursor that knows its path.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

/// The most nodes of one file; a limit on what aliases can multiply to.
pub const NODES_MAX: usize = 5_000_000;
/// The deepest nesting of a file.
pub const DEPTH_MAX: usize = 32;

/// A value and the line on which it stands (from 1).
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The line; that of its key for a value in a YAML mapping, because that is where people look for it.
    pub line: usize,
    /// The value.
    pub value: Content,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `null`, `~` or nothing at all.
    Null,
    /// A scalar: its text, as written save for escapes. Plain numbers and booleans are texts too.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in its order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Returns a value as files are read: scalars as texts, all of it on one line.
    #[must_use]
    pub fn from_json(value: &Value, line: usize) -> Self {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(flag) => Content::Text(flag.to_string()),
            Value::Number(number) => Content::Text(number.to_string()),
            Value::String(text) => Content::Text(text.clone()),
            Value::Array(items) => Content::List(items.iter().map(|item| Self::from_json(item, line)).collect()),
            Value::Object(record) => return Self::from_record(record, line),
        };
        Self { line, value: content }
    }

    /// Returns a mapping as files are read.
    #[must_use]
    pub fn from_record(record: &Map<String, Value>, line: usize) -> Self {
        let entries = record
            .iter()
            .map(|(key, value)| (key.clone(), Self::from_json(value, line)));
        Self {
            line,
            value: Content::Map(entries.collect()),
        }
    }
}

/// Why a file cannot be understood, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadError {
    /// The line, from 1.
    pub line: usize,
    /// Where in the tree, e.g. `components[3].slo`; empty when the text itself is broken.
    pub path: String,
    /// What is wrong and the way out.
    pub message: String,
}

impl fmt::Display for ReadError {
    /// Returns `12: components[3].slo: …`, to stand behind a file's name and a colon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.line)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// A node together with the way to it. The way is written out only when something is wrong.
#[derive(Clone, Copy)]
pub struct At<'a> {
    node: &'a Node,
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Returns the root of a file.
    #[must_use]
    pub fn root(node: &'a Node) -> Self {
        Self {
            node,
            parent: None,
            step: Step::Root,
        }
    }

    /// Returns what the node holds.
    #[must_use]
    pub fn content(&self) -> &'a Content {
        &self.node.value
    }

    /// Returns the line of this node.
    #[must_use]
    pub fn line(&self) -> usize {
        self.node.line
    }

    /// Returns where this node is, e.g. `windows[0].rules[2]`.
    #[must_use]
    pub fn path(&self) -> String {
        let parent = self.parent.map(At::path).unwrap_or_default();
        match self.step {
            Step::Root => String::new(),
            Step::Key(key) if parent.is_empty() => key.to_owned(),
            Step::Key(key) => format!("{parent}.{key}"),
            Step::Index(index) => format!("{parent}[{index}]"),
        }
    }

    /// Returns an error about this node.
    pub fn error(&self, message: impl fmt::Display) -> ReadError {
        ReadError {
            line: self.node.line,
            path: self.path(),
            message: message.to_string(),
        }
    }

    /// Returns this node unless it is null.
    #[must_use]
    pub fn not_null(self) -> Option<Self> {
        (self.node.value != Content::Null).then_some(self)
    }

    /// Returns the text of a scalar.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn text(&self) -> Result<&'a str, ReadError> {
        match &self.node.value {
            Content::Text(text) => Ok(text),
            Content::Null => Err(self.error("a single value is needed here, not null")),
            Content::List(_) => Err(self.error("a single value is needed here, not a list")),
            Content::Map(_) => Err(self.error("a single value is needed here, not a mapping")),
        }
    }

    /// Returns a scalar read by `parse`, whose error is that of this node.
    ///
    /// # Errors
    /// When it is no scalar, or what `parse` says.
    pub fn parsed<T, E: fmt::Display>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, ReadError> {
        parse(self.text()?).map_err(|error| self.error(error))
    }

    /// Returns `true` or `false`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn boolean(&self) -> Result<bool, ReadError> {
        match self.text()? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(self.error(format!("`{other}` is neither true nor false"))),
        }
    }

    /// Returns a whole number.
    ///
    /// # Errors
    /// When it is none, or too large.
    pub fn integer(&self) -> Result<i64, ReadError> {
        self.parsed(|text| text.parse().map_err(|_| format!("`{text}` is not a whole number")))
    }

    /// Returns the items of a list.
    ///
    /// # Errors
    /// When it is no list.
    pub fn items(&'a self) -> Result<impl Iterator<Item = At<'a>>, ReadError> {
        match &self.node.value {
            Content::List(items) => Ok(items.iter().enumerate().map(|(index, node)| At {
                node,
                parent: Some(self),
                step: Step::Index(index),
            })),
            _ => Err(self.error("a list is needed here")),
        }
    }

    /// Returns keys and values of a mapping. No key comes twice, see [`At::refuse_duplicates`].
    ///
    /// # Errors
    /// When it is no mapping.
    pub fn entries(&'a self) -> Result<impl Iterator<Item = (&'a str, At<'a>)>, ReadError> {
        match &self.node.value {
            Content::Map(entries) => Ok(entries.iter().map(|(key, node)| {
                (
                    key.as_str(),
                    At {
                        node,
                        parent: Some(self),
                        step: Step::Key(key),
                    },
                )
            })),
            _ => Err(self.error("a mapping is needed here")),
        }
    }

    /// Returns the value of one key of a mapping.
    #[must_use]
    pub fn get(&'a self, key: &str) -> Option<At<'a>> {
        match &self.node.value {
            Content::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(name, node)| At {
                node,
                parent: Some(self),
                step: Step::Key(name),
            }),
            _ => None,
        }
    }

    /// Returns the value of a key that must be there.
    ///
    /// # Errors
    /// When it is not, or when this is no mapping.
    pub fn required(&'a self, key: &str) -> Result<At<'a>, ReadError> {
        match &self.node.value {
            Content::Map(_) => self.get(key).ok_or_else(|| self.error(format!("`{key}` is missing"))),
            _ => Err(self.error("a mapping is needed here")),
        }
    }

    /// Sees that no mapping in here has a key twice.
    ///
    /// # Errors
    /// Names the second of two equal keys.
    pub fn refuse_duplicates(&self) -> Result<(), ReadError> {
        match &self.node.value {
            Content::Null | Content::Text(_) => Ok(()),
            Content::List(_) => self.items()?.try_for_each(|at| at.refuse_duplicates()),
            Content::Map(entries) => {
                let mut seen = HashSet::with_capacity(entries.len());
                self.entries()?.try_for_each(|(key, at)| {
                    if seen.insert(key) {
                        at.refuse_duplicates()
                    } else {
                        Err(at.error(format!("the key `{key}` stands here a second time")))
                    }
                })
            }
        }
    }

    /// Sees that this is a mapping with no other keys than `known`.
    ///
    /// # Errors
    /// When it is no mapping, or names the first other key.
    pub fn expect_keys(&'a self, known: &[&str]) -> Result<(), ReadError> {
        for (key, at) in self.entries()? {
            if !known.contains(&key) {
                return Err(at.error(format!("the key `{key}` is unknown; known here: {}", known.join(", "))));
            }
        }
        Ok(())
    }
}
