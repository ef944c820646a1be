//! YAML text → [`Node`]. YAML 1.2: `no` is a text; aliases are followed, tags are passed over, merge keys do not exist.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::node::{At, Content, DEPTH_MAX, NODES_MAX, Node, ReadError};

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

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
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
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(broken(line, "an alias stands inside the thing that it names"));
        };
        let (value, size) = (node.value.clone(), *size);
        self.count(size, line)?;
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
            self.anchors.insert(anchor, (node.clone(), size(&node)));
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
}

fn size(node: &Node) -> usize {
    match &node.value {
        Content::Null | Content::Text(_) => 1,
        Content::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Content::Map(entries) => 1 + entries.iter().map(|(_, node)| size(node)).sum::<usize>(),
    }
}
