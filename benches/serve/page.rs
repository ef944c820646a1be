//! What a compressed page says: everything in it is read, and its checksum and length are compared.

use std::io::{BufRead, Read};

use flate2::bufread::GzDecoder;

/// The text of a body that must be one whole gzip member.
pub(crate) fn text(body: &[u8], into: &mut Vec<u8>) -> Result<(), String> {
    into.clear();
    let mut decoder = GzDecoder::new(body);
    decoder
        .read_to_end(into)
        .map_err(|error| format!("the body is torn: {error}"))?;
    match decoder.into_inner().fill_buf() {
        Ok([]) => Ok(()),
        _ => Err("bytes follow the body's only member".to_owned()),
    }
}

/// How many components a page has and how many of them are in a window.
pub(crate) fn components(text: &[u8]) -> (usize, usize) {
    let (mut all, mut inside) = (0, 0);
    for line in text.split(|byte| *byte == b'\n') {
        if (line.ends_with(b" 1") || line.ends_with(b" 0")) && find(line, b"_in_window{").is_some() {
            all += 1;
            inside += usize::from(line.ends_with(b" 1"));
        }
    }
    (all, inside)
}

/// How many components end their present or next window at an instant.
pub(crate) fn ending(text: &[u8], instant: i64) -> usize {
    let end = format!(" {instant}");
    let lines = text.split(|byte| *byte == b'\n');
    lines
        .filter(|line| line.ends_with(end.as_bytes()) && find(line, b"_service_window_next_end{").is_some())
        .count()
}

/// Where `needle` is first.
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle.first()?;
    let mut from = 0;
    while let Some(step) = text[from..].iter().position(|byte| byte == first) {
        from += step;
        if text[from..].starts_with(needle) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// Where `needle` is, everywhere.
pub(crate) fn find_all(text: &[u8], needle: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(step) = find(&text[from..], needle) {
        found.push(from + step);
        from += step + needle.len();
    }
    found
}
