//! Figures as a closed report keeps them: the lines that the command `report` prints for its components, and the keys of those.

use std::collections::HashMap;

use crate::apps::sla::report::computed::ReportRow;
use crate::apps::sla::report::figures::Figures;
use crate::apps::sla::report::output;
use crate::auth::secret;
use crate::calculus::span::Span;

/// Figures, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFigures {
    /// The keys of the components, a JSON list.
    pub components: String,
    /// A line of JSON for each of them.
    pub lines: String,
    /// The SHA-256 of the lines, in hexadecimal digits.
    pub digest: String,
    /// How many components there are.
    pub members: i64,
}

/// The figures of a component when the report was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedLine {
    /// The component's name then.
    pub name: String,
    /// Whether it had been deleted by then.
    pub is_deleted: bool,
    /// Its figures.
    pub figures: Figures,
}

/// The figures of a closed report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClosedFigures {
    /// By the keys of components, in the order of their names.
    pub lines: Vec<(i64, ClosedLine)>,
    places: HashMap<i64, usize>,
}

/// Returns the figures of these rows, written, and the same for the same figures.
#[must_use]
pub fn written(rows: &[&ReportRow], span: Span) -> WrittenFigures {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let lines: String = each_line(rows, span).collect();
    WrittenFigures {
        components: serde_json::Value::from(ids).to_string(),
        digest: secret::digest(&lines),
        lines,
        members: i64::try_from(rows.len()).unwrap_or(i64::MAX),
    }
}

/// Returns the digest that these rows have once they are written.
#[must_use]
pub fn digest(rows: &[&ReportRow], span: Span) -> String {
    secret::digest_of_parts(each_line(rows, span))
}

fn each_line(rows: &[&ReportRow], span: Span) -> impl Iterator<Item = String> {
    rows.iter()
        .map(move |row| output::json(&output::line(row), span) + "\n")
}

impl ClosedFigures {
    /// Reads figures that were written.
    ///
    /// # Errors
    /// Figures that were changed since, or are none.
    pub fn read(components: &str, lines: &str, digest: &str) -> Result<Self, String> {
        if secret::digest(lines) != digest {
            return Err("they were changed in the database: their digest is another one".to_owned());
        }
        let ids: Vec<i64> = serde_json::from_str(components).map_err(|error| error.to_string())?;
        let read = lines.lines().map(|line| {
            let (name, is_deleted, figures) = output::read(line)?;
            Ok(ClosedLine {
                name,
                is_deleted,
                figures,
            })
        });
        let read: Vec<ClosedLine> = read.collect::<Result<_, String>>()?;
        if ids.len() != read.len() {
            return Err(format!("{} components have {} lines", ids.len(), read.len()));
        }
        Ok(Self {
            places: ids.iter().copied().zip(0..).collect(),
            lines: ids.into_iter().zip(read).collect(),
        })
    }

    /// Returns the line of a component, if it was part of the report.
    #[must_use]
    pub fn of(&self, id: i64) -> Option<&ClosedLine> {
        let place = self.places.get(&id)?;
        self.lines.get(*place).map(|(_, line)| line)
    }
}
