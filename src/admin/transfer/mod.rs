//! Objects of a model going out as files and coming in from them.
//!
//! An object travels as a [`FileRecord`], in the shape in which `apply` reads it. A file is JSON, an object a line, or a table, CSV or the
//! sheet of a workbook, where each [`FileColumn`] says how its value becomes a cell and back. What comes in is planned as a whole,
//! shown, and carried out as a whole.

pub mod export;
pub mod format;
pub mod import;
pub mod pending;

use serde_json::{Map, Value};

use super::model::{PreviewImpact, Refusal};
use crate::audit::Tx;
use crate::auth::{Account, Model, secret};
use crate::db::{self, Conn};

/// An object: its properties by name.
pub type FileRecord = Map<String, Value>;

/// The forms of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values, RFC 4180.
    Csv,
    /// An array of objects.
    Json,
    /// A workbook of a spreadsheet.
    Xlsx,
}

impl FileFormat {
    /// Returns the form of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// Returns `csv`, `json` or `xlsx`; the end of a file's name, too.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
        }
    }

    /// Returns the value of the header `content-type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A file that came with a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// Its name; empty where none was chosen.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How a property becomes a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A text of one line.
    Line,
    /// A text as it is, of any number of lines.
    Text,
    /// A text, or an empty cell for none.
    Optional,
    /// A day, `2026-01-31`, or an empty cell for none.
    Date,
    /// `true` or `false`.
    Flag,
    /// A number, or an empty cell for none.
    Number,
    /// Texts, separated by semicolons.
    Names,
    /// `name=value`, separated by semicolons.
    Pairs,
    /// What has an inner structure, as JSON.
    Json,
}

/// A property of a model's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name, in the head of a file and in an object.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

impl FileColumn {
    /// Returns a property.
    #[must_use]
    pub const fn new(name: &'static str, kind: ColumnKind) -> Self {
        Self { name, kind }
    }
}

/// A row of a file, on its way in.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// Its number: of the spreadsheet's row, or of the object in its array.
    pub number: usize,
    /// The key that it says it has.
    pub id: Option<i64>,
    /// What it says; a property that it leaves out stays as it is.
    pub record: FileRecord,
    /// What could not be read: property and why.
    pub errors: Vec<(String, String)>,
}

/// All rows of a file, and what was decided beside it.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The rows, in their order.
    pub rows: Vec<Incoming>,
    /// Whether a row that has the key of an object and another name renames it. Otherwise the row is refused.
    pub renames: bool,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// An object is made.
    New,
    /// The object of this key is changed.
    Changed(i64),
    /// The object of this key is like that already.
    Unchanged(i64),
    /// Nothing can be done: property, which may be empty, and why.
    Refused(Vec<(String, String)>),
}

/// A row and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedRow {
    /// The row's number.
    pub number: usize,
    /// How people call the object; as far as the row says.
    pub title: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// All that a file would do.
pub trait ImportPlan {
    /// Returns its rows, in their order.
    fn rows(&self) -> &[PlannedRow];

    /// Returns what is and what is to be of the row of this index; nothing where nothing is done.
    fn states(&self, index: usize) -> (Option<FileRecord>, Option<FileRecord>);

    /// Returns how many rows are refused because they would rename an object and [`Batch::renames`] was not set.
    fn renames(&self) -> usize {
        0
    }

    /// Returns what else would be done, in sentences.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns what it would do to other objects, if it does anything to them, at an instant in epoch seconds. Nothing is written.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    fn impact(&self, _conn: &mut Conn, _now: i64) -> db::Result<Option<PreviewImpact>> {
        Ok(None)
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn carry_out(&self, tx: &mut Tx<'_>) -> Result<(), Refusal>;
}

/// How objects of a model travel.
pub trait Exchange: Send + Sync {
    /// Returns the properties, in the order of their columns.
    fn columns(&self) -> &'static [FileColumn];

    /// Returns the objects of these keys, which are few hundred; one that is gone is left out.
    fn records(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, FileRecord)>>;

    /// Returns the model whose objects a column names: files of users without the permission to view those have no such column.
    fn named(&self, _column: &FileColumn) -> Option<Model> {
        None
    }

    /// Takes out of an object what names objects of models that are `hidden`, where that depends on the object, beside what
    /// [`ModelAdmin::about`](super::model::ModelAdmin::about) says.
    fn cover(&self, _record: &mut FileRecord, _hidden: &[Model]) {}

    /// Returns the columns that [`Exchange::cover`] may empty.
    fn covered(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns whether files are taken in.
    fn takes(&self) -> bool {
        false
    }

    /// Returns what these rows would do if `account` let them in; nothing if no files are taken.
    fn plan(&self, _conn: &mut Conn, _account: &Account, _batch: Batch) -> db::Result<Option<Box<dyn ImportPlan>>> {
        Ok(None)
    }
}

/// New, changed, unchanged and refused rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Objects that are made.
    pub new: usize,
    /// Objects that are changed.
    pub changed: usize,
    /// Objects that are as the file says already.
    pub unchanged: usize,
    /// Rows that cannot be.
    pub refused: usize,
}

impl ImportCounts {
    /// Counts these rows.
    #[must_use]
    pub fn of(rows: &[PlannedRow]) -> Self {
        let mut counts = Self::default();
        for row in rows {
            match row.fate {
                Fate::New => counts.new += 1,
                Fate::Changed(_) => counts.changed += 1,
                Fate::Unchanged(_) => counts.unchanged += 1,
                Fate::Refused(_) => counts.refused += 1,
            }
        }
        counts
    }
}

/// Returns what tells one plan from another: every row's fate, what is and what is to be.
#[must_use]
pub fn digest(plan: &dyn ImportPlan) -> String {
    let mut chain = secret::digest(&plan.notes().join("\n"));
    for (index, row) in plan.rows().iter().enumerate() {
        let (before, after) = plan.states(index);
        let step = serde_json::json!([chain, row.number, row.title, format!("{:?}", row.fate), before, after]);
        chain = secret::digest(&step.to_string());
    }
    chain
}
