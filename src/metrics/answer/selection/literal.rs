//! Texts in quotes as PromQL writes them: those of Go, with `'` as good as `"` (Prometheus, "String literals").

use super::selector::{Problem, Reader, SelectorError};

/// Reads the text that begins at the reader with one of the three quotes, and what stands for it.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<String, SelectorError> {
    let start = reader.offset();
    let Some(quote @ ('"' | '\'' | '`')) = reader.take() else {
        return Err(reader.error(start, Problem::NoQuote));
    };
    let mut bytes = Vec::new();
    loop {
        let at = reader.offset();
        match reader.take() {
            None => return Err(reader.error(start, Problem::Unclosed(quote))),
            Some(end) if end == quote => break,
            Some('\\') if quote != '`' => escape(reader, at, quote, &mut bytes)?,
            Some('\n') if quote != '`' => return Err(reader.error(at, Problem::LineBreak)),
            Some(character) => push(character, &mut bytes),
        }
    }
    String::from_utf8(bytes).map_err(|_| reader.error(start, Problem::NotUtf8))
}

/// Writes a text so that [`read`] gives it back.
pub(super) fn write(text: &str, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    use std::fmt::Write as _;
    formatter.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(formatter, "\\{character}")?,
            '\n' => formatter.write_str("\\n")?,
            other => formatter.write_char(other)?,
        }
    }
    formatter.write_char('"')
}

/// Returns what the backslash at `at` and the characters behind it stand for: a byte, or a character.
fn escape(reader: &mut Reader<'_>, at: usize, quote: char, bytes: &mut Vec<u8>) -> Result<(), SelectorError> {
    let meaning = match reader.take() {
        Some('a') => Some(0x07),
        Some('b') => Some(0x08),
        Some('f') => Some(0x0c),
        Some('n') => Some(b'\n'),
        Some('r') => Some(b'\r'),
        Some('t') => Some(b'\t'),
        Some('v') => Some(0x0b),
        Some('\\') => Some(b'\\'),
        Some(other) if other == quote => u8::try_from(other).ok(),
        Some('x') => number(reader, 0, 16, 2).and_then(|value| u8::try_from(value).ok()),
        Some(digit @ '0'..='7') => {
            let first = u32::from(digit) - u32::from('0');
            number(reader, first, 8, 2).and_then(|value| u8::try_from(value).ok())
        }
        Some(kind @ ('u' | 'U')) => {
            let value = number(reader, 0, 16, if kind == 'u' { 4 } else { 8 });
            match value.and_then(char::from_u32) {
                Some(character) => {
                    push(character, bytes);
                    return Ok(());
                }
                None => None,
            }
        }
        _ => None,
    };
    match meaning {
        Some(byte) => {
            bytes.push(byte);
            Ok(())
        }
        None => Err(reader.error(at, Problem::Escape(reader.since(at).to_owned()))),
    }
}

/// Returns `count` more digits behind those that make `value`; nothing if there is another character, which stays unread.
fn number(reader: &mut Reader<'_>, value: u32, radix: u32, count: u32) -> Option<u32> {
    (0..count).try_fold(value, |value, _| {
        let digit = reader.peek()?.to_digit(radix)?;
        reader.take();
        value.checked_mul(radix)?.checked_add(digit)
    })
}

fn push(character: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
