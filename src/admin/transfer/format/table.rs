//! The text of a CSV file as rows of cells, in the way that spreadsheets write and read such files.
//!
//! Beside RFC 4180 it reads a first line `sep=;`, blanks around a quoted cell, and rows that end with any kind of line break. A
//! quotation mark that is not closed, or is closed by one that opens another cell, is refused: everything between would become one
//! text.

use std::borrow::Cow;

/// The most cells that are kept of a row; a caller refuses rows that have more.
pub const COLUMNS_MAX: usize = 100;

/// A row of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow<'t> {
    /// Its number in a spreadsheet that opens the file: the first is 1, and blank ones count.
    pub number: usize,
    /// Its cells, [`COLUMNS_MAX`] at most.
    pub cells: Vec<Cow<'t, str>>,
    /// How many cells it has.
    pub count: usize,
}

impl TableRow<'_> {
    /// Returns whether every cell is empty or holds white space alone.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| is_blank(cell))
    }
}

/// Returns whether a cell is empty or holds white space alone.
#[must_use]
pub fn is_blank(cell: &str) -> bool {
    cell.chars().all(char::is_whitespace)
}

/// A reader of rows.
#[derive(Debug)]
pub struct Table<'t> {
    text: &'t str,
    /// Where reading goes on, in bytes.
    at: usize,
    /// The line there, from 1.
    line: usize,
    /// How many rows were read.
    rows: usize,
    separator: u8,
}

impl<'t> Table<'t> {
    /// Begins to read a text. The separator is the one that a first line `sep=;` names; without such a line it is found by counting.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        let mut table = Self {
            text,
            at: 0,
            line: 1,
            rows: 0,
            separator: b',',
        };
        match named_separator(&text[..end]) {
            Some(named) => {
                table.separator = named;
                table.at = end;
                table.end_line();
            }
            None => table.separator = counted_separator(text),
        }
        table
    }

    /// Returns whether the comma separates no cells, so that it can be the decimal mark of a number.
    #[must_use]
    pub fn has_decimal_commas(&self) -> bool {
        self.separator != b','
    }

    /// Reads the next row; nothing behind the last.
    ///
    /// # Errors
    /// A sentence that names the line in which a quotation mark opens and is not closed properly.
    pub fn next_row(&mut self) -> Result<Option<TableRow<'t>>, String> {
        if self.at == self.text.len() {
            return Ok(None);
        }
        self.rows += 1;
        let mut row = TableRow {
            number: self.rows,
            cells: Vec::new(),
            count: 0,
        };
        loop {
            let cell = self.cell()?;
            row.count += 1;
            if row.cells.len() < COLUMNS_MAX {
                row.cells.push(cell);
            }
            match self.peek() {
                Some(byte) if byte == self.separator => self.at += 1,
                _ => break,
            }
        }
        self.end_line();
        Ok(Some(row))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Takes the line break, if one is here.
    fn end_line(&mut self) {
        let rest = &self.text[self.at..];
        let length = match rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return,
        };
        self.at += length;
        self.line += 1;
    }

    /// Takes blanks that do not separate.
    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t') = self.peek().filter(|byte| *byte != self.separator) {
            self.at += 1;
        }
    }

    /// Takes a cell and leaves the separator or the line break behind it.
    fn cell(&mut self) -> Result<Cow<'t, str>, String> {
        let begin = self.at;
        self.skip_blanks();
        if self.peek() == Some(b'"') {
            return self.quoted_cell();
        }
        let separator = char::from(self.separator);
        let rest = &self.text[begin..];
        let length = rest.find([separator, '\r', '\n']);
        self.at = begin + length.unwrap_or(rest.len());
        Ok(Cow::Borrowed(&self.text[begin..self.at]))
    }

    fn quoted_cell(&mut self) -> Result<Cow<'t, str>, String> {
        let (opened, row) = (self.line, self.rows);
        let mut cell = Cow::Borrowed("");
        self.at += 1;
        loop {
            let rest = &self.text[self.at..];
            let Some(length) = rest.find('"') else {
                return Err(format!(
                    "The quotation mark that opens a cell in line {opened} is not closed. Close it where the text of the cell ends; \
                     a quotation mark within the text is written twice."
                ));
            };
            self.line += line_breaks(&rest[..length]);
            self.at += length + 1;
            if cell.is_empty() {
                cell = Cow::Borrowed(&rest[..length]);
            } else {
                cell.to_mut().push_str(&rest[..length]);
            }
            if self.peek() != Some(b'"') {
                break;
            }
            cell.to_mut().push('"');
            self.at += 1;
        }
        self.skip_blanks();
        match self.peek() {
            None | Some(b'\r' | b'\n') => Ok(cell),
            Some(byte) if byte == self.separator => Ok(cell),
            Some(_) => Err(format!(
                "Row {row} cannot be read: the quotation mark that opens a cell in line {opened} is closed in line {}, and more text \
                 follows there. Close it where the text of the cell ends; a quotation mark within the text is written twice.",
                self.line
            )),
        }
    }
}

/// Counts line breaks of all kinds.
fn line_breaks(text: &str) -> usize {
    let bytes = text.as_bytes();
    let alone = |index: usize| bytes[index] == b'\r' && bytes.get(index + 1) != Some(&b'\n');
    (0..bytes.len())
        .filter(|index| bytes[*index] == b'\n' || alone(*index))
        .count()
}

/// Returns the separator of a line `sep=;`, which spreadsheets write and read for each other.
fn named_separator(line: &str) -> Option<u8> {
    let line = line.trim_matches('"');
    let (name, value) = line.split_at_checked(4)?;
    match value.as_bytes() {
        [named] if name.eq_ignore_ascii_case("sep=") && (named.is_ascii_punctuation() || *named == b'\t') => {
            Some(*named)
        }
        _ => None,
    }
}

/// Returns, of the three usual separators, the one that the first line with anything in it has most of, outside of quotes.
fn counted_separator(text: &str) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text.trim_start_matches(['\r', '\n']).bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            byte if !is_quoted => counts
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
