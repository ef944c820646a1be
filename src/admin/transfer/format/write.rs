//! Files on their way out. An export is one state of the database: everything is read in one transaction, as quickly as the database
//! answers, into a temporary file without a name, which is sent from there. So neither a connection nor a transaction waits for a slow client, and
//! memory does not grow with the rows.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use super::{cell, xlsx};
use crate::admin::model::ListQuery;
use crate::admin::site::SiteEntry;
use crate::admin::transfer::{Exchange, FileColumn, FileFormat, FileRecord};
use crate::auth::Model;
use crate::db::{self, Conn, dialect, limit};

/// Rows that are read at once.
const PORTION: usize = 500;
/// How long the database may take for one portion.
const PORTION_TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes that are sent at once.
const PIECE: u64 = 64 * 1024;

/// Why a file cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// The sheet's.
    #[error(transparent)]
    Sheet(#[from] xlsx::write::SheetError),
    /// A temporary file cannot be written.
    #[error("an export cannot be written to the folder for temporary files, which TMPDIR names: {0}")]
    File(#[from] io::Error),
    /// Who asked for it may not have it any more.
    #[error("the right to export was taken away meanwhile")]
    Denied,
}

/// What a file is to be.
#[derive(Clone, Debug)]
pub struct Outline {
    /// In which form.
    pub format: FileFormat,
    /// How the file is called.
    pub file_name: String,
    /// Whether a byte order mark goes before the text of a CSV, by which some spreadsheets know UTF-8.
    pub has_bom: bool,
    /// How the sheet of a workbook is called.
    pub sheet: String,
}

/// A file that was made, and how far it is sent.
#[derive(Debug)]
pub struct ExportFile {
    /// Objects of which model.
    pub model: Model,
    /// In which form.
    pub format: FileFormat,
    /// How the file is called.
    pub file_name: String,
    rows: usize,
    /// What was not sent yet follows its position.
    file: File,
}

impl ExportFile {
    /// Makes the file of the objects that are wanted, as of one instant, without the names of hidden ones. `may_go_on` is asked before each
    /// portion of rows.
    ///
    /// # Errors
    /// Errors of the database and of temporary files, what does not fit into a sheet, and [`MakeError::Denied`] when `may_go_on` says no.
    pub fn make(
        entry: &SiteEntry,
        conn: &mut Conn,
        wanted: &ListQuery,
        outline: Outline,
        may_go_on: &mut dyn FnMut() -> bool,
    ) -> Result<Self, MakeError> {
        let exchange = entry.admin.exchange();
        let model = entry.spec.model;
        let exchange = exchange.ok_or_else(|| db::Error::Corrupt(format!("{model} is not exported")))?;
        let columns = FileColumns::new(exchange, &wanted.hidden);
        let mut target = FileWriter::new(&outline, &columns.shown)?;
        let rows = dialect::read_snapshot(conn, PORTION_TIMEOUT, |conn| {
            let list = entry.admin.list(conn)?;
            let keys = list.keys_in_order(conn, wanted, 0, i64::MAX)?;
            for keys in keys.chunks(PORTION) {
                if !may_go_on() {
                    return Err(MakeError::Denied);
                }
                for mut record in records(exchange, conn, keys)? {
                    columns.cover((entry, exchange), &mut record, &wanted.hidden);
                    target.add(&columns.shown, &record)?;
                }
            }
            Ok(keys.len())
        })?;
        Ok(Self {
            model,
            format: outline.format,
            file_name: outline.file_name,
            rows,
            file: target.finish()?,
        })
    }

    /// Returns how many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the next bytes of the file; nothing behind its end.
    ///
    /// # Errors
    /// Those of the temporary file.
    pub fn piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        (&mut self.file).take(PIECE).read_to_end(&mut bytes)?;
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

/// The columns of a file for one user.
#[derive(Clone, Debug)]
pub struct FileColumns {
    /// Those that it has.
    pub shown: Vec<FileColumn>,
    /// The names of those that are left out, because the user may not view what they name.
    pub left_out: Vec<&'static str>,
}

impl FileColumns {
    /// Returns the columns for a user without the permission to view the objects of the `hidden` models.
    #[must_use]
    pub fn new(exchange: &dyn Exchange, hidden: &[Model]) -> Self {
        let is_hidden = |column: &&FileColumn| exchange.named(column).is_some_and(|model| hidden.contains(&model));
        let (left_out, shown): (Vec<&FileColumn>, Vec<&FileColumn>) = exchange.columns().iter().partition(is_hidden);
        Self {
            shown: shown.into_iter().copied().collect(),
            left_out: left_out.into_iter().map(|column| column.name).collect(),
        }
    }

    /// Takes out of an object what the file does not have.
    fn cover(&self, (entry, exchange): (&SiteEntry, &dyn Exchange), record: &mut FileRecord, hidden: &[Model]) {
        let about = entry.admin.about()(Some(&*record)).filter(|about| about.is_of_any(hidden));
        // What a file leaves out stays as it is where it is taken in again.
        for name in self.left_out.iter().chain(about.iter().flat_map(|about| about.fields)) {
            record.remove(*name);
        }
        exchange.cover(record, hidden);
    }
}

/// Where rows are written.
enum FileWriter {
    Text {
        format: FileFormat,
        file: BufWriter<File>,
        has_rows: bool,
    },
    Sheet(Box<xlsx::write::SheetWriter>),
}

impl FileWriter {
    fn new(outline: &Outline, columns: &[FileColumn]) -> Result<Self, MakeError> {
        if outline.format == FileFormat::Xlsx {
            return Ok(Self::Sheet(Box::new(xlsx::write::SheetWriter::new(
                &outline.sheet,
                columns,
            )?)));
        }
        let mut file = BufWriter::new(xlsx::write::unnamed_file()?);
        if outline.format == FileFormat::Json {
            file.write_all(b"[")?;
        } else {
            if outline.has_bom {
                file.write_all("\u{feff}".as_bytes())?;
            }
            line(&mut file, columns.iter().map(|column| column.name.to_owned()))?;
        }
        Ok(Self::Text {
            format: outline.format,
            file,
            has_rows: false,
        })
    }

    fn add(&mut self, columns: &[FileColumn], record: &FileRecord) -> Result<(), MakeError> {
        match self {
            Self::Sheet(sheet) => sheet.add(record)?,
            Self::Text { format, file, has_rows } => {
                if *format == FileFormat::Json {
                    file.write_all(if *has_rows { b",\n" } else { b"\n" })?;
                    serde_json::to_writer(file, record).map_err(io::Error::from)?;
                } else {
                    let cells = columns
                        .iter()
                        .map(|column| cell::write(*column, record.get(column.name)));
                    line(file, cells)?;
                }
                *has_rows = true;
            }
        }
        Ok(())
    }

    /// Ends the file; returns it at its beginning.
    fn finish(self) -> Result<File, MakeError> {
        match self {
            Self::Sheet(sheet) => Ok(sheet.finish()?),
            Self::Text {
                format,
                mut file,
                has_rows,
            } => {
                if format == FileFormat::Json {
                    file.write_all(if has_rows { b"\n]\n" } else { b"]\n" })?;
                }
                let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.seek(SeekFrom::Start(0))?;
                Ok(file)
            }
        }
    }
}

/// Returns the objects of these keys, in their order.
fn records(exchange: &dyn Exchange, conn: &mut Conn, keys: &[i64]) -> db::Result<Vec<FileRecord>> {
    limit::check()?;
    let mut found: HashMap<i64, FileRecord> = exchange.records(conn, keys)?.into_iter().collect();
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// Returns a line of CSV, ended as RFC 4180 has it. Every cell is quoted: a program that takes another character for the separator must not
/// find one within a text, and behind it a formula.
fn line(file: &mut impl Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::from)?;
    let bytes = writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    file.write_all(&bytes)
}
