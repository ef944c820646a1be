//! A list of objects of one kind, as the admin exports them, as the section of a document that it stands for. The objects do not say
//! their kind; their keys do.

use std::collections::BTreeSet;

use super::node::{At, Content, Node, ReadError};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::properties::{ObjectState, name_parts, names};
use crate::apps::sla::window::state::WindowState;

/// A section of a document.
struct Section {
    /// Its key in the document.
    key: &'static str,
    /// The keys of its objects.
    known: Vec<&'static str>,
    /// Those that every object has.
    required: Vec<&'static str>,
}

impl Section {
    fn of<S: ObjectState>(key: &'static str) -> Self {
        Self {
            key,
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
    let sections = [
        Section::of::<LabelState>("labels"),
        Section::of::<CalendarState>("calendars"),
        Section::of::<WindowState>("windows"),
        Section::of::<ComponentState>("components"),
    ];
    let fitting: Vec<&Section> = sections.iter().filter(|section| section.fits(&keys)).collect();
    // An export has every key of its kind, and a window has all those of a calendar.
    let exported = fitting.iter().find(|section| section.known.len() == keys.len());
    match (exported, fitting.as_slice()) {
        (Some(section), _) | (None, [section]) => Ok(Some(section.key)),
        (None, []) => {
            let keys: Vec<String> = keys.iter().take(20).map(|key| format!("`{key}`")).collect();
            Err(list.error(format!(
                "no kind of object has the keys of this list ({}); a list is read as an export of labels, calendars, windows or components",
                keys.join(", ")
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
