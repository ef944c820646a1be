//! What drafts of all kinds of objects share: places in a file, and the readers of properties. A property that a file leaves out is
//! `None` and stays as it is.

use std::collections::HashSet;

use super::node::{At, ReadError};

/// The longest text of any description or display name, in characters.
pub const TEXT_LENGTH_MAX: usize = 10_000;

/// The longest name of a window or calendar, in characters.
pub const NAME_LENGTH_MAX: usize = 200;

/// The most labels on a component.
pub const LABELS_MAX: usize = 30;

/// The most windows of a component, and the most calendars of a component or window.
pub const LINKS_MAX: usize = 50;

/// Where a draft stands in its file, to tell it later.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The path.
    pub path: String,
}

impl Place {
    /// Returns an error at this place.
    #[must_use]
    pub fn error(&self, message: String) -> ReadError {
        ReadError {
            line: self.line,
            path: self.path.clone(),
            message,
        }
    }

    /// Returns an error at a property of the object at this place.
    #[must_use]
    pub fn error_at(&self, property: &str, line: usize, message: String) -> ReadError {
        let path = if self.path.is_empty() {
            property.to_owned()
        } else {
            format!("{}.{property}", self.path)
        };
        ReadError { line, path, message }
    }
}

/// A text of one line as the file has it, and where. What it becomes depends on what is stored: [`crate::text::settle_line`].
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// The line of the file.
    pub line: usize,
}

/// A reference by name, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Where.
    pub place: Place,
}

/// Returns where a node stands.
pub fn place(at: &At<'_>) -> Place {
    Place {
        line: at.line(),
        path: at.path(),
    }
}

/// Returns the name of an object. Names that are stored may hold what a new one may not, so the rest is checked when it is known what is
/// stored.
pub fn name(at: &At<'_>) -> Result<Written, ReadError> {
    let at = at.required("name")?;
    let text = at.parsed(|name| match name.trim().chars().count() {
        0 => Err("Enter a name: it must not be empty.".to_owned()),
        _ => storable(name, TEXT_LENGTH_MAX),
    })?;
    Ok(Written { text, line: at.line() })
}

/// Returns the value of a label.
///
/// # Errors
/// What is refused.
pub fn label_value(at: &At<'_>) -> Result<Written, ReadError> {
    let text = at.parsed(|value| match value.chars().count() {
        0 => Err("Enter a label value: it must not be empty.".to_owned()),
        _ => storable(value, TEXT_LENGTH_MAX),
    })?;
    Ok(Written { text, line: at.line() })
}

/// Returns a display name; null empties it.
pub fn display_name(at: &At<'_>) -> Result<Written, ReadError> {
    let text = match at.not_null() {
        Some(at) => at.parsed(|text| storable(text, TEXT_LENGTH_MAX))?,
        None => String::new(),
    };
    Ok(Written { text, line: at.line() })
}

/// Returns a text of several lines; null empties it.
pub fn area(at: &At<'_>, key: &str) -> Result<Option<String>, ReadError> {
    let Some(at) = at.get(key) else { return Ok(None) };
    let Some(at) = at.not_null() else {
        return Ok(Some(String::new()));
    };
    at.parsed(|text| storable(text, TEXT_LENGTH_MAX)).map(Some)
}

/// Returns what both databases can keep: PostgreSQL takes no NUL.
pub fn storable(text: &str, length_max: usize) -> Result<String, String> {
    match text.chars().count() {
        _ if text.contains('\0') => Err("a text holds no NUL character".to_owned()),
        length if length > length_max => Err(format!("a text has at most {length_max} characters, not {length}")),
        _ => Ok(text.to_owned()),
    }
}

/// Returns a property that is true or false.
///
/// # Errors
/// What is refused.
pub fn boolean(at: &At<'_>, key: &str) -> Result<Option<bool>, ReadError> {
    at.get(key).map(|at| at.boolean()).transpose()
}

/// Returns a property that null clears.
pub fn nullable<T>(
    at: &At<'_>,
    key: &str,
    read: impl FnOnce(At<'_>) -> Result<T, ReadError>,
) -> Result<Option<Option<T>>, ReadError> {
    at.get(key).map(|at| at.not_null().map(read).transpose()).transpose()
}

/// Returns a list of names; null empties it. A name that stands twice counts once.
pub fn references(at: &At<'_>, key: &str) -> Result<Option<Vec<Reference>>, ReadError> {
    let Some(at) = at.get(key) else { return Ok(None) };
    let Some(at) = at.not_null() else {
        return Ok(Some(Vec::new()));
    };
    let mut references: Vec<Reference> = Vec::new();
    let mut seen = HashSet::new();
    for item in at.items()? {
        let name = item.text()?;
        if seen.insert(name) && seen.len() <= LINKS_MAX {
            references.push(Reference {
                name: name.to_owned(),
                place: place(&item),
            });
        }
    }
    if seen.len() > LINKS_MAX {
        return Err(at.error(format!("{} names are too many; the limit is {LINKS_MAX}", seen.len())));
    }
    Ok(Some(references))
}
