//! A list of objects of one kind, as the admin exports them, as the section of a document that it stands for. The objects do not say
//! their kind; their keys do.

use std::collections::BTreeSet;

use super::node::{At, Content, Node, ReadError};
use crate::apps::sla::declarative::kinds::{FileKind, KindVisitor, walk};
use crate::apps::sla::properties::{name_parts, names};

/// A section of a document.
struct Section {
    /// Its key in the document.
    key: &'static str,
    /// The keys of its objects.
    known: Vec<&'static str>,
    /// Those that every object has.
    required: Vec<&'static str>,
}

/// All sections, in their order.
struct Sections(Vec<Section>);

impl KindVisitor for Sections {
    type Error = std::convert::Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Self::Error> {
        self.0.push(Section::of::<S>());
        Ok(())
    }
}

fn sections() -> Vec<Section> {
    let mut sections = Sections(Vec::new());
    let Ok(()) = walk(&mut sections);
    sections.0
}

/// Returns the keys of a document.
pub(super) fn keys() -> Vec<&'static str> {
    sections().iter().map(|section| section.key).collect()
}

impl Section {
    fn of<S: FileKind>() -> Self {
        Self {
            key: S::SECTION,
            known: names::<S>(),
            required: name_parts::<S>(),
        }
    }

    fn fits(&self, keys: &BTreeSet<&str>) -> bool {
        keys.iter().all(|key| self.known.contains(key)) && self.required.iter().all(|key| keys.contains(key))
    }
}

/// Puts a list at the root of a file into the section that its objects belong to; any other root stays as it is. Returns also whether
/// it was a list.
///
/// # Errors
/// When the keys fit no kind of object, or several.
pub(super) fn wrapped(node: Node) -> Result<(Node, bool), ReadError> {
    if !matches!(node.value, Content::List(_)) {
        return Ok((node, false));
    }
    let line = node.line;
    let entries = match section(&At::root(&node))? {
        Some(section) => vec![(section.to_owned(), node)],
        None => Vec::new(),
    };
    let value = Content::Map(entries);
    Ok((Node { line, value }, true))
}

/// Finds the section of a list; none if the list is empty.
fn section(list: &At<'_>) -> Result<Option<&'static str>, ReadError> {
    let mut keys = BTreeSet::new();
    for item in list.items()? {
        match item.content() {
            Content::Map(entries) => keys.extend(entries.iter().map(|(key, _)| key.as_str())),
            _ => return Err(item.error("a mapping is needed here")),
        }
    }
    if keys.is_empty() && list.items()?.next().is_none() {
        return Ok(None);
    }
    let sections = sections();
    let fitting: Vec<&Section> = sections.iter().filter(|section| section.fits(&keys)).collect();
    // An export has every key of its kind, and a window has all those of a calendar.
    let exported = fitting.iter().find(|section| section.known.len() == keys.len());
    match (exported, fitting.as_slice()) {
        (Some(section), _) | (None, [section]) => Ok(Some(section.key)),
        (None, []) => {
            let keys: Vec<String> = keys.iter().take(20).map(|key| format!("`{key}`")).collect();
            Err(list.error(format!(
                "no kind of object has the keys of this list ({}); a list is read as an export of {}",
                keys.join(", "),
                one_of(&sections)
            )))
        }
        (None, several) => {
            let sections: Vec<String> = several.iter().map(|section| format!("`{}:`", section.key)).collect();
            Err(list.error(format!(
                "the keys of this list do not tell what its objects are; put the list below {}",
                sections.join(" or ")
            )))
        }
    }
}

/// Returns the keys of sections in words: `labels, calendars, windows or components`.
fn one_of(sections: &[Section]) -> String {
    let keys: Vec<&str> = sections.iter().map(|section| section.key).collect();
    match keys.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => keys.concat(),
    }
}
