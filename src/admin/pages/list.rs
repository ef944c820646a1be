//! A list and its rows.

use std::rc::Rc;

use askama::Template;

use super::delete::ShownNamed;
use super::saved::ShownView;
use crate::admin::context::{Instant, PageFrame, capitalised};
use crate::admin::links::{ColumnHead, Panel, ShownDates, ShownRange};
use crate::text::thousands;

/// A list.
#[derive(Template)]
#[template(path = "admin/list.html", whitespace = "minimize")]
pub struct ListPage {
    /// Around it.
    pub frame: PageFrame,
    /// The list's address.
    pub url: String,
    /// The query string of this very list, with `?`.
    pub query: String,
    /// What is listed.
    pub plural: String,
    /// What they are for.
    pub purpose: &'static str,
    /// One of what is listed.
    pub singular: String,
    /// Where to add one; nothing if the user may not.
    pub add_url: Option<String>,
    /// Taking in and out: words and address.
    pub tools: Vec<(&'static str, String)>,
    /// What the search looks at; nothing if there is none.
    pub search_help: Option<&'static str>,
    /// The search as typed.
    pub search: String,
    /// Parameters that the search form keeps.
    pub kept: Vec<(String, String)>,
    /// The date hierarchy.
    pub dates: ShownDates,
    /// Filters.
    pub panels: Vec<Panel>,
    /// Ranges.
    pub ranges: Vec<ShownRange>,
    /// Parameters that the form of filters keeps.
    pub kept_by_filters: Vec<(String, String)>,
    /// The panel of filters, where it is not always in sight: whether it is open.
    pub filters_open: bool,
    /// Columns to choose from: key, words, whether it is shown, and whether it stays.
    pub columns: Vec<(&'static str, &'static str, bool, bool)>,
    /// Parameters that the form of columns keeps.
    pub kept_by_columns: Vec<(String, String)>,
    /// Chips of active filters: words and the link that removes them.
    pub chips: Vec<(String, String)>,
    /// Removes all filters.
    pub clear: Option<String>,
    /// Toggles counts in filters.
    pub facets: (bool, String),
    /// Columns.
    pub heads: Vec<ColumnHead>,
    /// Rows.
    pub rows: Vec<ShownRow>,
    /// Actions that the user may do: value and words.
    pub actions: Vec<(String, String)>,
    /// Why the rows of all pages cannot be selected together; nothing if they can.
    pub too_many: Option<String>,
    /// Whether cells can be edited.
    pub editable: bool,
    /// Errors of edited rows.
    pub errors: Vec<String>,
    /// `12 components`.
    pub total: String,
    /// How many rows stand on the pages before.
    pub first: i64,
    /// How many there are without search and filters; nothing where that is the same.
    pub unfiltered: Option<String>,
    /// The whole list, whatever is the default.
    pub whole: String,
    /// Views that the user keeps.
    pub views: Vec<ShownView>,
    /// What a view of this list would keep.
    pub view_query: String,
    /// What every row's links carry, to lead back here.
    pub back: String,
    /// How many rows there are.
    pub count: i64,
    /// Pages: words and link; the current one has no link, a gap no words.
    pub pages: Vec<(String, Option<String>)>,
    /// Shows all rows.
    pub show_all: Option<String>,
}

impl ListPage {
    /// Returns which of all rows are on the page: `Rows 101 to 157 of 157 components`.
    fn on_paper(&self) -> String {
        let rows = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        let last = self.first.saturating_add(rows);
        format!(
            "Rows {} to {} of {}",
            thousands(self.first + 1),
            thousands(last),
            self.total
        )
    }

    /// Returns whether there is anything to filter by.
    fn has_filters(&self) -> bool {
        !self.panels.is_empty() || !self.ranges.is_empty() || !self.dates.links.is_empty()
    }

    /// Returns whether some of it is rarely used.
    fn has_rare_filters(&self) -> bool {
        self.panels.iter().any(|panel| panel.is_rare && panel.has_offers())
            || self.ranges.iter().any(|range| range.is_rare)
            || (self.dates.is_rare && !self.dates.links.is_empty())
    }

    /// Returns whether something of what is rarely used is in use.
    fn uses_rare_filters(&self) -> bool {
        self.panels.iter().any(|panel| panel.is_rare && panel.is_used())
            || self.ranges.iter().any(|range| range.is_rare && range.is_used())
            || (self.dates.is_rare && self.dates.is_used)
    }

    /// Returns whether nothing is asked for that a view could keep.
    fn is_whole(&self) -> bool {
        self.view_query.is_empty()
    }

