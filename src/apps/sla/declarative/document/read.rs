//! A file's text as drafts of what it describes.

use super::draft::Draft;
use super::node::{At, Node, ReadError};
use super::{json, section, yaml};
use crate::apps::sla::declarative::kinds::{Aspect, EachKind, FileKind, KindVisitor, walk};
use crate::apps::sla::properties::ObjectState;

/// The drafts of objects.
#[derive(Clone, Debug, Default)]
pub struct Drafts;

impl Aspect for Drafts {
    type Of<S: FileKind> = Draft<S>;
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub struct FileDocument {
    /// What it says about objects.
    pub drafts: EachKind<Drafts>,
    /// Whether the file is a list of objects of one kind, which does not speak of the others.
    pub is_list: bool,
}

/// Reads a file's text, as JSON if it starts with a brace or a bracket and as YAML otherwise. A list of objects of one kind, as the
/// admin exports them, is read as the section of its kind.
///
/// # Errors
/// The first thing that is refused, with its line and path.
pub fn document(text: &str) -> Result<FileDocument, ReadError> {
    of_node(node(text)?)
}

/// Reads a file's text as a tree, as JSON if it starts with a brace or a bracket and as YAML otherwise.
///
/// # Errors
/// What is neither.
pub fn node(text: &str) -> Result<Node, ReadError> {
    let text = without_mark(text);
    if text.trim_start().starts_with(['{', '[']) {
        json_or_flow(text)
    } else {
        yaml::parse(text)
    }
}

/// Reads a file's text as a tree, as JSON alone.
///
/// # Errors
/// What is no JSON.
pub fn json_node(text: &str) -> Result<Node, ReadError> {
    json::parse(without_mark(text))
}

/// Returns a text without the byte order mark at its beginning.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a file's tree.
///
/// # Errors
/// The first thing that is refused, with its line and path.
pub fn of_node(node: Node) -> Result<FileDocument, ReadError> {
    let (node, is_list) = section::wrapped(node)?;
    let drafts = read(&node)?;
    Ok(FileDocument { drafts, is_list })
}

/// Reads JSON or YAML's flow form, which starts with the same characters; what JSON refuses and YAML takes is YAML.
fn json_or_flow(text: &str) -> Result<Node, ReadError> {
    json::parse(text).or_else(|error| yaml::parse(text).map_err(|_| error))
}

fn read(node: &Node) -> Result<EachKind<Drafts>, ReadError> {
    let root = At::root(node);
    let Some(root) = root.not_null() else {
        return Ok(EachKind::default());
    };
    root.expect_keys(&section::keys())?;
    let mut reader = DraftReader {
        root: &root,
        drafts: EachKind::default(),
    };
    walk(&mut reader)?;
    Ok(reader.drafts)
}

struct DraftReader<'a> {
    root: &'a At<'a>,
    drafts: EachKind<Drafts>,
}

impl KindVisitor for DraftReader<'_> {
    type Error = ReadError;

    fn visit<S: FileKind>(&mut self) -> Result<(), ReadError> {
        *S::of_mut(&mut self.drafts) = list(self.root, S::SECTION)?;
        Ok(())
    }
}

fn list<S: ObjectState>(root: &At<'_>, key: &str) -> Result<Vec<Draft<S>>, ReadError> {
    match root.get(key).and_then(At::not_null) {
        Some(at) => at.items()?.map(|at| Draft::read(&at)).collect(),
        None => Ok(Vec::new()),
    }
}
