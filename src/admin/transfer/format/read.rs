//! Files on their way in: bytes → text → rows, each with what could not be read of it.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::cell;
use super::known::ColumnNames;
use super::table::{COLUMNS_MAX, Table, TableRow, is_blank};
use crate::admin::transfer::{FileColumn, FileFormat, Incoming};
use crate::text::short;

/// The most rows of a file.
pub const ROWS_MAX: usize = 100_000;
/// The most values of a file's JSON, however small each is: enough for as many rows as there may be.
const VALUES_MAX: usize = 1_500_000;
/// The depth from which a list or an object counts several times, as it takes more memory than a text.
const DEEP: usize = 3;
/// How many values it then counts.
const DEEP_COUNT: usize = 4;
/// The column that says which object is meant; it is only compared.
const KEY: &str = "id";

/// Returns the text of a file.
///
/// # Errors
/// A sentence that names the encoding, as far as it can be detected.
pub fn text(bytes: &[u8]) -> Result<&str, String> {
    let foreign = |name: &str| Err(format!("The file is {name}. Save it as UTF-8 and send it again."));
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return foreign("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return foreign("UTF-16"),
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

/// Returns the form that a text has.
#[must_use]
pub fn detected(text: &str) -> FileFormat {
    if text.trim_start().starts_with(['[', '{']) {
        FileFormat::Json
    } else {
        FileFormat::Csv
    }
}

/// Returns the rows of a text.
///
/// # Errors
/// What is wrong with the file as a whole, in sentences.
pub fn rows(text: &str, format: FileFormat, known: &ColumnNames) -> Result<Vec<Incoming>, String> {
    let rows = match format {
        // A sheet of a workbook has become such a text before.
        FileFormat::Csv | FileFormat::Xlsx => csv_rows(text, known)?,
        FileFormat::Json => json_rows(text, known)?,
    };
    if rows.is_empty() {
        return Err("There is no row in it.".to_owned());
    }
    Ok(rows)
}

/// Returns a sentence about more rows than [`ROWS_MAX`].
pub(super) fn too_many() -> String {
    format!("More than {ROWS_MAX} rows are too many at once. Divide the file.")
}

/// What a column of the file stands for.
enum HeadCell {
    Key,
    Of(FileColumn),
    /// It has no name; its cells have to be blank.
    Nameless,
}

fn csv_rows(text: &str, known: &ColumnNames) -> Result<Vec<Incoming>, String> {
    let mut table = Table::new(text);
    let head = loop {
        match table.next_row()? {
            None => return Err("There is nothing in it.".to_owned()),
            Some(row) if row.is_blank() && row.count <= COLUMNS_MAX => {}
            Some(row) => break row,
        }
    };
    let heads = heads(&head, known)?;
    let reading = ReadState {
        budget: Budget::default(),
        has_decimal_commas: table.has_decimal_commas(),
    };
    let mut rows = Vec::new();
    while let Some(row) = table.next_row()? {
        if row.count > COLUMNS_MAX {
            return Err(format!(
                "Row {} has {} cells; the limit is {COLUMNS_MAX}.",
                row.number, row.count
            ));
        }
        if row.is_blank() {
            continue;
        }
        if rows.len() == ROWS_MAX {
            return Err(too_many());
        }
        rows.push(csv_row(&row, &heads, known, &reading)?);
    }
    Ok(rows)
}

fn heads(head: &TableRow<'_>, known: &ColumnNames) -> Result<Vec<HeadCell>, String> {
    if head.count > COLUMNS_MAX {
        return Err(format!(
            "{} columns are too many; the limit is {COLUMNS_MAX}.",
            head.count
        ));
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut heads = Vec::new();
    for name in &head.cells {
        let name = name.trim();
        let (column, head) = match known.head(name) {
            Some(column) => (column.name, HeadCell::Of(column)),
            None if name.eq_ignore_ascii_case(KEY) => (KEY, HeadCell::Key),
            None if name.is_empty() => {
                heads.push(HeadCell::Nameless);
                continue;
            }
            None => {
                return Err(format!(
                    "There is no column “{}”. Known columns: {}.",
                    short(name),
                    known.names()
                ));
            }
        };
        if seen.contains(&column) {
            return Err(format!("The column “{column}” stands there twice."));
        }
        seen.push(column);
        heads.push(head);
    }
    Ok(heads)
}

fn csv_row(
    row: &TableRow<'_>,
    heads: &[HeadCell],
    known: &ColumnNames,
    reading: &ReadState,
) -> Result<Incoming, String> {
    let mut incoming = Incoming {
        number: row.number,
        ..Incoming::default()
    };
    let is_nameless = |index: usize| matches!(heads.get(index), None | Some(HeadCell::Nameless));
    let filled = row.cells.iter().enumerate().filter(|(_, cell)| !is_blank(cell));
    if let Some((index, cell)) = filled
        .clone()
        .find(|(index, _)| *index < heads.len() && is_nameless(*index))
    {
        return Err(format!(
            "Column {} has no name, but row {} has “{}” in it. Known columns: {}.",
            index + 1,
            row.number,
            short(cell),
            known.names()
        ));
    }
    let has_more = filled.map(|(index, _)| index).any(|index| index >= heads.len());
    let is_named = |head: &HeadCell| !matches!(head, HeadCell::Nameless);
    let needed = heads.iter().rposition(is_named).map_or(0, |last| last + 1);
    if row.count < needed || has_more {
        let message = format!("the row has {} cells, but there are {} columns", row.count, heads.len());
        incoming.errors.push((String::new(), message));
    }
    for (head, text) in heads.iter().zip(&row.cells) {
        match head {
            HeadCell::Nameless => {}
            HeadCell::Key => incoming.take_key(text),
            HeadCell::Of(column) => match cell::read(*column, text, reading) {
                Ok(value) => drop(incoming.record.insert(column.name.to_owned(), value)),
                Err(error) => incoming.errors.push((column.name.to_owned(), error)),
            },
        }
    }
    Ok(incoming)
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

fn json_rows(text: &str, known: &ColumnNames) -> Result<Vec<Incoming>, String> {
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
                let one_line = |(name, value): (&String, &Value)| {
                    let fault = cell::more_lines(known.column(name)?, value)?;
                    Some((name.clone(), fault))
                };
                row.errors.extend(record.iter().filter_map(one_line));
                row.errors.iter().for_each(|(name, _)| drop(record.shift_remove(name)));
                row.record = record;
            }
            _ => row.errors.push((String::new(), "an object is needed here".to_owned())),
        }
        row
    };
    Ok(items.into_iter().enumerate().map(row).collect())
}

/// What is known while cells are read.
#[derive(Debug, Default)]
pub struct ReadState {
    /// What was read of the file's JSON.
    pub budget: Budget,
    /// Whether a comma can be the decimal mark of a number.
    pub has_decimal_commas: bool,
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

/// Returns a JSON text in which no object has a key twice, which otherwise would win unseen.
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
    /// Returns the reader of a value within this one.
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
