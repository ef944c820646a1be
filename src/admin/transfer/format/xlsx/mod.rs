//! Workbooks of spreadsheets, `.xlsx`: reading a sheet as the text of a CSV file, and writing rows as a sheet.
//!
//! A workbook is a zip archive of XML files, and a small one can unpack to any size. So nothing is trusted that it says about itself:
//! what is unpacked, kept and found in it is counted while it is read, and reading stops at the limits of this module. What a sheet
//! refers to within the file is never looked up anywhere else.

mod book;
pub(super) mod limits;
mod number;
mod package;
mod sheet;
pub mod write;

use book::Book;
use package::Package;

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
