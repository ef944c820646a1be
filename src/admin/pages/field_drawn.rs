//! Fields as parts of pages, each drawn by a template of its own: many pages have them, some in several places.

use askama::Template;
use askama::filters::HtmlSafe;

use super::field::{FieldGroup, ShownField, grouped, one};
use crate::admin::context::{PageFrame, capitalised};

/// A field with its label, its errors and its help.
#[derive(Template)]
#[template(path = "admin/field.html", whitespace = "minimize")]
pub(super) struct FieldDrawing<'a> {
    field: &'a ShownField,
    frame: &'a PageFrame,
}

/// What a field is typed into or chosen from.
#[derive(Template)]
#[template(path = "admin/control.html", whitespace = "minimize")]
pub(super) struct ControlDrawing<'a> {
    field: &'a ShownField,
    frame: &'a PageFrame,
}

/// The fields of a row.
#[derive(Template)]
#[template(path = "admin/row.html", whitespace = "minimize")]
pub(super) struct RowDrawing<'a> {
    groups: Vec<FieldGroup<'a>>,
    frame: &'a PageFrame,
}

// They escape what they hold.
impl HtmlSafe for FieldDrawing<'_> {}
impl HtmlSafe for ControlDrawing<'_> {}
impl HtmlSafe for RowDrawing<'_> {}

impl FieldDrawing<'_> {
    fn control(&self) -> ControlDrawing<'_> {
        self.field.drawn_control(self.frame)
    }
}

impl ShownField {
    /// Returns the field as a part of a page.
    pub(super) fn drawn<'a>(&'a self, frame: &'a PageFrame) -> FieldDrawing<'a> {
        FieldDrawing { field: self, frame }
    }

    /// Returns what it is typed into or chosen from, as a part of a page.
    pub(super) fn drawn_control<'a>(&'a self, frame: &'a PageFrame) -> ControlDrawing<'a> {
        ControlDrawing { field: self, frame }
    }
}

/// Returns the fields of a row as a part of a page.
pub(super) fn drawn_row<'a>(fields: &'a [ShownField], frame: &'a PageFrame) -> RowDrawing<'a> {
    RowDrawing {
        groups: grouped(fields),
        frame,
    }
}
