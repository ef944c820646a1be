//! YAML text → [`Node`]. YAML 1.2: `no` is a text; aliases are followed, tags are passed over, merge keys do not exist.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{At, Content, DEPTH_MAX, NODES_MAX, Node, ReadError};

/// How much anchors and aliases may copy: as much as a file may hold, counted as [`Extent::weight`].
const COPIED_MAX: usize = 64 * 1024 * 1024;

/// Reads one YAML document. An empty one is null.
///
/// # Errors
/// The first thing that is not YAML, a key that comes twice, a second document, and the limits of `node`.
pub fn parse(text: &str) -> Result<Node, ReadError> {
    let mut events = Parser::new_from_str(text);
    let mut builder = Builder::default();
    let mut root = None;
    while let Some(event) = events.next_event() {
        let (event, span) = event.map_err(|error| broken(error.marker().line(), error.info()))?;
        match event {
            Event::DocumentStart(_) if root.is_some() => {
                return Err(broken(
                    line(&span),
                    "a second document starts here; put everything into one",
                ));
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
            event => {
                if let Some(node) = builder.take(event, line(&span))? {
                    root = Some(node);
                }
            }
        }
    }
    let root = root.unwrap_or(Node {
        line: 1,
        value: Content::Null,
    });
    At::root(&root).refuse_duplicates()?;
    Ok(root)
}

fn line(span: &Span) -> usize {
    span.start.line().max(1)
}

fn broken(line: usize, message: impl std::fmt::Display) -> ReadError {
    ReadError {
        line: line.max(1),
        path: String::new(),
        message: message.to_string(),
    }
}

/// A collection that is not closed yet.
enum Open {
    List {
        line: usize,
        anchor: usize,
        items: Vec<Node>,
    },
    Map {
        line: usize,
        anchor: usize,
        entries: Vec<(String, Node)>,
        key: Option<(String, usize)>,
    },
}

/// How large a node is with everything in it.
#[derive(Clone, Copy, Default)]
struct Extent {
    nodes: usize,
    /// The bytes of its texts and keys.
    text: usize,
}

impl Extent {
    fn of(node: &Node) -> Self {
        let mut extent = Self { nodes: 1, text: 0 };
        match &node.value {
            Content::Null => {}
            Content::Text(text) => extent.text = text.len(),
            Content::List(items) => items.iter().for_each(|item| extent.add(Self::of(item))),
            Content::Map(entries) => entries.iter().for_each(|(key, value)| {
                extent.text += key.len();
                extent.add(Self::of(value));
            }),
        }
        extent
    }

    fn add(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.text += other.text;
    }

    /// Returns about how many bytes of a file it takes.
    fn weight(self) -> usize {
        self.text + 16 * self.nodes
    }
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Extent)>,
    nodes: usize,
    /// The weight of what was copied.
    copied: usize,
}

impl Builder {
    /// Takes an event; returns the root when it is complete.
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<Option<Node>, ReadError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let null = style == ScalarStyle::Plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let value = if null {
                    Content::Null
                } else {
                    Content::Text(text.into_owned())
                };
                self.close(Node { line, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(
                Open::List {
                    line,
                    anchor,
                    items: Vec::new(),
                },
                line,
            ),
            Event::MappingStart(anchor, _) => self.open(
                Open::Map {
                    line,
                    anchor,
                    entries: Vec::new(),
                    key: None,
                },
                line,
            ),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { line, anchor, items }) => self.close(
                    Node {
                        line,
                        value: Content::List(items),
                    },
                    anchor,
                ),
                Some(Open::Map {
                    line, anchor, entries, ..
                }) => self.close(
                    Node {
                        line,
                        value: Content::Map(entries),
                    },
                    anchor,
                ),
                None => Err(broken(line, "a collection ends that never started")),
            },
            Event::Alias(anchor) => self.place_alias(anchor, line),
            _ => Ok(None),
        }
    }

    /// Places a copy of the node that an alias names.
    fn place_alias(&mut self, anchor: usize, line: usize) -> Result<Option<Node>, ReadError> {
        let Some((_, extent)) = self.anchors.get(&anchor) else {
            return Err(broken(line, "an alias stands inside the thing that it names"));
        };
        let extent = *extent;
        self.count(extent.nodes, line)?;
        self.count_copy(extent, line)?;
        let value = self
            .anchors
            .get(&anchor)
            .map_or(Content::Null, |(node, _)| node.value.clone());
        self.place(Node { line, value })
    }

    fn open(&mut self, collection: Open, line: usize) -> Result<Option<Node>, ReadError> {
        if self.open.len() >= DEPTH_MAX {
            return Err(broken(
                line,
                format!("the file is nested deeper than {DEPTH_MAX} levels"),
            ));
        }
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            return Err(broken(line, "a key must be a text"));
        }
        self.open.push(collection);
        Ok(None)
    }

    fn close(&mut self, node: Node, anchor: usize) -> Result<Option<Node>, ReadError> {
        self.count(1, node.line)?;
        if anchor != 0 {
            let extent = Extent::of(&node);
            self.count_copy(extent, node.line)?;
            self.anchors.insert(anchor, (node.clone(), extent));
        }
        self.place(node)
    }

    fn place(&mut self, node: Node) -> Result<Option<Node>, ReadError> {
        match self.open.last_mut() {
            None => return Ok(Some(node)),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match (key.take(), node.value) {
                (Some((key, line)), value) => entries.push((key, Node { line, value })),
                (None, Content::Text(text)) => *key = Some((text, node.line)),
                (None, _) => return Err(broken(node.line, "a key must be a text")),
            },
        }
        Ok(None)
    }

    fn count(&mut self, nodes: usize, line: usize) -> Result<(), ReadError> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            return Err(broken(line, format!("the file holds more than {NODES_MAX} values")));
        }
        Ok(())
    }

    /// Counts what an anchor or an alias copies.
    fn count_copy(&mut self, extent: Extent, line: usize) -> Result<(), ReadError> {
        self.copied = self.copied.saturating_add(extent.weight());
        if self.copied > COPIED_MAX {
            let limit = COPIED_MAX / (1024 * 1024);
            return Err(broken(
                line,
                format!("anchors and aliases repeat more than {limit} MiB up to here; repeat less, or split the file"),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aliases_repeat_is_limited_by_its_size() {
        let long = "x".repeat(1 << 20);
        let repeated = |count: usize| {
            let text = format!("a: &long {long}\nb: [{}]\n", vec!["*long"; count].join(","));
            parse(&text).map(|_| ()).map_err(|error| (error.line, error.message))
        };
        assert_eq!(repeated(10), Ok(()));
        let (line, message) = repeated(4_000).expect_err("four gigabytes are refused");
        assert_eq!(line, 2);
        assert!(message.contains("aliases repeat more than 64 MiB"), "{message}");
    }

    #[test]
    fn anchors_in_anchors_are_counted() {
        let long = "x".repeat(4 << 20);
        let nested: String = (0..20).map(|number| format!("&a{number} [")).collect();
        let text = format!("{nested}{long}{}", "]".repeat(20));
        assert!(parse(&text).is_err_and(|error| error.message.contains("64 MiB")));
    }
}
