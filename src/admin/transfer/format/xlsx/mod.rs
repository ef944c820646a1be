//! Workbooks of spreadsheets, `.xlsx`: reading a sheet as the text of a CSV file, and writing rows as a sheet.
//!
//! A workbook is a zip archive of XML files, and a small one can unpack to any size. So nothing is trusted that it says about itself:
//! what is unpacked, kept and found in it is counted while it is read, and reading stops at the limits of this module. What a sheet
//! refers to within the file is never looked up anywhere else.

mod book;
mod number;
mod package;
mod sheet;
pub mod write;

use book::Book;
use package::Package;

/// The most rows of a sheet, its head included; the format has no more.
pub const SHEET_ROWS_MAX: usize = 1_048_576;
/// The most characters of a cell, in UTF-16; the format has no more.
pub const CELL_LENGTH_MAX: usize = 32_767;
/// The most that a workbook may unpack to, in bytes, all parts together that are read.
const UNPACKED_MAX: u64 = 128 * 1024 * 1024;
/// The most bytes of all texts of a sheet; the same as of a file of text.
const TEXT_MAX: usize = 16 * 1024 * 1024;
/// The most values of a workbook: cells of the sheet, or shared texts.
const VALUES_MAX: usize = 1_500_000;

/// A sheet that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetText {
    /// Its name.
    pub name: String,
    /// How many sheets the workbook has.
    pub count: usize,
    /// Its cells as the text of a CSV file, row by row.
    pub text: String,
}

/// Returns whether bytes begin as a workbook does, or as something that could be taken for one: a zip archive, or a file of the older
/// formats of Excel.
#[must_use]
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") || bytes.starts_with(OLE)
}

/// What a file of Excel's older formats begins with; a workbook with a password is inside of such a file.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Reads a sheet: the one that has one of these names, in any letter case, and otherwise the first that is not hidden.
///
/// # Errors
/// What is wrong with the file as a whole, in sentences.
pub fn read(bytes: &[u8], names: &[&str]) -> Result<SheetText, String> {
    if bytes.starts_with(OLE) {
        return Err(older(bytes));
    }
    let mut package = Package::open(bytes)?;
    let book = Book::read(&mut package)?;
    let chosen = book.choose(names)?;
    let text =
        sheet::read(&mut package, &book, &chosen.path).map_err(|error| format!("Sheet “{}”: {error}", chosen.name))?;
    Ok(SheetText {
        name: chosen.name.clone(),
        count: book.sheets.len(),
        text,
    })
}

/// Returns a sentence about a file of Excel's older formats.
fn older(bytes: &[u8]) -> String {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let message = if bytes.windows(name.len()).any(|window| window == name) {
        "The workbook is protected by a password. Save it without one and send it again."
    } else {
        "The file is of an older format of Excel (.xls). Save it as .xlsx or as CSV and send it again."
    };
    message.to_owned()
}
