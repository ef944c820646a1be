//! Files on their way in: bytes → text → rows, each with what could not be read of it.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Column, Format, Incoming, cell};
use crate::text::short;

/// The most rows of a file.
pub const ROWS_MAX: usize = 100_000;
/// The most columns of a file.
const COLUMNS_MAX: usize = 100;
/// The most values of a file's JSON, however small each is: enough for as many rows as there may be.
const VALUES_MAX: usize = 1_500_000;
/// The depth from which a list or an object counts several times, as it takes more memory than a text.
const DEEP: usize = 3;
/// How many values it then counts.
const DEEP_COUNT: usize = 4;
/// The column that says which object is meant; it is only compared.
const KEY: &str = "id";

/// The text of a file.
///
/// # Errors
/// A sentence that names the encoding, as far as it can be told.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    let foreign = |name: &str| Err(format!("The file is {name}. Save it as UTF-8 and send it again."));
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return foreign("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return foreign("UTF-16"),
        [b'P', b'K', 3, 4, ..] => return foreign("a spreadsheet or an archive, not text"),
        [0x1f, 0x8b, ..] => return foreign("compressed with gzip"),
        _ => {}
    }
    if bytes.contains(&0) {
        return foreign("not text: it holds NUL characters, as UTF-16 does");
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).or_else(|error| {
        let line = bytes[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        foreign(&format!(
            "not UTF-8: line {line} holds the byte 0x{:02X}, as texts in Windows-1252 or ISO 8859-1 do",
            bytes[error.valid_up_to()]
        ))
    })
}

/// The form that a text has.
#[must_use]
pub fn detected(text: &str) -> Format {
    if text.trim_start().starts_with(['[', '{']) {
        Format::Json
    } else {
        Format::Csv
    }
}

/// The rows of a text.
///
/// # Errors
/// What is wrong with the file as a whole, in sentences.
pub fn rows(text: &str, format: Format, columns: &[Column]) -> Result<Vec<Incoming>, String> {
    let rows = match format {
        Format::Csv => csv_rows(text, columns)?,
        Format::Json => json_rows(text)?,
    };
    if rows.is_empty() {
        return Err("There is no row in it.".to_owned());
    }
    Ok(rows)
}

fn too_many() -> String {
    format!("More than {ROWS_MAX} rows are too many at once. Divide the file.")
}

/// What separates the cells: of the three usual characters the one that the first line has most of, outside of quotes.
fn separator(text: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => counts
                .iter_mut()
                .filter(|(of, _)| *of == byte)
                .for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts
        .iter()
        .find(|(_, count)| Some(*count) == most)
        .map_or(b',', |(byte, _)| *byte)
}

/// What a column of the file stands for.
enum Head {
    Key,
    Of(Column),
}

fn csv_rows(text: &str, columns: &[Column]) -> Result<Vec<Incoming>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(text))
        .from_reader(text.as_bytes());
    // One record for all of them: of what a line takes nothing stays behind.
    let mut record = csv::StringRecord::new();
    let head = reader.read_record(&mut record);
    if !head.map_err(|error| format!("The first line cannot be read: {error}."))? {
        return Err("There is nothing in it.".to_owned());
    }
    let heads = heads(&record, columns)?;
    let mut rows = Vec::new();
    let budget = Budget::default();
    for number in 2.. {
        let read = reader.read_record(&mut record);
        if !read.map_err(|error| format!("Row {number} cannot be read: {error}."))? {
            break;
        }
        if record.len() > COLUMNS_MAX {
            return Err(format!(
                "Row {number} has {} cells; the limit is {COLUMNS_MAX}.",
                record.len()
            ));
        }
        if record.iter().all(str::is_empty) {
            continue;
        }
        if rows.len() == ROWS_MAX {
            return Err(too_many());
        }
        rows.push(csv_row(number, &record, &heads, &budget));
    }
    Ok(rows)
}

