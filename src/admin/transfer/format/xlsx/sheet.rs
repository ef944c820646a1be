//! A sheet: its cells as the rows of a CSV file.

use quick_xml::events::{BytesStart, Event};

use super::book::{Book, rich_text};
use super::limits::{SHEET_ROWS_MAX, TEXT_MAX, VALUES_MAX};
use super::number::{self, NumberFormat};
use super::package::{Package, Xml, add_text, attributes, cut_off, damaged, unescaped};
use crate::admin::transfer::format::read::{ROWS_MAX, too_many};
use crate::admin::transfer::format::table::COLUMNS_MAX;

/// Cells without a usable value that are named.
const NAMED_MAX: usize = 20;
/// The most merged cells.
const MERGED_MAX: usize = 10_000;
/// The most rows that all merged cells together span.
const MERGED_ROWS_MAX: usize = VALUES_MAX;
/// No program has as many columns; an address with more letters is none.
const SHEET_COLUMNS_MAX: usize = 1_000_000;

/// The cells of a row, from left to right: columns counted from 0, and texts.
type Cells = Vec<(usize, String)>;

/// The cells of a sheet.
#[derive(Default)]
struct Grid {
    /// Rows that have cells, counted from 0.
    rows: Vec<(usize, Cells)>,
    /// How many cells there are.
    count: usize,
    /// The bytes of all texts.
    length: usize,
    /// How many rows the merged cells span.
    merged_rows: usize,
    /// Addresses of cells without a usable value, and why.
    faults: Vec<String>,
    faults_count: usize,
}

/// Reads a sheet.
///
/// # Errors
/// A sentence: what is damaged, what there is too much of, or which cells have no value.
pub(super) fn read(package: &mut Package<'_>, book: &Book, path: &str) -> Result<String, String> {
    let Some(mut xml) = package.part(path)? else {
        return Err(damaged(path, &"it is missing"));
    };
    let mut grid = Grid::default();
    grid.read(&mut xml, book, path)?;
    if grid.faults_count > 0 {
        let mut message = grid.faults.join("; ");
        if grid.faults_count > grid.faults.len() {
            message = format!("{message}; and {} more", grid.faults_count - grid.faults.len());
        }
        return Err(format!(
            "{message}. Correct these cells, or open the file in a spreadsheet program, let it calculate, and save it again."
        ));
    }
    Ok(grid.written())
}

impl Grid {
    fn read(&mut self, xml: &mut Xml<'_>, book: &Book, path: &str) -> Result<(), String> {
        let (mut row, mut next_row) = (0, 0);
        let mut column = 0;
        let (mut merged, mut is_whole) = (0, false);
        loop {
            let element = match xml.event()? {
                Event::Start(element) => element,
                Event::End(element) => {
                    is_whole |= element.local_name().as_ref() == "sheetData";
                    continue;
                }
                Event::Eof if is_whole => return Ok(()),
                Event::Eof => return Err(cut_off()),
                _ => continue,
            };
            match element.local_name().as_ref() {
                "row" => {
                    row = row_number(&element, next_row)?.ok_or_else(|| damaged(path, &"its rows are in disorder"))?;
                    next_row = row + 1;
                    column = 0;
                    self.begin_row(row)?;
                }
                "c" if next_row > 0 => {
                    let cell = SheetCell::of(&element, book)?;
                    drop(element);
                    column = cell.column.unwrap_or(column);
                    match cell.value(xml, book)? {
                        Value::None => {}
                        Value::Text(text) => self.add(row, column, text)?,
                        Value::Fault(fault) => self.add_fault(row, column, &fault),
                    }
                    column += 1;
                }
                "mergeCell" => {
                    merged += 1;
                    if merged > MERGED_MAX {
                        return Err(format!("More than {MERGED_MAX} merged cells are too many."));
                    }
                    let [range] = attributes(&element, ["ref"])?;
                    let range = range.as_deref().and_then(|range| range.split_once(':'));
                    let ends = range.and_then(|(from, to)| Some((position(from)?, position(to)?)));
                    if let Some((from, to)) = ends {
                        self.fill(from, to.0)?;
                    }
                }
                _ => {}
            }
        }
    }