    /// Returns whether the cells of a column are numbers.
    fn is_of_numbers(&self, head: &usize) -> bool {
        let cell = self.rows.first().and_then(|row| row.cells.get(*head));
        cell.is_some_and(|cell| matches!(cell.content, ShownContent::Number(_)))
    }

    /// Returns the columns whose cells can be edited, and what is stored of them, a digit a row: by it the rows that were edited are found.
    fn stored_ticks(&self) -> Vec<(&'static str, String)> {
        let columns = self.rows.first().map_or(&[][..], |row| &row.cells);
        let edited = columns.iter().enumerate();
        let edited = edited.filter(|(_, cell)| matches!(cell.content, ShownContent::Edit(..)));
        let digits = |place: usize| {
            let cells = self.rows.iter().filter_map(move |row| row.cells.get(place));
            let is_ticked = |cell: &ShownCell| matches!(cell.content, ShownContent::Edit(_, true));
            cells.map(|cell| if is_ticked(cell) { '1' } else { '0' }).collect()
        };
        edited.map(|(place, cell)| (cell.key, digits(place))).collect()
    }

    /// Returns whether a search or a filter hides rows.
    fn is_narrowed(&self) -> bool {
        self.unfiltered.is_some() || !self.search.is_empty() || !self.chips.is_empty() || !self.is_whole()
    }
}

impl ShownRow {
    /// Returns whether one of its cells has its name, by which its controls are called.
    fn has_name(&self) -> bool {
        self.cells.iter().any(|cell| cell.link.is_some())
    }
}

/// Columns that phones leave out in each row (static/style/tables.css).
const NOT_ON_PHONES: [&str; 3] = ["display_name", "updated_at", "description"];

impl ShownCell {
    /// Returns the classes beside the column's own.
    fn classes(&self) -> &'static str {
        match &self.content {
            ShownContent::Number(_) => "num",
            // What leads to the row is seen all the same. A class less for each row of a long list counts.
            ShownContent::Nothing if self.link.is_none() && !NOT_ON_PHONES.contains(&self.key) => "empty",
            ShownContent::State(Some(true), ..) => "inside",
            ShownContent::State(Some(false), ..) => "outside",
            ShownContent::Text(_)
            | ShownContent::Nothing
            | ShownContent::Isolated(_)
            | ShownContent::Instant(_)
            | ShownContent::Flag(_)
            | ShownContent::Many(..)
            | ShownContent::Edit(..)
            | ShownContent::State(None, ..) => "",
        }
    }
}

/// Chips for which there is no room.
pub struct MoreChips {
    /// How many.
    pub count: usize,
    /// How many there are where the table has less room.
    pub narrow_count: usize,
    /// The first of them.
    pub title: String,
    /// Where all of them are.
    pub link: Option<String>,
}

/// A row.
pub struct ShownRow {
    /// Its number on the page.
    pub index: usize,
    /// Its key.
    pub id: i64,
    /// Its version.
    pub version: i64,
    /// How it is called.
    pub title: String,
    /// Its cells.
    pub cells: Vec<ShownCell>,
}

/// A cell.
pub struct ShownCell {
    /// The column's key.
    pub key: &'static str,
    /// The place of its head.
    pub head: usize,
    /// Where it leads.
    pub link: Option<String>,
    /// What it shows.
    pub content: ShownContent,
}

/// What a cell shows.
pub enum ShownContent {
    /// A text of a line.
    Text(String),
    /// A dash; phones, which have no columns, leave the cell out.
    Nothing,
    /// A text that may be longer, or is written from right to left: in an element of its own.
    Isolated(String),
    /// A number with separators.
    Number(String),
    /// An instant.
    Instant(Rc<Instant>),
    /// Yes or no.
    Flag(bool),
    /// A check box: ticked or not, and whether what is stored is.
    Edit(bool, bool),
    /// Chips, how many of them fit where the table has less room, and how many more there are.
    Many(Vec<ShownNamed>, usize, Option<MoreChips>),
    /// Inside, outside or neither, in words, and where that is explained.
    State(Option<bool>, String, Option<String>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_leave_out_the_columns_that_have_no_class_for_nothing() {
        let styles = include_str!("../../../static/style/tables.css");
        let fields = NOT_ON_PHONES.map(|column| format!(".field-{column}, ")).concat();
        let rule = format!("#result_list tbody :is({fields}td.empty) {{\n    display: none;");
        assert!(styles.contains(&rule), "{rule}");
    }
}
