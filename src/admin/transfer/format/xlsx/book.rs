//! What the sheets of a workbook share: their names and paths, the texts that cells refer to, and the formats of numbers.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::limits::{TEXT_MAX, VALUES_MAX};
use super::number::NumberFormat;
use super::package::{Package, Xml, add_text, attributes, cut_off, damaged, unescaped};

/// The most relations of a part.
const RELATIONS_MAX: usize = 10_000;
/// The most formats of cells; spreadsheets have no more than 65,490.
const FORMATS_MAX: usize = 70_000;
/// The most sheets of a workbook.
const SHEETS_MAX: usize = 1_000;

/// A sheet and where it is.
#[derive(Clone, Debug)]
pub(super) struct BookPart {
    /// Its name.
    pub(super) name: String,
    /// The path of its part.
    pub(super) path: String,
    /// Whether users see it.
    pub(super) is_visible: bool,
}

/// What the sheets share.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// The sheets with cells, in their order.
    pub(super) sheets: Vec<BookPart>,
    /// Whether days are counted from 1904.
    pub(super) is_1904: bool,
    /// What cells refer to by number.
    pub(super) strings: Strings,
    /// Number formats by the number of a cell's style.
    pub(super) formats: Vec<NumberFormat>,
}

/// Many texts as one, and where each ends.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// Returns the text of a number.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[begin..end])
    }
}

/// A relation of a part to another: its kind and the other's path.
type Relations = HashMap<String, (String, String)>;

