//! The archive: its parts as streams of XML events. All that is unpacked counts against one limit.

use std::borrow::Cow;
use std::io::{self, BufReader, Cursor, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use super::limits::{TEXT_MAX, UNPACKED_MAX};

/// The most files of an archive. Each takes memory before any of them is read.
const FILES_MAX: usize = 2_000;

/// The most bytes of one event of XML, which is held in memory.
const PIECE_MAX: u64 = 17 * 1024 * 1024;

/// A workbook's archive.
pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// How many bytes may still be unpacked.
    left: u64,
}

impl<'a> Package<'a> {
    /// Opens an archive.
    ///
    /// # Errors
    /// A sentence about what the file is instead of a workbook.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        // Counted before the archive is opened, and wherever its directory may stand.
        let files = bytes.windows(4).filter(|window| *window == b"PK\x01\x02").count();
        if files > FILES_MAX {
            return Err(format!(
                "The file is an archive of {files} files; a workbook has at most {FILES_MAX}."
            ));
        }
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| format!("The file is no workbook, or it is damaged: {error}."))?;
        Ok(Self {
            archive,
            left: UNPACKED_MAX,
        })
    }

    /// Unpacks a small file, which is no XML; nothing if there is none.
    pub(super) fn small(&mut self, path: &str) -> Option<String> {
        let file = self.archive.by_name(path).ok()?;
        let mut text = String::new();
        // What cannot be read is not what is looked for.
        file.take(200).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Opens a part; nothing if there is none of this path.
    ///
    /// # Errors
    /// A sentence, as when it cannot be unpacked or says that it is too large.
    pub(super) fn part(&mut self, path: &str) -> Result<Option<Xml<'_>>, String> {
        let index = self.archive.index_for_name(path).or_else(|| {
            // Some programs are careless about the letter case of their own paths.
            let mut names = self.archive.file_names();
            names.position(|name| name.is_ok_and(|name| name.eq_ignore_ascii_case(path)))
        });
        let Some(index) = index else {
            return Ok(None);
        };
        let file = self
            .archive
            .by_index(index)
            .map_err(|error| format!("The workbook is damaged or encrypted: {path}: {error}."))?;
        if file.size() > self.left {
            return Err(too_large());
        }
        let mut reader = Reader::from_reader(BufReader::new(Bounded {
            file: Box::new(file),
            left: &mut self.left,
            piece_left: PIECE_MAX,
        }));
        reader.config_mut().expand_empty_elements = true;
        Ok(Some(Xml {
            reader,
            buffer: Vec::new(),
            path: path.to_owned(),
        }))
    }
}

fn too_large() -> String {
    format!(
        "The workbook unpacks to more than is read: {} MiB in all, {} MiB in one piece. Divide it, or save the sheet as CSV.",
        UNPACKED_MAX / 1024 / 1024,
        PIECE_MAX / 1024 / 1024
    )
}

/// A file that is unpacked as far as the limit allows, whatever length it declares.
struct Bounded<'p> {
    file: Box<dyn Read + 'p>,
    left: &'p mut u64,
    /// How many bytes may still be unpacked for one event.
    piece_left: u64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.piece_left.min(*self.left);
        if left == 0 {
            return match self.file.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::ErrorKind::FileTooLarge.into()),
            };
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.file.read(&mut buffer[..length])?;
        *self.left -= read as u64;
        self.piece_left -= read as u64;
        Ok(read)
    }
}

/// A part as a stream of events.
pub(super) struct Xml<'p> {
    reader: Reader<BufReader<Bounded<'p>>>,
    buffer: Vec<u8>,
    path: String,
}

impl Xml<'_> {
    /// Reads the next event. An element without content comes as its start and its end.
    ///
    /// # Errors
    /// A sentence, as for what is no XML and when more was unpacked than the limit allows.
    pub(super) fn event(&mut self) -> Result<Event<'_>, String> {
        self.buffer.clear();
        self.reader.get_mut().get_mut().piece_left = PIECE_MAX;
        let path = &self.path;
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| match error {
                quick_xml::Error::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => too_large(),
                error => damaged(path, &error),
            })
    }

    /// Skips everything up to the end of the element that has just begun.
    ///
    /// # Errors
    /// As those of [`Xml::event`].
    pub(super) fn skip(&mut self) -> Result<(), String> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.event()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Returns a sentence for a part that ends too early.
pub(super) fn cut_off() -> String {
    "The workbook is damaged: a part of it is cut off.".to_owned()
}

/// Returns a sentence for a part that cannot be read.
pub(super) fn damaged(path: &str, reason: &dyn std::fmt::Display) -> String {
    format!("The workbook is damaged: {path}: {reason}.")
}

/// Returns the values of attributes, by their names without prefixes.
///
/// # Errors
/// A sentence for what is no XML.
pub(super) fn attributes<const N: usize>(
    element: &BytesStart<'_>,
    names: [&str; N],
) -> Result<[Option<String>; N], String> {
    let mut values = [const { None }; N];
    let mut attributes = element.attributes();
    // Comparing each with all others takes quadratic time.
    for attribute in attributes.with_checks(false) {
        let attribute = attribute.map_err(|error| damaged("an attribute", &error))?;
        let local = attribute.key.local_name();
        let Some(index) = names.iter().position(|name| *name == local.as_ref()) else {
            continue;
        };
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| damaged("an attribute", &error))?;
        values[index] = Some(value.into_owned());
    }
    Ok(values)
}

/// Adds what an event says to a text, if it says anything.
///
/// # Errors
/// A sentence for a reference to something unknown, and for a text that is larger than all texts of a sheet may be.
pub(super) fn add_text(event: &Event<'_>, text: &mut String) -> Result<(), String> {
    if text.len() > TEXT_MAX {
        return Err("A text of the workbook is too long.".to_owned());
    }
    match event {
        Event::Text(part) => text.push_str(&part.xml10_content()),
        Event::CData(part) => text.push_str(&part.xml10_content()),
        Event::GeneralRef(reference) => {
            let character = reference
                .resolve_char_ref()
                .map_err(|error| damaged("a text", &error))?;
            let known: Cow<'_, str> = match character {
                Some(character) => character.to_string().into(),
                None => match quick_xml::escape::resolve_xml_entity(reference) {
                    Some(known) => known.into(),
                    None => return Err(damaged("a text", &format!("&{}; is unknown", &**reference))),
                },
            };
            text.push_str(&known);
        }
        _ => {}
    }
    Ok(())
}

/// Takes back how a workbook writes characters that XML has no place for: `_x000D_` is a carriage return.
pub(super) fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let unit = |text: &str| {
        let digits = text.strip_prefix("_x")?.get(..5)?.strip_suffix('_')?;
        let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hexadecimal.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
    };
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(character) = rest.chars().next() {
        if let Some(unit) = unit(rest) {
            units.push(unit);
            rest = &rest[7..];
        } else {
            units.extend(character.encode_utf16(&mut [0; 2]).iter());
            rest = &rest[character.len_utf8()..];
        }
    }
    String::from_utf16_lossy(&units)
}
