//! The heads that the columns of a file may have.

use crate::admin::spec::Spec;
use crate::admin::transfer::FileColumn;

/// The columns that a file may have, and the heads by which each is known.
pub struct ColumnNames {
    columns: &'static [FileColumn],
    /// Folded names and titles.
    heads: Vec<(String, FileColumn)>,
}

impl ColumnNames {
    /// Collects the heads of a model's columns: their names, and the titles that its list and its form show for them.
    #[must_use]
    pub fn new(columns: &'static [FileColumn], spec: &Spec) -> Self {
        let fields = spec.fieldsets.iter().flat_map(|fieldset| &fieldset.fields);
        let titles = spec.columns.iter().map(|column| (column.key, column.label));
        let titles: Vec<_> = titles.chain(fields.map(|field| (field.name, field.label))).collect();
        let named = columns.iter().map(|column| (folded(column.name), *column));
        let titled = titles.iter().filter_map(|(name, title)| {
            let column = columns.iter().find(|column| column.name == *name)?;
            Some((folded(title), *column))
        });
        Self {
            columns,
            heads: named.chain(titled).collect(),
        }
    }

    /// Returns the column of this name.
    pub(super) fn column(&self, name: &str) -> Option<FileColumn> {
        self.columns.iter().find(|column| column.name == name).copied()
    }

    /// Returns the column of a head: by its name before any title, in any letter case.
    pub(super) fn head(&self, head: &str) -> Option<FileColumn> {
        let folded = folded(head);
        let mut heads = self.heads.iter();
        self.column(head)
            .or_else(|| heads.find(|(known, _)| *known == folded).map(|(_, column)| *column))
    }

    /// Lists the names for a message.
    pub(super) fn names(&self) -> String {
        self.columns
            .iter()
            .map(|column| column.name)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Returns a head without its letter case and without what separates its words: `Display name` and `display_name` are the same.
fn folded(head: &str) -> String {
    let separates = |character: char| character.is_whitespace() || matches!(character, '_' | '-');
    head.to_lowercase().replace(separates, "")
}