impl Book {
    /// Reads what the sheets share.
    ///
    /// # Errors
    /// A sentence about what the file is instead, or what is wrong with it.
    pub(super) fn read(package: &mut Package<'_>) -> Result<Self, String> {
        if let Some(kind) = package.small("mimetype") {
            return Err(format!(
                "The file is of the format {}. Save it as .xlsx or as CSV and send it again.",
                crate::text::short(kind.trim())
            ));
        }
        let no_workbook = || "The file is an archive, but no Excel workbook (.xlsx).".to_owned();
        let roots = relations(package, "_rels/.rels", "")?;
        let root = roots.into_values().find(|(kind, _)| kind.ends_with("/officeDocument"));
        let (_, path) = root.ok_or_else(no_workbook)?;
        if path.ends_with(".bin") {
            return Err(
                "The file is a binary workbook (.xlsb). Save it as .xlsx or as CSV and send it again.".to_owned(),
            );
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let related = relations(package, &joined(folder, &format!("_rels/{name}.rels")), folder)?;
        let mut book = Self::default();
        let xml = package.part(&path)?.ok_or_else(no_workbook)?;
        book.read_sheets(xml, &related)?;
        let part = |kind: &str| {
            let mut parts = related.values().filter(|(of, _)| of.ends_with(kind));
            parts.next().map(|(_, path)| path.clone())
        };
        if let Some(path) = part("/styles")
            && let Some(xml) = package.part(&path)?
        {
            book.read_formats(xml)?;
        }
        if let Some(path) = part("/sharedStrings")
            && let Some(xml) = package.part(&path)?
        {
            book.read_strings(xml)?;
        }
        Ok(book)
    }

    /// Returns the sheet that has one of these names, and otherwise the first that is not hidden.
    ///
    /// # Errors
    /// A sentence if there is none.
    pub(super) fn choose(&self, names: &[&str]) -> Result<&BookPart, String> {
        let named = |part: &&BookPart| names.iter().any(|name| name.to_lowercase() == part.name.to_lowercase());
        let named = self.sheets.iter().find(named);
        let visible = || self.sheets.iter().find(|part| part.is_visible);
        named
            .or_else(visible)
            .or_else(|| self.sheets.first())
            .ok_or_else(|| "The workbook has no sheet with cells.".to_owned())
    }

    fn read_sheets(&mut self, mut xml: Xml<'_>, related: &Relations) -> Result<(), String> {
        loop {
            match xml.event()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "workbookPr" => {
                        let [date1904] = attributes(&element, ["date1904"])?;
                        self.is_1904 |= matches!(date1904.as_deref(), Some("1" | "true"));
                    }
                    "sheet" => {
                        let [name, id, state] = attributes(&element, ["name", "id", "state"])?;
                        let target = id.and_then(|id| related.get(&id));
                        // Sheets of charts and of dialogs have no cells.
                        let Some((_, path)) = target.filter(|(kind, _)| kind.ends_with("/worksheet")) else {
                            continue;
                        };
                        if self.sheets.len() == SHEETS_MAX {
                            return Err(format!("The workbook has more than {SHEETS_MAX} sheets."));
                        }
                        self.sheets.push(BookPart {
                            name: crate::text::short(&name.unwrap_or_default()),
                            path: path.clone(),
                            is_visible: matches!(state.as_deref(), None | Some("visible")),
                        });
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn read_formats(&mut self, mut xml: Xml<'_>) -> Result<(), String> {
        let mut spelt: HashMap<u32, NumberFormat> = HashMap::new();
        let mut is_in_styles = false;
        loop {
            match xml.event()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let [id, code] = attributes(&element, ["numFmtId", "formatCode"])?;
                        if spelt.len() >= FORMATS_MAX {
                            return Err(too_many_formats());
                        }
                        if let Some(id) = id.and_then(|id| id.parse().ok()) {
                            spelt.insert(id, NumberFormat::of(&code.unwrap_or_default()));
                        }
                    }
                    "cellXfs" => is_in_styles = true,
                    "xf" if is_in_styles => {
                        let [id] = attributes(&element, ["numFmtId"])?;
                        let id = id.and_then(|id| id.parse().ok()).unwrap_or(0);
                        let format = spelt.get(&id).copied();
                        if self.formats.len() >= FORMATS_MAX {
                            return Err(too_many_formats());
                        }
                        self.formats.push(format.unwrap_or_else(|| NumberFormat::built_in(id)));
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "cellXfs" => is_in_styles = false,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn read_strings(&mut self, mut xml: Xml<'_>) -> Result<(), String> {
        loop {
            match xml.event()? {
                Event::Start(element) if element.local_name().as_ref() == "si" => {}
                Event::Eof => return Ok(()),
                _ => continue,
            }
            let text = rich_text(&mut xml, "si")?;
            self.strings.text.push_str(&text);
            self.strings.ends.push(self.strings.text.len());
            // Other sheets share them, so there may be more than one sheet can hold.
            if self.strings.text.len() > 2 * TEXT_MAX || self.strings.ends.len() > VALUES_MAX {
                return Err("The workbook has too many texts. Divide it, or save the sheet as CSV.".to_owned());
            }
        }
    }
}

/// Reads a text that may be of several runs, each of its own look, up to the end of the element `name`, which has just begun. How it
/// is pronounced is no part of it.
///
/// # Errors
/// A sentence for what is no XML.
pub(super) fn rich_text(xml: &mut Xml<'_>, name: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut is_text = false;
    loop {
        let event = xml.event()?;
        match &event {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => is_text = true,
                "rPh" => {
                    drop(event);
                    xml.skip()?;
                }
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "t" => is_text = false,
                end if end == name => return Ok(unescaped(text)),
                _ => {}
            },
            Event::Eof => return Err(cut_off()),
            event if is_text => add_text(event, &mut text)?,
            _ => {}
        }
    }
}

fn too_many_formats() -> String {
    format!("The workbook has more than {FORMATS_MAX} formats of cells.")
}

/// Returns the relations that a part has, by their keys, with paths from the root of the archive.
fn relations(package: &mut Package<'_>, path: &str, folder: &str) -> Result<Relations, String> {
    let mut found = Relations::new();
    let Some(mut xml) = package.part(path)? else {
        return Ok(found);
    };
    loop {
        match xml.event()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let names = ["Id", "Type", "Target", "TargetMode"];
                let [id, kind, target, mode] = attributes(&element, names)?;
                let (Some(id), Some(kind), Some(target)) = (id, kind, target) else {
                    return Err(damaged(path, &"a relation is not complete"));
                };
                if found.len() >= RELATIONS_MAX {
                    return Err(format!(
                        "The workbook has more than {RELATIONS_MAX} relations in one part."
                    ));
                }
                if mode.as_deref() != Some("External") {
                    found.insert(id, (kind, joined(folder, &target)));
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// Returns the path of a target as a part in `folder` names it.
fn joined(folder: &str, target: &str) -> String {
    let (folder, target) = match target.strip_prefix('/') {
        Some(absolute) => ("", absolute),
        None => (folder, target),
    };
    let mut path: Vec<&str> = Vec::new();
    for step in folder.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}
