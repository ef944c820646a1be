//! Files on their way out, a portion at a time.
//!
//! Which rows there are, and their order, is decided once, when the export begins; a portion is then one unmoving state of the
//! database, read when the client is ready for it. So neither a connection nor a transaction waits for a slow client. A row that is
//! deleted before its turn is left out, and one that is changed comes as it is then, in itself whole.

use std::collections::HashMap;
use std::time::Duration;

use super::{Column, Exchange, Format, Record, cell};
use crate::admin::site::Site;
use crate::auth::Model;
use crate::db::{self, Conn, dialect};

/// Rows that are read at once.
const PORTION: usize = 500;
/// How long the database may take for one portion.
const PATIENCE: Duration = Duration::from_secs(30);

/// An export and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Objects of which model.
    pub model: Model,
    /// In which form.
    pub format: Format,
    /// How the file is called.
    pub file_name: String,
    /// Whether a byte order mark goes before the text of a CSV.
    has_bom: bool,
    /// Their keys, in the order of the file.
    keys: Vec<i64>,
    /// How many keys have had their turn; nothing before the head is written.
    done: Option<usize>,
    /// Whether a row was written.
    has_rows: bool,
    /// Whether the end was written.
    is_over: bool,
}

impl Export {
    /// An export of these rows.
    #[must_use]
    pub fn new(model: Model, format: Format, file_name: String, keys: Vec<i64>) -> Self {
        Self {
            model,
            format,
            file_name,
            has_bom: false,
            keys,
            done: None,
            has_rows: false,
            is_over: false,
        }
    }

    /// The same with a byte order mark before the text, by which some spreadsheets know UTF-8. JSON has none.
    #[must_use]
    pub fn with_bom(mut self) -> Self {
        self.has_bom = self.format == Format::Csv;
        self
    }

    /// How many rows it began with.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row to begin with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The next bytes of the file; nothing behind its end.
    ///
    /// # Errors
    /// Those of the database.
    pub fn portion(&mut self, site: &Site, conn: &mut Conn) -> db::Result<Option<Vec<u8>>> {
        if self.is_over {
            return Ok(None);
        }
        let exchange = site.get(self.model).and_then(|entry| entry.admin.exchange());
        let Some(exchange) = exchange else {
            return Err(db::Error::Corrupt(format!("{} is not exported", self.model)));
        };
        let mut bytes = Vec::new();
        let from = match self.done {
            Some(done) => done,
            None => {
                self.head(exchange.columns(), &mut bytes);
                0
            }
        };
        let to = (from + PORTION).min(self.keys.len());
        for record in records(exchange, conn, &self.keys[from..to])? {
            self.row(exchange.columns(), &record, &mut bytes);
        }
        self.done = Some(to);
        if to == self.keys.len() {
            self.is_over = true;
            self.tail(&mut bytes);
        }
        Ok(Some(bytes))
    }

    fn head(&self, columns: &[Column], bytes: &mut Vec<u8>) {
        if self.has_bom {
            bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        match self.format {
            Format::Csv => line(bytes, columns.iter().map(|column| column.name.to_owned())),
            Format::Json => bytes.push(b'['),
        }
    }

    fn row(&mut self, columns: &[Column], record: &Record, bytes: &mut Vec<u8>) {
        match self.format {
            Format::Csv => line(
                bytes,
                columns
                    .iter()
                    .map(|column| cell::write(*column, record.get(column.name))),
            ),
            Format::Json => {
                bytes.extend_from_slice(if self.has_rows { b",\n" } else { b"\n" });
                serde_json::to_writer(bytes, record).expect("a map of texts and values has no state that JSON lacks");
            }
        }
        self.has_rows = true;
    }

    fn tail(&self, bytes: &mut Vec<u8>) {
        if self.format == Format::Json {
            bytes.extend_from_slice(if self.has_rows { b"\n]\n" } else { b"]\n" });
        }
    }
}

/// The objects of these keys, in their order.
fn records(exchange: &dyn Exchange, conn: &mut Conn, keys: &[i64]) -> db::Result<Vec<Record>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let found = dialect::read_snapshot(conn, PATIENCE, |conn| exchange.records(conn, keys))?;
    let mut found: HashMap<i64, Record> = found.into_iter().collect();
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// A line of CSV, ended as RFC 4180 has it. Every cell is quoted: a program that takes another character for the separator must not
/// find one within a text, and behind it a formula.
fn line(bytes: &mut Vec<u8>, cells: impl Iterator<Item = String>) {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(bytes);
    let written = writer.write_record(cells).and_then(|()| Ok(writer.flush()?));
    written.expect("writing to memory cannot fail");
}