fn heads(head: &csv::StringRecord, columns: &[Column]) -> Result<Vec<Head>, String> {
    if head.len() > COLUMNS_MAX {
        return Err(format!(
            "{} columns are too many; the limit is {COLUMNS_MAX}.",
            head.len()
        ));
    }
    let known = || columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let mut seen: Vec<&str> = Vec::new();
    let mut heads = Vec::new();
    for (index, name) in head.iter().enumerate() {
        let name = name.trim();
        if seen.contains(&name) {
            return Err(format!("The column “{}” stands there twice.", short(name)));
        }
        seen.push(name);
        heads.push(match columns.iter().find(|column| column.name == name) {
            Some(column) => Head::Of(*column),
            None if name == KEY => Head::Key,
            None if name.is_empty() => {
                return Err(format!("Column {} has no name. Known columns: {}.", index + 1, known()));
            }
            None => {
                return Err(format!(
                    "There is no column “{}”. Known columns: {}.",
                    short(name),
                    known()
                ));
            }
        });
    }
    Ok(heads)
}

fn csv_row(number: usize, record: &csv::StringRecord, heads: &[Head], budget: &Budget) -> Incoming {
    let mut row = Incoming {
        number,
        ..Incoming::default()
    };
    if record.len() != heads.len() {
        let message = format!(
            "the row has {} cells, but there are {} columns",
            record.len(),
            heads.len()
        );
        row.errors.push((String::new(), message));
    }
    for (head, text) in heads.iter().zip(record) {
        match head {
            Head::Key => row.take_key(text),
            Head::Of(column) => match cell::read(*column, text, budget) {
                Ok(value) => drop(row.record.insert(column.name.to_owned(), value)),
                Err(error) => row.errors.push((column.name.to_owned(), error)),
            },
        }
    }
    row
}

impl Incoming {
    fn take_key(&mut self, text: &str) {
        match text.trim() {
            "" => {}
            text => match text.parse() {
                Ok(id) => self.id = Some(id),
                Err(_) => self
                    .errors
                    .push((KEY.to_owned(), format!("“{}” is no key", short(text)))),
            },
        }
    }
}

fn json_rows(text: &str) -> Result<Vec<Incoming>, String> {
    let value = json(text, &Budget::default()).map_err(|error| format!("This is no JSON: {error}."))?;
    let Value::Array(items) = value else {
        return Err("A list of objects is needed: [{…}, {…}].".to_owned());
    };
    if items.len() > ROWS_MAX {
        return Err(too_many());
    }
    let row = |(index, item): (usize, Value)| {
        let mut row = Incoming {
            number: index + 1,
            ..Incoming::default()
        };
        match item {
            Value::Object(mut record) => {
                match record.shift_remove(KEY) {
                    None | Some(Value::Null) => {}
                    Some(Value::String(text)) => row.take_key(&text),
                    Some(value) => row.take_key(&value.to_string()),
                }
                row.record = record;
            }
            _ => row.errors.push((String::new(), "an object is needed here".to_owned())),
        }
        row
    };
    Ok(items.into_iter().enumerate().map(row).collect())
}

/// How many values of a file were read.
#[derive(Debug, Default)]
pub struct Budget(Cell<usize>);

impl Budget {
    fn take<E: serde::de::Error>(&self, count: usize) -> Result<(), E> {
        self.0.set(self.0.get() + count);
        if self.0.get() > VALUES_MAX {
            return Err(E::custom("the file has too many values; divide it"));
        }
        Ok(())
    }
}

/// A JSON text in which no object has a key twice, which otherwise would win unseen.
///
/// # Errors
/// What is wrong and where.
pub fn json(text: &str, budget: &Budget) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = (Strict { budget, depth: 0 })
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| error.to_string())
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    budget: &'a Budget,
    depth: usize,
}

impl Strict<'_> {
    /// For what is within this value, which holds others.
    fn within<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= DEEP {
            self.budget.take(DEEP_COUNT - 1)?;
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.budget.take(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let within = self.within()?;
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(within)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let within = self.within()?;
        let mut entries = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.len() == COLUMNS_MAX {
                return Err(serde::de::Error::custom(format!(
                    "an object has more than {COLUMNS_MAX} keys"
                )));
            }
            let value = map.next_value_seed(within)?;
            if entries.contains_key(&key) {
                return Err(serde::de::Error::custom(format!(
                    "the key “{}” stands there twice",
                    short(&key)
                )));
            }
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}
