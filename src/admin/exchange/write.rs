//! Files on their way out, a portion at a time.
//!
//! Which rows there are, and their order, is decided once, when the export begins; a portion is then one unmoving state of the
//! database, read when the client is ready for it. So neither a connection nor a transaction waits for a slow client. A row that is
//! deleted before its turn is left out, and one that is changed comes as it is then, in itself whole.
//!
//! A workbook cannot be sent while it is made. It is made before the answer begins, portion by portion too, in a temporary file.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::time::Duration;

use super::{Column, Exchange, Format, Record, cell, xlsx};
use crate::admin::site::Site;
use crate::auth::Model;
use crate::db::{self, Conn, dialect, limit};

/// Rows that are read at once.
const PORTION: usize = 500;
/// How long the database may take for one portion.
const PORTION_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes of a workbook that are sent at once.
const PIECE: u64 = 64 * 1024;

/// Why a workbook cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The sheet's.
    #[error(transparent)]
    Sheet(#[from] xlsx::write::Error),
}

/// An export and how far it is.
#[derive(Debug)]
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
    /// The workbook, of which what was not sent yet follows.
    workbook: Option<File>,
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
            workbook: None,
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

    /// Makes the workbook with all of its rows, in a sheet of this name. Other forms have nothing to make before they are sent.
    ///
    /// # Errors
    /// Those of the database, and what does not fit into a sheet.
    pub fn pack(&mut self, site: &Site, conn: &mut Conn, name: &str) -> Result<(), PackError> {
        if self.format != Format::Xlsx {
            return Ok(());
        }
        let exchange = exchange(site, self.model)?;
        let mut sheet = xlsx::write::Sheet::new(name, exchange.columns())?;
        for keys in self.keys.chunks(PORTION) {
            for record in records(exchange, conn, keys)? {
                sheet.add(&record)?;
            }
        }
        self.workbook = Some(sheet.finish()?);
        Ok(())
    }

    /// The next bytes of the file; nothing behind its end.
    ///
    /// # Errors
    /// Those of the database, and of a temporary file.
    pub fn portion(&mut self, site: &Site, conn: &mut Conn) -> db::Result<Option<Vec<u8>>> {
        if self.is_over {
            return Ok(None);
        }
        if let Some(workbook) = &mut self.workbook {
            let mut bytes = Vec::new();
            let read = workbook.take(PIECE).read_to_end(&mut bytes);
            let length =
                read.map_err(|error| db::Error::Corrupt(format!("a temporary file cannot be read: {error}")))?;
            self.is_over = length == 0;
            return Ok(Some(bytes).filter(|bytes| !bytes.is_empty()));
        }
        let exchange = exchange(site, self.model)?;
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
            Format::Xlsx => {}
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
            Format::Xlsx => {}
        }
        self.has_rows = true;
    }

    fn tail(&self, bytes: &mut Vec<u8>) {
        if self.format == Format::Json {
            bytes.extend_from_slice(if self.has_rows { b"\n]\n" } else { b"]\n" });
        }
    }
}

/// How objects of a model travel.
fn exchange(site: &Site, model: Model) -> db::Result<&dyn Exchange> {
    let exchange = site.get(model).and_then(|entry| entry.admin.exchange());
    exchange.ok_or_else(|| db::Error::Corrupt(format!("{model} is not exported")))
}

/// The objects of these keys, in their order.
fn records(exchange: &dyn Exchange, conn: &mut Conn, keys: &[i64]) -> db::Result<Vec<Record>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    limit::check()?;
    let found = dialect::read_snapshot(conn, PORTION_TIMEOUT, |conn| exchange.records(conn, keys))?;
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
