//! A file's text as drafts of what it describes.

use super::node::{At, Node, ReadError};
use super::{json, section, yaml};
use crate::apps::sla::calendar::file::{CalendarDraft, calendar};
use crate::apps::sla::component::file::{ComponentDraft, component};
use crate::apps::sla::label::file::{LabelDraft, label};
use crate::apps::sla::window::file::{WindowDraft, window};

/// A whole file.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct Document {
    pub labels: Vec<LabelDraft>,
    pub calendars: Vec<CalendarDraft>,
    pub windows: Vec<WindowDraft>,
    pub components: Vec<ComponentDraft>,
    /// Whether the file is a list of objects of one kind, which does not speak of the others.
    pub is_list: bool,
}

/// Reads a file's text, as JSON if it starts with a brace or a bracket and as YAML otherwise. A list of objects of one kind, as the
/// admin exports them, is read as the section of its kind.
///
/// # Errors
/// The first thing that is refused, with its line and path.
pub fn document(text: &str) -> Result<Document, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = if text.trim_start().starts_with(['{', '[']) {
        json_or_flow(text)?
    } else {
        yaml::parse(text)?
    };
    let (node, is_list) = section::wrapped(node)?;
    Ok(Document {
        is_list,
        ..read(&node)?
    })
}

/// Reads JSON or YAML's flow form, which starts with the same characters; what JSON refuses and YAML takes is YAML.
fn json_or_flow(text: &str) -> Result<Node, ReadError> {
    json::parse(text).or_else(|error| yaml::parse(text).map_err(|_| error))
}

fn read(node: &Node) -> Result<Document, ReadError> {
    let root = At::root(node);
    let Some(root) = root.not_null() else {
        return Ok(Document::default());
    };
    root.expect_keys(&["labels", "calendars", "windows", "components"])?;
    Ok(Document {
        labels: list(&root, "labels", label)?,
        calendars: list(&root, "calendars", calendar)?,
        windows: list(&root, "windows", window)?,
        components: list(&root, "components", component)?,
        is_list: false,
    })
}

fn list<T>(root: &At<'_>, key: &str, read: impl Fn(&At<'_>) -> Result<T, ReadError>) -> Result<Vec<T>, ReadError> {
    match root.get(key).and_then(At::not_null) {
        Some(at) => at.items()?.map(|at| read(&at)).collect(),
        None => Ok(Vec::new()),
    }
}
