//! JSON text → [`Node`], by serde_json over a reader that counts lines.

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::node::{At, Content, NODES_MAX, Node, ReadError};

/// Reads one JSON document.
///
/// # Errors
/// The first thing that is not JSON, a key that comes twice, and more nodes than [`NODES_MAX`].
pub fn parse(text: &str) -> Result<Node, ReadError> {
    let line = Cell::new(1);
    let lines = CountLines {
        bytes: text.as_bytes(),
        line: &line,
        pending: false,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(lines);
    let count = Cell::new(0);
    let seed = Seed {
        line: &line,
        count: &count,
    };
    let parsed = seed
        .deserialize(&mut deserializer)
        .and_then(|node| deserializer.end().map(|()| node));
    let root = parsed.map_err(|error| broken(&error))?;
    At::root(&root).refuse_duplicates()?;
    Ok(root)
}

fn broken(error: &serde_json::Error) -> ReadError {
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(message, _)| message);
    ReadError {
        line: error.line().max(1),
        path: String::new(),
        message: format!("this is not JSON: {message} (column {})", error.column()),
    }
}

/// Hands out bytes one by one, as serde_json asks for them, and counts a line only when its first byte is taken: the byte that
/// serde_json looks at after a number may be a line's end.
struct CountLines<'a> {
    bytes: &'a [u8],
    line: &'a Cell<usize>,
    pending: bool,
}

impl Read for CountLines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some((&byte, rest)), Some(place)) = (self.bytes.split_first(), buffer.first_mut()) else {
            return Ok(0);
        };
        if std::mem::replace(&mut self.pending, byte == b'\n') {
            self.line.set(self.line.get() + 1);
        }
        *place = byte;
        self.bytes = rest;
        Ok(1)
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    line: &'a Cell<usize>,
    /// How many nodes there are so far.
    count: &'a Cell<usize>,
}

impl Seed<'_> {
    fn node<E: Error>(&self, value: Content) -> Result<Node, E> {
        self.count.set(self.count.get() + 1);
        if self.count.get() > NODES_MAX {
            return Err(E::custom(format!(
                "there are more than {NODES_MAX} values in this file"
            )));
        }
        Ok(Node {
            line: self.line.get(),
            value,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        self.node(Content::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        self.node(Content::Text(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        self.node(Content::Text(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        self.node(Content::Text(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        self.node(Content::Text(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        self.node(Content::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Node, A::Error> {
        let mut node = self.node(Content::Null)?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self)? {
            items.push(item);
        }
        node.value = Content::List(items);
        Ok(node)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut node = self.node(Content::Null)?;
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            entries.push((key, map.next_value_seed(self)?));
        }
        node.value = Content::Map(entries);
        Ok(node)
    }
}
