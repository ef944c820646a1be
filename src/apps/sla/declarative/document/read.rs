//! A file's text as drafts of what it describes.

use super::draft::Draft;
use super::node::{At, Node, ReadError};
use super::{json, section, yaml};
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::properties::ObjectState;
use crate::apps::sla::window::state::WindowState;

/// A whole file.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct FileDocument {
    pub labels: Vec<Draft<LabelState>>,
    pub calendars: Vec<Draft<CalendarState>>,
    pub windows: Vec<Draft<WindowState>>,
    pub components: Vec<Draft<ComponentState>>,
    /// Whether the file is a list of objects of one kind, which does not speak of the others.
    pub is_list: bool,
}

/// Reads a file's text, as JSON if it starts with a brace or a bracket and as YAML otherwise. A list of objects of one kind, as the
/// admin exports them, is read as the section of its kind.
///
/// # Errors
/// The first thing that is refused, with its line and path.
pub fn document(text: &str) -> Result<FileDocument, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = if text.trim_start().starts_with(['{', '[']) {
        json_or_flow(text)?
    } else {
        yaml::parse(text)?
    };
    let (node, is_list) = section::wrapped(node)?;
    Ok(FileDocument {
        is_list,
        ..read(&node)?
    })
}

/// Reads JSON or YAML's flow form, which starts with the same characters; what JSON refuses and YAML takes is YAML.
fn json_or_flow(text: &str) -> Result<Node, ReadError> {
    json::parse(text).or_else(|error| yaml::parse(text).map_err(|_| error))
}

fn read(node: &Node) -> Result<FileDocument, ReadError> {
    let root = At::root(node);
    let Some(root) = root.not_null() else {
        return Ok(FileDocument::default());
    };
    root.expect_keys(&["labels", "calendars", "windows", "components"])?;
    Ok(FileDocument {
        labels: list(&root, "labels")?,
        calendars: list(&root, "calendars")?,
        windows: list(&root, "windows")?,
        components: list(&root, "components")?,
        is_list: false,
    })
}

fn list<S: ObjectState>(root: &At<'_>, key: &str) -> Result<Vec<Draft<S>>, ReadError> {
    match root.get(key).and_then(At::not_null) {
        Some(at) => at.items()?.map(|at| Draft::read(&at)).collect(),
        None => Ok(Vec::new()),
    }
}
