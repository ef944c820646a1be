//! How large a workbook and its parts may be.

/// The most rows of a sheet, its head included; the format has no more.
pub(in crate::admin) const SHEET_ROWS_MAX: usize = 1_048_576;
/// The most characters of a cell, in UTF-16; the format has no more.
pub(in crate::admin) const CELL_LENGTH_MAX: usize = 32_767;
/// The most that a workbook may unpack to, in bytes, all parts together that are read.
pub(in crate::admin) const UNPACKED_MAX: u64 = 128 * 1024 * 1024;
/// The most bytes of all texts of a sheet; the same as of a file of text.
pub(in crate::admin) const TEXT_MAX: usize = 16 * 1024 * 1024;
/// The most values of a workbook: cells of the sheet, or shared texts.
pub(in crate::admin) const VALUES_MAX: usize = 1_500_000;
