//! Several texts in one cell: `a; b`, and `"a; b"` where a text holds what separates.

use crate::text::short;

/// Returns texts as one.
#[must_use]
pub fn join(items: &[String]) -> String {
    let quoted = |item: &String| {
        let is_plain = !item.is_empty() && item.trim() == item && !item.contains([';', '"']);
        if is_plain {
            item.clone()
        } else {
            format!("\"{}\"", item.replace('"', "\"\""))
        }
    };
    items.iter().map(quoted).collect::<Vec<_>>().join("; ")
}

/// Returns the texts that [`join`] put together. White space around each and nothing between two semicolons do not count.
///
/// # Errors
/// A sentence for people.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (item, behind) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (item, behind) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
                (item.trim_end().to_owned(), behind)
            }
        };
        if !item.is_empty() || rest.starts_with('"') {
            items.push(item);
        }
        rest = match behind.strip_prefix(';') {
            Some(behind) => behind.trim_start(),
            None => behind,
        };
    }
    Ok(items)
}

/// Returns what stands before the closing quote, and what is behind it up to the next semicolon.
fn unquoted(text: &str) -> Result<(String, &str), String> {
    let mut item = String::new();
    let mut rest = text;
    loop {
        let Some((before, behind)) = rest.split_once('"') else {
            return Err("a quotation mark is not closed".to_owned());
        };
        item.push_str(before);
        match behind.strip_prefix('"') {
            Some(behind) => {
                item.push('"');
                rest = behind;
            }
            None => {
                let behind = behind.trim_start();
                if !behind.is_empty() && !behind.starts_with(';') {
                    return Err(format!("behind “{}” a semicolon is missing", short(&item)));
                }
                return Ok((item, behind));
            }
        }
    }
}
