//! Rows inside the form of a model, in words.

use crate::admin::input::FormInput;

/// A model whose form has rows that can be described while they are typed.
pub trait InlinePreview {
    /// Describes a row: `input` holds its fields under `row-…`, and the form's own beside them.
    fn describe_row(&self, input: &mut FormInput<'_>, row: &str) -> RowWords;
}

/// What a row of a form says, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowWords {
    /// The row as a sentence; empty if it has errors.
    pub words: String,
    /// When it comes next, the nearest first.
    pub next: Vec<String>,
    /// What to mind about it.
    pub notes: Vec<String>,
}