    /// Begins a row; one without cells before it is left out.
    fn begin_row(&mut self, row: usize) -> Result<(), String> {
        match self.rows.last_mut() {
            Some((last, cells)) if cells.is_empty() => *last = row,
            _ => self.rows.push((row, Cells::new())),
        }
        // The head is one more.
        if self.rows.len() > ROWS_MAX + 1 {
            return Err(too_many());
        }
        Ok(())
    }

    fn add_fault(&mut self, row: usize, column: usize, fault: &str) {
        self.faults_count += 1;
        if self.faults.len() < NAMED_MAX {
            self.faults.push(format!("cell {} {fault}", address(row, column)));
        }
    }

    fn add(&mut self, row: usize, column: usize, text: String) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        if column >= COLUMNS_MAX {
            return Err(format!(
                "Cell {} lies beyond the {COLUMNS_MAX} columns that are read. Delete what is not meant for the import.",
                address(row, column)
            ));
        }
        self.count += 1;
        self.length += text.len();
        if self.count > VALUES_MAX || self.length > TEXT_MAX {
            return Err("There is too much in the sheet. Divide it.".to_owned());
        }
        let Some((_, cells)) = self.rows.last_mut() else {
            return Ok(());
        };
        match cells.binary_search_by_key(&column, |(column, _)| *column) {
            Ok(index) => cells[index].1 = text,
            Err(index) => cells.insert(index, (column, text)),
        }
        Ok(())
    }

    /// Gives the value of a merged cell, which stands in its first row, to the other rows that it spans and that have cells.
    fn fill(&mut self, (from, column): (usize, usize), to: usize) -> Result<(), String> {
        let find = |rows: &[(usize, Cells)], row| rows.partition_point(|(at, _)| *at < row);
        let first = find(&self.rows, from);
        let value = self
            .rows
            .get(first)
            .filter(|(at, _)| *at == from)
            .and_then(|(_, cells)| {
                let index = cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
                Some(cells[index].1.clone())
            });
        let (Some(value), true) = (value, from < to) else {
            return Ok(());
        };
        let end = find(&self.rows, to + 1);
        self.merged_rows += end - first;
        if self.merged_rows > MERGED_ROWS_MAX {
            return Err("There is too much in the merged cells of the sheet.".to_owned());
        }
        for (_, cells) in &mut self.rows[first + 1..end] {
            let Err(index) = cells.binary_search_by_key(&column, |(column, _)| *column) else {
                continue;
            };
            if cells.is_empty() {
                continue;
            }
            cells.insert(index, (column, value.clone()));
            self.count += 1;
            self.length += value.len();
            if self.count > VALUES_MAX || self.length > TEXT_MAX {
                return Err("There is too much in the merged cells of the sheet.".to_owned());
            }
        }
        Ok(())
    }

    /// Returns the rows as CSV. Rows that are missing are blank lines, so that the numbers of the others are those of the sheet.
    fn written(self) -> String {
        let mut text = String::with_capacity(self.length + 4 * self.count);
        // By this line a comma is known not to separate.
        text.push_str("sep=;\n");
        let mut width = None;
        let mut next = 0;
        for (row, cells) in self.rows {
            let Some((last, _)) = cells.last() else { continue };
            let width = *width.get_or_insert(last + 1);
            (next..row).for_each(|_| text.push('\n'));
            let mut at = 0;
            for (column, cell) in &cells {
                (at..*column).for_each(|_| text.push(';'));
                at = *column;
                text.push('"');
                text.push_str(&cell.replace('"', "\"\""));
                text.push('"');
            }
            (at + 1..width).for_each(|_| text.push(';'));
            text.push('\n');
            next = row + 1;
        }
        text
    }
}

/// What a cell holds.
enum Value {
    None,
    Text(String),
    /// No value, and why.
    Fault(String),
}

/// A cell as its element describes it.
struct SheetCell {
    column: Option<usize>,
    kind: Option<String>,
    format: NumberFormat,
}

impl SheetCell {
    fn of(element: &BytesStart<'_>, book: &Book) -> Result<Self, String> {
        let [address, style, kind] = attributes(element, ["r", "s", "t"])?;
        let style = style.and_then(|style| style.parse::<usize>().ok());
        let format = style.and_then(|style| book.formats.get(style).copied());
        let column = match address {
            None => None,
            Some(address) => match position(&address) {
                Some((_, column)) => Some(column),
                None => return Err(damaged("a cell", &"its address cannot be read")),
            },
        };
        Ok(Self {
            column,
            kind,
            format: format.unwrap_or(NumberFormat::Number),
        })
    }

