//! Rows as a sheet. Rows go to a temporary file while they come, so that memory does not grow with them.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, XlsxError};
use serde_json::Value;

use super::limits::{CELL_LENGTH_MAX, SHEET_ROWS_MAX};
use crate::admin::transfer::format::cell;
use crate::admin::transfer::{ColumnKind, FileColumn, FileRecord};

/// Where temporary files are made unless `TMPDIR` names a folder: on a disk, where `/tmp` is often in memory.
const ON_DISK: &str = "/var/tmp";
/// The width of a column, in characters.
const WIDTH: f64 = 22.0;

/// Why a sheet cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The rows do not fit into a sheet: why not, in a sentence.
    #[error("{0}")]
    Unfit(String),
    /// A temporary file cannot be written.
    #[error("an xlsx file cannot be written to the folder for temporary files, which TMPDIR names: {0}")]
    Failed(String),
}

impl From<XlsxError> for SheetError {
    fn from(error: XlsxError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<std::io::Error> for SheetError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A sheet that is being written.
pub struct SheetWriter {
    workbook: Workbook,
    columns: Vec<FileColumn>,
    day: Format,
    row: u32,
}

impl SheetWriter {
    /// Begins a workbook of one sheet with its head.
    ///
    /// # Errors
    /// [`SheetError::Failed`].
    pub fn new(name: &str, columns: &[FileColumn]) -> Result<Self, SheetError> {
        let mut workbook = Workbook::new();
        if !is_folder_named() && Path::new(ON_DISK).is_dir() {
            // Where that folder cannot be written to, the one of the system is taken.
            drop(workbook.set_tempdir(ON_DISK));
        }
        let bold = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (index, column) in (0_u16..).zip(columns) {
            sheet.set_column_width(index, WIDTH)?;
            sheet.write_string_with_format(0, index, column.name, &bold)?;
        }
        Ok(Self {
            workbook,
            columns: columns.to_vec(),
            day: Format::new().set_num_format("yyyy\\-mm\\-dd"),
            row: 0,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`SheetError::Unfit`] for a text that is too long for a cell, and for more rows than a sheet has.
    pub fn add(&mut self, record: &FileRecord) -> Result<(), SheetError> {
        self.row += 1;
        if self.row as usize >= SHEET_ROWS_MAX {
            return Err(SheetError::Unfit(format!(
                "A sheet has at most {SHEET_ROWS_MAX} rows. Export fewer, or choose CSV or JSON."
            )));
        }
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (index, column) in (0_u16..).zip(&self.columns) {
            let Some(value) = record.get(column.name).filter(|value| !value.is_null()) else {
                continue;
            };
            match (column.kind, value) {
                (ColumnKind::Flag, Value::Bool(flag)) => {
                    sheet.write_boolean(self.row, index, *flag)?;
                }
                (ColumnKind::Number, Value::Number(number)) if number.as_f64().is_some() => {
                    sheet.write_number(self.row, index, number.as_f64().unwrap_or(0.0))?;
                }
                (ColumnKind::Date, Value::String(text)) if day(text).is_some() => {
                    if let Some(day) = day(text) {
                        sheet.write_datetime_with_format(self.row, index, &day, &self.day)?;
                    }
                }
                (_, value) => {
                    let text = cell::write_typed(*column, value);
                    if text.encode_utf16().count() > CELL_LENGTH_MAX {
                        return Err(SheetError::Unfit(format!(
                            "The property “{}” of row {} has more than {CELL_LENGTH_MAX} characters, which is all that a cell of a \
                             sheet can hold. Choose CSV or JSON.",
                            column.name,
                            self.row + 1
                        )));
                    }
                    if !text.is_empty() {
                        sheet.write_string(self.row, index, text)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the workbook; returns the file, which is read from its beginning and deleted when it is closed.
    ///
    /// # Errors
    /// [`SheetError::Failed`].
    pub fn finish(mut self) -> Result<File, SheetError> {
        let mut file = unnamed_file()?;
        let mut writer = BufWriter::new(&mut file);
        self.workbook.save_to_writer(&mut writer)?;
        writer.flush()?;
        drop(writer);
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// Returns a day as a sheet knows it; nothing for one that it does not know, and for those before the day in 1900 that was not.
fn day(text: &str) -> Option<ExcelDateTime> {
    let date: NaiveDate = text.parse().ok()?;
    let is_known = date >= NaiveDate::from_ymd_opt(1900, 3, 1)?;
    let year = u16::try_from(date.year())
        .ok()
        .filter(|year| is_known && *year <= 9999)?;
    ExcelDateTime::from_ymd(year, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn is_folder_named() -> bool {
    std::env::var_os("TMPDIR").is_some_and(|folder| !folder.is_empty())
}

/// Makes a temporary file without a name, on a disk where there is a choice.
pub(in crate::admin::transfer::format) fn unnamed_file() -> std::io::Result<File> {
    if is_folder_named() {
        return tempfile::tempfile();
    }
    tempfile::tempfile_in(ON_DISK).or_else(|_| tempfile::tempfile())
}
