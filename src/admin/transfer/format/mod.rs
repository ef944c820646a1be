//! The formats of files: cells, tables of cells, CSV, JSON and workbooks.

pub mod cell;
mod flag;
pub mod known;
pub mod list;
pub mod read;
pub mod table;
pub mod write;
pub mod xlsx;