    /// Reads on to the end of the cell.
    fn value(&self, xml: &mut Xml<'_>, book: &Book) -> Result<Value, String> {
        let (mut raw, mut inline) = (None, None);
        let mut has_formula = false;
        let mut is_value = false;
        loop {
            let event = xml.event()?;
            match &event {
                Event::Start(element) => match element.local_name().as_ref() {
                    "v" => {
                        is_value = true;
                        raw = Some(String::new());
                    }
                    "is" => {
                        drop(event);
                        inline = Some(rich_text(xml, "is")?);
                    }
                    "f" => has_formula = true,
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    "v" => is_value = false,
                    "c" => break,
                    _ => {}
                },
                Event::Eof => return Err(cut_off()),
                event if is_value => {
                    if let Some(raw) = &mut raw {
                        add_text(event, raw)?;
                    }
                }
                _ => {}
            }
        }
        let without = || Value::Fault("has a formula, and its value is not stored".to_owned());
        Ok(match (inline, raw) {
            (Some(inline), _) => Value::Text(inline),
            (None, None) if has_formula => without(),
            (None, None) => Value::None,
            (None, Some(raw)) => match self.read(raw, book)? {
                Value::Text(text) if text.is_empty() && has_formula && self.kind.as_deref() != Some("str") => without(),
                value => value,
            },
        })
    }

    fn read(&self, raw: String, book: &Book) -> Result<Value, String> {
        let trimmed = raw.trim();
        Ok(Value::Text(match self.kind.as_deref() {
            Some("s") if trimmed.is_empty() => return Ok(Value::None),
            Some("s") => {
                let shared = trimmed.parse().ok().and_then(|index| book.strings.get(index));
                shared
                    .ok_or_else(|| damaged("a cell", &"it refers to a text that is missing"))?
                    .to_owned()
            }
            Some("str" | "inlineStr") => unescaped(raw),
            Some("b") => match trimmed {
                "1" | "true" => "true".to_owned(),
                "0" | "false" => "false".to_owned(),
                other => other.to_owned(),
            },
            Some("e") => return Ok(Value::Fault(format!("holds the error {}", crate::text::short(trimmed)))),
            // A day or an instant as ISO 8601 writes it.
            Some("d") => trimmed.strip_suffix("T00:00:00").unwrap_or(trimmed).to_owned(),
            _ => match trimmed.parse::<f64>() {
                Ok(value) if value.is_finite() => number::text(value, self.format, book.is_1904),
                _ => raw,
            },
        }))
    }
}

/// Returns the number of a row, counted from 0: its own, or the next; nothing if it is not behind the rows before it.
fn row_number(element: &BytesStart<'_>, next_row: usize) -> Result<Option<usize>, String> {
    let [number] = attributes(element, ["r"])?;
    let row = match number {
        Some(number) => number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)),
        None => Some(next_row),
    };
    Ok(row.filter(|row| *row >= next_row && *row < SHEET_ROWS_MAX))
}

/// Returns row and column of an address as `B7`, counted from 0; nothing for what is none.
fn position(address: &str) -> Option<(usize, usize)> {
    let address = address.replace('$', "");
    let digits = address.find(|character: char| character.is_ascii_digit())?;
    let (letters, digits) = address.split_at(digits);
    let mut column = 0_usize;
    for letter in letters.bytes() {
        let value = letter
            .to_ascii_uppercase()
            .checked_sub(b'A')
            .filter(|value| *value < 26)?;
        column = column.checked_mul(26)?.checked_add(usize::from(value) + 1)?;
    }
    let row: usize = digits.parse().ok()?;
    Some((
        row.checked_sub(1).filter(|row| *row < SHEET_ROWS_MAX)?,
        column.checked_sub(1).filter(|column| *column < SHEET_COLUMNS_MAX)?,
    ))
}

/// Returns the address of a cell, as a spreadsheet shows it.
fn address(row: usize, column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{}", row + 1)
}
